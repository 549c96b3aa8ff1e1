"""What the walks share: one agency for all of them."""

import logging

import pytest
from django.db import transaction
from django.test import override_settings

from tests.access.place import Place
from tests.access.walk import Walk
from tests.conftest import START, Clock


@pytest.fixture(scope="package")
def place(django_db_setup, django_db_blocker, tmp_path_factory):
    media = tmp_path_factory.mktemp("media")
    with (
        override_settings(MEDIA_ROOT=media, NOTIFY_BY_EMAIL=True),
        django_db_blocker.unblock(),
        transaction.atomic(),
    ):
        Clock(START).set(START)
        yield Place()
        transaction.set_rollback(True)


@pytest.fixture
def walk(place):
    """Thousands are refused on the way: nobody reads that in the log."""
    logging.disable(logging.CRITICAL)
    yield Walk(place)
    logging.disable(logging.NOTSET)
