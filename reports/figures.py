"""The figures of a period for a unit and all below it, each beside the year before.

Every door to a figure comes through here: the command, the API, the pages, the year's report.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from django.db.models import CharField, Count, DateTimeField, F, Func, Q, QuerySet, Sum, Value
from django.utils.translation import gettext as _

from agency.core import clock
from agency.core.errors import Forbidden, Invalid, NotThere
from agency.core.models import Unit, User
from agency.core.roles import READS_FIGURES
from agency.core.text import listed
from reports import levels
from reports.facts import KEPT, Facts
from reports.indicators import CATALOGUE, Indicator
from reports.measures import Measure, Source
from reports.periods import Period

DIMENSIONS = ("channel", "kind", "unit", "category", "handler", "outlet", "campaign", "month")
"""By what a figure may be split; a month is that of the moment it is counted by, as 2022-03."""

Number = int | Decimal | Fraction
Counted = dict[str, Number]
"""By the value of a dimension; the total stands under ""."""


@dataclass(frozen=True)
class Row:
    """One figure. ``value`` and ``previous``: int, Decimal for money, Fraction for a ratio, or None."""

    indicator: Indicator
    dimensions: dict[str, str]
    value: Number | None
    previous: Number | None
    numerator: Number | None
    denominator: Number | None

    @property
    def yoy(self) -> Fraction | None:
        """The change on the year before as a ratio; None where that was 0 or is not known."""
        if not self.previous or self.value is None:
            return None
        before = Fraction(self.previous)
        return (Fraction(self.value) - before) / before

    def plain(self) -> dict:
        """For machines: nothing rounded, money as it is stored."""
        return {
            "code": self.indicator.code, "dimensions": self.dimensions,
            "value": _plain(self.value), "previous": _plain(self.previous), "yoy": _plain(self.yoy),
            "unit": self.indicator.unit, "numerator": _plain(self.numerator),
            "denominator": _plain(self.denominator),
        }  # fmt: skip


def _plain(number: Number | None) -> int | Decimal | float | None:
    if not isinstance(number, Fraction):
        return number
    return int(number) if number.denominator == 1 else float(number)


def unit_for(user: User, code: str) -> Unit:
    """The unit asked for, the user's own for "". Raises Forbidden, NotThere."""
    if user.role not in READS_FIGURES:
        raise Forbidden
    unit = Unit.objects.subtree(user.unit).filter(code=code or user.unit.code).first()
    if unit is None:
        raise NotThere
    return unit


def grouping(told: str) -> tuple[str, ...]:
    """What ``group_by`` asks for: dimensions with commas. Raises Invalid."""
    asked = tuple(name for name in told.split(",") if name)
    if unknown := [name for name in asked if name not in DIMENSIONS]:
        sentence = _("“%(word)s” is not among %(known)s.")
        raise Invalid(
            {"group_by": [sentence % {"word": unknown[0][:40], "known": listed(DIMENSIONS)}]}
        )
    return asked


def report(unit: Unit, period: Period, *, group_by: Sequence[str] = ()) -> list[Row]:
    """Every figure of the catalogue; with a row for each value of its dimensions."""
    return list(Counting(unit, period).rows(CATALOGUE, group_by))


