"""What a holiday notice changes is counted again: beyond the loaded calendar, or across days that were other before."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q

from agency.core import clock, workdays
from agency.core.calendar import ONE_DAY, SHANGHAI, WorkCalendar
from agency.core.deadlines.clocks import locked, move
from agency.core.models import Deadline
from agency.core.steps import tables

RECOUNTED_AT_ONCE = 200
"""So many clocks are counted again in one transaction: nobody waits for the others."""


OF_LATE = timedelta(hours=2)
"""What changed so long ago is counted by all: the watch of each hour looks back over two."""


def count_again(*, until: datetime | None = None) -> int:
    """Count again what was counted beyond the loaded calendar, or across days that the calendar
    says otherwise of late; returns how many moved.

    ``until``: of what lies beyond, only what is due before. Each move leaves its change row. A
    clock that was met, or whose breach is recorded, stays as it is, and so does a day that a
    document names. Ended half-way, it goes on where it is begun again.
    """
    work_calendar = workdays.load()
    doubtful = _beyond(until) | _across(workdays.changed(since=clock.now() - OF_LATE))
    return sum(
        _recount(model, pks, work_calendar)
        for model in tables()
        for pks in _batches(list(_still_to_come(model, doubtful).values_list("pk", flat=True)))
    )


def _beyond(until: datetime | None) -> Q:
    return Q(provisional=True) & (Q(due_at__lt=until) if until else Q())


def _across(days: Collection[date]) -> Q:
    """What runs over one of ``days`` or, for one question, over days between them."""
    if not days:
        return Q(pk__in=[])
    first, last = (datetime.combine(day, time.min, SHANGHAI) for day in (min(days), max(days)))
    return Q(is_named=False, due_at__gte=first, starts_at__lt=last + ONE_DAY)


def _still_to_come(model: type[Deadline], doubtful: Q):
    """Clocks still in time; one that is paused is counted anew when it resumes."""
    return model.objects.running().filter(doubtful, noticed_at=None).order_by("pk")


def _batches(pks: list[int]) -> Iterable[list[int]]:
    return (pks[n : n + RECOUNTED_AT_ONCE] for n in range(0, len(pks), RECOUNTED_AT_ONCE))


@transaction.atomic
def _recount(model: type[Deadline], pks: Collection[int], work_calendar: WorkCalendar) -> int:
    model.lock_subjects(pks)
    rows = locked(_still_to_come(model, Q(pk__in=pks, is_named=False)))
    found = list(rows.select_related("rule").prefetch_related("pauses"))
    at = clock.now()
    counted = [(row, row.count(work_calendar)) for row in found if row.due_at >= at]
    changed = [
        (row, due)
        for row, due in counted
        if (due.due_at, due.provisional) != (row.due_at, row.provisional)
    ]
    moved = [move(row, due, cause="calendar_loaded", at=at) for row, due in changed]
    model.after_recount([row for row, _due in changed])
    return sum(moved)
