"""The platform sends a ticket back: what it says then is read where the ticket stands."""

import json

import pytest
from django.test import Client

from cases import workflow
from cases.models import Case
from tests.stories import payload

pytestmark = pytest.mark.django_db

AGAIN = {
    "narrative": "陈小满称商家只退了一半，请打13800138000",
    "demand": "再退六百四十元",
    "amount": "640.00",
}
"""What is said with the second round; the first one told of another sum."""
READABLE = "陈**称商家只退了一半，请打138****8000"


@pytest.fixture
def case(agency):
    agency.ticket(unit="east", external_no="MY1", narrative="净水器漏水", amount="1280.00")
    return agency.ticket(external_no="MY1", round=2, **AGAIN)


def page_of(agency, case) -> str:
    http = Client()
    http.force_login(agency.mediator)
    return http.get(f"/admin/cases/case/{case.pk}/change/").content.decode()


def test_the_page_shows_it_under_the_ticket_masked(agency, case):
    page = page_of(agency, case)

    assert READABLE in page
    assert "再退六百四十元" in page
    assert "¥640.00" in page
    assert (case.narrative, str(case.amount)) == ("净水器漏水", "1280.00")


def test_the_api_tells_it_with_the_ticket(agency, case):
    _status, told = agency.client("mediator").get(f"cases/{case.no}/")

    first, second = told["tickets"]
    assert (first["narrative"], first["demand"], first["amount"]) == ("", "", None)
    assert second["narrative"] == READABLE
    assert (second["demand"], second["amount"]) == ("再退六百四十元", "640.00")


def test_a_round_that_repeats_the_first_is_shown_once(agency):
    agency.ticket(unit="east", external_no="MY1", narrative="净水器漏水")
    case = agency.ticket(external_no="MY1", round=2, narrative="净水器漏水")

    assert page_of(agency, case).count("净水器漏水</p>") == 1


def test_a_round_that_is_taken_off_the_case_tells_its_own_story(agency, case):
    second = case.tickets.get(round=2)

    workflow.unlink_ticket(case.no, by=agency.dispatcher, ticket=second.no)

    own = Case.objects.get(tickets=second)
    assert (own.narrative, own.demand) == (
        "陈小满称商家只退了一半，请打138****8000",
        AGAIN["demand"],
    )
    assert AGAIN["narrative"] in own.consumer.told


def test_of_a_reports_round_nothing_is_kept_that_tells_who_reported(agency):
    """Whoever names himself only then is known to no case that could mask him."""
    agency.ticket(unit="east", kind="report", external_no="JB1", consumer=None)
    body = payload(kind="report", external_no="JB1", round=2, **AGAIN)
    agency.channel_client("minyi").post("tickets/", body, key="jb1-round-2")

    case = Case.objects.get(tickets__round=2)
    told = json.dumps(agency.client("enforcer").get(f"cases/{case.no}/")[1], ensure_ascii=False)
    assert "****称商家只退了一半，请打****" in told
    assert case.tickets.get(round=2).narrative == "****称商家只退了一半，请打****"


def test_a_question_that_becomes_a_report_hides_who_asked_again(agency):
    agency.ticket(unit="east", kind="consultation", external_no="ZX1")
    case = agency.ticket(kind="consultation", external_no="ZX1", round=2, **AGAIN)

    workflow.convert(case.no, by=agency.registrar, kind="report")

    [second] = case.tickets.model.objects.filter(round=2)
    assert (second.case.kind, second.consumer) == ("report", None)
    assert second.narrative == "****称商家只退了一半，请打****"
