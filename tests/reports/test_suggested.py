"""How often what was suggested was chosen."""

import pytest
from django.test import Client

from cases import suggestions
from reports import suggested

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(agency, clock):
    """Of three units by the address two were right, one of them ten days ago."""
    first = agency.ticket(unit="east")
    suggestions.keep(first, ["unit:address:east"], by=agency.registrar)
    clock.shift(days=10)
    second, third = agency.ticket(unit="east"), agency.ticket(unit="west")
    suggestions.keep(second, ["unit:address:east"], by=agency.registrar)
    suggestions.keep(third, ["unit:address:east", "unit:merchant:west"], by=agency.dispatcher)
    return [first, second, third]


def told(user) -> dict[str, list[tuple[int, int]]]:
    return {
        row["kind"]: [(figure["hits"], figure["shown"]) for figure in row["figures"]]
        for row in suggested.rates(user)
    }


def page(user, address: str):
    http = Client()
    http.force_login(user)
    return http.get(address)


def test_each_kind_has_its_figures_of_today_7_and_30_days(agency, kept):
    assert told(agency.supervisor) == {
        "unit:address": [(1, 2), (1, 2), (2, 3)],
        "unit:merchant": [(1, 1), (1, 1), (1, 1)],
    }


def test_a_chief_s_are_those_of_the_own_cases(agency, kept):
    assert told(agency.chief) == {"unit:address": [(1, 1), (1, 1), (2, 2)]}


def test_the_dashboard_leads_to_the_cases_behind_each(agency, kept):
    board = page(agency.supervisor, "/dashboard/").content.decode()
    address = "/dashboard/suggestions/?kind=unit:address&amp;days=30"
    assert address in board and "66.6%" in board

    behind = page(agency.supervisor, address.replace("&amp;", "&")).content.decode()
    assert all(case.no in behind for case in kept)
    missed = page(agency.supervisor, "/dashboard/suggestions/?kind=unit:address&days=7&hit=no")
    assert [case.no in missed.content.decode() for case in kept] == [False, False, True]
    assert kept[2].no not in page(agency.chief, "/dashboard/suggestions/").content.decode()


def test_without_any_nothing_stands_there(agency, clock):
    assert "dashboard/suggestions" not in page(agency.supervisor, "/dashboard/").content.decode()


@pytest.mark.parametrize("asked", ["kind=moon", "days=2", "hit=maybe", "who=me", "days=%00"])
def test_an_unknown_filter_is_refused(agency, clock, asked):
    assert page(agency.supervisor, f"/dashboard/suggestions/?{asked}").status_code == 400
