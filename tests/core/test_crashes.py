"""kill -9 of every program under load; and how soon a breach is seen by who asks over HTTP.

The short form; tests/chaos/ has the long one.
"""

import json
import random
import threading
import time
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.db.models import Sum

from agency.core import clock, invariants
from agency.core.models import ApiToken, DeadlineRule, Heartbeat, Notification
from cases import workflow
from cases.models import Case, CaseDeadline, CaseEvent
from tests.processes import Fleet, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT = timedelta(seconds=30)
"""Of both rules here: arrivals are stated so that clocks fall due within seconds."""

PROGRAMS = ("loop", "worker-deadlines", "beat")


@pytest.fixture
def fleet(agency, tmp_path):
    DeadlineRule.objects.update(amount=LIMIT.total_seconds(), unit="second")
    fleet = Fleet(tmp_path)
    yield fleet
    fleet.end()


def sweepers() -> set[str]:
    """Who has had a good sweep: ``loop``, ``celery``."""
    names = Heartbeat.objects.values_list("name", flat=True)
    return {name.removeprefix("sweep:").partition("@")[0] for name in names}


def sweeps_of(trigger: str) -> int:
    beats = Heartbeat.objects.filter(name__startswith=f"sweep:{trigger}@")
    return beats.aggregate(runs=Sum("runs"))["runs"]


def arrivals(agency, number: int, *, over: float, begin: float = 1.0) -> list[Case]:
    """Tickets whose clocks fall due one after the other, over so many seconds from now."""
    first = clock.now() - LIMIT + timedelta(seconds=begin)
    return [
        agency.ticket(
            unit="east", arrived_at=(first + timedelta(seconds=over * n / number)).isoformat()
        )
        for n in range(number)
    ]


def act_on(cases: list[Case], by, seconds: float) -> threading.Thread:
    """Somebody who answers cases at random moments, in time and late, until it is over."""

    def work() -> None:
        dice = random.Random(1030)  # noqa: S311
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
    wait_until(lambda: sweepers() >= {"loop", "celery"}, seconds=30, what="both triggers sweep")
    cases = arrivals(agency, 80, over=10)
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
        seconds=20, what="every late clock is noticed",
    )  # fmt: skip
    began = sweeps_of("celery")
    wait_until(
        lambda: sweeps_of("celery") > began + 2,
        seconds=20, what="beat and worker sweep again, without anybody's help",
    )  # fmt: skip
    time.sleep(1)
    assert len(noticed()) == len(set(noticed()))
    told = Notification.objects.filter(topic="deadline_breached").count()
    assert told + CaseDeadline.objects.exclude(gap=None).count() == len(noticed())
    assert invariants.check()[1] == []
    assert fleet.stop("loop") == 0


def test_99_of_100_breaches_are_seen_over_http_within_a_second_and_a_half(
    fleet, agency, live_server, settings, record_property
):
    settings.SECURE_SSL_REDIRECT = False
    fleet.start("loop")
    wait_until(lambda: "loop" in sweepers(), seconds=20, what="the loop's first sweep")
    client = Client(live_server.url, ApiToken.issue(agency.mediator))
    cases = arrivals(agency, 100, over=15, begin=6)
    skew = clock.now() - datetime.now(UTC)

    seen = [client.waits_for_breach(case, skew) for case in cases]

    seen.sort()
    figures = {f"p{share}": round(seen[len(seen) * share // 100 - 1], 2) for share in (50, 90, 99)}
    record_property("breach_seen_after_seconds", figures)
    print(
        f"\n{len(seen)} breaches seen over HTTP after, in seconds: {figures}, most {seen[-1]:.2f}"
    )
    assert figures["p99"] <= 1.5


class Client:
    """Asks for cases, one after the other, over one connection."""

    def __init__(self, address: str, token: str) -> None:
        self.http = HTTPConnection(urlsplit(address).netloc, timeout=5)
        self.headers = {"Authorization": f"Bearer {token}"}

    def waits_for_breach(self, case: Case, skew: timedelta) -> float:
        """Seconds from the due moment until both clocks are told as missed and noticed."""
        due_at, until = case.arrived_at + LIMIT, time.monotonic() + 30
        while not self.sees_breach(case.no):
            assert time.monotonic() < until, "every breach is seen"
            to_come = (due_at - skew - datetime.now(UTC)).total_seconds()
            time.sleep(max(to_come, 0.02))
        return (datetime.now(UTC) + skew - due_at).total_seconds()

    def sees_breach(self, no: str) -> bool:
        self.http.request("GET", f"/api/v1/cases/{no}/", headers=self.headers)
        clocks = json.load(self.http.getresponse())["deadlines"]
        return [bool(d["breached_at"] and d["noticed_at"]) for d in clocks] == [True, True]
