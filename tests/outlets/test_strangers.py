"""Of what is another's an operator learns nothing, not even by the time it takes that it is there."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases import workflow

pytestmark = pytest.mark.django_db

NEVER = "TS2026010199999"
DOORS = [
    ("get", "/portal/cases/{no}/", {}),
    ("post", "/portal/cases/{no}/", {"verb": "accept_referral"}),
    ("post", "/portal/cases/{no}/", {"verb": "reveal"}),
    ("get", "/api/v1/cases/{no}/", {}),
    ("get", "/api/v1/cases/{no}/story/", {}),
    ("get", "/api/v1/cases/{no}/documents/", {}),
    ("post", "/api/v1/cases/{no}/accept_referral/", {}),
    ("post", "/api/v1/cases/{no}/answer_referral/", {"text": "同意"}),
    ("post", "/api/v1/cases/{no}/hand_up/", {"reason": "商家拒绝"}),
    ("post", "/api/v1/cases/{no}/reveal/", {"field": "consumer.phone", "reason": "回访"}),
    ("get", "/api/v1/cases/{no}/attachments/7/", {}),
]


@pytest.fixture
def strangers(agency, clock, standing):
    """One that is with the other outlet, and a report."""
    there = agency.ticket(unit="east")
    workflow.refer(there.no, by=agency.mediator, outlet="outlet-b", consent=True)
    return [there, agency.ticket(unit="east", kind="report")]


def answer(http: Client, method: str, address: str, body: dict) -> tuple:
    """The status, the page, and what the database was asked; numbers and tokens left out."""
    options = {} if "portal" in address else {"content_type": "application/json"}
    with CaptureQueriesContext(connection) as asked:
        told = getattr(http, method)(address, body, secure=True, **options)
    number = re.escape(re.search(r"/(?:cases|outlets)/([^/]+)/", address)[1])
    page = re.sub(rf"{number}|\w{{64}}|(?<=nonce=\")[^\"]+", "#", told.content.decode())
    statements = [re.sub(r"\d+|'[^']*'", "#", query["sql"]) for query in asked.captured_queries]
    return told.status_code, page, statements


@pytest.mark.parametrize("username", ["outlet_a", "odr_a"])
def test_a_stranger_s_row_is_answered_as_one_that_never_was_and_with_the_same_work(
    agency, strangers, username
):
    http = Client(headers={"accept-language": "zh-hans"})
    http.force_login(getattr(agency, username))
    http.get("/portal/", secure=True)  # when somebody was last here is written once a minute
    for method, address, body in DOORS:
        never = answer(http, method, address.format(no=NEVER), body)
        assert never[0] == 404, (method, address)
        for case in strangers:
            found = answer(http, method, address.format(no=case.no), body)
            assert found == never, (method, address, case.kind, case.state)


def test_another_s_outlet_is_answered_as_one_that_never_was(agency, clock, standing):
    http = Client(headers={"accept-language": "zh-hans"})
    http.force_login(agency.outlet_a)
    body = {"month": "2026-02", "consultations": 0}
    told = [
        answer(http, "post", f"/api/v1/outlets/{code}/report/", body)
        for code in ("outlet-b", "never-was", "outlet-b")
    ]
    assert told[0][0] == 404 and told[1:] == [told[2]] * 2
