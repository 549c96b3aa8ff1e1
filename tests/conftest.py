"""What every test shares: a clock that stands still, and the agency of the stories."""

import gc
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation
from xdist.scheduler import LoadFileScheduling

from tests import emptied, stories

START = datetime.fromisoformat("2026-03-02T09:00:00+08:00")
"""A Monday morning in Shanghai."""

# Only here may the clock be replaced. While the row is empty, time runs as it does outside.
TEST_CLOCK = """
CREATE TABLE test_clock (at timestamptz);
CREATE OR REPLACE FUNCTION agency_now() RETURNS timestamptz LANGUAGE sql STABLE
AS 'SELECT coalesce((SELECT at FROM public.test_clock), statement_timestamp())';
"""


EASY = {
    # No guess is made dear here: with Django's own hasher each login costs half a second.
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    # Pages are tested without collected static files.
    "STORAGES": {
        **django_settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    },
    # A password opens; who is logged in stays so while a test moves the clock, on many desks.
    "SECOND_FACTOR": False,
    "PASSWORD_LASTS": timedelta(),
    "SESSION_IDLE": timedelta(days=36500),
    "SESSION_LENGTH": timedelta(days=36500),
    "SESSIONS_AT_ONCE": 0,
}
"""The settings of every test that says no others: set once, for a change of each costs as much as a query."""


def pytest_configure(config):
    """Where several processes test, each has a database of its own in the one broker too."""
    for name, value in EASY.items():
        setattr(django_settings, name, value)
    TransactionTestCase._fixture_teardown = emptied.empty
    if hasattr(config, "workerinput"):
        server = django_settings.REDIS_URL.rpartition("/")[0]
        own = f"{server}/{int(config.workerinput['workerid'].removeprefix('gw')) + 1}"
        os.environ["REDIS_URL"] = own
        django_settings.REDIS_URL = django_settings.CELERY_BROKER_URL = own
        django_settings.CACHES["default"]["LOCATION"] = own


TOGETHER = ("e2e", "access", "agency")
"""Folders that one process tests alone: who waits for a browser or a program leaves a core to another
process, and what is dear is made once. They take long: begun last, the others would wait for them.
"""


class Scheduling(LoadFileScheduling):
    """Where several processes test, each file goes to one of them, or its whole folder."""

    def _split_scope(self, nodeid: str) -> str:
        folder, _, name = super()._split_scope(nodeid).rpartition("/")
        return folder if Path(folder).name in TOGETHER else f"{folder}/{name}"


# xdist's own groups reach nobody: pytest 9.2 no longer reads the name in which it hides them.
@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return Scheduling(config, log)


def pytest_collection_modifyitems(items):
    """In this order they are given out."""
    items.sort(key=lambda item: item.path.parent.name not in TOGETHER)


def pytest_collection_finish():
    """What is imported stays: to look through it for garbage again and again costs a tenth of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The test database, with a clock that tests can stop."""
    # A browser that keeps its line to the live server would keep the server's to the database,
    # beyond the last test: a database in use cannot be dropped.
    connection.settings_dict["CONN_MAX_AGE"] = 0
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.test_clock')")
        if cursor.fetchone()[0] is None:
            cursor.execute(TEST_CLOCK)


@pytest.fixture(scope="module", autouse=True)
def _house_is_left(django_db_blocker):
    """The agency stands for one file at most."""
    yield
    with django_db_blocker.unblock():
        stories.house.leave()


@pytest.fixture
def _house(request, django_db_setup, django_db_blocker):
    """Who asks for the agency comes into it as it was founded; everybody else finds nothing."""
    marker = request.node.get_closest_marker("django_db")
    commits = marker and marker.kwargs.get("transaction")
    asked = "agency" in request.fixturenames and "transactional_db" not in request.fixturenames
    with django_db_blocker.unblock():
        if asked and not commits:
            stories.house.enter()
        else:
            stories.house.leave()


@pytest.fixture
def _django_db_helper(_house, _django_db_helper):
    """Where pytest-django begins a test's own transaction: the house comes before."""


@pytest.fixture(autouse=True)
def in_chinese():
    """Each test begins in the product's language, whatever the page before it was asked for in."""
    translation.activate(django_settings.LANGUAGE_CODE)


@dataclass
class Clock:
    """The database's clock, standing still until the test moves it."""

    now: datetime

    def set(self, moment: datetime) -> None:
        self.now = moment
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM test_clock")
            cursor.execute("INSERT INTO test_clock VALUES (%s)", [moment])

    def shift(self, *args, **kwargs) -> None:
        """Move by a timedelta, or by its arguments: ``clock.shift(minutes=10)``."""
        self.set(self.now + (args[0] if args else timedelta(**kwargs)))


@pytest.fixture
def clock(db):
    """Time stands still at START until ``clock.shift(…)`` or ``clock.set(…)``."""
    clock = Clock(START)
    clock.set(START)
    yield clock
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM test_clock")


@pytest.fixture
def agency(db):
    """Units, one account a role, every channel and the rules: ``agency.mediator``, …"""
    return stories.Agency()
