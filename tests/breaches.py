"""How soon a breach is seen by who asks over HTTP, while a real loop sweeps."""

import json
import time
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from urllib.parse import urlsplit

from agency.core import clock
from agency.core.models import ApiToken, DeadlineRule, Heartbeat
from cases.models import Case
from tests.processes import Fleet, wait_until
from tests.stories import RULES_1030

LIMIT = timedelta(seconds=60)
"""Of both rules here: arrivals are stated so that clocks fall due within seconds."""

LONGEST = 60
"""Seconds after the last due moment when a breach counts as never seen."""


def shorten_rules() -> None:
    """The two 1030 rules alone, with LIMIT each."""
    DeadlineRule.objects.exclude(code__in=RULES_1030).delete()
    DeadlineRule.objects.update(amount=LIMIT.total_seconds(), unit="second")


def sweepers() -> set[str]:
    """Who has had a good sweep: ``loop``, ``celery``."""
    names = Heartbeat.objects.values_list("name", flat=True)
    return {name.removeprefix("sweep:").partition("@")[0] for name in names}


def arrivals(agency, number: int, *, over: float, begin: float = 1.0) -> list[Case]:
    """Tickets whose clocks fall due one after the other, over so many seconds from now."""
    first = clock.now() - LIMIT + timedelta(seconds=begin)
    return [
        agency.ticket(
            unit="east", arrived_at=(first + timedelta(seconds=over * n / number)).isoformat()
        )
        for n in range(number)
    ]


def measure(
    agency, address: str, fleet: Fleet, *, number: int = 100, over: float = 30
) -> dict[str, float]:
    """Seconds from a due moment until it is told as missed, of so many: printed, by share."""
    fleet.start("loop")
    wait_until(lambda: "loop" in sweepers(), seconds=30, what="the loop's first sweep")
    client = Client(address, ApiToken.issue(agency.mediator))
    began = time.monotonic()
    cases = arrivals(agency, number, over=over, begin=12)
    registered = time.monotonic() - began
    seen = sorted(client.waits_for(cases))
    figures = {f"p{n}": round(seen[len(seen) * n // 100 - 1], 2) for n in (50, 90, 99, 100)}
    print(f"\n{len(seen)} breaches seen over HTTP after, in seconds: {figures}")
    print(f"(they were registered in {registered:.1f} s; the first was due after 12 s)")
    return figures


class Client:
    """Asks for cases over one connection: for each that is due and not yet seen, in turn.

    Every breach has its own moment. Waiting for one before asking for the next would count
    a single stall against all that come after it; and a round asks for those due when it
    begins, for one that takes in what falls due meanwhile might never end.
    """

    def __init__(self, address: str, token: str) -> None:
        self.http = HTTPConnection(urlsplit(address).netloc, timeout=LONGEST)
        self.headers = {"Authorization": f"Bearer {token}"}

    def waits_for(self, cases: list[Case]) -> list[float]:
        """Seconds from each due moment until both clocks are told as missed and noticed."""
        skew = clock.now() - datetime.now(UTC)
        due = {case.no: case.arrived_at + LIMIT - skew for case in cases}
        seen: dict[str, float] = {}
        until = max(due.values()) + timedelta(seconds=LONGEST)
        while unseen := [no for no in due if no not in seen]:
            at = datetime.now(UTC)
            assert at < until, f"never told as missed: {unseen}"
            for no in [no for no in unseen if due[no] < at]:
                if self.sees_breach(no):
                    seen[no] = (datetime.now(UTC) - due[no]).total_seconds()
            time.sleep(0.02)
        return list(seen.values())

    def sees_breach(self, no: str) -> bool:
        self.http.request("GET", f"/api/v1/cases/{no}/", headers=self.headers)
        clocks = json.load(self.http.getresponse())["deadlines"]
        return [bool(d["breached_at"] and d["noticed_at"]) for d in clocks] == [True, True]
