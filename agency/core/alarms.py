"""The watchdog: what must not stay unseen, found without Redis and told from the outbox.

For ``manage.py watch_deadlines``, a loop of its own and by cron: when worker, beat and sweep
are dead, somebody else must say so.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Max, Min

from agency.core import clock, deadlines, watch
from agency.core.audit import seals, triggers
from agency.core.calendar import SHANGHAI, noticed_years
from agency.core.models import Delivery, Heartbeat, Notification, SystemGap, Unit, WorkDay
from agency.core.roles import Role

JUST_ENDED = timedelta(hours=1)
"""Longer than from one look of the watchdog to the next, also where mail kept it waiting."""
UNNOTICED = timedelta(seconds=15)
WAITING = timedelta(seconds=60)
SKEW = timedelta(seconds=2)
TRIGGER_SILENT = timedelta(seconds=60)
TRIGGER_FORGOTTEN = timedelta(days=1)
"""A trigger that has been silent for longer is taken to be switched off on purpose."""


@dataclass(frozen=True)
class Alarm:
    """``seconds`` is how far it has gone: an age, a skew; None where there is none.

    ``since``: when a silence began, by which one is known from the next.
    """

    kind: str
    seconds: float | None = None
    count: int | None = None
    since: datetime | None = None

    @property
    def hour(self) -> str:
        """Of a silence, whenever somebody looks: when it began, and which of its hours this is."""
        return f"{self.since:%Y%m%d%H%M%S}+{self.seconds // 3600:.0f}" if self.since else ""


def look() -> list[Alarm]:
    """What is wrong at this moment; only reads."""
    checks = (
        _silence, _silent_triggers, _overdue_unnoticed, _waiting_outbox, _skew, _stepped_back,
        _poisoned, _versions, _calendar, _unsealed, _unaudited,
    )  # fmt: skip
    return [alarm for check in checks for alarm in check()]


def raise_all(alarms: list[Alarm]) -> None:
    """Put each into the outbox for the administrators, once an hour: of the day, or of a silence."""
    root = Unit.objects.filter(parent=None).first()
    if root is None:
        return
    hour = f"{clock.now():%Y%m%d%H}"
    notices = [
        Notification(
            dedup_key=f"alarm:{alarm.kind}:{alarm.hour or hour}",
            topic=f"alarm_{alarm.kind}", target=Role.ADMIN, unit=root,
            subject="core.unit", subject_id=root.pk,
        )
        for alarm in alarms
        if alarm.kind != "calendar_missing"  # has its own notice, once a day
    ]  # fmt: skip
    Notification.objects.bulk_create(notices, ignore_conflicts=True)


# -- the sweep --------------------------------------------------------------------------


def _silence() -> Iterator[Alarm]:
    """The one that lasts, and a hole that ended before anybody looked."""
    last, at = watch.last_ok_at(), clock.now()
    if last is None:
        yield Alarm("sweep_silent")
        return
    ended = SystemGap.objects.filter(to_at__gt=at - JUST_ENDED).values_list("from_at", "to_at")
    for since, until in [*ended, (last, at)]:
        if until - since >= watch.AMBER:
            yield Alarm("sweep_silent", (until - since).total_seconds(), since=since)


def _silent_triggers() -> Iterator[Alarm]:
    """One of Celery and the loop has stopped; the other one hides it."""
    at = clock.now()
    for trigger in ("celery", "loop"):
        beats = Heartbeat.objects.filter(name__startswith=f"{watch.SWEEPER}{trigger}@")
        last = beats.aggregate(at=Max("last_ok_at"))["at"]
        if last and TRIGGER_SILENT < at - last < TRIGGER_FORGOTTEN:
            yield Alarm("trigger_silent", (at - last).total_seconds())


def _overdue_unnoticed() -> Iterator[Alarm]:
    at = clock.now()
    for model in deadlines.tables():
        # by attention_at, whose index holds only what still needs the sweep
        missed = model.objects.open().filter(
            attention_at__lt=at - UNNOTICED, due_at__lt=at - UNNOTICED, noticed_at=None
        )
        if oldest := missed.aggregate(at=Min("due_at"))["at"]:
            yield Alarm("overdue_unnoticed", (at - oldest).total_seconds())


def _poisoned() -> Iterator[Alarm]:
    for model in deadlines.tables():
        if count := model.objects.open().filter(sweep_errors__gt=0).count():
            yield Alarm("deadlines_poisoned", count=count)


def _versions() -> Iterator[Alarm]:
    recent = Heartbeat.objects.filter(
        name__startswith=watch.SWEEPER, last_ok_at__gt=clock.now() - watch.RED
    )
    if (count := recent.values("version").distinct().count()) > 1:
        yield Alarm("versions_differ", count=count)


# -- the outbox -------------------------------------------------------------------------


def _waiting_outbox() -> Iterator[Alarm]:
    """Nobody addresses or sends: what waits for its next try after a failure does not count."""
    at = clock.now()
    new = Notification.objects.filter(addressed_at=None, postponed_until=None)
    unaddressed = new.aggregate(at=Min("created_at"))
    mails = Delivery.objects.filter(sent_at=None, dead_at=None).aggregate(at=Min("next_try_at"))
    waits = [at - oldest for oldest in (unaddressed["at"], mails["at"]) if oldest]
    if waits and max(waits) > WAITING:
        yield Alarm("outbox_waits", max(waits).total_seconds())


# -- the trails -------------------------------------------------------------------------


def _unsealed() -> Iterator[Alarm]:
    last, at = seals.newest(), clock.now()
    if last and at - last.sealed_at > seals.STANDS_STILL:
        yield Alarm("seals_stand_still", (at - last.sealed_at).total_seconds())


def _unaudited() -> Iterator[Alarm]:
    """Somebody with the owner's rights has switched it off, or a deploy stopped half-way."""
    if missing := triggers.missing():
        yield Alarm("audit_off", count=len({model for model, _operation in missing}))


