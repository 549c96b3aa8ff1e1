"""Everybody at every address, also all of those it refuses: docs/access.yml."""

import pytest

from tests.access.addresses import routes, table

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("route", routes())
def test_it_lets_in_whom_it_should_and_nobody_else(walk, route):
    assert walk.through(table()[route], thoroughly=True) == []
