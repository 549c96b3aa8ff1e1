"""The end of a case and what comes after it: who decides it sees what it is about, and whose turn it is next."""

from datetime import date, timedelta

import pytest

from agency.core import invariants
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import User
from cases import completeness, workflow
from cases.acts import Act
from cases.admin import drafts, page, timeline
from cases.admin.clocks import Countdown
from cases.calendar import calendar_day, day_in_words, day_of
from cases.models import Case, CaseDeadline
from cases.workflow.allowed import Sight
from cases.workflow.approval import drop
from cases.workflow.closing import may_be_archived
from cases.workflow.endings import _beside_the_end
from cases.workflow.petitions import may_be_asked
from tests.cases.test_admin import desk, numbers, page_of, verb_of
from tests.cases.test_petitions import OPINION, REVIEW, answered, closed, form, looked_into
from tests.stories import clock_of

pytestmark = pytest.mark.django_db


def shown(case: Case, who: str) -> str:
    return desk(who).get(page_of(case)).content.decode()


def afresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def performed(agency, satisfaction: str = "satisfied") -> Case:
    case = agency.mediated_case()
    workflow.settle(case.no, by=agency.mediator, agreement="退款", recovered_amount="100")
    workflow.confirm_performance(
        case.no, by=agency.mediator, amount="100", evidence_note="转账截图"
    )
    return workflow.follow_up(case.no, by=agency.callback, satisfaction=satisfaction, note="太慢")


def filed_away(agency) -> Case:
    """A complaint that is closed, and of which nothing is owed any more."""
    case = performed(agency)
    workflow.reply_ticket(case.no, by=agency.dispatcher, text="已办结")
    workflow.close(case.no, by=agency.mediator, conclusion="已履行")
    workflow.approve(case.no, by=agency.chief)
    return workflow.decide_publicity(case.no, by=agency.mediator, publish=False, reason="未同意")


# -- deciding on it -----------------------------------------------------------------------------


def test_who_decides_the_end_reads_how_the_citizen_rated_it(agency, clock):
    case = performed(agency, "dissatisfied")
    workflow.close(case.no, by=agency.mediator, conclusion="已履行")

    decides = desk("chief").get(verb_of(case, "approve")).content.decode()

    assert "不满意 · 太慢" in decides
    assert "办结后仍需" in decides and "工单回复" in decides
    workflow.disapprove(case.no, by=agency.chief, reason="先答复平台")
    workflow.reply_ticket(case.no, by=agency.dispatcher, text="已履行")
    workflow.close(case.no, by=agency.mediator, conclusion="已履行")
    assert "办结后仍需" not in desk("chief").get(verb_of(case, "approve")).content.decode()


def test_the_page_names_whose_decision_a_case_waits_for(agency, clock):
    case = performed(agency)
    workflow.close(case.no, by=agency.mediator, conclusion="已履行")
    assert f"待{agency.chief.name}（科室负责人）审批" in shown(case, "mediator")
    workflow.disapprove(case.no, by=agency.chief, reason="先核对金额")
    workflow.assign(case.no, by=agency.dispatcher, handler="chief")

    workflow.close(case.no, by=agency.chief, conclusion="已履行")

    assert f"待{agency.leader.name}（领导）审批" in shown(case, "chief")


@pytest.mark.parametrize(("publish", "told"), [(True, "决定公示投诉"), (False, "决定不公示投诉")])
def test_the_story_says_whether_it_is_published(agency, clock, publish, told):
    case = performed(agency)
    workflow.close(case.no, by=agency.mediator, conclusion="已履行")
    workflow.approve(case.no, by=agency.chief)
    Case.objects.filter(pk=case.pk).update(consents_to_publish=publish)

    workflow.decide_publicity(case.no, by=agency.mediator, publish=publish, reason="按意愿")

    assert told in shown(case, "mediator")


# -- publication of what was not accepted -------------------------------------------------------


