"""One agreed answer for every platform that asked."""

from importlib import import_module

import pytest
from django.db import connection

from agency.core.errors import Invalid, RuleViolation
from cases import workflow
from cases.admin import drafts
from cases.models import Case, Channel
from cases.promises import standing_answer
from cases.workflow.endings import left_open
from tests.cases.test_admin import desk, page_of
from tests.cases.test_referrals import next_of
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


def told_while_it_runs(agency) -> Case:
    case = agency.mediated_case(external_no="MY-1")
    workflow.agree_answer(case.no, by=agency.mediator, text="正在调解")
    case = workflow.reply_ticket(case.no, by=agency.mediator)
    assert "reply_ticket" not in workflow.allowed(case, agency.mediator), "once while it runs"
    assert standing_answer(case) == "正在调解", "for whoever asks meanwhile"
    said = {"agreement": TEXT, "recovered_amount": "100"}
    workflow.settle(case.no, by=agency.mediator, **said)
    return workflow.confirm_performance(
        case.no, by=agency.mediator, amount="100", evidence_note="转账"
    )


def test_who_was_told_while_the_case_ran_is_told_what_came_of_it(agency, clock):
    met_at = clock.now
    case = told_while_it_runs(agency)
    row = f"{case.no}/verb/reply_ticket/"
    assert left_open(case)["unreplied"] == ["MY-1"], "who decides on the end reads it"
    assert next_of(case, agency.mediator) == "reply_ticket"
    assert row in desk("mediator").get("/admin/").content.decode()
    shown = desk("mediator").get(page_of(case)).content.decode()
    assert "阶段答复" in shown and "尚未告知办理结果" in shown
    assert TEXT in drafts.reply(case) and "正在调解" not in drafts.reply(case)
    clock.shift(days=1)

    workflow.reply_ticket(case.no, by=agency.mediator, text=TEXT)

    ticket, reply = case.tickets.get(), clock_of(case, "ticket.reply")
    assert (ticket.reply_text, ticket.replied_at) == (TEXT, clock.now)
    assert (ticket.interim_text, ticket.interim_at) == (
        "正在调解",
        met_at,
    ) and reply.met_at == met_at
    assert left_open(case) == {} and row not in desk("mediator").get("/admin/").content.decode()
    shown = desk("mediator").get(page_of(case)).content.decode()
    assert "正在调解" in shown and TEXT in shown, "the story tells both"
    with pytest.raises(RuleViolation):
        workflow.reply_ticket(case.no, by=agency.mediator, text="再说一次")


def test_what_was_not_told_before_the_end_stands_with_the_dispatcher(agency, clock):
    case = told_while_it_runs(agency)
    workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")
    workflow.close(case.no, by=agency.mediator, conclusion="已履行")
    case = workflow.approve(case.no, by=agency.chief)
    row = f"{case.no}/verb/reply_ticket/"
    clock.shift(days=1)

    assert row in desk("dispatcher").get("/admin/").content.decode()
    assert drafts.reply(case) == "已履行"
    workflow.reply_ticket(case.no, by=agency.dispatcher, text="已履行")
    assert row not in desk("dispatcher").get("/admin/").content.decode()


def test_a_reply_with_the_outcome_is_the_last(agency, clock):
    case = agency.mediated_case()
    workflow.terminate(case.no, by=agency.mediator, ground="T3", explanation="分歧过大")
    workflow.approve(case.no, by=agency.chief)
    workflow.reply_ticket(case.no, by=agency.mediator, text="调解终止")

    assert "reply_ticket" not in workflow.allowed(case, agency.mediator)
    assert left_open(case) == {} and next_of(case, agency.mediator) != "reply_ticket"


def test_a_reply_from_before_the_upgrade_is_known_as_interim_where_the_case_runs(agency, clock):
    case, other = agency.mediated_case(), agency.mediated_case()
    workflow.terminate(other.no, by=agency.mediator, ground="T3", explanation="分歧过大")
    workflow.approve(other.no, by=agency.chief)
    for told in (case, other):
        workflow.reply_ticket(told.no, by=agency.mediator, text="答复")
    case.tickets.update(interim_at=None, interim_text="")

    with connection.cursor() as cursor:
        cursor.execute(import_module("cases.migrations.0074_interim_reply").GIVEN)

    assert case.tickets.get().interim_at == case.tickets.get().replied_at
    assert other.tickets.get().interim_at is None
