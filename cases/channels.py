"""The channels an agency begins with, and how one is made: cases/data/channels.csv.

For the load_channels command, the admin, the demo agency and the rules, which name channels
by code.
"""

import csv
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from agency.core.models import ApiToken, Unit, User
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


def make(row: dict[str, str]) -> Channel:
    """A channel of such a row, with its client account, which has no token yet."""
    if unclear := [flag for flag in FLAGS if row[flag] not in ("0", "1")]:
        raise ValidationError(_("%(flags)s must be 0 or 1.") % {"flags": listed(unclear)})
    channel = Channel(
        **{name: row[name] for name in NAMES},
        **{flag: row[flag] == "1" for flag in FLAGS},
    )
    channel.full_clean(exclude=["client"])
    keep(channel)
    return channel


@transaction.atomic
def keep(channel: Channel) -> None:
    """Keep a channel; a new one gets its client account, which belongs to the root."""
    if channel.client_id is None:
        channel.client = User.objects.create_user(
            f"channel-{channel.code}", name=channel.name_zh, role=Role.CHANNEL,
            unit=Unit.objects.get(parent=None),
        )  # fmt: skip
    channel.save()


@transaction.atomic
def renew_token(channel: Channel) -> str:
    """End the channel's tokens; a new one, in clear: it cannot be read again."""
    channel.client.end_tokens()
    return ApiToken.issue(channel.client)
