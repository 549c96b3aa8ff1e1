"""The monthly ranking of the outlets, and where they stand on a map.

Source: docs/rules.md, section "Outlets".
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from math import cos, radians

from agency.core.models import User
from outlets import figures
from outlets.models import Outlet
from outlets.workflow.filing import month_after


@dataclass(frozen=True)
class Place:
    """An outlet in the ranking. ``rate``: settled of what ended, None where nothing did."""

    rank: int
    outlet: Outlet
    received: int
    settled: int
    handed_up: int
    silent: int
    recovered_amount: Decimal
    rate: Fraction | None


def of_month(user: User, month: date) -> list[Place]:
    """The outlets that ``user`` sees and that were on file in the month, the best first.

    By the share that was settled, then by how many; equals share a rank. What nobody answered
    counts as handed up. ``month``: its first day.
    """
    until = month_after(month)
    counted = {row["unit"]: row for row in figures.by_unit(month, until)}
    seen = Outlet.objects.visible_to(user).once_on_file().filter(since__lt=until)
    seen = seen.exclude(withdrawn_on__lt=month).select_related("unit__parent")
    rows = [_counted(outlet, counted.get(outlet.unit_id, {})) for outlet in seen]
    rows.sort(key=lambda row: (_merit(row), row["outlet"].unit.path))
    places, rank = [], 0
    for _merits, equals in groupby(rows, key=_merit):
        together = list(equals)
        places += [Place(rank + 1, **row) for row in together]
        rank += len(together)
    return places


def _counted(outlet: Outlet, row: dict) -> dict:
    names = ("received", "settled", "handed_up", "silent", "recovered_amount")
    told = {name: row.get(name, 0) for name in names}
    ended = told["settled"] + told["handed_up"]
    return {"outlet": outlet, **told, "rate": Fraction(told["settled"], ended) if ended else None}


def _merit(row: dict) -> tuple:
    """Who settled nothing comes after who settled little, and before nobody."""
    rate = row["rate"]
    return rate is None, -(rate or 0), -row["settled"], row["silent"], -row["recovered_amount"]


# -- the map ----------------------------------------------------------------------------

WIDTH, MARGIN = 800, 30
"""Of the drawing, in its own units."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Drawing:
    """Points and outlines of a map without a map: drawn from where the outlets stand.

    ``outlines``: for each unit above its name and the corners around its outlets.
    """

    height: int
    points: list[tuple[Outlet, float, float]]
    outlines: list[tuple[str, str]]


def drawing(outlets: list[Outlet]) -> Drawing:
    """Those of ``outlets`` whose place is known, north above, a kilometre as wide as high."""
    there = [o for o in outlets if o.longitude is not None]
    if not there:
        return Drawing(0, [], [])
    wide = cos(radians(float(there[0].latitude)))
    flat = [(float(o.longitude) * wide, -float(o.latitude)) for o in there]
    left, top = min(x for x, _y in flat), min(y for _x, y in flat)
    across = max(max(x for x, _y in flat) - left, max(y for _x, y in flat) - top) or 1
    scale = (WIDTH - 2 * MARGIN) / across
    drawn = [(MARGIN + (x - left) * scale, MARGIN + (y - top) * scale) for x, y in flat]
    height = round(max(y for _x, y in drawn) + MARGIN)
    points = [(o, round(x, 1), round(y, 1)) for o, (x, y) in zip(there, drawn, strict=True)]
    return Drawing(height, points, _outlines(points))


def _outlines(points: list[tuple[Outlet, float, float]]) -> list[tuple[str, str]]:
    def above(point) -> tuple[str, str]:
        return point[0].unit.parent.path, point[0].unit.parent.name

    return [
        (name, " ".join(f"{x},{y}" for x, y in around([(x, y) for _o, x, y in group])))
        for (_path, name), group in groupby(sorted(points, key=above), key=above)
    ]


def around(points: list[Point]) -> list[Point]:
    """The corners of the smallest convex shape around ``points`` (Andrew's monotone chain)."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered
    return [*_half(ordered), *_half(ordered[::-1])]


def _half(points: list[Point]) -> list[Point]:
    """One side, without its last corner: the other side begins there."""
    corners: list[Point] = []
    for point in points:
        while len(corners) > 1 and _turn(corners[-2], corners[-1], point) <= 0:
            corners.pop()
        corners.append(point)
    return corners[:-1]


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
