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
    wait_until(runs, seconds=20, what="the loop's first sweep")
    yield fleet
    fleet.end()


def test_it_keeps_its_pace_outlives_its_connection_and_ends_when_asked(loop):
    before, began = runs(), time.monotonic()
    time.sleep(4)
    pace = (runs() - before) / (time.monotonic() - began)
    assert 0.7 <= pace <= 1.3, "a sweep a second"

    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
                ["test loop"],
            )
            assert cursor.fetchall() == [(True,)]
        before = runs()
        wait_until(lambda before=before: runs() > before, seconds=5, what="it connects anew")

    asked = time.monotonic()
    assert loop.stop("loop") == 0
    assert time.monotonic() - asked < 2
    assert "Traceback" not in loop.log("loop")