@dataclass
class Counting:
    """One counting of a unit's period; each quantity is counted once.

    ``reads_facts``: from what is kept by day and month where it is, and not from every row.
    """

    unit: Unit
    period: Period
    at: datetime = field(default_factory=clock.now)
    known: dict[tuple, Counted] = field(default_factory=dict)
    reads_facts: bool = True

    def rows(self, catalogue: Sequence[Indicator], group_by: Sequence[str] = ()) -> Iterator[Row]:
        for indicator in catalogue:
            yield self.row(indicator)
            for dimension in dict.fromkeys((*indicator.by, *group_by)):
                yield from self.each(indicator, dimension)

    def row(self, indicator: Indicator) -> Row:
        now, before = (self.parts(indicator, period) for period in self.periods)
        return _row(indicator, {}, now, before)

    def each(self, indicator: Indicator, dimension: str) -> Iterator[Row]:
        """A row for each value that either year knows; none where nothing is told by it."""
        top = (
            indicator.of_each if dimension in indicator.by and indicator.of_each else indicator.top
        )
        tops = [self.counted(top, period, dimension) for period in self.periods]
        bottoms = [self.under(indicator, period, dimension) for period in self.periods]
        if dimension == "month":
            tops[1], bottoms[1] = _a_year_later(tops[1]), _a_year_later(bottoms[1])
        for key in sorted({key for counted in tops + bottoms for key in counted if key}):
            parts = [
                (top.get(key, 0), None if indicator.bottom is None else bottom.get(key, bottom.get("", 0)))
                for top, bottom in zip(tops, bottoms, strict=True)
            ]  # fmt: skip
            yield _row(indicator, {dimension: key}, *parts)

    def under(self, indicator: Indicator, period: Period, dimension: str) -> Counted:
        """The denominators by ``dimension``; one for all under "" where that is a level."""
        if indicator.bottom is None:
            return {}
        if indicator.bottom in LEVELS:
            return {"": self.counted(indicator.bottom, period).get("") or 0}
        return {k: v for k, v in self.counted(indicator.bottom, period, dimension).items() if k}

    @cached_property
    def periods(self) -> tuple[Period, Period]:
        return self.period, self.period.year_before

    def parts(self, indicator: Indicator, period: Period) -> tuple[Number | None, Number | None]:
        top = self.counted(indicator.top, period).get("")
        bottom = indicator.bottom and self.counted(indicator.bottom, period).get("")
        return top, bottom

    # -- counting -------------------------------------------------------------------------

    def counted(self, measure: Measure, period: Period, dimension: str = "") -> Counted:
        key = (measure, period, dimension)
        if key not in self.known:
            self.known[key] = self._count(measure, period, dimension)
        return self.known[key]

    def _count(self, measure: Measure, period: Period, dimension: str) -> Counted:
        if measure in LEVELS:
            level = None if dimension else measure(period, self._units("unit"))
            return {} if level is None else {"": level}
        found, rest = self._kept(measure, period, dimension)
        if not dimension:
            found.setdefault("", 0)
        for part in rest:
            for source in measure(self.at):
                for key, number in self._of(source, part, dimension):
                    found[key] = found.get(key, 0) + number
        return found

    def _kept(
        self, measure: Measure, period: Period, dimension: str
    ) -> tuple[Counted, list[Period]]:
        """What needs no counting, and the periods that do. An outlet's own share is not kept."""
        if not self.reads_facts or measure not in KEPT or self.unit.kind == Unit.Kind.OUTLET:
            return {}, [period]
        return self.facts.of(measure, period, dimension)

    def _of(self, source: Source, period: Period, dimension: str) -> Iterator[tuple[str, Number]]:
        if not source.knows(dimension):
            return
        rows, what = self.behind(source, period), _what(source)
        if not dimension:
            yield "", rows.order_by().aggregate(number=what)["number"] or 0
            return
        if dimension == "month":
            rows, path = rows.annotate(in_month=_month(source)), "in_month"
        else:
            path = source.keys[dimension]
        for key, number in rows.order_by().values_list(path).annotate(number=what):
            yield key or "-", number or 0

    def behind(self, source: Source, period: Period) -> QuerySet:
        """The rows of a source that count for the unit in the period."""
        is_outlet = self.unit.kind == Unit.Kind.OUTLET and source.outlet
        return source.within(period).filter(
            self._units(source.outlet if is_outlet else source.unit)
        )

    def _units(self, path: str) -> Q:
        return Q(**{f"{path}__in": self.keys}) if self.keys else Q()

    @cached_property
    def facts(self) -> Facts:
        return Facts(self.keys)

    @cached_property
    def keys(self) -> list[int]:
        """The units below, and the unit; empty for the whole agency, which needs no condition."""
        if self.unit.parent_id is None:
            return []
        return list(Unit.objects.subtree(self.unit).values_list("pk", flat=True))


LEVELS = {levels.persons, levels.law_trained, levels.of_whom}


def _a_year_later(counted: Counted) -> Counted:
    """Months under the names of those they are compared with: 2021-03 as 2022-03."""
    return {key and f"{int(key[:4]) + 1:04d}{key[4:]}": number for key, number in counted.items()}


def _month(source: Source) -> Func:
    """The month of the row's moment in Shanghai, as 2022-03."""
    moment = F(source.moment) if source.is_day else AtShanghai(F(source.moment))
    return Func(moment, Value("YYYY-MM"), function="to_char", output_field=CharField())


class AtShanghai(Func):
    """A moment as the clocks in Shanghai show it."""

    template = "(%(expressions)s AT TIME ZONE 'Asia/Shanghai')"
    output_field = DateTimeField()


def _what(source: Source):
    if source.adds:
        return Sum(source.adds)
    return Count(source.distinct, distinct=True) if source.distinct else Count("pk")


def _row(indicator: Indicator, dimensions: dict[str, str], now: tuple, before: tuple) -> Row:
    top, bottom = now
    return Row(
        indicator, dimensions, _value(indicator, *now), _value(indicator, *before),
        numerator=top, denominator=bottom,
    )  # fmt: skip


def _value(indicator: Indicator, top: Number | None, bottom: Number | None) -> Number | None:
    """None for a ratio of nothing."""
    if indicator.bottom is None:
        return top
    return Fraction(top) / Fraction(bottom) if bottom and top is not None else None
