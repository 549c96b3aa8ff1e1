"""What is kept of the figures by day and by month, and how it is read.

A page asks for a period: whole months come from the months, single days from the days, and what
is not kept, or was changed since, from the rows themselves. So a figure is right whether or
not anybody has recounted; recounting (reports/keeping.py) only makes it fast.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

from django.db.models import CharField, F, Func, Model, Q, Sum, Value

from reports.measures import Measure, Source, cases
from reports.models import CountedSpan, DailyFact, MonthlyFact, StaleDay
from reports.periods import Period

Span = CountedSpan.Span

KEPT: tuple[Measure, ...] = (
    cases.tickets_received, cases.walk_ins, cases.consultations, cases.petitions,
    cases.petitions_national_satisfaction, cases.priority_topic_cases, cases.campaign_cases,
    cases.campaign_recovered, cases.cases_of_each_campaign, cases.recovered_of_each_campaign,
    cases.cases_accepted, cases.mediation_ended, cases.mediation_settled, cases.rated,
    cases.satisfied, cases.recovered, cases.response_due, cases.responded_in_time,
    cases.contact_due, cases.contacted_in_time, cases.acceptance_due, cases.accepted_in_time,
    cases.outlet_disputes_settled, cases.outlet_recovered,
)  # fmt: skip
"""Sums over rows that grow with the years. Who counts merchants once, or what stands at a day, has no sum."""

OF_A_DAY = ("", "channel")
OF_A_MONTH = (*OF_A_DAY, "kind", "category", "handler", "outlet", "campaign")
"""By what facts are split; the unit and the month are columns of every fact."""

Spread = dict[str, int | Decimal]


@cache
def version() -> str:
    """Names the definitions: a measure that is defined anew is counted anew.

    The statements themselves, at a moment that is always the same.
    """
    at = datetime(2000, 1, 1, tzinfo=UTC)
    told = hashlib.sha256(repr((OF_A_DAY, OF_A_MONTH)).encode())
    for measure in KEPT:
        for source in measure(at):
            told.update(f"{measure.__name__} {_defined(source)}".encode())
    return told.hexdigest()[:16]


def _defined(source: Source) -> str:
    paths = (source.moment, source.unit, source.adds, sorted(source.keys.items()))
    return f"{source.rows.query.sql_with_params()} {paths}"


@dataclass(frozen=True)
class Split:
    """A period, taken apart: first days of whole months, days, and what the rows must tell."""

    months: list[date]
    days: list[date]
    rest: list[Period]


@dataclass
class Facts:
    """What is kept for some units (none named: for all), for as long as one page is made."""

    units: list[int]
    splits: dict[tuple, Split] = field(default_factory=dict)
    sums: dict[tuple, dict[str, Spread]] = field(default_factory=dict)

    def of(self, measure: Measure, period: Period, dimension: str) -> tuple[Spread, list[Period]]:
        """By the dimension's values what is kept, and the periods in which rows are to be counted."""
        split = self._split(period, is_daily=dimension in {*OF_A_DAY, "unit", "month"})
        name = measure.__name__
        every = dimension in OF_A_DAY
        key = (period, dimension, "" if every else name)
        if key not in self.sums:
            self.sums[key] = self._sums(split, dimension, measure="" if every else name)
        found = self.sums[key].get(name, {})
        if not _adds(name):
            found = {value: int(number) for value, number in found.items()}
        return dict(found), split.rest

    # -- which days -----------------------------------------------------------------------

    def _split(self, period: Period, *, is_daily: bool) -> Split:
        if (period, is_daily) not in self.splits:
            self.splits[period, is_daily] = _taken_apart(period, is_daily=is_daily)
        return self.splits[period, is_daily]

    # -- their sums -----------------------------------------------------------------------

    def _sums(self, split: Split, dimension: str, *, measure: str) -> dict[str, Spread]:
        found: dict[str, Spread] = defaultdict(dict)
        for model, starts in ((MonthlyFact, split.months), (DailyFact, split.days)):
            if not starts:
                continue
            for name, value, number in self._rows(model, starts, dimension, measure):
                found[name][value] = found[name].get(value, 0) + number
        return found

    def _rows(self, model: type[Model], starts: list[date], dimension: str, measure: str):
        names = [measure] if measure else [one.__name__ for one in KEPT]
        kept = model.objects.filter(
            self._theirs(), measure__in=names, starts_on__in=starts,
            dimension="" if dimension in _COLUMNS else dimension,
        )  # fmt: skip
        told = kept.annotate(told=_COLUMNS.get(dimension, F("value")))
        return told.values_list("measure", "told").annotate(sum=Sum("number")).order_by()

    def _theirs(self) -> Q:
        return Q(unit__in=self.units) if self.units else Q()


_COLUMNS = {
    "unit": F("unit__code"),
    "month": Func(
        F("starts_on"), Value("YYYY-MM"), function="to_char", output_field=CharField()
    ),
}  # fmt: skip


@cache
def _adds(name: str) -> bool:
    """Whether it is a sum of money; else it is a number of rows."""
    [measure] = (one for one in KEPT if one.__name__ == name)
    return any(source.adds for source in measure(datetime(2000, 1, 1, tzinfo=UTC)))


def _taken_apart(period: Period, *, is_daily: bool) -> Split:
    # First what is stale, then what stands. The other way round a recount that ends between the
    # two takes the day off the list, and its month of before would still be thought to stand.
    stale = set(
        StaleDay.objects.filter(day__gte=period.from_on, day__lte=period.to_on)
        .values_list("day", flat=True).distinct()
    )  # fmt: skip
    within = Q(starts_on__gte=period.from_on.replace(day=1), starts_on__lte=period.to_on)
    counted = CountedSpan.objects.filter(within, version=version())
    kept = {(span, day) for span, day in counted.values_list("span", "starts_on")}
    months, days, rest = [], [], []
    for part in months_of(period):
        is_fresh = not any(part.from_on <= day <= part.to_on for day in stale)
        if part.is_month and is_fresh and (Span.MONTH, part.from_on) in kept:
            months.append(part.from_on)
        elif is_daily:
            right = [d for d in days_of(part) if (Span.DAY, d) in kept and d not in stale]
            days += right
            rest += between(part, set(right))
        else:
            rest.append(part)
    return Split(months, days, joined(rest))


def months_of(period: Period) -> Iterator[Period]:
    """The period, cut where a month begins."""
    begin = period.from_on
    while begin <= period.to_on:
        end = min(Period.of_month(begin.year, begin.month).to_on, period.to_on)
        yield Period(begin, end)
        begin = end + timedelta(days=1)


def days_of(period: Period) -> Iterator[date]:
    """Each of its days."""
    for number in range((period.to_on - period.from_on).days + 1):
        yield period.from_on + timedelta(days=number)


def between(period: Period, days: set[date]) -> list[Period]:
    """What is left of the period without these days."""
    return joined(Period(day, day) for day in days_of(period) if day not in days)


def joined(parts: Iterable[Period]) -> list[Period]:
    """Neighbours made one."""
    found: list[Period] = []
    for part in parts:
        if found and found[-1].to_on + timedelta(days=1) == part.from_on:
            found[-1] = Period(found[-1].from_on, part.to_on)
        else:
            found.append(part)
    return found
