"""The calendar's rows: read as one value, and replaced year by year when a notice is loaded."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from agency.core.calendar import SHANGHAI, WorkCalendar, noticed_years
from agency.core.models import Audit, WorkDay


def load() -> WorkCalendar:
    """The calendar as it stands in the database: one query, so load once and pass it on."""
    return WorkCalendar.of(WorkDay.objects.values_list("date", "is_workday", "name"))


def loaded_until() -> datetime | None:
    """The first moment of the first year without a calendar; None while none is loaded."""
    years = load().years
    return datetime(max(years) + 1, 1, 1, tzinfo=SHANGHAI) if years else None


def missing(rows: Sequence[WorkDay]) -> list[WorkDay]:
    """Those of ``rows`` whose year's notice is not loaded, and its December days of the year before."""
    wanted = noticed_years(row.date for row in rows) - load().years
    notices = {row.source_url for row in rows if row.date.year in wanted}
    return [
        row
        for row in rows
        if row.date.year in wanted
        or (row.date.month == 12 and row.date.year + 1 in wanted and row.source_url in notices)
    ]


@transaction.atomic
def replace_years(rows: Sequence[WorkDay]) -> frozenset[int]:
    """Store ``rows`` in the place of all rows of the years they notice; returns those years.

    December days that the notice of the year after has changed stay, unless ``rows`` name them.
    A day that stays as it is leaves no trail. Clocks are not counted again: that is deadlines.count_again().
    """
    years = noticed_years(row.date for row in rows)
    named = {row.date: row for row in rows}
    for year in years:
        stale = WorkDay.objects.filter(date__year=year).exclude(date__in=named)
        if year + 1 not in years:
            later = WorkDay.objects.filter(date__year=year + 1).exclude(source_url="")
            stale = stale.exclude(date__month=12, source_url__in=later.values("source_url"))
        stale.delete()
    same = [
        row.pk
        for row in WorkDay.objects.filter(pk__in=named)
        if _is_told(row) == _is_told(named[row.pk])
    ]
    WorkDay.objects.filter(pk__in=named).exclude(pk__in=same).delete()
    WorkDay.objects.bulk_create(row for row in rows if row.pk not in same)
    return years


def _is_told(row: WorkDay) -> tuple:
    return row.is_workday, row.kind, row.name, row.source_url


def changed(*, since: datetime) -> set[date]:
    """The days of which the calendar says something else since then."""
    written = Audit.objects.filter(table_name=WorkDay._meta.db_table, at__gte=since)
    return {date.fromisoformat(day) for day in written.values_list("row_id", flat=True)}
