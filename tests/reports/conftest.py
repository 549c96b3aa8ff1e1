"""What the tests of the figures share."""

import pytest

from agency.core.models import DeadlineRule
from tests.stories import RULES_1030


@pytest.fixture
def agency(agency):
    """The agency under the two 1030 rules alone, so that a test can count clocks."""
    DeadlineRule.objects.exclude(code__in=RULES_1030).delete()
    return agency