def refused(agency) -> Case:
    case = told_of_the_refusal(agency)
    workflow.close(case.no, by=agency.mediator, conclusion="已告知")
    return workflow.approve(case.no, by=agency.chief)


def told_of_the_refusal(agency) -> Case:
    case = agency.contacted_case(consents={"publish": True})
    workflow.refuse(case.no, by=agency.mediator, ground="R1", explanation="不属本部门职责")
    workflow.approve(case.no, by=agency.chief)
    said = {"party": "complainant", "how": "phone", "text": "不予受理"}
    return workflow.notify(case.no, by=agency.mediator, **said)


def test_nothing_is_published_of_what_was_not_accepted(agency, clock):
    case, with_it = told_of_the_refusal(agency), "不予受理的投诉不予公示"
    assert with_it in desk("mediator").get(verb_of(case, "close")).content.decode()
    workflow.close(case.no, by=agency.mediator, conclusion="已告知")
    assert with_it in desk("chief").get(verb_of(case, "approve")).content.decode()
    workflow.approve(case.no, by=agency.chief)

    assert not case.deadlines.open().filter(rule__code="complaint.publicity").exists()
    assert "decide_publicity" not in workflow.allowed(case, agency.mediator)
    with pytest.raises(RuleViolation, match="不予受理"):
        workflow.decide_publicity(case.no, by=agency.mediator, publish=True)
    workflow.reply_ticket(case.no, by=agency.dispatcher, text="不予受理")
    assert "archive" in workflow.allowed(afresh(case), agency.registrar)
    assert "不予公示" in shown(case, "mediator")


def test_where_the_lawyer_says_so_a_person_decides_on_that_too(agency, clock, settings):
    settings.PUBLISH_REFUSED = True
    case = refused(agency)

    assert case.deadlines.open().filter(rule__code="complaint.publicity").exists()
    assert "decide_publicity" in workflow.allowed(case, agency.mediator)


def test_what_is_decided_on_a_refused_one_that_still_owes_it_is_no_publication(
    agency, clock, settings
):
    """The setting was turned back between the end and the decision."""
    settings.PUBLISH_REFUSED = True
    case = refused(agency)
    settings.PUBLISH_REFUSED = False
    workflow.reply_ticket(case.no, by=agency.dispatcher, text="不予受理")
    assert "decide_publicity" in workflow.allowed(afresh(case), agency.mediator)
    with pytest.raises(RuleViolation, match="不予受理"):
        workflow.decide_publicity(case.no, by=agency.mediator, publish=True)

    workflow.decide_publicity(case.no, by=agency.mediator, publish=False, reason="未受理")

    assert "decide_publicity" not in workflow.allowed(afresh(case), agency.mediator)
    assert workflow.archive(case.no, by=agency.registrar).state == "archived"


def test_what_waited_when_the_setting_was_turned_back_is_not_published(agency, clock, settings):
    settings.PUBLISH_REFUSED = True
    case = refused(agency)
    workflow.decide_publicity(case.no, by=agency.mediator, publish=False, reason="未同意")
    workflow.decide_publicity(case.no, by=agency.mediator, publish=True, reason="现已同意")
    settings.PUBLISH_REFUSED = False

    with pytest.raises(RuleViolation, match="不予受理"):
        workflow.approve(case.no, by=agency.chief)

    grounds = case.decisions.filter(kind="publicity").values_list("ground", flat=True)
    assert list(grounds) == ["withheld"]


def test_the_story_of_a_refused_one_tells_that_it_is_not_published(agency, clock):
    case = refused(agency)

    decision = case.decisions.get(kind="publicity")
    assert (decision.by, decision.approved_by) == (agency.chief, None), "nobody proposed it"
    assert case.events.get(kind="publicity_decided").data == {"published": False}
    assert case.events.get(kind="closed").data["to"] == "closed"


# -- what waits for a decision after the end ----------------------------------------------------


