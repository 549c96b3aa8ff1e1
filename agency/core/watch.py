"""Who watches the watch: heartbeats, holes, and the sweep that knows about them.

Two triggers call ``keep_watch``: Celery beat through its own worker, and the plain loop of
``manage.py sweep_deadlines --loop``, which needs nothing but PostgreSQL.
"""

import os
import socket
from datetime import datetime, timedelta

from billiard.process import current_process
from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, Q, TextField, Value
from django.db.models.functions import Cast, Concat

from agency.core import clock, deadlines
from agency.core.deadlines import Sweep
from agency.core.models import Heartbeat, Notification, SystemGap, Unit

HOLE = timedelta(seconds=10)
"""A longer silence between two good sweeps is a gap (docs/rules.md)."""

AMBER, RED = timedelta(seconds=15), timedelta(seconds=30)
"""Ages of the last good sweep at which the dashboard warns, and health is lost."""

SUMMED_UP_WITHIN = timedelta(hours=1)
"""Longer than a sweeper may be frozen between what it found and what it wrote."""

FORGOTTEN_AFTER = timedelta(days=7)
"""Heartbeats of processes that are no more are kept so long."""

SWEEPER = "sweep:"
"""What the names of the sweepers' heartbeats begin with."""

VERSION = os.environ.get("CODE_VERSION", "")[:40]
"""As much of it as a heartbeat holds."""


def keep_watch(trigger: str, *, since: datetime | None = None) -> Sweep:
    """One good sweep, with the gap it ends and its heartbeat.

    Each write is a statement and a transaction of its own, and the heartbeat row belongs to
    this process alone: a process that freezes anywhere here delays nobody else, and whatever
    one that dies has left undone, the next good sweep of anybody does.

    A sweep without ``since`` also forgets the heartbeats of processes long gone.
    """
    gap = _open_gap()
    result = deadlines.sweep(since=since, gap=gap)
    if not gap and (gap := _open_gap()):  # the sweep itself stood still
        result += deadlines.sweep(since=since, gap=gap)
    _beat(f"{SWEEPER}{trigger}@{socket.gethostname()}:{_process()}", result)
    _end_gaps()
    if since is None:
        _forget(trigger)
    return result


def _process() -> str:
    """Which process of this host this is.

    A Celery worker replaces its children every now and then: the new one goes on with the
    row of the old one.
    """
    place = getattr(current_process(), "index", None)
    return str(os.getpid()) if place is None else f"{os.getppid()}.{place}"


def last_ok_at() -> datetime | None:
    """The newest good sweep of anybody; None before the first."""
    beats = Heartbeat.objects.filter(name__startswith=SWEEPER)
    return beats.aggregate(at=Max("last_ok_at"))["at"]


def _forget(trigger: str) -> None:
    """Every restart may leave a row behind. Called after an own beat, which is the newest of
    the trigger: what the alarms read stays. A frozen process keeps its row, and us waiting never.
    """
    gone = Heartbeat.objects.filter(
        name__startswith=f"{SWEEPER}{trigger}@",
        last_ok_at__lt=clock.AgencyNow() - FORGOTTEN_AFTER,
    )
    if gone.exists():
        with transaction.atomic():
            free = list(gone.select_for_update(skip_locked=True).values_list("pk", flat=True))
            Heartbeat.objects.filter(pk__in=free).delete()


def _open_gap() -> SystemGap | None:
    """The hole this sweep ends, or None. Sweeps that start at once share the one row."""
    last, at = last_ok_at(), clock.now()
    if last is None or at - last <= HOLE:
        return None
    _close_gaps()  # one whose sweeper died after its beat ended with that beat
    return SystemGap.objects.get_or_create(from_at=last)[0]


def _end_gaps() -> None:
    """Every good sweep looks again at the gaps of the last hour; mostly there is none."""
    recent = Q(to_at=None) | Q(to_at__gt=clock.AgencyNow() - SUMMED_UP_WITHIN)
    if SystemGap.objects.filter(recent).exists():
        _close_gaps()
        _sum_up()


def _close_gaps() -> None:
    """A gap is over with the first beat after it."""
    last = last_ok_at()
    SystemGap.objects.filter(to_at=None, from_at__lt=last).update(to_at=last)


def _sum_up() -> None:
    """One notice for all that fell into a gap, once it is closed.

    Not only by who closed it: another sweeper may write later what it found.
    """
    told = Notification.objects.filter(dedup_key=Concat(Value("gap:"), OuterRef("key")))
    recent = SystemGap.objects.filter(to_at__gt=clock.AgencyNow() - SUMMED_UP_WITHIN)
    for gap in recent.annotate(key=Cast("pk", TextField())).exclude(Exists(told)):
        if any(model.objects.filter(gap=gap).exists() for model in deadlines.tables()):
            summary = Notification(
                dedup_key=f"gap:{gap.pk}", topic="breaches_found_late", target="supervisor",
                unit=Unit.objects.get(parent=None), subject="core.systemgap", subject_id=gap.pk,
            )  # fmt: skip
            Notification.objects.bulk_create([summary], ignore_conflicts=True)


def _beat(name: str, result: Sweep) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO core_heartbeat AS mine (name, last_ok_at, runs, last_batch, version)
               VALUES (%s, agency_now(), 1, %s, %s)
               ON CONFLICT (name) DO UPDATE SET
                   last_ok_at = greatest(mine.last_ok_at, excluded.last_ok_at),
                   runs = mine.runs + 1, last_batch = excluded.last_batch,
                   version = excluded.version""",
            [name, result.swept, VERSION],
        )
