"""A citizen calls again: their cases, by telephone or identity number, and a row that says who asked."""

import json

import pytest

from agency.core.models import Access
from agency.core.roles import STAFF, WITHOUT_CASES
from cases import workflow
from cases.models import Reporter

pytestmark = pytest.mark.django_db

PHONE, ID_NUMBER = "13912345678", "11010519491231002X"
WHO = {"name": "欧阳小满", "phone": PHONE, "id_number": ID_NUMBER}
OTHER = {"name": "林一", "phone": "13700137000"}


def found(agency, username="mediator", **body) -> list[str]:
    status, page = agency.client(username).post("cases/lookup/", body)
    assert status == 200, page
    return [row["no"] for row in page["results"]]


@pytest.mark.parametrize(
    "number",
    [
        {"phone": PHONE},
        {"phone": "+86 139-1234-5678"},
        {"id_number": ID_NUMBER},
        {"id_number": ID_NUMBER.lower()},
    ],
)
def test_a_citizen_s_cases_are_found_newest_first(agency, clock, number):
    first = agency.ticket(unit="east", consumer=WHO)
    clock.shift(minutes=1)
    agency.ticket(unit="east", consumer=OTHER)
    second = agency.ticket("walkin", kind="consultation", unit="east", consumer=WHO)

    assert found(agency, **number) == [second.no, first.no]


def test_a_ticket_linked_to_another_s_case_leads_to_it(agency, clock):
    case = agency.ticket(unit="east", consumer=OTHER)
    joined = agency.ticket("315xft", consumer=WHO).tickets.get()
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=joined.no)

    assert found(agency, phone=PHONE) == [case.no]


@pytest.mark.parametrize("phone", ["13912345679", "01012345678"])
def test_only_the_very_number_is_found(agency, clock, phone):
    agency.ticket(unit="east", consumer=WHO)

    assert found(agency, phone=phone) == []


def test_nothing_beyond_one_s_scope_and_no_reporter(agency, clock):
    agency.ticket(unit="west", consumer=WHO)
    agency.ticket(unit="east", kind="report", consumer=WHO)

    assert Reporter.objects.get().phone == "+8613912345678"
    assert found(agency, phone=PHONE) == []
    assert len(found(agency, "leader", phone=PHONE)) == 1
    for outsider in ("outlet_a", "odr_a"):
        assert found(agency, outsider, phone=PHONE) == []


def test_the_answer_is_masked(agency, clock):
    agency.ticket(unit="east", title=f"欧阳小满：{PHONE}无人接", consumer=WHO)
    mediator = agency.client("mediator")

    _status, page = mediator.post("cases/lookup/", {"phone": PHONE})

    assert page["results"][0]["title"] == "欧阳**：139****5678无人接"
    assert PHONE not in mediator.response.content.decode()


def test_many_cases_come_in_pages_and_no_address_tells_the_number(agency, clock):
    numbers = set()
    for _ticket in range(3):
        clock.shift(seconds=1)
        numbers.add(agency.ticket(unit="east", consumer=WHO).no)
    client, address, seen = agency.client("mediator"), "cases/lookup/?page_size=2", []

    while address:
        _status, page = client.post(address, {"phone": PHONE})
        seen += [row["no"] for row in page["results"]]
        assert PHONE not in (page["next"] or "")
        address = page["next"] and page["next"].split("/api/v1/")[1]

    assert len(seen) == 3
    assert set(seen) == numbers


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"phone", "id_number"}),
        ({"phone": PHONE, "id_number": ID_NUMBER}, {"phone", "id_number"}),
        ({"phone": "139"}, {"phone"}),
        ({"phone": ""}, {"phone"}),
        ({"phone": None}, {"phone"}),
        ({"id_number": "110105194912310021"}, {"id_number"}),
        ({"name": "欧阳小满"}, {"name"}),
    ],
)
def test_what_cannot_be_looked_up_is_named_and_leaves_no_row(agency, body, wrong):
    status, problem = agency.client("mediator").post("cases/lookup/", body)

    assert (status, set(problem["errors"])) == (400, wrong)
    assert not Access.objects.exists()


def test_it_is_asked_in_a_body_only_and_by_who_sees_cases(agency):
    assert agency.client("mediator").get("cases/lookup/", phone=PHONE)[0] == 405
    for role in STAFF:
        expected = 403 if role in WITHOUT_CASES else 200
        assert agency.client(role.value).post("cases/lookup/", {"phone": PHONE})[0] == expected
    assert agency.channel_client("minyi").post("cases/lookup/", {"phone": PHONE})[0] == 403


def test_who_asked_is_on_record_and_the_number_nowhere(agency, clock, caplog):
    agency.ticket(unit="east", consumer=WHO)
    agency.ticket(unit="west", consumer=WHO)

    found(agency, phone=PHONE)

    row = Access.objects.get()
    assert (row.kind, row.by, row.at) == ("looked_up", agency.mediator, clock.now)
    assert (row.what, row.found) == ("phone", 1)
    left = json.dumps([*Access.objects.values()], default=str, ensure_ascii=False) + caplog.text
    assert not [told for told in (PHONE, PHONE[-4:], "欧阳") if told in left]