def wants_to_publish(agency) -> Case:
    """It was decided that it is not published; another decision waits for the chief."""
    case = filed_away(agency)
    Case.objects.filter(pk=case.pk).update(consents_to_publish=True)
    workflow.decide_publicity(case.no, by=agency.mediator, publish=True, reason="现已同意")
    return afresh(case)


def test_to_wait_for_a_second_decision_on_a_closed_case_breaks_nothing(agency, clock):
    assert wants_to_publish(agency).is_held
    assert invariants.check()[1] == []

    other = filed_away(agency)
    workflow.supplement(other.no, by=agency.mediator, reason="笔误", amount="12")

    assert afresh(other).is_held
    assert invariants.check()[1] == []


def test_what_waits_when_the_platform_sends_a_case_back_is_over(agency, clock):
    case = wants_to_publish(agency)
    number = case.tickets.get().external_no

    case = agency.ticket(external_no=number, round=2)

    assert (case.state, case.is_held) == ("reopened", False)
    proposal = case.proposals.latest("pk")
    assert (proposal.approved, proposal.reason) == (False, "案件已重办。")
    assert workflow.dispatch(case.no, by=agency.dispatcher, unit="east").state == "dispatched"


def test_what_ends_by_the_act_of_who_proposed_it_was_decided_by_nobody(agency, clock):
    """Somebody proposes for the clue as a mediator, and has become the leader since."""
    case = agency.mediated_case()
    workflow.record_clue(case.no, by=agency.mediator, note="涉嫌虚假宣传")
    workflow.extend(case.no, by=agency.mediator, rule="clue.verify", reason="难以核查")
    workflow.verify_clue(case.no, by=agency.enforcer, filed=False, note="未发现")
    workflow.assign(case.no, by=agency.dispatcher, handler="enforcer")
    User.objects.filter(pk=agency.mediator.pk).update(role="leader", unit=agency.leader.unit)
    asked = case.proposals.get(verb="extend")

    drop(Act(afresh(case), User.objects.get(pk=asked.by_id), clock.now, None), asked, "已核查")

    assert (asked.approved, asked.decided_by, asked.decided_at) == (False, None, clock.now)


# -- the archive --------------------------------------------------------------------------------


def test_what_is_closed_waits_for_the_registrar_to_archive_it(agency, clock):
    case = filed_away(agency)
    later = agency.ticket(unit="east")

    found = desk("registrar").get("/admin/")

    assert numbers(found)[0] == case.no and later.no in numbers(found)
    assert f"{case.no}/verb/archive/" in found.content.decode()
    assert "归档" in shown(case, "mediator"), "who closed it reads who archives it"
    workflow.archive(case.no, by=agency.registrar)
    assert f"{case.no}/verb/archive/" not in desk("registrar").get("/admin/").content.decode()


def test_what_only_owes_its_platform_a_reply_waits_for_the_archive_too(agency, clock):
    case = filed_away(agency)
    reply = clock_of(case, "ticket.reply")
    CaseDeadline.objects.filter(pk=reply.pk).update(met_at=None)
    Case.objects.filter(pk=case.pk).update(next_due_at=reply.due_at)
    assert may_be_archived(afresh(case))

    assert f"{case.no}/verb/archive/" in desk("registrar").get("/admin/").content.decode()


