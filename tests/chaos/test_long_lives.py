"""Many more random lives than there is time for by day (tests/cases/test_random_lives.py)."""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.cases.lives import WAYS
from tests.cases.test_random_lives import SHORT, Life

pytestmark = pytest.mark.django_db

LONG = settings(SHORT, max_examples=40, stateful_step_count=25)


@pytest.mark.parametrize("kind", WAYS)
def test_nothing_untrue_comes_of_many_random_lives(agency, clock, kind):
    run_state_machine_as_test(lambda: Life(agency, clock, kind), settings=LONG)
