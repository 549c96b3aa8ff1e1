"""The platform sends a ticket back: what it says then is read where the ticket stands."""

import json

import pytest
from django.test import Client

from agency.core import invariants, notifications
from agency.core.models import Notification
from cases import completeness, workflow
from cases.models import Case
from tests.cases.lives import Cast
from tests.notices import told
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


# -- on a case that is open still ---------------------------------------------------------------


def sent_again(agency, case: Case, channel: str = "petition", **said) -> Case:
    """The next round; nobody has been told of anything before."""
    notifications.deliver_pending()
    Notification.objects.update(topic="before")
    latest = case.tickets.order_by("round").last()
    return agency.ticket(
        channel, kind=case.kind, external_no=latest.external_no, round=latest.round + 1, **said
    )


def hears(topic: str) -> set[str]:
    notifications.deliver_pending()
    return told(Notification.objects.get(topic=topic))


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("petition", "replied"), ("petition", "evaluated"), ("complaint", "performed"),
        ("report", "not_filed"),
    ],
)  # fmt: skip
def test_what_was_answered_and_comes_again_where_no_clock_says_so_is_worked_on_anew(
    agency, clock, monkeypatch, kind, state
):
    cast = Cast(agency)
    monkeypatch.setattr(cast, "case", lambda kind: agency.ticket("petition", kind=kind))
    case = cast.bring(kind, state)

    case = sent_again(agency, case, narrative="不满意，要求重办")

    assert (case.state, case.assignments.filter(ended_at=None).count()) == ("reopened", 1)
    assert case.deadlines.open().filter(rule__code="case.rework").exists()
    assert hears("reopen") == {case.handler.username}
    assert {"reply", "outcome"} & set(completeness.missing(case))
    assert invariants.check()[1] == []


@pytest.mark.parametrize("state", ["handling", "reviewing", "final_reviewing", "terminated"])
def test_of_what_is_in_hand_or_under_review_the_handler_hears_that_it_came_again(
    agency, clock, state
):
    case = Cast(agency).bring("petition", state)

    case = sent_again(agency, case)

    assert case.state == state
    assert hears("came_again") == {case.handler.username}


def test_a_round_that_opens_clocks_of_its_own_reopens_nothing_and_is_told_all_the_same(
    agency, clock
):
    case = Cast(agency).bring("complaint", "performed")

    case = sent_again(agency, case, "minyi")

    assert case.state == "performed"
    assert case.deadlines.open().filter(rule__code="ticket.respond_10").exists()
    assert hears("came_again") == {case.handler.username}


def test_a_question_that_comes_again_is_answered_anew(agency, clock):
    case = Cast(agency).bring("consultation", "answered")

    case = sent_again(agency, case, "minyi", narrative="答非所问")

    assert "answer" in completeness.missing(case)
    assert workflow.answer(case.no, by=agency.registrar, text="补充答复").state == "answered"
    assert invariants.check()[1] == []


def test_an_earlier_round_that_comes_late_is_no_round_again(agency, clock):
    case = Cast(agency).bring("petition", "replied")
    case = sent_again(agency, case)
    number = case.tickets.first().external_no
    agency.ticket("petition", kind="petition", external_no=number, round=5)
    Notification.objects.update(topic="before")

    agency.ticket("petition", kind="petition", external_no=number, round=4)

    assert not Notification.objects.filter(topic__in=["came_again", "reopen"]).exists()
