"""Recounts days and months of the figures from the rows.

What is to be recounted is found in the database: days that were changed since (StaleDay, left by
triggers), days that are over and not counted yet, months whose days have all been counted. Each
piece is a transaction of its own, one program at a time. A change that comes in while its day is
counted leaves a row of its own, and the day is counted once more.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import reduce
from operator import or_

from django.db import connection, transaction
from django.db.models import DateField, F, Func, Min, Model, Value

from agency.core import clock
from cases.calendar import day_of
from cases.models import Case
from reports import facts
from reports.facts import KEPT, OF_A_DAY, OF_A_MONTH, Span, days_of, months_of
from reports.measures import Source
from reports.models import CountedSpan, DailyFact, MonthlyFact, StaleDay
from reports.periods import Period

REST = timedelta(days=2)
"""Today and yesterday are counted from the rows: whoever writes at midnight still writes there."""
FEW = 5
"""More days than these are counted in one go, with those between them."""
QUIET = 5_000
"""A year in which no more cases arrived is counted in one go, another month by month."""
BUDGET = 20.0
"""Seconds after which a run begins no further piece; the last one may take as long again, and more."""


def keep(budget: float = BUDGET) -> int:
    """Recount what there is to recount; how many pieces were done. 0 where another is at it."""
    return work_off(recount_next, budget)


def work_off(do_next: Callable[[], bool], budget: float) -> int:
    """Piece by piece until there is none, or ``budget`` seconds are over; how many were done."""
    until, done = time.monotonic() + budget, 0
    while do_next():
        done += 1
        if time.monotonic() >= until:
            break
    return done


@transaction.atomic
def recount_next() -> bool:
    """One piece: changed days first, then days that are new, then months. False: nothing to do."""
    if not alone(wait=False):
        return False
    if days := _stale():
        _recount_days(days)
    elif period := _new_days():
        _recount_days(list(days_of(period)))
    elif period := _new_months():
        _recount_months(period)
    else:
        return False
    return True


def alone(*, wait: bool) -> bool:
    """Whether until the end of the transaction nobody else counts. A month may take its time."""
    how = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(f"SELECT {how}(hashtextextended('reports.facts', 0))")
        return wait or cursor.fetchone()[0]


# -- what is to be counted ----------------------------------------------------------------


def last_day() -> date:
    """The last day that is kept."""
    return day_of(clock.now()) - REST


def first_day() -> date | None:
    """From the year before the first arrival on, with which that year is compared."""
    first = Case.objects.aggregate(at=Min("arrived_at"))["at"]
    return first and date(day_of(first).year - 1, 1, 1)


def _stale() -> list[date]:
    """The changed days of one stretch, the latest. What is not counted yet is no more than new."""
    StaleDay.objects.exclude(day__in=counted(Span.DAY)).delete()
    latest = StaleDay.objects.order_by("-day").values_list("day", flat=True).first()
    if latest is None:
        return []
    month = Period(latest.replace(day=1), latest)  # where nothing has arrived any more
    stretch = next((s for s in stretches() if s.from_on <= latest), month)
    days = StaleDay.objects.filter(day__gte=stretch.from_on, day__lte=latest)
    return sorted(set(days.values_list("day", flat=True)))


def counted(span: str) -> set[date]:
    spans = CountedSpan.objects.filter(span=span, version=facts.version())
    return set(spans.values_list("starts_on", flat=True))


def stretches() -> Iterator[Period]:
    """All that is kept, as it is counted in one go, the latest first: a quiet year, or a month."""
    first, last = first_day(), last_day()
    for year in range(last.year, first.year - 1, -1) if first else ():
        whole = Period(date(year, 1, 1), min(date(year, 12, 31), last))
        arrived = Case.objects.filter(whole.holds("arrived_at", is_day=False)).order_by()
        is_quiet = arrived[: QUIET + 1].count() <= QUIET
        yield from [whole] if is_quiet else list(months_of(whole))[::-1]


def _new_days() -> Period | None:
    """The latest stretch that has days not counted: from the first of them to the last."""
    done = counted(Span.DAY)
    for stretch in stretches():
        if missing := [day for day in days_of(stretch) if day not in done]:
            return Period(missing[0], missing[-1])
    return None


def _new_months() -> Period | None:
    """The latest stretch that has months, all over, not counted."""
    done = counted(Span.MONTH)
    for stretch in stretches():
        missing = [m for m in months_of(stretch) if m.is_month and m.from_on not in done]
        if missing:
            return Period(missing[0].from_on, missing[-1].to_on)
    return None


# -- counting -----------------------------------------------------------------------------


def _recount_days(days: list[date]) -> None:
    """Of one stretch. The change is taken off the list before its rows are read."""
    StaleDay.objects.filter(day__in=days).delete()
    months = {day.replace(day=1) for day in days}
    CountedSpan.objects.filter(span=Span.MONTH, starts_on__in=months).delete()
    if len(days) > FEW:
        days = list(days_of(Period(days[0], days[-1])))
    _forget(DailyFact, OF_A_DAY, days)
    count(facts.joined(Period(day, day) for day in days), OF_A_DAY, table=DailyFact._meta.db_table)
    _mark(Span.DAY, days)


def _recount_months(period: Period) -> None:
    starts = [month.from_on for month in months_of(period)]
    _forget(MonthlyFact, OF_A_MONTH, starts)
    count([period], OF_A_MONTH, table=MonthlyFact._meta.db_table, by_month=True)
    _mark(Span.MONTH, starts)


def _forget(model: type[Model], dimensions: Iterable[str], starts: list[date]) -> None:
    """Named in full, so that the key finds them."""
    names = [measure.__name__ for measure in KEPT]
    model.objects.filter(dimension__in=dimensions, measure__in=names, starts_on__in=starts).delete()


def _mark(span: str, starts: list[date]) -> None:
    CountedSpan.objects.bulk_create(
        [CountedSpan(span=span, starts_on=day, version=facts.version()) for day in starts],
        update_conflicts=True, unique_fields=["span", "starts_on"],
        update_fields=["version", "proved_at"],
    )  # fmt: skip


def count(
    periods: list[Period], dimensions: tuple[str, ...], *, table: str, by_month: bool = False
) -> None:
    """Every kept measure of the periods' rows into ``table``: one statement a source."""
    at = clock.now()
    with connection.cursor() as cursor:
        for measure in KEPT:
            for source in measure(at):
                known = [d for d in dimensions if d in source.keys]
                sql, values = _rows(source, periods, known)
                cursor.execute(
                    _spread(sql, known, table=table, by_month=by_month),
                    [measure.__name__, *values],
                )


