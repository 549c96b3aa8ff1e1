"""The watchdog: it barks when something is wrong, and only then."""

import json
import socket
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.test import Client

from agency.core import alarms, notifications, watch
from agency.core.deadlines import sweeping
from agency.core.management.commands import watch_deadlines
from agency.core.models import Delivery, Heartbeat, Notification, WorkDay
from agency.core.notifications import words
from agency.core.roles import Role
from agency.services.programs import programs
from cases.models import CaseDeadline
from tests.stories import TEN, clock_of

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def calm(agency, clock):
    """A watch that has just ended well."""
    watch.keep_watch("loop")
    watch.keep_watch("celery")
    return agency


def kinds():
    return [alarm.kind for alarm in alarms.look()]


def test_a_calm_watch_barks_at_nothing(calm, clock):
    calm.ticket()
    for _second in range(10):
        clock.shift(SECOND)
        watch.keep_watch("loop")
        assert kinds() == []


@pytest.mark.parametrize(
    ("silence", "expected"), [(14.999 * SECOND, []), (15 * SECOND, ["sweep_silent"])]
)
def test_silence_is_fifteen_seconds_and_more(calm, clock, silence, expected):
    clock.shift(silence)

    assert kinds() == expected


@pytest.mark.parametrize(("hole", "told"), [(14 * SECOND, 0), (15 * SECOND, 1)])
def test_a_hole_that_ended_between_two_looks_is_told_once(calm, clock, hole, told):
    """The watchdog looks every ten seconds: of these it has seen nothing while they lasted."""
    clock.shift(hole)
    watch.keep_watch("loop")
    for _look in range(4):
        clock.shift(10 * SECOND)
        watch.keep_watch("loop")
        alarms.raise_all(alarms.look())

    assert Notification.objects.filter(topic="alarm_sweep_silent").count() == told


def test_a_hole_is_told_once_by_a_watchdog_that_was_held_up_beyond_the_hour(calm, clock):
    clock.set(clock.now.replace(hour=10, minute=59, second=30))
    watch.keep_watch("loop")
    clock.shift(20 * SECOND)
    watch.keep_watch("loop")
    for _look in range(2):
        clock.shift(5 * SECOND)
        alarms.raise_all(alarms.look())
        clock.shift(minutes=20)
        watch.keep_watch("loop")

    told = Notification.objects.filter(topic="alarm_sweep_silent").values_list(
        "dedup_key", flat=True
    )
    assert len([key for key in told if "5930+" in key]) == 1


def test_the_watchdog_looks_often_enough_to_tell_of_a_hole_within_thirty_seconds():
    [watchdog] = [p for p in programs(bind="", var="") if p.name == "watchdog"]
    every = timedelta(seconds=float(watchdog.command[-1]))

    assert every + watch.AMBER <= 30 * SECOND


def test_who_has_never_swept_is_silent(agency, clock):
    assert kinds() == ["sweep_silent"]


@pytest.mark.parametrize(("waited", "barks"), [(15 * SECOND, False), (16 * SECOND, True)])
def test_a_missed_deadline_that_nobody_notices(calm, clock, waited, barks):
    calm.ticket()
    clock.shift(TEN + waited)
    Heartbeat.objects.update(last_ok_at=clock.now)  # they say that they sweep

    assert ("overdue_unnoticed" in kinds()) == barks


@pytest.mark.parametrize(("waited", "barks"), [(60 * SECOND, False), (61 * SECOND, True)])
def test_a_notice_that_nobody_sends(calm, clock, waited, barks):
    calm.ticket()
    clock.shift(TEN + SECOND)
    watch.keep_watch("loop")
    assert Notification.objects.filter(addressed_at=None).exists()
    clock.shift(waited)

    assert ("outbox_waits" in kinds()) == barks


