"""The plain loop and the watchdog: real processes on the test's database, which they need and
nothing else."""

import dataclasses
import socket
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from agency.core import clock, deadlines
from agency.core.models import Delivery, Heartbeat
from tests.processes import Fleet, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def runs() -> int:
    return sum(
        Heartbeat.objects.filter(name__startswith="sweep:loop@").values_list("runs", flat=True)
    )


def sign_of_health(fleet: Fleet) -> Path:
    return fleet.folder / f"loop-{socket.gethostname()}"


@pytest.fixture
def loop(agency, tmp_path):
    fleet = Fleet(tmp_path)
    fleet.start("loop")
    wait_until(runs, seconds=60, what="the loop's first sweep")
    yield fleet
    fleet.end()


def test_it_keeps_its_pace_outlives_its_connection_and_ends_when_asked(loop):
    before, began = runs(), time.monotonic()
    wait_until(lambda: runs() >= before + 4, seconds=60, what="four more sweeps")
    swept, seconds = runs() - before, time.monotonic() - began
    assert sign_of_health(loop).exists(), "each host's loop leaves its own on a volume they share"
    print(f"\n{swept} sweeps in {seconds:.1f} s")
    assert swept <= seconds + 2, "no more than one a second, and none made up for"

    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = %s AND datname = current_database()",
                ["test loop"],
            )
            assert cursor.fetchall() == [(True,)]
        before = runs()
        wait_until(lambda before=before: runs() > before, seconds=60, what="it connects anew")

    assert loop.stop("loop") == 0
    assert not sign_of_health(loop).exists()
    assert "Traceback" not in loop.log("loop")


@pytest.fixture
def watchdog(agency, tmp_path):
    """The watchdog, looking often; the broker it names is not there."""
    fleet = Fleet(tmp_path)
    known = fleet.known["watchdog"]
    often = (*known.command[: known.command.index("--interval")], "--interval", "0.5")
    fleet.known["watchdog"] = dataclasses.replace(known, command=often)
    fleet.start("watchdog")
    yield fleet
    fleet.end()


def test_while_the_broker_is_away_a_breach_is_told_all_the_same(watchdog, agency):
    def late_ticket_is_told() -> None:
        arrived_at = (clock.now() - timedelta(minutes=11)).isoformat()
        case = agency.ticket(unit="east", arrived_at=arrived_at)
        deadlines.sweep()
        told = Delivery.objects.filter(
            notification__topic="deadline_breached",
            notification__subject_id__in=case.deadlines.values("pk"),
            channel="in_app",
        )
        wait_until(told.exists, seconds=60, what="somebody is told of the breach")

    late_ticket_is_told()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
            ["test watchdog"],
        )
    late_ticket_is_told()

    assert watchdog.stop("watchdog") == 0
    assert "Traceback" not in watchdog.log("watchdog")
