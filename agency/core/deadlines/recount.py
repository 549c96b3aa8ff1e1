"""What was counted beyond the loaded calendar is counted again once its year is known."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction

from agency.core import clock, workdays
from agency.core.calendar import WorkCalendar
from agency.core.deadlines.clocks import locked, move
from agency.core.models import Deadline
from agency.core.steps import tables

RECOUNTED_AT_ONCE = 200
"""So many clocks are counted again in one transaction: nobody waits for the others."""


def recount_provisional(*, until: datetime | None = None) -> int:
    """Count again what was counted beyond the loaded calendar; returns how many moved.

    ``until``: only what is due before. Each move leaves its change row. A clock whose breach is
    recorded stays as it is. Ended half-way, it goes on where it is begun again.
    """
    work_calendar = workdays.load()
    return sum(
        _recount(model, pks, work_calendar)
        for model in tables()
        for pks in _batches(_provisional(model, until))
    )


def _batches(pks: list[int]) -> Iterable[list[int]]:
    return (pks[n : n + RECOUNTED_AT_ONCE] for n in range(0, len(pks), RECOUNTED_AT_ONCE))


def _provisional(model: type[Deadline], until: datetime | None = None) -> list[int]:
    """Clocks still in time; one that is paused is counted anew when it resumes."""
    rows = model.objects.running().filter(provisional=True, noticed_at=None)
    rows = rows.filter(due_at__lt=until) if until else rows
    return list(rows.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _recount(model: type[Deadline], pks: Collection[int], work_calendar: WorkCalendar) -> int:
    model.lock_subjects(pks)
    rows = locked(model.objects.running().filter(pk__in=pks, provisional=True, noticed_at=None))
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
