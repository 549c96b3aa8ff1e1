"""Many cases, one verb: each for itself."""

import pytest

from cases import workflow
from cases.models import Case

pytestmark = pytest.mark.django_db


def order(agency, who, verb, cases, **body):
    numbers = [getattr(case, "no", case) for case in cases]
    return agency.client(who).post(f"cases/bulk/{verb}/", {"cases": numbers, "body": body})


def test_each_case_has_its_own_answer_and_nothing_is_lost(agency, clock):
    fresh, done, foreign = agency.ticket(unit="east"), agency.ticket(unit="east"), agency.ticket()
    workflow.respond(done.no, by=agency.mediator)

    status, told = order(agency, "mediator", "respond", [done, fresh, foreign, "TS1", fresh])

    assert (status, told["done"], told["refused"]) == (200, 1, 3)
    assert [(row["no"], row["status"]) for row in told["results"]] == [
        (done.no, 409), (fresh.no, 200), (foreign.no, 404), ("TS1", 404),
    ]  # fmt: skip
    assert told["results"][0]["detail"]
    assert fresh.tickets.get().responded_at == clock.now
    assert foreign.tickets.get().responded_at is None


def test_what_one_case_refuses_costs_no_other(agency, clock):
    cases = [agency.ticket() for _case in range(2)]
    workflow.dispatch(cases[0].no, by=agency.dispatcher, unit="west")

    status, told = order(agency, "dispatcher", "dispatch", cases, unit="east", handler="mediator")

    assert (status, told["done"]) == (200, 2)
    assert {c.unit.code for c in Case.objects.all()} == {"east"}
    assert {c.handler for c in Case.objects.all()} == {agency.mediator}


def test_one_reply_goes_to_every_ticket_without_one(agency, clock):
    case, other = agency.contacted_case(), agency.contacted_case(external_no="MY-1")
    workflow.reply_ticket(case.no, by=agency.mediator, ticket=case.tickets.get().no, text="一")

    status, told = order(agency, "mediator", "reply_ticket", [case, other], text="统一答复")

    assert [row["status"] for row in told["results"]] == [409, 200]
    assert case.tickets.get().reply_text == "一" and other.tickets.get().reply_text == "统一答复"


@pytest.mark.parametrize(
    ("who", "verb", "sent", "status"),
    [
        ("auditor", "respond", {"cases": ["TS1"]}, 403),
        ("mediator", "contact", {"cases": ["TS1"]}, 404),
        ("mediator", "respond", {"cases": []}, 400),
        ("mediator", "respond", {"cases": ["TS1"] * 201}, 400),
        ("mediator", "respond", {"cases": "TS1"}, 400),
        ("mediator", "respond", {"cases": ["TS1"], "body": {"x": 1}}, 400),
        ("mediator", "respond", {"cases": ["TS1"], "more": 1}, 400),
        ("mediator", "close", {"cases": ["TS1"], "body": {}}, 400),
    ],
)
def test_an_order_that_cannot_be_carried_out(agency, clock, who, verb, sent, status):
    told, problem = agency.client(who).post(f"cases/bulk/{verb}/", sent)

    assert told == status
    assert problem["status"] == status
