"""One agreed answer for every platform that asked."""

import pytest

from agency.core.errors import Invalid
from cases import workflow
from cases.admin import drafts
from cases.models import Channel
from cases.promises import standing_answer
from tests.cases.test_admin import desk, page_of
from tests.stories import clock_of

pytestmark = pytest.mark.django_db

TEXT = "经调解，商家已退款。"


@pytest.fixture
def case(agency, clock):
    """A case that two platforms sent: the hotline's wants its reply."""
    case = agency.contacted_case(external_no="MY-1")
    other = agency.ticket("315xft", unit="east", external_no="XFT-2")
    return workflow.link_ticket(case.no, by=agency.dispatcher, ticket=other.tickets.get().no)


def test_one_answer_replies_to_all(agency, case, clock):
    workflow.agree_answer(case.no, by=agency.mediator, text=TEXT)

    workflow.reply_ticket(case.no, by=agency.mediator)

    assert {ticket.reply_text for ticket in case.tickets.all()} == {TEXT}
    assert {ticket.replied_at for ticket in case.tickets.all()} == {clock.now}
    assert clock_of(case, "ticket.reply").met_at == clock.now


def test_a_ticket_may_be_told_something_of_its_own(agency, case):
    workflow.agree_answer(case.no, by=agency.chief, text=TEXT)
    first = case.tickets.get(external_no="MY-1")
    workflow.reply_ticket(case.no, by=agency.mediator, ticket=first.no, text="已退款")

    workflow.agree_answer(case.no, by=agency.chief, text="改")
    workflow.reply_ticket(case.no, by=agency.mediator)

    told = dict(case.tickets.values_list("external_no", "reply_text"))
    assert told == {"MY-1": "已退款", "XFT-2": "改"}


def test_who_writes_again_is_not_sent_the_answer_they_wrote_again_about(agency, case):
    workflow.agree_answer(case.no, by=agency.chief, text=TEXT)
    workflow.reply_ticket(case.no, by=agency.mediator)

    case = agency.ticket(external_no="MY-1", round=2)

    assert standing_answer(case) == drafts.reply(case) == ""
    with pytest.raises(Invalid):
        workflow.reply_ticket(case.no, by=agency.mediator)
    case = workflow.agree_answer(case.no, by=agency.chief, text="商家已另行赔偿。")
    assert standing_answer(case) == "商家已另行赔偿。"


def test_without_an_answer_nothing_is_replied(agency, case):
    status, problem = agency.client("mediator").post(f"cases/{case.no}/reply_ticket/", {})

    assert status == 400 and problem["errors"]["text"]
    assert not case.tickets.exclude(replied_at=None).exists()


def test_what_a_platform_cannot_take_is_refused_for_all(agency, case):
    Channel.objects.filter(code="315xft").update(reply_limit=4)
    workflow.agree_answer(case.no, by=agency.mediator, text=TEXT)

    status, problem = agency.client("mediator").post(f"cases/{case.no}/reply_ticket/", {})

    assert status == 400 and "4" in problem["errors"]["text"][0]
    assert not case.tickets.exclude(replied_at=None).exists()
    page = desk("mediator").get(page_of(case)).content.decode()
    assert page.count('class="why"') == 1
    ticket = case.tickets.get(external_no="MY-1")
    workflow.reply_ticket(case.no, by=agency.mediator, ticket=ticket.no)


def test_the_page_has_it_ready_to_copy(agency, case):
    workflow.agree_answer(case.no, by=agency.mediator, text="陈小满您好，" + TEXT)

    page = desk("mediator").get(page_of(case)).content.decode()

    assert page.count('data-copy="agreed-answer"') == 2
    assert page.count('data-copy="external-') == 2
    assert "陈小满" not in page and TEXT in page
    _status, shown = agency.client("auditor").get(f"cases/{case.no}/")
    assert shown["agreed_answer"].endswith(TEXT) and "陈小满" not in shown["agreed_answer"]
