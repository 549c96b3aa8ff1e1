"""The sweep, one statement a batch:

1. lock the rows whose ``attention_at`` has come, oldest first, skipping what others hold;
2. per row, take the one step that is due: a warning, the breach, or a rung of the ladder;
3. write the step into the row, its event and its notification;
4. set ``attention_at`` to the next step's moment, or to nothing.

Any number of sweeps may run at once. What makes each effect happen once are unique
constraints, never a lock (docs/decisions/0003-rows-are-the-queue.md).
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import Min

from agency.core import clock, steps
from agency.core.deadlines.clocks import locked
from agency.core.models import Deadline, Notification, SystemGap
from agency.core.steps import Sweep, tables

log = logging.getLogger(__name__)

BATCH = 5000
SINGLY = 500
"""So many rows of a poisoned batch are taken one by one before the others go on together."""

POISON_PAUSE = timedelta(minutes=5)


def sweep(
    *, since: datetime | None = None, gap: SystemGap | None = None, batch: int = BATCH
) -> Sweep:
    """Catch up with every step that has come due, in ordered batches until nothing is left.

    Nothing but what others hold: a batch that takes no step at all ends it, not a small one.

    ``since`` bounds the scan from below: index entries of long swept rows, which an old
    snapshot keeps alive, are then not read again. None reads them all.
    ``gap``: breaches that fell into it are marked as found late and alarm nobody one by one;
    agency/core/watch.py sums them up.
    """
    total = Sweep()
    for model in tables():
        while True:
            at, is_due = _look(model, since)
            if not is_due:
                break
            step = _sweep_batch(model, at, since, gap, batch)
            total += step
            if not step.swept:
                break
    return total


def _look(model: type[Deadline], since: datetime | None) -> tuple[datetime, bool]:
    """The moment, and whether anything has come due by it: an idle sweep asks no more."""
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT agency_now(), EXISTS (SELECT 1 FROM {table}
                WHERE attention_at <= agency_now() AND attention_at > %s)""",  # noqa: S608 – names come from the models
            [since or "-infinity"],
        )
        return cursor.fetchone()


def seconds_to_next_step(since: datetime | None = None) -> float | None:
    """Until the sweep is next needed; negative when it is late, None when nothing waits.

    ``since`` as in ``sweep``.
    """
    waiting = [model.objects.filter(attention_at__isnull=False) for model in tables()]
    if since:
        waiting = [rows.filter(attention_at__gt=since) for rows in waiting]
    moments = [rows.aggregate(at=Min("attention_at"))["at"] for rows in waiting]
    soonest = min(filter(None, moments), default=None)
    return soonest and (soonest - clock.now()).total_seconds()


def _sweep_batch(model, at: datetime, since, gap, limit: int) -> Sweep:
    """One batch in its own transaction; a poisoned one is taken apart row by row."""
    try:
        with transaction.atomic():
            return steps.take(model, "due", at, since=since, gap=gap, limit=limit)
    except OperationalError:  # the database is away or says wait: the next sweep goes on
        raise
    except DatabaseError:
        log.exception("a batch of %s failed, taking it row by row", model._meta.label)
        return _sweep_singly(model, since, gap, min(limit, SINGLY))


def _sweep_singly(model, since, gap, limit: int) -> Sweep:
    due = model.objects.filter(attention_at__lte=clock.now()).order_by("attention_at", "pk")
    if since:
        due = due.filter(attention_at__gt=since)
    total = Sweep(batches=1)
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        try:
            with transaction.atomic():
                taken = steps.take(model, "one", clock.now(), gap=gap, ids=[pk])
                total += replace(taken, batches=0)
        except OperationalError:
            raise
        except DatabaseError:
            log.exception("%s %s cannot be swept", model._meta.label, pk)
            total += _put_aside(model, pk)
    return total


def _put_aside(model, pk: int) -> Sweep:
    """Keep a row that cannot be swept from stopping the others; it comes back later."""
    try:
        with transaction.atomic():
            row = locked(model.objects.open()).get(pk=pk)
            errors = min(row.sweep_errors + 1, 12)
            model.objects.filter(pk=pk).update(
                sweep_errors=errors, attention_at=clock.now() + POISON_PAUSE * errors
            )
            Notification.objects.get_or_create(
                dedup_key=f"{model._meta.label_lower}:{pk}:poisoned",
                defaults={"topic": "deadline_poisoned", "target": "admin", "unit": row.unit,
                          "subject": model._meta.label_lower, "subject_id": pk},
            )  # fmt: skip
    except OperationalError:
        raise
    except (DatabaseError, model.DoesNotExist):
        log.exception("%s %s cannot even be put aside", model._meta.label, pk)
        return Sweep()
    return Sweep(poisoned=1)
