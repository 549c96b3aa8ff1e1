"""What the tests of the cases share."""

import pytest

from agency.core.models import DeadlineRule
from cases.bundle import told
from tests.stories import RULES_1030


@pytest.fixture
def only_1030(agency):
    """The two 1030 rules alone: nothing more is owed to whom one has contacted."""
    DeadlineRule.objects.exclude(code__in=RULES_1030).delete()


@pytest.fixture
def media(settings, tmp_path):
    """Where the files of one test lie."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def legible(monkeypatch):
    """A bundle's index as the words it is set from."""
    monkeypatch.setattr(told, "pdf", told.as_json)
