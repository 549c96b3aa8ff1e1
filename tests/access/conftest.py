"""What the walks share: one agency for all of them."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import transaction
from django.test import override_settings

from tests.access.place import Place
from tests.access.walk import Walk
from tests.conftest import START, Clock


@contextmanager
def a_place(blocker, media: Path) -> Iterator[Place]:
    """It stands in the database while it is walked, and nothing of it afterwards."""
    with (
        override_settings(MEDIA_ROOT=media, NOTIFY_BY_EMAIL=True),
        blocker.unblock(),
        transaction.atomic(),
    ):
        Clock(START).set(START)
        yield Place()
        transaction.set_rollback(True)


@pytest.fixture(scope="package")
def place(django_db_setup, django_db_blocker, tmp_path_factory):
    with a_place(django_db_blocker, tmp_path_factory.mktemp("media")) as place:
        yield place


@pytest.fixture
def walk(place):
    """Thousands are refused on the way: nobody reads that in the log."""
    logging.disable(logging.CRITICAL)
    yield Walk(place)
    logging.disable(logging.NOTSET)
