"""Proves that what is kept of the figures is what the rows say, to the last unit."""

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from agency.core import alarms, clock
from reports import facts, keeping
from reports.facts import KEPT, OF_A_DAY, OF_A_MONTH, Span, joined
from reports.models import CountedSpan, DailyFact, MonthlyFact, StaleDay
from reports.periods import Period

log = logging.getLogger(__name__)

AGAIN = timedelta(hours=20)
"""So long a proof holds: what was proved in one night is due in the next."""


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
        differences += _told(found)
    return {"checked": checked, "differences": differences}


def prove_some(budget: float = keeping.BUDGET) -> int:
    """What was not proved since yesterday, the latest first, for so many seconds; how many stretches."""
    return keeping.work_off(_prove_next, budget)


@transaction.atomic
def _prove_next() -> bool:
    """False: all is proved, or another counts just now."""
    if not keeping.alone(wait=False):
        return False
    is_due = Q(proved_at=None) | Q(proved_at__lt=clock.now() - AGAIN)
    for stretch, span in product(keeping.stretches(), TABLES):
        if _spans(span, stretch).filter(is_due).exists():
            _number, found = _proved(span, stretch)
            _told(found)
            return True
    return False


def _told(found: list[Difference]) -> list[dict]:
    """As they are answered; the administrators are told if there are any."""
    if found:
        log.error("%d kept figures differ from the rows: %s", len(found), found[:10])
        alarms.raise_all([alarms.Alarm("figures_differ")])
    return [asdict(one) for one in found]


TABLES = {
    Span.DAY: (DailyFact, OF_A_DAY),
    Span.MONTH: (MonthlyFact, OF_A_MONTH),
}


def prove(year: int | None = None) -> Iterator[tuple[int, list[Difference]]]:
    """Stretch by stretch: how many days or months, and where they differ. No figure is changed."""
    for stretch in keeping.stretches():
        if year in {None, stretch.from_on.year}:
            for span in TABLES:
                yield _proved(span, stretch)


@transaction.atomic
def _proved(span: str, stretch: Period) -> tuple[int, list[Difference]]:
    """What is changed meanwhile is no difference: it stands on the list by the end."""
    model, dimensions = TABLES[span]
    keeping.alone(wait=True)
    spans = _spans(span, stretch)
    starts = list(spans.values_list("starts_on", flat=True))
    spans.update(proved_at=clock.now())
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


def _spans(span: str, stretch: Period) -> QuerySet[CountedSpan]:
    within = {"starts_on__gte": stretch.from_on, "starts_on__lte": stretch.to_on}
    return CountedSpan.objects.filter(span=span, version=facts.version(), **within)


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