def _rows(source: Source, periods: list[Period], dimensions: list[str]) -> tuple[str, tuple]:
    """Day, unit and number of each row, and its values, as the figures themselves read them."""
    within = (period.holds(source.moment, is_day=source.is_day) for period in periods)
    rows = source.rows.filter(reduce(or_, within)).annotate(
        fact_day=_day(source), fact_number=F(source.adds) if source.adds else Value(1)
    )
    paths = [source.keys[dimension] for dimension in dimensions]
    told = rows.order_by().values_list("fact_day", source.unit, "fact_number", *paths)
    return told.query.sql_with_params()


def _day(source: Source) -> Func:
    return Func(
        F(source.moment), template="(%(expressions)s AT TIME ZONE 'Asia/Shanghai')::date",
        output_field=DateField(),
    )  # fmt: skip


def _spread(sql: str, dimensions: list[str], *, table: str, by_month: bool) -> str:
    """The rows summed up for every unit, and once more by each dimension."""
    starts = "date_trunc('month', day)::date" if by_month else "day"
    columns = "".join(f", {name}" for name in dimensions)
    clean = "".join(f", coalesce(nullif({name}, ''), '-') AS {name}" for name in dimensions)
    sets = "".join(f", (starts, unit_id, {name})" for name in dimensions)
    cases = [(f"WHEN grouping({name}) = 0 THEN", name) for name in dimensions]
    which = "".join(f" {when} '{name}'" for when, name in cases)
    value = "".join(f" {when} {name}" for when, name in cases)
    return f"""
        INSERT INTO {table} AS kept (starts_on, measure, dimension, unit_id, value, number)
        SELECT starts, %s, {f"CASE{which} ELSE '' END" if cases else "''"}, unit_id,
            {f"CASE{value} ELSE '' END" if cases else "''"}, coalesce(sum(number), 0)
        FROM (SELECT {starts} AS starts, unit_id, number{clean}
              FROM ({sql}) AS found (day, unit_id, number{columns})) AS told
        GROUP BY GROUPING SETS ((starts, unit_id){sets})
        ON CONFLICT (dimension, measure, starts_on, unit_id, value)
        DO UPDATE SET number = kept.number + excluded.number
    """  # noqa: S608 – names of our own; what is told stands in the parameters