def test_a_letter_that_waits_for_its_next_try_is_no_alarm(calm, clock, settings):
    calm.ticket()
    clock.shift(TEN + SECOND)
    watch.keep_watch("loop")
    settings.NOTIFY_BY_EMAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    notifications.deliver_pending()
    letters = Delivery.objects.filter(channel="email")
    letters.update(sent_at=None, next_try_at=clock.now + HOUR)
    clock.shift(61 * SECOND)

    assert "outbox_waits" not in kinds()


def test_the_oldest_notice_is_told_whenever_it_is_tried_next(calm, clock):
    for key, waited in (("old", timedelta(minutes=50)), ("new", timedelta())):
        notice = Notification.objects.create(
            dedup_key=key, topic="deadline_breached", target="user", handler=calm.mediator,
            unit=calm.units["east"], subject="cases.casedeadline", subject_id=1,
            addressed_at=clock.now, created_at=clock.now - waited,
        )  # fmt: skip
        Delivery.objects.create(
            notification=notice, recipient=calm.mediator, channel="email",
            next_try_at=clock.now + waited,
        )  # fmt: skip

    told = Client().get("/healthz/deadlines", secure=True).json()
    assert told["outbox_oldest_seconds"] == 3000


def test_one_of_two_triggers_that_fell_silent(calm, clock):
    for _second in range(61):
        clock.shift(SECOND)
        watch.keep_watch("loop")

    assert kinds() == ["trigger_silent"]


def test_a_trigger_switched_off_long_ago_is_let_be(calm, clock):
    Heartbeat.objects.filter(name__startswith="sweep:celery").update(
        last_ok_at=clock.now - timedelta(days=2)
    )

    assert kinds() == []


def test_a_clock_that_was_set_back(calm, clock):
    clock.shift(-3 * SECOND)

    assert kinds() == ["clock_stepped_back"]


def test_clocks_that_differ(calm, monkeypatch):
    true_time = alarms.time.time
    monkeypatch.setattr(alarms.time, "time", lambda: true_time() - 3)
    assert kinds() == ["clock_skew"]

    monkeypatch.setattr(alarms.time, "time", lambda: true_time() + 1)
    assert kinds() == []


def test_two_versions_that_sweep_at_once(calm, clock):
    Heartbeat.objects.filter(name__startswith="sweep:celery").update(version="another")

    assert kinds() == ["versions_differ"]


def test_a_deadline_that_cannot_be_swept(calm, clock):
    case = calm.ticket()
    CaseDeadline.objects.filter(pk=clock_of(case, "ticket.respond_10").pk).update(sweep_errors=1)

    assert kinds() == ["deadlines_poisoned"]


@pytest.mark.parametrize(
    ("at", "asked"),
    [
        ("2026-10-31T23:59:59+08:00", False),
        ("2026-11-01T00:00:00+08:00", True),  # in Shanghai: in UTC it is still October
        ("2026-12-31T23:59:59+08:00", True),
        ("2027-01-01T00:00:00+08:00", False),
    ],
)
def test_next_years_calendar_is_asked_for_from_november_on(agency, clock, at, asked):
    clock.set(datetime.fromisoformat(at))

    assert alarms.ask_for_calendar() == asked
    told = Notification.objects.filter(topic="calendar_missing").values_list("target", flat=True)
    assert set(told) == ({Role.ADMIN, Role.LEADER} if asked else set())


def test_the_calendar_is_asked_for_once_a_day_until_it_is_there(agency, clock):
    clock.set(datetime.fromisoformat("2026-11-21T09:00:00+08:00"))
    for _hour in range(15 + 24):
        alarms.ask_for_calendar()
        clock.shift(HOUR)
    asked = Notification.objects.filter(topic="calendar_missing", target=Role.ADMIN)
    [said, _next_day] = words.tell(asked, to=agency.admin).values()
    [known, _next_day] = words.tell(asked, to=agency.leader).values()
    assert "2027" in said.headline and said.path != "/"
    assert known.headline == said.headline and known.path == "/"

    WorkDay.objects.create(date="2027-01-01", is_workday=False, kind="holiday_off", name="元旦")
    clock.shift(HOUR)
    assert not alarms.ask_for_calendar()


