"""What was delivered long ago and proves nothing is forgotten; all else stays."""

from datetime import timedelta

import pytest
from django.test import Client

from agency.celery import app
from agency.core import notifications, tasks
from agency.core.models import Delivery, Notification, Session
from agency.core.notifications import pruning
from agency.core.notifications.topics import TOPICS
from reports import told
from tests.notices import EMAIL, IN_APP, notice
from tests.stories import clock_of

pytestmark = pytest.mark.django_db

DAYS = 180
KEPT = timedelta(days=DAYS)
MOMENT = timedelta(microseconds=1)


def delivered(agency, clock, ago: timedelta, *, topic="deadline_warned", channel=IN_APP, **changes):
    written = notice(agency, f"n{Notification.objects.count()}", topic=topic)
    moments = {"sent_at": clock.now - ago} | changes
    return Delivery.objects.create(
        notification=written, recipient=agency.mediator, channel=channel, **moments
    )


@pytest.mark.parametrize(
    ("beyond", "stays"), [(-MOMENT, True), (timedelta(), True), (MOMENT, False)],
    ids=["the moment before", "the moment itself", "the moment after"],
)  # fmt: skip
def test_a_warning_is_kept_for_half_a_year(agency, clock, beyond, stays):
    old = delivered(agency, clock, KEPT + beyond)

    tasks.clear_away()

    assert Delivery.objects.filter(pk=old.pk).exists() == stays
    assert Notification.objects.filter(pk=old.notification_id).exists(), "the outbox stays"


@pytest.mark.parametrize(
    "topic", sorted(set(TOPICS) - {"deadline_warned", "followed"}) + ["alarm_clock_skew"]
)
def test_what_proves_that_somebody_was_told_is_kept_for_ever(agency, clock, topic):
    proof = delivered(agency, clock, KEPT * 20, topic=topic)

    assert pruning.prune_delivered() == 0
    assert Delivery.objects.filter(pk=proof.pk).exists()


@pytest.mark.parametrize(
    "changes", [{"sent_at": None}, {"sent_at": None, "dead_at": "2020-01-01T00:00Z"}]
)
def test_what_waits_or_was_given_up_is_kept(agency, clock, changes):
    delivered(agency, clock, KEPT, channel=EMAIL, next_try_at=clock.now - KEPT * 2, **changes)

    assert pruning.prune_delivered() == 0


def test_a_run_takes_all_in_batches_and_steps_over_what_stays(agency, clock, monkeypatch):
    monkeypatch.setattr(pruning, "BATCH", 2)
    for _number in range(5):
        delivered(agency, clock, KEPT * 2)
        delivered(agency, clock, KEPT * 2, topic="deadline_breached")

    assert pruning.prune_delivered() == 5
    assert pruning.prune_delivered() == 0
    assert Delivery.objects.count() == 5


def test_a_run_ends_after_its_time_and_the_next_goes_on(agency, clock, monkeypatch):
    monkeypatch.setattr(pruning, "BATCH", 2)
    monkeypatch.setattr(pruning, "LONGEST_RUN", 0)
    for _number in range(3):
        delivered(agency, clock, KEPT * 2)

    assert [pruning.prune_delivered() for _day in range(3)] == [2, 1, 0]


@pytest.mark.parametrize("days", [0, -1])
def test_fewer_days_than_one_keep_everything(agency, clock, settings, days):
    settings.WARNINGS_KEPT_DAYS = days
    delivered(agency, clock, KEPT * 20)

    assert pruning.prune_delivered() == 0


def test_nobody_is_told_again_and_who_was_told_of_the_breach_is_still_known(agency, clock):
    case = agency.ticket(unit="east")
    for minutes in (6, 5):
        clock.shift(minutes=minutes)
        tasks.sweep_deadlines()
    notifications.deliver_pending()
    missed = clock_of(case, "ticket.respond_10").pk
    before = told.of_breaches([missed])
    clock.shift(KEPT + MOMENT)

    assert pruning.prune_delivered() > 0
    notifications.deliver_pending()

    assert told.of_breaches([missed]) == before
    assert not Delivery.objects.filter(notification__topic="deadline_warned").exists()


def test_a_session_that_has_ended_leaves_no_row(agency):
    over, lasting = Client(), Client()
    for browser in (over, lasting):
        browser.force_login(agency.mediator)
    Session.objects.filter(pk=over.session.digest).update(seen_at="1800-01-01T00:00Z")

    tasks.clear_away()

    assert Session.objects.get().pk == lasting.session.digest


def test_it_runs_every_day():
    entry = app.conf.beat_schedule["clear away"]

    assert entry["task"] == tasks.clear_away.name
    assert entry["schedule"].is_due(app.now() - timedelta(days=1))[0]
    assert not entry["schedule"].is_due(app.now())[0]