@pytest.mark.parametrize("is_archived", [False, True])
def test_a_ticket_its_platform_was_never_told_of_stands_with_the_dispatcher(
    agency, clock, is_archived
):
    case = filed_away(agency)
    row = f"{case.no}/verb/reply_ticket/"
    assert row not in desk("dispatcher").get("/admin/").content.decode(), "it was replied"
    case.tickets.update(replied_at=None, external_no="GP20261113001")
    assert _beside_the_end(case, {})["unreplied"] == ["GP20261113001"]
    case.tickets.update(external_no="")
    assert _beside_the_end(case, {})["unreplied"] == [case.tickets.get().no], "of no number ours"
    assert case.tickets.get().no in page.waits(Sight(case, agency.registrar))[-1]
    case.tickets.update(external_no="GP20261113001")
    assert "GP20261113001" in shown(case, "registrar"), "who archives it reads it"
    asked = desk("registrar").get(verb_of(case, "archive")).content.decode()
    assert "GP20261113001" in asked and "此时归档，" in asked and "此时办结" not in asked
    if is_archived:
        workflow.archive(case.no, by=agency.registrar)

    assert row in desk("dispatcher").get("/admin/").content.decode()
    ticket = case.tickets.get().no
    workflow.reply_ticket(case.no, by=agency.dispatcher, ticket=ticket, text="已办结")
    assert row not in desk("dispatcher").get("/admin/").content.decode()


def test_nothing_is_archived_before_it_is_said_whether_it_is_published(agency, clock):
    case = performed(agency)
    workflow.close(case.no, by=agency.mediator, conclusion="已履行")
    case = workflow.approve(case.no, by=agency.chief)

    assert "archive" not in workflow.allowed(case, agency.chief)
    assert f"{case.no}/verb/archive/" not in desk("registrar").get("/admin/").content.decode()


def test_a_petition_officer_archives_petitions(agency, clock):
    case = answered(agency)
    closed(agency, case)

    assert workflow.archive(case.no, by=agency.petition_officer).state == "archived"


def test_what_was_split_is_not_offered_to_be_split_again(agency, clock):
    case = agency.ticket(unit="east")
    assert "split" in workflow.allowed(case, agency.dispatcher)

    workflow.split(case.no, by=agency.dispatcher)

    assert "split" not in workflow.allowed(afresh(case), agency.dispatcher)


# -- taken up again -------------------------------------------------------------------------------


def test_what_was_accepted_once_is_withdrawn_before_both_parties(agency, clock):
    case = filed_away(agency)
    case = workflow.reopen(case.no, by=agency.supervisor, reason="不满意")
    assert "withdraw" not in workflow.allowed(case, agency.mediator)
    assert "待调度员重新派单" in shown(case, "mediator")

    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")
    case = workflow.withdraw(case.no, by=agency.mediator, reason="不再追究")

    assert clock_of(case, "complaint.terminate_notice").met_at is None
    assert "told_both" in completeness.missing(case)


# -- what a reporter is told, and by whom reached -------------------------------------------------


def test_a_reporter_is_told_of_the_penalty_and_of_no_ground(agency, clock):
    case = agency.ticket(kind="report", unit="east")
    workflow.respond(case.no, by=agency.enforcer)
    case = workflow.verify(case.no, by=agency.enforcer, colleague="chief")
    workflow.file(case.no, by=agency.enforcer, form_no="立审1号", reason="有证据")
    workflow.approve(case.no, by=agency.leader)
    workflow.decide_case(
        case.no, by=agency.enforcer, decision="penalty", document_no="市监罚〔2026〕1号"
    )
    case = workflow.approve(case.no, by=agency.leader)

    said = drafts.notice(case)

    assert "行政处罚（文号：市监罚〔2026〕1号）" in said and "依据" not in said


def test_who_is_to_call_a_reporter_reads_who_has_the_number(agency, clock):
    case = agency.ticket("hotline", kind="report", unit="east")

    called = desk("enforcer").get(verb_of(case, "contact")).content.decode()

    assert agency.custodian.name in called
    assert "举报人" in shown(case, "enforcer").split("办结前还需")[1][:80]


# -- the petitioner's time --------------------------------------------------------------------------


