"""The portal: outlets and firms see their own, and nobody else gets in."""

import pytest
from django.test import Client

from cases import workflow

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(agency):
    def get(username):
        client = Client(headers={"accept-language": "zh-hans"})
        if username:
            client.force_login(getattr(agency, username))
        return client.get("/portal/", secure=True)

    return get


@pytest.mark.parametrize(
    ("username", "status"),
    [("outlet_a", 200), ("odr_a", 200), ("mediator", 403), ("admin", 403), (None, 302)],
)
def test_the_portal_is_for_outlets_and_firms(visit, username, status):
    assert visit(username).status_code == status


def test_an_outlet_sees_nothing_of_the_agency_s_cases(agency, visit):
    case = agency.ticket(unit="east")

    assert case.no not in visit("outlet_a").content.decode()


def test_an_outlet_sees_what_is_referred_to_it_while_it_is_there(agency, clock, visit):
    case = agency.ticket(unit="east")
    workflow.refer(case.no, by=agency.mediator, outlet="outlet-a", consent=True)

    page = visit("outlet_a").content.decode()
    assert case.no in page and "03-02 11:00" in page
    assert case.no not in visit("outlet_b").content.decode()

    workflow.hand_up(case.no, by=agency.outlet_a, reason="商家拒绝")
    assert case.no not in visit("outlet_a").content.decode()
