"""What the tests of the cases share."""

import pytest

from agency.core.models import DeadlineRule
from tests.stories import RULES_1030


@pytest.fixture
def only_1030(agency):
    """The two 1030 rules alone: nothing more is owed to whom one has contacted."""
    DeadlineRule.objects.exclude(code__in=RULES_1030).delete()
