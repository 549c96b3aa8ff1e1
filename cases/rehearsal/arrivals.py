"""What comes in a rehearsal, and how long after its beginning."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from django.utils.translation import gettext as _

from agency.core.calendar import SHANGHAI
from agency.core.tables import Unreadable, open_table
from cases.imports.binding import BoundMap
from cases.imports.maps import Map, MapError

OWN_DAY = Path(__file__).resolve().parent.parent / "data" / "arrivals.csv"
"""A working day of the project's own making: moments, kinds, channels, titles."""

LONGEST_GAP = timedelta(seconds=6)
"""In endless traffic: also the quietest hour shows life."""

STRAIGHT_TO_A_DISTRICT = 0.4
"""Share of endless traffic that names a district; the rest waits for dispatch."""

SURNAMES = "陈林黄张李王吴刘蔡杨许郑"


@dataclass(frozen=True)
class Arrival:
    """A ticket to come: when after the beginning, by which channel, and what it says."""

    after: timedelta
    channel: str
    body: dict


@dataclass(frozen=True)
class Recorded:
    """A row of an arrival file: when it came then, and what it said."""

    at: datetime
    channel: str
    body: dict


def read(path: Path, map_: Map) -> list[Recorded]:
    """The rows of an arrival file in the order of their moments; those without are left out.

    Raises Unreadable or MapError.
    """
    with open_table(path) as table:
        bound = BoundMap(map_, table.headings)
        if not bound.columns.get("arrived_at"):
            sentence = _("The map %(map)s finds no moment of arrival in %(file)s.")
            raise MapError(sentence % {"map": map_.name, "file": path.name})
        bodies = [bound.payload(row)[0] for row in table.rows if not row.fault]
    rows = [
        Recorded(datetime.fromisoformat(body.pop("arrived_at")), body.pop("channel", ""), body)
        for body in bodies
        if "arrived_at" in body
    ]
    if not rows:
        raise Unreadable(_("There is no moment of arrival in %(file)s.") % {"file": path.name})
    return sorted(rows, key=lambda row: row.at)


def again(
    rows: Sequence[Recorded], *, run: str, speed: float, channel: str, random: Random
) -> Iterator[Arrival]:
    """The rows once more, the first at once and the others ``speed`` times as fast as then.

    ``run`` goes before the numbers they had: played twice, they are other tickets.
    ``channel`` is for the rows that name none.
    """
    for row in rows:
        number = f"{run}-{row.body['external_no']}"[:64]
        body = row.body | {"external_no": number}
        yield Arrival((row.at - rows[0].at) / speed, row.channel or channel, peopled(body, random))


def endless(
    rows: Sequence[Recorded], *, run: str, speed: float, channel: str, districts: Sequence[str],
    now: Callable[[], datetime], random: Random,
) -> Iterator[Arrival]:  # fmt: skip
    """Rows as they come at this hour of the day, for ever, ``speed`` times as many."""
    hours: dict[int, list[Recorded]] = {}
    for row in rows:
        hours.setdefault(row.at.astimezone(SHANGHAI).hour, []).append(row)
    after, number = timedelta(), 0
    while True:
        usual = hours.get(now().astimezone(SHANGHAI).hour, [])
        gap = random.expovariate(max(len(usual), 1) * speed / 3600)
        after, number = after + min(timedelta(seconds=gap), LONGEST_GAP), number + 1
        row = random.choice(usual or rows)
        body = row.body | {"external_no": f"{run}-{number}"}
        if districts and random.random() < STRAIGHT_TO_A_DISTRICT:
            body["unit"] = random.choice(districts)
        yield Arrival(after, row.channel or channel, peopled(body, random))


def peopled(body: dict, random: Random) -> dict:
    """With a made-up citizen where the file, rightly, tells of none."""
    if body.get("consumer"):
        return body
    title = random.choice(["先生", "女士"])
    # From the thousand numbers around the one that China Mobile answers itself.
    citizen = {
        "name": random.choice(SURNAMES) + title,
        "phone": f"13800138{random.randrange(1000):03}",
    }
    return body | {"consumer": citizen}
