"""kill -9 of every program under load; and every breach is seen by who asks over HTTP.

The short form; tests/chaos/ has the long one.
"""

import random
import threading
import time

import pytest
from django.db import connection
from django.db.models import Sum

from agency.core import clock, invariants
from agency.core.models import Heartbeat, Notification
from cases import workflow
from cases.models import Case, CaseDeadline, CaseEvent
from tests import breaches
from tests.processes import Fleet, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

PROGRAMS = ("loop", "worker-deadlines", "beat")


@pytest.fixture
def fleet(agency, tmp_path):
    breaches.shorten_rules()
    fleet = Fleet(tmp_path)
    yield fleet
    fleet.end()


def sweeps_of(trigger: str) -> int:
    beats = Heartbeat.objects.filter(name__startswith=f"sweep:{trigger}@")
    return beats.aggregate(runs=Sum("runs"))["runs"]


def act_on(cases: list[Case], by, seconds: float) -> threading.Thread:
    """Somebody who answers cases at random moments, in time and late, until it is over."""

    def work() -> None:
        dice = random.Random(1030)
        until = time.monotonic() + seconds
        for case in dice.sample(cases, len(cases)):
            if time.monotonic() > until:
                break
            workflow.contact(case.no, by=by, outcome="reached", no_meeting_reason="电话解决")
            time.sleep(seconds / len(cases))
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def owed_breaches() -> set[int]:
    """Clocks that were, or still are, late at this moment: told by their moments alone."""
    at = clock.now()
    return {d.pk for d in CaseDeadline.objects.all() if d.state_at(at) in {"breached", "met_late"}}


def noticed() -> list[int]:
    events = CaseEvent.objects.filter(kind="deadline_breached")
    return list(events.values_list("deadline", flat=True))


def test_no_kill_loses_or_doubles_a_breach(fleet, agency):
    fleet.start("broker", *PROGRAMS)
    wait_until(
        lambda: breaches.sweepers() >= {"loop", "celery"}, seconds=60, what="both triggers sweep"
    )
    cases = breaches.arrivals(agency, 80, over=10)
    somebody = act_on(cases[::2], agency.mediator, seconds=9)

    time.sleep(1)
    fleet.kill("loop")
    time.sleep(1)
    fleet.start("loop")
    fleet.kill("worker-deadlines", "beat")
    time.sleep(1)
    fleet.start("worker-deadlines", "beat")
    fleet.kill("broker")
    time.sleep(2)
    fleet.kill("loop", "worker-deadlines")
    fleet.start("broker", "loop", "worker-deadlines")
    somebody.join()

    wait_until(
        lambda: owed_breaches() == set(noticed()) and len(noticed()) >= len(cases),
        seconds=60, what="every late clock is noticed",
    )  # fmt: skip
    began = sweeps_of("celery")
    wait_until(
        lambda: sweeps_of("celery") > began + 2,
        seconds=60, what="beat and worker sweep again, without anybody's help",
    )  # fmt: skip
    time.sleep(1)
    assert len(noticed()) == len(set(noticed()))
    told = Notification.objects.filter(topic="deadline_breached").count()
    assert told + CaseDeadline.objects.exclude(gap=None).count() == len(noticed())
    assert invariants.check()[1] == []
    assert fleet.stop("loop") == 0


def test_every_breach_is_seen_over_http(fleet, agency, live_server, settings, record_property):
    """Each is told, or the client gives up. How soon is judged by ./test chaos, on a machine left alone."""
    settings.SECURE_SSL_REDIRECT = False

    figures = breaches.measure(agency, live_server.url, fleet, number=25, over=8)

    record_property("breach_seen_after_seconds", figures)
