"""The portal: outlets and firms see their own, and nobody else gets in."""

import pytest
from django.test import Client

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
