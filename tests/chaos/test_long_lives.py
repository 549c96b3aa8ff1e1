"""Many more random lives and stories than there is time for by day.

The short runs: tests/cases/test_random_lives.py, tests/core/test_engine_model.py.
"""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.cases.lives import WAYS
from tests.cases.test_random_lives import SHORT, Life
from tests.core.test_engine_model import FEW, tell

pytestmark = pytest.mark.django_db

LONG = settings(SHORT, max_examples=40, stateful_step_count=25)
MANY = settings(FEW, max_examples=100)


@pytest.mark.parametrize("kind", WAYS)
def test_nothing_untrue_comes_of_many_random_lives(agency, clock, kind):
    run_state_machine_as_test(lambda: Life(agency, clock, kind), settings=LONG)


def test_many_stories_end_as_the_model_says(agency, clock):
    tell(agency, clock, MANY)
