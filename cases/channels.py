"""The channels an agency begins with, and how one is made: cases/data/channels.csv.

For the load_channels command, the demo agency and the rules, which name channels by code.
"""

import csv
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from agency.core.models import Unit, User
from agency.core.roles import Role
from agency.core.text import listed
from cases.models import Channel

CHANNELS = Path(__file__).resolve().parent / "data" / "channels.csv"
NAMES = ("code", "name_zh", "name_en")
FLAGS = ("is_trusted", "is_on_the_spot", "has_line")


def read(file: Path = CHANNELS) -> list[dict[str, str]]:
    """The rows of a file with the columns of cases/data/channels.csv."""
    with file.open(encoding="utf-8-sig", newline="") as rows:
        return list(csv.DictReader(rows))


def names() -> list[tuple[str, str]]:
    """Code and name of every channel there is or may be loaded: rules are loaded before channels are."""
    coming = [Channel(**{name: row[name] for name in NAMES}) for row in read()]
    return [(channel.code, channel.name) for channel in (*coming, *Channel.objects.all())]


def make(row: dict[str, str], root: Unit) -> Channel:
    """A channel and its client account, which belongs to ``root`` and has no token yet."""
    if unclear := [flag for flag in FLAGS if row[flag] not in ("0", "1")]:
        raise ValidationError(_("%(flags)s must be 0 or 1.") % {"flags": listed(unclear)})
    client = User.objects.create_user(
        f"channel-{row['code']}", name=row["name_zh"], role=Role.CHANNEL, unit=root
    )
    channel = Channel(
        client=client,
        **{name: row[name] for name in NAMES},
        **{flag: row[flag] == "1" for flag in FLAGS},
    )
    channel.full_clean()
    channel.save()
    return channel
