"""What a case must not end without, and what its end takes from nobody."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.http import QueryDict

from agency.core import deadlines, invariants, workdays
from agency.core.calendar import SHANGHAI
from agency.core.errors import Forbidden, Invalid, RuleViolation
from agency.core.models import DeadlineRule
from cases import callbacks, completeness, workflow
from cases.admin import page, timeline, words
from cases.admin.clocks import explain
from cases.admin.dressed import dressed
from cases.admin.labels import VERBS
from cases.admin.row_verbs import fitting
from cases.admin.verbs import VerbForm
from cases.lifecycle import Milestone
from cases.models import Callback, Case, CaseDeadline
from cases.workflow.allowed import Sight
from tests.cases.lives import Cast
from tests.stories import clock_of

pytestmark = pytest.mark.django_db

MORNING = datetime.fromisoformat("2026-05-11T09:00:00+08:00")


@pytest.fixture
def cast(agency, clock):
    clock.set(MORNING)
    return Cast(agency)


def missing(case: Case) -> list[str]:
    return completeness.missing(Case.objects.get(pk=case.pk))


def told(case: Case) -> list[tuple]:
    """Whom it was told, and of what; oldest first."""
    notices = case.party_notices.order_by("pk")
    return list(notices.values_list("party", "decision__kind"))


# -- petitions --------------------------------------------------------------------------------


def handled(cast: Cast) -> Case:
    """A petition whose receipt nobody wrote to the petitioner."""
    case = cast.bring("petition", "registered")
    for verb in ("respond", "accept", "assign_triple", "record_visit", "record_inspection"):
        body = {"notified_by": ""} if verb == "accept" else {}
        cast.act(case, verb, "petition_officer", **body)
    return case


def test_a_reply_goes_to_the_petitioner_and_is_written_down(cast):
    case = handled(cast)
    assert "told" in missing(case)

    cast.act(case, "reply", "petition_officer", how="in_person")

    assert told(case) == [("complainant", "replied")]
    assert case.party_notices.get().how == "in_person"
    assert clock_of(case, "petition.notice").met_at and missing(case) == ["principle"]


@pytest.mark.parametrize(
    ("state", "verb", "role", "kind"),
    [
        ("registered", "route", "petition_officer", "routed"),
        ("final_reviewing", "answer_final_review", "leader", "finally_reviewed"),
    ],
)
def test_what_is_answered_in_writing_is_told_by_letter_unless_said_otherwise(
    cast, state, verb, role, kind
):
    case = cast.bring("petition", state)

    cast.act(case, verb, role)

    assert told(case)[-1] == ("complainant", kind)
    assert case.party_notices.order_by("pk").last().how == "letter"


def test_the_petitioner_is_told_why_it_takes_longer(cast):
    case = handled(cast)
    cast.act(case, "notify", "petition_officer")
    assert "told" not in missing(case)

    cast.act(case, "extend", "petition_officer")
    assert "told_longer" in missing(case)

    cast.act(case, "notify", "petition_officer")
    assert told(case)[-1] == ("complainant", "extended") and "told_longer" not in missing(case)


def test_no_reply_makes_up_for_not_telling_why_it_took_longer(cast):
    case = cast.act(handled(cast), "extend", "petition_officer")
    cast.act(case, "reply", "petition_officer")

    assert missing(case) == ["told_longer", "principle"]
    with pytest.raises(RuleViolation):
        cast.act(case, "close", "petition_officer")

    cast.act(case, "notify", "petition_officer", about="extended")
    assert cast.act(case, "close", "petition_officer").state == "closed"


@pytest.mark.parametrize("archived", [False, True])
def test_closing_a_petition_early_takes_no_review_away(cast, clock, archived):
    case = cast.bring("petition", "archived" if archived else "closed")
    clock.shift(days=20)

    cast.act(case, "request_review", "registrar")

    case = Case.objects.get(pk=case.pk)
    assert (case.state, case.closed_at) == ("reviewing", None)
    assert case.deadlines.open().get().rule.code == "petition.review"
    assert invariants.check()[1] == []


def test_why_a_review_is_asked_for_is_written_down(cast, clock):
    case = cast.bring("petition", "replied")
    cast.act(case, "request_review", "registrar", note="未核实合同原件")
    clock.shift(days=1)
    cast.act(case, "answer_review", "leader")
    cast.act(case, "request_final_review", "registrar", note="复查未听取意见")

    asked = case.petition_records.filter(kind="review").order_by("pk")
    assert [row.note for row in asked] == ["未核实合同原件", "复查未听取意见"]
    said = [line.text for line in timeline.lines(case, cast["leader"], asked.last().at)]
    assert {row.note for row in asked} <= set(said)


def test_a_petition_that_goes_on_is_in_the_hands_it_was_closed_in(cast):
    case = cast.bring("petition", "dispatched")
    for verb in ("respond", "accept", "assign_triple", "record_visit", "record_inspection",
                 "reply", "close"):  # fmt: skip
        cast.act(case, verb, "petition_officer")

    held_by = Case.objects.get(pk=case.pk).handler
    assert not case.assignments.filter(ended_at=None).exists()

    cast.act(case, "request_review", "registrar")

    assert case.assignments.get(ended_at=None).handler == held_by
    assert Case.objects.get(pk=case.pk).handler == held_by


def test_the_final_review_may_be_asked_for_after_the_closing_too_and_once(cast):
    case = cast.bring("petition", "reviewing")
    cast.act(case, "close", "petition_officer")
    with pytest.raises(RuleViolation):
        cast.act(case, "request_review", "registrar")

    cast.act(case, "request_final_review", "registrar")
    cast.act(case, "answer_final_review", "leader")
    cast.act(case, "close", "petition_officer")

    with pytest.raises(RuleViolation):
        cast.act(case, "request_final_review", "registrar")


def test_a_closed_petition_that_was_not_reviewed_has_no_final_review(cast):
    case = cast.bring("petition", "closed")

    with pytest.raises(RuleViolation):
        cast.act(case, "request_final_review", "registrar")


@pytest.mark.parametrize(
    ("way", "rule"), [("complaint", "complaint.accept"), ("report", "report.verify")]
)
def test_what_a_petition_is_routed_to_begins_and_ends_before_it(cast, way, rule):
    case = cast.bring("petition", "registered")
    cast.act(case, "respond", "petition_officer")

    cast.act(case, "route", "petition_officer", to=way)

    begun = case.offspring.get()
    assert (begun.kind, begun.deadlines.get().rule.code) == (way, rule)
    assert "routed" in missing(case)
    with pytest.raises(RuleViolation):
        cast.act(case, "close", "petition_officer")
    begun.state, begun.closed_at = "closed", MORNING
    begun.save()
    assert "routed" not in missing(case)


def test_who_handles_a_petition_does_not_write_down_how_it_is_rated(cast):
    case = cast.bring("petition", "replied")

    with pytest.raises(Forbidden):
        cast.act(case, "evaluate", "petition_officer")


# -- complaints -------------------------------------------------------------------------------


def broken(cast: Cast, **body) -> Case:
    case = cast.bring("complaint", "agreed")
    cast.act(case, "record_non_performance", "mediator", **body)
    cast.act(case, "follow_up", "callback")
    return case


def comes_next(case: Case, user) -> tuple[str, set[str]]:
    """What the queue offers who handles it, where no clock says what; and the page beside a reply."""
    row = dressed(Case.objects.filter(pk=case.pk)).get()
    shown = page.verb_buttons(Sight(Case.objects.get(pk=case.pk), user))
    names = {verb.name for verb in (shown["next"], *shown["buttons"])}
    return fitting(row, user, Milestone.CLOSED)[0].name, names & {"notify", "close"}


def test_a_broken_agreement_is_told_to_the_complainant(cast):
    case = broken(cast)
    assert missing(case) == ["told"]
    assert comes_next(case, cast["mediator"]) == ("notify", {"notify"}), "no clock asks for it"

    cast.act(case, "notify", "mediator")

    assert comes_next(case, cast["mediator"]) == ("close", {"close"})

    assert told(case)[-1] == ("complainant", "not_performed") and missing(case) == []
    assert missing(broken(cast, notified_by="phone")) == []


def test_whether_an_agreement_was_kept_is_asked_for_once_its_term_is_over(cast, clock):
    clock.set(datetime.fromisoformat("2026-05-11T09:00:00+08:00"))
    case = cast.bring("complaint", "mediating")
    cast.act(case, "settle", "mediator", due_on=date(2026, 5, 15))
    [owed] = case.deadlines.open().filter(rule__code="agreement.perform")
    assert owed.due_at.astimezone(SHANGHAI).date() == date(2026, 5, 20), "Wednesday after a Friday"
    assert missing(case) == ["performance"]

    clock.set(datetime.fromisoformat("2026-05-18T09:00:00+08:00"))
    cast.act(case, "confirm_performance", "mediator")

    assert clock_of(case, "agreement.perform").met_at == clock.now
    assert "performance" not in missing(case)


@pytest.mark.parametrize("days", [0, 1, 4])
def test_an_agreement_may_be_kept_before_its_term_is_over(cast, clock, days):
    case = cast.bring("complaint", "mediating")
    cast.act(case, "settle", "mediator", due_on=date(2026, 5, 15))
    clock.shift(days=days)

    assert cast.act(case, "confirm_performance", "mediator").state == "performed"
    owed = clock_of(case, "agreement.perform")
    assert (owed.cancel_reason, owed.cancelled_at) == ("performed_early", clock.now)
    clock.shift(days=30)
    deadlines.sweep()
    assert clock_of(case, "agreement.perform").noticed_at is None
    assert invariants.check()[1] == []


def test_a_term_beyond_the_calendar_is_counted_for_now_and_warned_of_when_it_is_over(cast, clock):
    clock.set(datetime.fromisoformat("2026-05-11T09:00:00+08:00"))
    call_command("load_calendar", "agency/core/data/cn_calendar.csv")
    case = cast.bring("complaint", "mediating")

    cast.act(case, "settle", "mediator", due_on=date(2027, 2, 4))

    owed = clock_of(case, "agreement.perform")
    assert (owed.provisional, owed.due_at.astimezone(SHANGHAI).date()) == (True, date(2027, 2, 9))
    assert owed.attention_at > owed.starts_at, "nobody is warned while it may still be performed"
    assert "到期 2027-02-09" in explain(owed, workdays.load())


def test_without_a_term_it_is_asked_for_at_once(cast, clock):
    case = cast.bring("complaint", "mediating")
    cast.act(case, "settle", "mediator", due_on=None)
    owed = clock_of(case, "agreement.perform")
    assert owed.starts_at == clock.now

    cast.act(case, "record_non_performance", "mediator")

    assert clock_of(case, "agreement.perform").met_at == clock.now


def test_what_was_not_paid_is_not_recovered_until_it_is(cast):
    case = broken(cast)
    assert Case.objects.get(pk=case.pk).recovered_amount == 0
    assert case.agreements.get().amount == Decimal("1280.00")

    cast.act(case, "confirm_performance", "mediator", amount="900.00")
    assert Case.objects.get(pk=case.pk).recovered_amount == Decimal("900.00")


def test_more_than_was_agreed_needs_its_reason(cast):
    case = cast.bring("complaint", "agreed")

    with pytest.raises(Invalid, match="1,280.00"):
        cast.act(case, "confirm_performance", "mediator", amount="9999999.00")
    assert Case.objects.get(pk=case.pk).recovered_amount == Decimal("1280.00")

    cast.act(
        case, "confirm_performance", "mediator", amount="1300.00", why_more="商家另付交通费20元"
    )
    assert Case.objects.get(pk=case.pk).recovered_amount == Decimal("1300.00")
    assert "商家另付交通费20元" in case.agreements.get().evidence_note


def test_a_call_back_before_the_agreement_says_nothing_of_it(cast, clock):
    case = cast.bring("complaint", "reopened")
    clock.shift(days=1)
    for verb, role in (("dispatch", "dispatcher"), ("contact", "mediator"),
                       ("start_mediation", "mediator"), ("settle", "mediator"),
                       ("confirm_performance", "mediator")):  # fmt: skip
        cast.act(case, verb, role)
    assert missing(case) == ["follow_up"]

    cast.act(case, "follow_up", "callback")
    assert missing(case) == []


def test_a_notice_is_about_what_the_parties_are_told_of(cast):
    case = cast.bring("complaint", "reviewing")
    cast.act(case, "accept", "mediator", notified_by="")
    cast.act(case, "record_dispute", "mediator")

    cast.act(case, "notify", "mediator", about="nothing", text="请补充发票")
    assert told(case) == [("complainant", None)]
    assert clock_of(case, "complaint.accept").met_at is None

    cast.act(case, "notify", "mediator")
    assert told(case)[-1] == ("complainant", "accepted")
    assert clock_of(case, "complaint.accept").met_at


def test_a_notice_names_only_what_was_decided_here(cast):
    case = cast.bring("complaint", "accepted")

    cast.act(case, "notify", "mediator", about="accepted")
    for about in ("terminated", "dispute"):
        with pytest.raises(Invalid):
            cast.act(case, "notify", "mediator", about=about)


def test_the_archive_keeps_the_list_of_papers_and_nobody_waits_for_a_call(cast, clock):
    case = cast.bring("complaint", "closed")
    case.follow_ups.all().delete()
    clock.shift(days=1)
    callbacks.draw()

    cast.act(case, "archive", "registrar", catalogue="卷宗目录：投诉登记表等八份")
    cast.act(case, "follow_up", "callback")

    assert case.decisions.get(kind="archived").text == "卷宗目录：投诉登记表等八份"
    assert Callback.objects.get(case=case).done_at == clock.now


# -- reports ----------------------------------------------------------------------------------


def test_two_reports_are_not_duplicates_of_each_other(cast):
    first, second = cast.bring("report", "registered"), cast.bring("report", "registered")
    for case in (first, second):
        cast.act(case, "contact", "dispatcher")
    cast.act(first, "mark_duplicate", "dispatcher", of=second.no)

    with pytest.raises(Invalid):
        cast.act(second, "mark_duplicate", "dispatcher", of=first.no)
    assert CaseDeadline.objects.open().filter(case=second, rule__code="report.verify").exists()


SAME_REPORTER, SAME_MERCHANT = {"name": "某人", "phone": "13800138000"}, {"name": "清泉电器商行"}


@pytest.mark.parametrize(
    ("reporter", "merchant", "is_same"),
    [
        (SAME_REPORTER, SAME_MERCHANT, True),
        (SAME_REPORTER, None, True),
        (SAME_REPORTER, {"name": "乙公司"}, False),
        ({"name": "某人", "phone": "13900139000"}, SAME_MERCHANT, True),
        ({"name": "某人", "phone": None}, SAME_MERCHANT, False),
        (None, SAME_MERCHANT, False),
    ],
)
def test_a_duplicate_is_of_one_merchant_and_by_whom_the_dispatcher_says(
    cast, reporter, merchant, is_same
):
    """A number that was guessed gets the answer that any other gets."""
    case = cast.bring("report", "registered")
    other = cast.agency.ticket(kind="report", consumer=reporter, merchant=merchant)
    cast.act(case, "contact", "dispatcher")

    if is_same:
        cast.act(case, "mark_duplicate", "dispatcher", of=other.no)
    else:
        with pytest.raises(Invalid):
            cast.act(case, "mark_duplicate", "dispatcher", of=other.no)


@pytest.mark.parametrize("state", ["verifying", "extended", "testing"])
def test_what_is_verified_already_is_transferred_and_the_leader_decides(cast, state):
    case = cast.bring("report", state)

    assert "refuse_jurisdiction" not in workflow.allowed(case, cast["enforcer"])
    with pytest.raises(RuleViolation):
        cast.act(case, "refuse_jurisdiction", "enforcer")


def test_the_letter_of_a_transfer_is_known_by_its_number(cast):
    case = cast.bring("report", "verifying")

    cast.act(case, "transfer", "enforcer", document_no="市监移〔2026〕2号")

    transferred = case.decisions.get(kind="transferred")
    assert transferred.reference == "区公安分局 · 市监移〔2026〕2号"


def test_the_handler_of_a_report_ends_it_as_no_duplicate(cast):
    case = cast.bring("report", "dispatched")

    with pytest.raises(Forbidden):
        cast.act(case, "mark_duplicate", "enforcer")


def test_half_of_a_submission_still_knows_the_other_half_when_it_is_a_duplicate(cast):
    whole = cast.bring("complaint", "registered")
    cast.act(whole, "split", "registrar")
    half = whole.offspring.get()

    cast.act(half, "mark_duplicate", "dispatcher")

    half.refresh_from_db()
    assert (half.state, half.origin) == ("duplicate", whole)


def test_the_report_that_was_split_off_does_not_tell_whose_it_is(cast):
    whole = cast.bring("complaint", "registered")
    whole.narrative = f"我是{whole.consumer.name}，电话13800138000，店里卖过期食品"
    whole.save()
    cast.act(whole, "split", "registrar")

    half = whole.offspring.get()

    assert half.shown(half.narrative) == "我是****，电话****，店里卖过期食品"


def test_a_half_is_not_split_again(cast):
    whole = cast.bring("complaint", "registered")
    cast.act(whole, "split", "registrar")

    with pytest.raises(RuleViolation):
        cast.act(whole.offspring.get(), "split", "registrar")


def test_whoever_decides_on_filing_sees_who_verified_beside_the_proposer(cast):
    case = cast.act(cast.bring("report", "dispatched"), "verify", "enforcer", colleague=None)
    workflow.decline_filing(case.no, by=cast["enforcer"], ground="N1")
    alone = ("核查人员", f"{cast['enforcer'].name}（尚未指定第二名执法人员）")
    assert words.proposed(case, case.pending)[-1] == alone
    workflow.disapprove(case.no, by=cast["leader"], reason="缺一名执法人员")

    workflow.verify(case.no, by=cast["enforcer"], colleague="enforcer")
    workflow.file(case.no, by=cast["enforcer"], form_no="立审〔2026〕1号")

    two = ("核查人员", f"{cast['enforcer'].name}、{cast.agency.enforcer.name}")
    assert words.proposed(case, case.pending)[-1] == two


def test_either_of_the_two_officers_may_propose_and_who_decides_reads_both(cast):
    case, second = cast.bring("report", "verifying"), cast.agency.enforcer
    handler = case.handler

    with pytest.raises(Invalid):
        workflow.verify(case.no, by=second, colleague=handler.username)
    workflow.verify(case.no, by=second, colleague=second.username)
    case = workflow.file(case.no, by=second)

    assert words.proposed(case, case.pending)[-1] == ("核查人员", f"{handler.name}、{second.name}")
    case = workflow.approve(case.no, by=cast["leader"])
    assert "decide_case" in workflow.allowed(case, second)
    case = workflow.decide_case(case.no, by=second, decision="penalty", document_no="罚〔2026〕1号")
    assert case.pending.verb == "decide_case"


def test_the_story_keeps_whom_the_leader_read_and_not_who_was_named_since(cast):
    case = cast.act(cast.bring("report", "dispatched"), "verify", "enforcer", colleague=None)
    cast.act(case, "file", "enforcer")

    cast.act(case, "verify", "enforcer")

    case = Case.objects.get(pk=case.pk)
    told = next(
        line.text
        for line in timeline.lines(case, cast["enforcer"], MORNING)
        if line.kind == "proposed"
    )
    assert told.endswith("（尚未指定第二名执法人员）")


def test_the_page_files_no_case_by_one_officer(cast):
    case = cast.act(cast.bring("report", "dispatched"), "verify", "enforcer", colleague=None)
    typed = QueryDict(mutable=True)
    typed.update({"form_no": "立审〔2026〕1号", "reason": "四项条件均具备"})
    form = VerbForm(VERBS["file"], case, cast["enforcer"], typed=typed)

    assert not form.submit() and "第二名" in form.refusal

    cast.act(case, "verify", "enforcer")
    assert VerbForm(VERBS["file"], case, cast["enforcer"], typed=typed).submit()


def test_the_second_officer_who_takes_it_over_is_one_officer(cast):
    case = cast.act(cast.bring("report", "dispatched"), "verify", "enforcer", colleague="enforcer")
    second = cast.agency.enforcer
    case = workflow.assign(case.no, by=cast["chief"], handler=second.username)
    typed = QueryDict(mutable=True)
    typed.update({"form_no": "立审〔2026〕1号", "reason": "四项条件均具备"})

    form = VerbForm(VERBS["file"], case, second, typed=typed)

    assert not form.submit() and "第二名" in form.refusal
    with pytest.raises(Invalid):
        workflow.verify(case.no, by=cast["enforcer"], colleague=second.username)
    assert not dressed(Case.objects).get(pk=case.pk).has_second


def test_neither_of_the_two_officers_decides_the_end_of_a_report(cast):
    agency = cast.agency
    case = cast.act(cast.bring("report", "dispatched"), "verify", "enforcer", colleague="chief")
    for verb in ("contact", "file", "decide_case"):
        cast.act(case, verb, "enforcer")
    workflow.close(case.no, by=cast["enforcer"], conclusion="结案")

    with pytest.raises(RuleViolation):
        workflow.approve(case.no, by=agency.chief)
    assert workflow.approve(case.no, by=cast["chief"]).state == "closed", "another chief may"


def test_one_officer_alone_decides_no_filed_case(cast):
    case = cast.act(cast.bring("report", "dispatched"), "verify", "enforcer", colleague=None)
    cast.act(case, "file", "enforcer")

    with pytest.raises(RuleViolation):
        cast.act(case, "decide_case", "enforcer")
    assert case.pending is None

    cast.act(case, "verify", "enforcer", colleague="enforcer")
    assert cast.act(case, "decide_case", "enforcer").state == "decided"


def test_the_form_asks_for_the_number_of_the_approval_that_the_machines_may_leave_out(cast):
    case = cast.bring("report", "verifying")

    shown = {f.name: f.required for f in VerbForm(VERBS["file"], case, cast["enforcer"]).fields}
    assert shown["form_no"]

    assert workflow.file(case.no, by=cast["enforcer"]).pending.verb == "file"


def test_no_outcome_of_a_filed_case_is_chosen_beforehand(cast):
    case = cast.bring("report", "filed")

    shown = VerbForm(VERBS["decide_case"], case, cast["enforcer"]).fields

    assert [(f.name, f.required, f.value) for f in shown] == [
        ("decision", True, ""), ("document_no", True, ""),
    ]  # fmt: skip


def test_naming_the_second_officer_is_the_next_step_before_filing(cast):
    case = cast.bring("report", "dispatched")
    cast.act(case, "contact", "enforcer")
    case, enforcer = cast.act(case, "verify", "enforcer", colleague=None), cast["enforcer"]
    step = page.verb_buttons(Sight(case, enforcer))["next"]
    assert (step.name, str(step.label)) == ("verify", "指定第二名执法人员")

    cast.act(case, "verify", "enforcer")

    assert page.verb_buttons(Sight(case, enforcer))["next"].name == "file"


def test_the_verification_is_begun_once_and_then_the_second_officer_is_named(cast):
    case = cast.bring("report", "dispatched")
    enforcer = cast["enforcer"]

    def label() -> str:
        found = page.buttons(Sight(Case.objects.get(pk=case.pk), enforcer), [])
        return next(str(verb.label) for verb in found if verb.name == "verify")

    assert label() == "开始核查"
    cast.act(case, "verify", "enforcer")

    assert label() == "指定第二名执法人员"
    told = [line.what for line in timeline.lines(case, enforcer, MORNING)]
    assert f"开始核查 第二名执法人员 {cast.agency.enforcer.name}" in told


def test_a_second_officer_is_another_one_and_is_named_when_there_is_nothing_else_to_do(cast):
    case = cast.bring("report", "verifying")

    for colleague in (None, cast["enforcer"].username):
        with pytest.raises(Invalid):
            workflow.verify(case.no, by=cast["enforcer"], colleague=colleague)


def test_a_petition_is_refused_on_grounds_of_its_own(cast):
    petition, complaint = cast.bring("petition", "registered"), cast.bring("complaint", "reviewing")

    cast.act(petition, "refuse", "petition_officer", ground="P1", explanation="正在办理")
    assert "P1" in words.ground(petition.decisions.get())
    with pytest.raises(Invalid):
        cast.act(complaint, "refuse", "mediator", ground="P1", explanation="正在办理")


def end_of_a_transfer(case: Case, user, **typed) -> VerbForm:
    asked = QueryDict(mutable=True)
    asked.update({"conclusion": "已移送"} | typed)
    return VerbForm(VERBS["close"], Case.objects.get(pk=case.pk), user, typed=asked)


def test_a_transferred_report_ends_with_the_receipt_of_who_took_it_over(cast):
    """回执: the page asks for it, and who decides on the end is shown it."""
    case, enforcer = cast.bring("report", "transferred"), cast["enforcer"]
    bare = end_of_a_transfer(case, enforcer)
    assert not bare.submit() and list(bare.errors) == ["receipt"]

    assert end_of_a_transfer(case, enforcer, receipt="区公安分局回执〔2026〕第12号").submit()

    said = dict(words.proposed(case, Case.objects.get(pk=case.pk).pending))
    assert "区公安分局回执〔2026〕第12号" in said.values()
    assert cast.act(case, "approve", "chief").state == "closed"


def test_what_was_not_transferred_has_no_receipt(cast):
    shown = end_of_a_transfer(cast.bring("report", "not_filed"), cast["enforcer"]).fields

    assert "receipt" not in {f.name for f in shown}


def test_what_stands_in_the_way_of_the_archive_is_said(cast):
    """A rule of the agency's own, of what is done between the end and the archive."""
    DeadlineRule.objects.create(
        code="own.papers", name_zh="卷宗整理", kinds=["report"], starts_on="closed",
        met_by="performance_known", amount=5, unit="workday", basis="内部工作要求",
        warn_percents=[50], in_force_from="2022-01-01",
    )  # fmt: skip
    case = cast.bring("report", "closed")

    with pytest.raises(RuleViolation, match="卷宗整理"):
        cast.act(case, "archive", "registrar")