# -- time -------------------------------------------------------------------------------


def _skew() -> Iterator[Alarm]:
    """The database's clock counts; one that differs shows countdowns and logs that mislead."""
    before = time.time()  # this machine's own clock, against the one that counts
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        at = cursor.fetchone()[0]
    after = time.time()  # and its own clock once more: the answer took a while
    skew = max(before - at, at - after, 0.0)
    if skew > SKEW.total_seconds():
        yield Alarm("clock_skew", skew)


def _stepped_back() -> Iterator[Alarm]:
    last, at = watch.last_ok_at(), clock.now()
    if last and last - at > SKEW:
        yield Alarm("clock_stepped_back", (last - at).total_seconds())


def _calendar() -> Iterator[Alarm]:
    if _missing_year():
        yield Alarm("calendar_missing")


def ask_for_calendar() -> bool:
    """From 1 November, once a day: the administrators load next year's calendar, the leader knows."""
    year, root = _missing_year(), Unit.objects.filter(parent=None).first()
    if not (year and root):
        return False
    requests = [
        Notification(
            dedup_key=f"calendar:{year}:{_today():%Y%m%d}:{role}", topic="calendar_missing",
            target=role, unit=root, subject="core.workday", subject_id=year,
        )
        for role in (Role.ADMIN, Role.LEADER)
    ]  # fmt: skip
    Notification.objects.bulk_create(requests, ignore_conflicts=True)
    return True


def _missing_year() -> int | None:
    """Next year, from 1 November (Shanghai) on and while it has no calendar."""
    today = _today()
    days = WorkDay.objects.filter(date__year=today.year + 1).values_list("date", flat=True)
    if today.month < 11 or today.year + 1 in noticed_years(days):
        return None
    return today.year + 1


def _today() -> date:
    return clock.now().astimezone(SHANGHAI).date()
