"""What the walks share: one agency for all of a file."""

import logging

import pytest
from django.db import transaction

from tests.access.place import Place
from tests.access.walk import Walk
from tests.conftest import START, Clock


@pytest.fixture(scope="module")
def place(django_db_setup, django_db_blocker, tmp_path_factory):
    from django.conf import settings

    kept = settings.MEDIA_ROOT, settings.NOTIFY_BY_EMAIL
    settings.MEDIA_ROOT, settings.NOTIFY_BY_EMAIL = tmp_path_factory.mktemp("media"), True
    with django_db_blocker.unblock(), transaction.atomic():
        Clock(START).set(START)
        yield Place()
        transaction.set_rollback(True)
    settings.MEDIA_ROOT, settings.NOTIFY_BY_EMAIL = kept


@pytest.fixture
def walk(place):
    """Thousands are refused on the way: nobody reads that in the log."""
    logging.disable(logging.CRITICAL)
    yield Walk(place)
    logging.disable(logging.NOTSET)
