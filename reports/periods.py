"""Stretches of whole days in Shanghai, and the same stretch a year before."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from agency.core import clock
from agency.core.calendar import SHANGHAI
from agency.core.errors import Invalid
from cases.calendar import day_of

FIRST, LAST = 1992, 2199


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both within it."""

    from_on: date
    to_on: date

    @classmethod
    def of_year(cls, year: int) -> "Period":
        return cls(date(year, 1, 1), date(year, 12, 31))

    @classmethod
    def of_month(cls, year: int, month: int) -> "Period":
        return cls(date(year, month, 1), date(year, month, monthrange(year, month)[1]))

    @classmethod
    def read(cls, from_: str, to: str) -> "Period":
        """From what an address says. Raises Invalid."""
        days, faults = {}, {}
        for name, told in (("from", from_), ("to", to)):
            try:
                days[name] = date.fromisoformat(told)
            except ValueError:
                faults[name] = [_("Give the day as YYYY-MM-DD.")]
        if not faults and not (
            days["from"] <= days["to"] and days["from"].year > FIRST and days["to"].year <= LAST
        ):
            faults["to"] = [_("The period ends before it begins, or lies too far away.")]
        if faults:
            raise Invalid(faults)
        return cls(days["from"], days["to"])

    @classmethod
    def asked(cls, from_: str, to: str) -> "Period":
        """What an address says; this year where it says neither. Raises Invalid."""
        return cls.read(from_, to) if from_ or to else cls.of_year(day_of(clock.now()).year)

    @property
    def year_before(self) -> "Period":
        """The same days a year earlier; what ended with a month ends with it there, too."""
        return Period(_a_year_before(self.from_on), _a_year_before(self.to_on, ends=True))

    @property
    def is_year(self) -> bool:
        return self == Period.of_year(self.from_on.year)

    @property
    def is_month(self) -> bool:
        return self == Period.of_month(self.from_on.year, self.from_on.month)

    def holds(self, field: str, *, is_day: bool) -> Q:
        """That the day, or the moment, in ``field`` lies within it."""
        if is_day:
            return Q(**{f"{field}__gte": self.from_on, f"{field}__lte": self.to_on})
        begin, end = start_of(self.from_on), start_of(self.to_on + timedelta(days=1))
        return Q(**{f"{field}__gte": begin, f"{field}__lt": end})

    def __str__(self) -> str:
        if self.is_year:
            return _("the year %(year)d") % {"year": self.from_on.year}
        if self.is_month:
            told = {"year": self.from_on.year, "month": self.from_on.month}
            return _("%(month)d/%(year)d") % told
        return f"{self.from_on} – {self.to_on}"


def start_of(day: date) -> datetime:
    """The first moment of the day in Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def _a_year_before(day: date, *, ends: bool = False) -> date:
    year, last = day.year - 1, monthrange(day.year, day.month)[1]
    most = monthrange(year, day.month)[1]
    return day.replace(year=year, day=most if ends and day.day == last else min(day.day, most))
