"""Everybody at every address of the API: docs/access.yml."""

import pytest

from tests.access.addresses import routes, table
from tests.turn import TURN

pytestmark = pytest.mark.django_db

API = [route for route in routes() if route.startswith("api/")]


def test_every_address_is_listed_and_no_other():
    assert sorted(API) == sorted(route for route in table() if route.startswith("api/"))


@pytest.mark.parametrize("route", API)
def test_it_lets_in_whom_it_should_and_nobody_else(walk, route):
    assert walk.through(table()[route]) == [], f"TURN={TURN}"
