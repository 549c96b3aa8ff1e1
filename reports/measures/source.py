"""What a quantity is counted from: rows, and the paths that say when, whose and how much."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet

from reports.periods import Period


@dataclass(frozen=True)
class Source:
    """Rows that are counted. All but ``rows`` are paths from a row.

    ``moment``: what must lie in the period. ``case``: the case behind the row, "" where there is
    none. ``adds``: what is added up; "" counts rows, ``distinct`` counts what differs in it.
    ``outlet``: whose row it is, where an outlet asks for its own. ``keys``: dimension → path.
    ``holds``: another condition than the moment's. ``told``: what names a row that belongs to no case.
    """

    rows: QuerySet
    moment: str
    unit: str = "unit"
    case: str = "pk"
    adds: str = ""
    distinct: str = ""
    outlet: str = ""
    is_day: bool = False
    keys: dict[str, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()
    holds: Callable[[Period], Q] | None = None

    def knows(self, dimension: str) -> bool:
        """Whether its rows can be told apart by it. What stands at a day has no month of its own."""
        return dimension in {"", *self.keys} or dimension == "month" and self.holds is None

    def within(self, period: Period) -> QuerySet:
        found = self.holds(period) if self.holds else period.holds(self.moment, is_day=self.is_day)
        return self.rows.filter(found)


Measure = Callable[[datetime], list[Source]]
"""The sources of a quantity, as they are at this moment."""


def narrowed(source: Source, *conditions: Q, **more) -> Source:
    """The same of fewer rows."""
    return Source(**{**vars(source), "rows": source.rows.filter(*conditions, **more)})
