"""The plain loop: a real process on the test's database, which it needs and nothing else."""

import time

import pytest
from django.db import connection

from agency.core.models import Heartbeat
from tests.processes import Fleet, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def runs() -> int:
    return sum(
        Heartbeat.objects.filter(name__startswith="sweep:loop@").values_list("runs", flat=True)
    )


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
    print(f"\n{swept} sweeps in {seconds:.1f} s")
    assert swept <= seconds + 2, "no more than one a second, and none made up for"

    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
                ["test loop"],
            )
            assert cursor.fetchall() == [(True,)]
        before = runs()
        wait_until(lambda before=before: runs() > before, seconds=60, what="it connects anew")

    assert loop.stop("loop") == 0
    assert "Traceback" not in loop.log("loop")