def test_a_december_day_of_this_notice_is_not_next_years_calendar(agency, clock):
    clock.set(datetime.fromisoformat("2026-11-21T09:00:00+08:00"))
    WorkDay.objects.create(date="2027-12-31", is_workday=False, kind="holiday_off", name="元旦")

    assert alarms.ask_for_calendar()


def test_administrators_are_told_once_an_hour_and_anew_of_a_new_silence(calm, clock):
    def barked():
        alarms.raise_all(alarms.look())
        return Notification.objects.filter(topic="alarm_sweep_silent").count()

    clock.shift(31 * SECOND)
    assert [barked(), barked()] == [1, 1]
    watch.keep_watch("loop")
    clock.shift(31 * SECOND)
    assert barked() == 2
    clock.shift(HOUR)
    assert barked() == 3


def test_every_alarm_has_words(agency, clock):
    checks = (
        "sweep_silent", "trigger_silent", "overdue_unnoticed", "outbox_waits", "clock_skew",
        "clock_stepped_back", "deadlines_poisoned", "versions_differ",
    )  # fmt: skip
    alarms.raise_all([alarms.Alarm(kind) for kind in checks])

    told = words.tell(Notification.objects.all(), to=agency.admin).values()

    assert len(told) == len(checks)
    assert not [notice for notice in told if notice.headline.startswith("alarm_")]


def test_the_command_is_quiet_while_all_is_well(calm, capsys):
    call_command("watch_deadlines", format="json")

    assert json.loads(capsys.readouterr().out) == {"alarms": []}


def test_the_command_barks_and_tells_without_a_broker(calm, clock, capsys, settings):
    settings.CELERY_BROKER_URL = settings.REDIS_URL = "redis://127.0.0.1:1/0"
    clock.shift(60 * SECOND)

    with pytest.raises(CommandError):
        call_command("watch_deadlines", format="json")

    answer = json.loads(capsys.readouterr().out)
    assert {"kind": "sweep_silent", "seconds": 60.0} in answer["alarms"]
    bell = Delivery.objects.filter(recipient=calm.admin, channel="in_app")
    assert bell.filter(notification__topic="alarm_sweep_silent").count() == 1


def test_the_command_says_when_the_database_is_away(monkeypatch, capsys):
    def away():
        raise OperationalError

    monkeypatch.setattr(alarms, "look", away)

    with pytest.raises(CommandError):
        call_command("watch_deadlines", format="json")

    assert json.loads(capsys.readouterr().out) == {"alarms": [{"kind": "database_away"}]}


def test_a_poisoned_deadline_is_told_to_the_administrators(agency, clock, monkeypatch):
    case = agency.ticket(unit="east")
    missed = clock_of(case, "ticket.respond_10")
    sweeping._put_aside(CaseDeadline, missed.pk)

    notifications.deliver_pending()

    [delivery] = Delivery.objects.filter(channel="in_app")
    assert delivery.recipient == agency.admin
    [said] = words.tell([delivery.notification], to=agency.admin).values()
    assert str(missed.pk) in said.headline
    assert case.no not in said.headline, "the administrator has no case"


def test_the_watchdog_outlives_what_it_did_not_expect(calm, monkeypatch, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    looks, rounds = iter([KeyError("a bug")]), iter([True, True, False])
    monkeypatch.setattr(connection, "close", lambda: None)  # after each look: the test goes on

    def look():
        for error in looks:
            raise error
        return []

    monkeypatch.setattr(alarms, "look", look)
    left = []

    def sleep_until(_at) -> bool:
        left.append([sign.name for sign in tmp_path.iterdir()])
        return next(rounds)

    watch_deadlines.Command().loop(SimpleNamespace(sleep_until=sleep_until, interval=1))

    assert left == [[], [], [f"watchdog-{socket.gethostname()}"]], "it looked again"
    assert not [*tmp_path.iterdir()], "who was asked to end leaves no sign"
