"""A hundred seconds of random faults. A seed makes the same story again:

./test chaos --seed 1030
"""

import random
import time
from datetime import timedelta

import pytest
from django.db import connection

from agency.core import clock, invariants
from cases import workflow
from cases.models import CaseDeadline, CaseEvent
from tests import breaches
from tests.breaches import LIMIT, sweepers
from tests.processes import Fleet, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

PROGRAMS = ["loop", "worker-deadlines", "beat", "broker"]
SECONDS = 100
CALM = 25


@pytest.fixture
def fleet(agency, tmp_path):
    breaches.shorten_rules()
    fleet = Fleet(tmp_path)
    yield fleet
    fleet.end()


class Mischief:
    """What goes wrong next, drawn by a seed and written down."""

    def __init__(self, fleet: Fleet, seed: int) -> None:
        self.fleet, self.dice, self.began = fleet, random.Random(seed), time.monotonic()
        self.story: list[str] = []

    def note(self, what: str) -> None:
        self.story.append(f"{time.monotonic() - self.began:6.2f} {what}")

    def strike(self) -> None:
        self.dice.choice([self.kill, self.kill, self.revive, self.revive, self.cut])()

    def kill(self) -> None:
        if alive := sorted(self.fleet.running):
            victim = self.dice.choice(alive)
            self.note(f"kill -9 {victim}")
            self.fleet.kill(victim)

    def revive(self) -> None:
        if dead := sorted(set(PROGRAMS) - set(self.fleet.running)):
            name = self.dice.choice(dead)
            self.note(f"start {name}")
            self.fleet.start(name)

    def cut(self) -> None:
        """Every connection of the programs to the database, in the middle of whatever they do."""
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                   WHERE application_name LIKE 'test %' AND datname = current_database()""",
            )
            self.note(f"cut {cursor.fetchone()[0]} connections")


class Load:
    """Tickets whose clocks fall due a moment later; somebody answers some, in time or late."""

    def __init__(self, agency, dice: random.Random) -> None:
        self.agency, self.dice, self.waiting = agency, dice, []

    def arrive(self) -> None:
        ahead = timedelta(seconds=self.dice.uniform(0.5, 6))
        arrived_at = clock.now() - LIMIT + ahead
        self.waiting.append(self.agency.ticket(unit="east", arrived_at=arrived_at.isoformat()).no)

    def answer(self) -> None:
        if self.waiting:
            no = self.waiting.pop(self.dice.randrange(len(self.waiting)))
            workflow.contact(
                no, by=self.agency.mediator, outcome="reached", no_meeting_reason="电话解决"
            )


def late_and_noticed() -> tuple[set[int], list[int]]:
    at = clock.now()
    late = {d.pk for d in CaseDeadline.objects.all() if d.state_at(at) in {"breached", "met_late"}}
    events = CaseEvent.objects.filter(kind="deadline_breached")
    return late, list(events.values_list("deadline", flat=True))


def test_a_hundred_seconds_of_faults_lose_and_double_nothing(fleet, agency, seed):
    fleet.start("broker", "loop", "worker-deadlines", "beat")
    wait_until(lambda: sweepers() == {"loop", "celery"}, seconds=30, what="both triggers sweep")
    mischief = Mischief(fleet, seed)
    load = Load(agency, mischief.dice)
    try:
        while time.monotonic() - mischief.began < SECONDS:
            for _ in range(4):
                load.arrive()
            for _ in range(mischief.dice.randint(0, 4)):
                load.answer()
            if mischief.dice.random() < 0.4:
                mischief.strike()
            time.sleep(0.3)
        fleet.start(*(name for name in PROGRAMS if name not in fleet.running))
        wait_until(_all_is_over, seconds=CALM, what="no clock runs, every late one is noticed")
        time.sleep(1)
        late, noticed = late_and_noticed()
        assert len(noticed) == len(set(noticed)), "each once"
        assert set(noticed) == late
        assert invariants.check()[1] == []
    except BaseException:
        print(f"\nseed {seed}", *mischief.story, sep="\n")
        raise
    delays = _delays()
    print(
        f"\nseed {seed}: {len(mischief.story)} faults, {len(noticed)} breaches; noticed after, in s:",
        delays,
    )


def _all_is_over() -> bool:
    """While a clock runs it may come due, and be noticed, between two questions."""
    if CaseDeadline.objects.open().filter(due_at__gte=clock.now()).exists():
        return False
    late, noticed = late_and_noticed()
    return late == set(noticed)


def _delays() -> dict[str, float]:
    """How long breaches went unnoticed, outages and all."""
    rows = CaseDeadline.objects.exclude(noticed_at=None).values_list("due_at", "noticed_at")
    found = sorted((noticed - due).total_seconds() for due, noticed in rows)
    return {
        f"p{share}": round(found[len(found) * share // 100 - 1], 2) for share in (50, 90, 99, 100)
    }
