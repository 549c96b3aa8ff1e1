"""The benchmark measures what it says, on a handful of rows."""

import json
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from tests.processes import database_url

pytestmark = pytest.mark.django_db(transaction=True)


def test_bench_sweep_measures_in_a_database_of_its_own_and_drops_it():
    command = "manage.py bench sweep --open 200,400 --closed 100 --due 300 --rounds 1 --format json"
    done = subprocess.run(
        [sys.executable, *command.split()], cwd=settings.BASE_DIR, capture_output=True, text=True,
        env=os.environ | {"DATABASE_URL": database_url()}, timeout=400,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [level["open"] for level in found["idle"]] == [200, 400]
    assert found["drain"]["ratio"] > 0
    together = found["four_sweepers"]
    assert together["events"] == together["notices"] == sum(together["each"]) == 300
    assert _exists(re.search(r"bench_\d+", done.stderr).group()) is False


def _exists(database: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = %s)", [database])
        return cursor.fetchone()[0]


def test_bench_search_finds_what_a_scan_finds_and_drops_its_database():
    command = "manage.py bench search --cases 3000 --times 20 --intakes 20 --format json"
    done = subprocess.run(
        [sys.executable, *command.split()], cwd=settings.BASE_DIR, capture_output=True, text=True,
        env=os.environ | {"DATABASE_URL": database_url()}, timeout=400,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["cases"] == 3000 and found["rare"]["ratio"] > 0
    assert sum(found["rare"]["found"]) > 0 and found["not_there"]["found"] == [0, 0]
    assert found["common"]["found"] == [50] * 4 and found["by_sound"]["found"][0] > 0
    assert found["intake"]["ratio"] > 0
    assert [goal.keys() - {"measured", "is_met"} for goal in found["goals"].values()] == [
        {"at_least"}, {"at_least"}, {"at_most"}, {"at_most"},
    ]  # fmt: skip
    assert _exists(re.search(r"bench_\d+", done.stderr).group()) is False


def test_bench_lists_turns_every_list_of_a_role_with_as_many_statements_on_each_page():
    command = "manage.py bench lists --cases 300 --times 20 --roles mediator --format json"
    done = subprocess.run(
        [sys.executable, *command.split()], cwd=settings.BASE_DIR, capture_output=True, text=True,
        env=os.environ | {"DATABASE_URL": database_url()}, timeout=400,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {"mediator: case", "mediator: outlet", "mediator: delivery"} <= found["lists"].keys()
    numbers = found["lists"]["mediator: case"]["statements"]
    assert max(numbers) - min(numbers) <= 1, "but for one that the clock asks for, not the rows"
    assert len(found["goals"]) == 3 and found["lists"]["mediator: case"]["ratio"] > 0
    assert found["lists"]["mediator: poll"]["p95_ms"] > 0, "what an open start page asks again"
