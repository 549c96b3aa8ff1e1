"""Everybody at every page: docs/access.yml."""

import pytest

from tests.access.addresses import routes, table

pytestmark = pytest.mark.django_db

PAGES = [route for route in routes() if not route.startswith("api/")]


def test_every_page_is_listed_and_no_other():
    assert sorted(PAGES) == sorted(route for route in table() if not route.startswith("api/"))


@pytest.mark.parametrize("route", PAGES)
def test_it_lets_in_whom_it_should_and_nobody_else(walk, route):
    assert walk.through(table()[route]) == []
