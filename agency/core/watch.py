"""Who watches the watch: heartbeats, holes, and the sweep that knows about them.

Two triggers call ``keep_watch``: Celery beat through its own worker, and the plain loop of
``manage.py sweep_deadlines --loop``, which needs nothing but PostgreSQL.
"""

import os
import socket
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max

from agency.core import clock, deadlines
from agency.core.deadlines import Sweep
from agency.core.models import Heartbeat, SystemGap

HOLE = timedelta(seconds=10)
"""A longer silence between two good sweeps is a gap (docs/rules.md)."""

AMBER, RED = timedelta(seconds=15), timedelta(seconds=30)
"""Ages of the last good sweep at which the dashboard warns, and health is lost."""

VERSION = os.environ.get("CODE_VERSION", "")


def keep_watch(trigger: str, *, since: datetime | None = None) -> Sweep:
    """One good sweep, with its gap before and its heartbeat after, each in its own transaction.

    The heartbeat row belongs to this trigger on this host alone: a frozen process that
    holds its own row delays nobody else.
    """
    gap = _open_gap()
    result = deadlines.sweep(since=since, gap=gap)
    with transaction.atomic():  # together: a beat without it would leave the gap open for ever
        _beat(f"sweep:{trigger}@{socket.gethostname()}", result)
        if gap:
            SystemGap.objects.filter(pk=gap.pk, to_at=None).update(to_at=clock.AgencyNow())
    return result


def last_ok_at() -> datetime | None:
    """The newest good sweep of anybody; None before the first."""
    return Heartbeat.objects.aggregate(at=Max("last_ok_at"))["at"]


def _open_gap() -> SystemGap | None:
    """The hole this sweep ends, or None. Sweeps that start at once share the one row."""
    last, at = last_ok_at(), clock.now()
    if last is None or at - last <= HOLE:
        return None
    return SystemGap.objects.get_or_create(from_at=last)[0]


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
