"""Proves that what is kept of the figures is what the rows say, to the last unit."""

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

from django.db import connection, transaction

from agency.core import alarms
from reports import keeping
from reports.facts import KEPT, OF_A_DAY, OF_A_MONTH, Span, joined
from reports.models import DailyFact, MonthlyFact, StaleDay
from reports.periods import Period

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Difference:
    """A fact that is not what the rows say; None: there is none, or none is kept."""

    span: str
    starts_on: date
    measure: str
    unit: str
    dimension: str
    value: str
    kept: Decimal | None
    counted: Decimal | None


def prove_all(year: int | None = None) -> dict:
    """``checked`` spans and ``differences``; where there are any, the administrators are told."""
    checked, differences = 0, []
    for number, found in prove(year):
        checked += number
        differences += [asdict(one) for one in found]
    if differences:
        log.error("%d kept figures differ from the rows: %s", len(differences), differences[:10])
        alarms.raise_all([alarms.Alarm("figures_differ")])
    return {"checked": checked, "differences": differences}


TABLES = {
    Span.DAY: (DailyFact, OF_A_DAY),
    Span.MONTH: (MonthlyFact, OF_A_MONTH),
}


def prove(year: int | None = None) -> Iterator[tuple[int, list[Difference]]]:
    """Stretch by stretch: how many days or months, and where they differ. Nothing is changed."""
    for stretch in keeping.stretches():
        if year in {None, stretch.from_on.year}:
            for span in TABLES:
                yield _proved(span, stretch)


@transaction.atomic
def _proved(span: str, stretch: Period) -> tuple[int, list[Difference]]:
    """What is changed meanwhile is no difference: it stands on the list by the end."""
    model, dimensions = TABLES[span]
    starts = [day for day in keeping.counted(span) if stretch.from_on <= day <= stretch.to_on]
    keeping.alone(wait=True)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE proof (LIKE {model._meta.db_table} INCLUDING INDEXES)")
        if parts := joined(_lasting(span, day) for day in sorted(starts)):
            keeping.count(parts, dimensions, table="proof", by_month=span == Span.MONTH)
        names = [measure.__name__ for measure in KEPT]
        cursor.execute(DIFFERENT.format(table=model._meta.db_table), [starts, names])
        found = [Difference(span, *row) for row in cursor.fetchall()]
        cursor.execute("DROP TABLE proof")
    stale = set(StaleDay.objects.values_list("day", flat=True))
    if span == Span.MONTH:
        stale = {day.replace(day=1) for day in stale}
    return len(starts), [one for one in found if one.starts_on not in stale]


def _lasting(span: str, day: date) -> Period:
    return Period(day, day) if span == Span.DAY else Period.of_month(day.year, day.month)


DIFFERENT = """
SELECT starts_on, measure, (SELECT code FROM core_unit u WHERE u.id = unit_id), dimension, value,
    kept.number, told.number
FROM (SELECT * FROM {table} WHERE starts_on = ANY (%s) AND measure = ANY (%s)) kept
FULL JOIN proof told USING (dimension, measure, starts_on, unit_id, value)
WHERE kept.number IS DISTINCT FROM told.number
ORDER BY starts_on, measure, dimension, value
"""