def test_the_time_to_ask_for_a_review_counts_from_the_day_the_letter_came(agency, clock):
    case, officer = answered(agency), agency.petition_officer
    told = day_of(clock.now)
    assert "收到之日" in shown(case, "petition_officer")
    assert "暂自发出之日起算" in "".join(time_to_ask(case, clock).notes)
    clock.shift(days=4)

    sent = form(
        case, "notify", officer, party="complainant", how="letter", text="已送达",
        received_on=(told + timedelta(days=3)).isoformat(),
    )  # fmt: skip
    assert sent.submit(), (sent.errors, sent.refusal)

    [(_which, until)] = may_be_asked(afresh(case))
    assert day_of(until) == working_end(told + timedelta(days=33))
    assert "收到之日" not in shown(case, "petition_officer")
    asked = time_to_ask(case, clock)
    assert asked.text == f"至 {day_in_words(day_of(until), day_of(clock.now))}"
    assert "第30日" in asked.explanation and "暂自" not in "".join(asked.notes)
    assert not case.deadlines.filter(rule__code="petition.review_request").exists()
    clock.set(until + timedelta(microseconds=1))
    assert time_to_ask(case, clock).state == "ended", "it is over, and nobody is late"
    workflow.request_review(case.no, by=officer, asked_on=day_of(until))
    assert time_to_ask(case, clock) is None, "it was asked for"
    came = f"已于{calendar_day(told + timedelta(days=3), told)}收到处理意见书"
    lines = timeline.lines(afresh(case), officer, clock.now)
    notices = [line.what for line in lines if line.kind == "notified"]
    assert came in shown(case, "petition_officer")
    assert notices[0] == f"登记收到日 信访人 · 信函 · {came}", "nobody was told twice"
    assert notices[1].startswith("告知当事人") and "收到" not in notices[1]


def time_to_ask(case: Case, clock) -> Countdown | None:
    lines = page.clock_lines(afresh(case), clock.now)
    return next((line.countdown for line in lines if line.name == "申请复查期"), None)


def working_end(day: date) -> date:
    """The next day that is not off, by the week alone."""
    return day + timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))


@pytest.mark.parametrize("days", [-1, 5])
def test_no_letter_comes_before_it_was_written_or_after_today(agency, clock, days):
    case = answered(agency)
    written = day_of(clock.now)
    clock.shift(days=4)

    with pytest.raises(Invalid):
        workflow.notify(
            case.no, by=agency.petition_officer, party="complainant", how="letter",
            text="已送达", received_on=written + timedelta(days=days),
        )  # fmt: skip


def test_who_had_it_signed_told_the_petitioner(agency, clock):
    case = looked_into(agency)
    officer = agency.petition_officer
    workflow.reply(case.no, by=officer, for_signature=True, **OPINION)
    case = workflow.approve(case.no, by=agency.leader)

    assert case.party_notices.last().by == officer == case.decisions.get(kind="replied").by


def test_an_answered_review_is_under_way_no_more(agency, clock):
    case = workflow.request_review(answered(agency).no, by=agency.petition_officer)
    assert "信访 · 复查中" in shown(case, "petition_officer")

    sent = form(case, "answer_review", agency.petition_officer, **REVIEW)
    assert sent.submit(), (sent.errors, sent.refusal)

    page = shown(case, "petition_officer")
    assert "信访 · 复查已答复" in page and "复查意见 · 维持" in page


def test_under_final_review_its_answer_is_lacking_and_no_reply(agency, clock):
    case, officer = answered(agency), agency.petition_officer
    workflow.request_review(case.no, by=officer)
    assert "收到之日" not in shown(case, "petition_officer"), "the review is asked for already"
    workflow.answer_review(case.no, by=officer, opinion="upheld", text="维持")
    assert "收到之日" in shown(case, "petition_officer")

    case = workflow.request_final_review(case.no, by=officer)

    assert completeness.missing(case) == ["review", "principle"]
    assert "出具复核意见" in completeness.named(case, ["review"])
    assert "收到之日" not in shown(case, "petition_officer")
    lines = timeline.lines(afresh(case), officer, clock.now)
    asked = [line.what for line in lines if line.kind == "review_requested"]
    assert asked == ["申请复核", "申请复查"]
