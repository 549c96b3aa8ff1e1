"""The green channel: what an outlet or a firm tries to settle, and how it comes home."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.db import connection
from django.http import QueryDict

from agency.core import deadlines, invariants, notifications
from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.models import Access, Notification, Unit
from cases import completeness, firms, notices, workflow
from cases.admin import drafts, page, story, timeline, words
from cases.admin.labels import VERBS
from cases.admin.verbs import VerbForm
from cases.clocks import TRIES
from cases.models import Case, Referral, Topic
from cases.promises import SETTLED
from cases.workflow.allowed import Sight
from cases.workflow.referrals import silent_to_bring_home
from tests.cases.lives import undone
from tests.cases.test_admin import desk, verb_of
from tests.notices import told
from tests.stories import clock_of

pytestmark = pytest.mark.django_db

MOMENT = timedelta(microseconds=1)
TWO_HOURS = timedelta(hours=2)


@pytest.fixture(autouse=True)
def nothing_untrue(db):
    yield
    assert invariants.check()[1] == []


def referred(agency, outlet="outlet-a", **told) -> Case:
    case = agency.ticket(**{"unit": "east", **told})
    return workflow.refer(case.no, by=agency.dispatcher, outlet=outlet, consent=True)


def state_of(case: Case) -> str:
    return Case.objects.get(pk=case.pk).state


# -- out and back ---------------------------------------------------------------------------


def test_an_outlet_takes_it_and_settles_it(agency, clock):
    case = referred(agency)
    assert case.state == "odr_negotiating"
    clock.shift(minutes=30)
    workflow.accept_referral(case.no, by=agency.outlet_a)
    workflow.answer_referral(case.no, by=agency.outlet_a, text="换新，三日内到货")

    done = workflow.settle(case.no, by=agency.outlet_a, agreement="换新", recovered_amount="300.00")

    assert (done.state, done.result, str(done.recovered_amount)) == ("settled", "settled", "300.00")
    for rule in ("green.accept", "outlet.reply", "green.solve"):
        assert clock_of(done, rule).met_at == clock.now, rule
    assert clock_of(done, "complaint.accept").cancelled_at is None, "it is their word alone"
    assert done.referrals.get().outcome == "settled"


@pytest.mark.parametrize(("said", "recovered"), [
    ({"satisfaction": "satisfied"}, "300.00"),
    ({"satisfaction": "dissatisfied", "kept": False}, None),
    ({"satisfaction": "dissatisfied", "kept": True}, "300.00"),
    ({"satisfaction": "satisfied", "kept": False}, None),
    ({"satisfaction": "unreached"}, None),
])  # fmt: skip
def test_what_a_firm_settled_is_recovered_once_the_consumer_says_so(agency, clock, said, recovered):
    """It is the respondent itself: its own word alone recovers nothing."""
    case = referred(agency, "odr-a")
    workflow.settle(case.no, by=agency.odr_a, agreement="退货", recovered_amount="300.00")
    waiting = "自报挽回损失 ¥300.00，"
    assert f"{waiting}未经消费者确认" in outcome(agency, case)

    workflow.follow_up(case.no, by=agency.callback, **said)

    case.refresh_from_db()
    assert case.recovered_amount == (recovered and Decimal(recovered))
    assert (waiting in outcome(agency, case)) == (recovered is None)
    if recovered is None:
        assert clock_of(case, "complaint.accept").cancelled_at is None
        proof = {"amount": "250.00", "evidence_note": "转账截图"}
        case = workflow.confirm_performance(case.no, by=agency.mediator, **proof)
        assert (case.state, case.result, case.recovered_amount) == (
            "settled",
            "performed",
            "250.00",
        )
    assert clock_of(case, "complaint.accept").cancelled_at == clock.now
    assert "confirm_performance" not in workflow.allowed(case, agency.mediator)
    with pytest.raises(RuleViolation):
        workflow.confirm_performance(
            case.no, by=agency.mediator, amount="1.00", evidence_note="转账截图"
        )


def test_page_and_result_follow_what_is_known_of_an_outlets_word(agency, clock):
    """It counts for the figures from the first; the page says whose word it is."""
    case = settled_out_there(agency, "outlet-a")
    story_of = [line.what for line in timeline.lines(case, agency.chief, clock.now)]
    assert any(what.startswith("和解成功") for what in story_of), "no agreement of a mediation"
    assert outcome(agency, case) == "达成协议 · 自报挽回损失 ¥300.00，未经消费者确认"
    assert "尚未经消费者确认" in agreed(agency, case) and "尚未履行" not in agreed(agency, case)

    workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")
    assert outcome(agency, case) == "达成协议并履行 · 挽回损失 ¥300.00"
    [ended] = [c.countdown for c in page.clock_lines(case, clock.now) if "和解" in c.countdown.text]
    assert ended.state == "ended" and "03-02" in ended.text, "what was owed does not vanish"

    case = workflow.follow_up(case.no, by=agency.callback, satisfaction="dissatisfied", kept=False)
    case.refresh_from_db()
    assert outcome(agency, case) == "达成协议 · 自报挽回损失 ¥300.00，消费者否认"
    assert (case.result, case.recovered_amount) == ("settled", Decimal(300))


def test_a_call_about_a_later_agreement_confirms_nothing_of_the_firms_old_promise(agency, clock):
    case = settled_out_there(agency, "odr-a")
    promise = case.agreements.get()
    call_in_vain(agency, case)
    workflow.close(case.no, by=agency.mediator, conclusion="和解成功")
    workflow.approve(case.no, by=agency.chief)
    clock.shift(days=1)
    workflow.reopen(case.no, by=agency.leader, reason="没有退款")
    assert "挽回损失" not in outcome(agency, case)
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")
    workflow.accept(case.no, by=agency.mediator, notified_by="letter")
    workflow.start_mediation(case.no, by=agency.mediator)
    workflow.settle(case.no, by=agency.mediator, agreement="退一半", recovered_amount="150.00")
    workflow.confirm_performance(
        case.no, by=agency.mediator, amount="150.00", evidence_note="转账截图"
    )

    workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")

    promise.refresh_from_db()
    case.refresh_from_db()
    assert (promise.performed_at, case.result, case.recovered_amount) == (None, "settled", None)


def outcome(agency, case: Case, label: str = "结果") -> str:
    [fact] = [
        f for f in story.facts(Case.objects.get(pk=case.pk), agency.chief, case.arrived_at)
        if f.label == label
    ]  # fmt: skip
    return fact.text


def test_nobody_confirms_by_a_call_what_was_not_settled_out_there(agency, clock):
    case = agency.handled_case()

    with pytest.raises(Invalid):
        workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied", kept=True)
    asked = {f.name for f in VerbForm(VERBS["follow_up"], case, agency.callback).fields}
    assert "kept" not in asked


REACHED = {"outcome": "reached", "no_meeting_reason": "已说明"}


def settled_out_there(agency, outlet: str) -> Case:
    case = referred(agency, outlet)
    workflow.contact(case.no, by=agency.mediator, **REACHED)
    operator = getattr(agency, outlet.replace("-", "_"))
    return workflow.settle(case.no, by=operator, agreement="退货", recovered_amount="300.00")


def call_in_vain(agency, case: Case, times: int = TRIES) -> None:
    for _time in range(times):
        workflow.follow_up(case.no, by=agency.callback, satisfaction="unreached")


def test_nobody_who_waits_for_the_citizens_word_wins_time(agency, clock):
    """What the receipt asks for is warned of and missed as ever; late is who is called too late."""
    case = settled_out_there(agency, "odr-a")
    owed = clock_of(case, "complaint.accept")
    assert case.next_due_at and "follow_up" in completeness.missing(case)
    clock.set(owed.due_at + MOMENT)
    deadlines.sweep()
    owed.refresh_from_db()
    assert owed.noticed_at == clock.now

    workflow.follow_up(case.no, by=agency.callback, satisfaction="dissatisfied", kept=False)

    assert workflow.recall(case.no, by=agency.mediator, reason="没有退款").next_due_at


@pytest.mark.parametrize("is_handled", [True, False])
def test_who_must_act_is_told_that_it_was_settled_there_and_that_it_was_denied(
    agency, clock, is_handled
):
    case = referred(agency, "odr-a", unit="east" if is_handled else None)
    if is_handled:
        workflow.contact(case.no, by=agency.mediator, **REACHED)
    workflow.settle(case.no, by=agency.odr_a, agreement="退货", recovered_amount="300.00")
    told = Notification.objects.filter(subject_id=case.pk)
    assert set(told.filter(topic="settle").values_list("target", flat=True)) == {
        "callback", "user" if is_handled else "unit",
    }  # fmt: skip

    workflow.follow_up(case.no, by=agency.callback, satisfaction="dissatisfied", kept=False)

    denied = told.get(topic="denied")
    whom = ("user", agency.mediator) if is_handled else ("dispatcher", None)
    assert (denied.target, denied.handler) == whom
    assert "收回" in notices.SAY["denied"](denied, case, agency.mediator).headline


def test_silence_is_enough_after_three_calls_and_ends_the_limit_with_the_case(agency, clock):
    """超时默示."""
    case = settled_out_there(agency, "outlet-a")
    workflow.reply_ticket(case.no, by=agency.mediator, text="已和解")
    for _call in range(TRIES):
        assert completeness.missing(case) == ["follow_up"]
        assert offered(case, agency.mediator) == []
        assert offered(case, agency.callback) == ["follow_up"]
        call_in_vain(agency, case, 1)
    assert completeness.missing(case) == [] and offered(case, agency.mediator) == ["close"]
    assert next_of(case, agency.mediator) == "close"
    assert clock_of(case, "complaint.accept").cancelled_at is None
    workflow.close(case.no, by=agency.mediator, conclusion="和解成功")
    clock.shift(minutes=1)

    workflow.approve(case.no, by=agency.chief)

    assert clock_of(case, "complaint.accept").cancelled_at == clock.now


@pytest.mark.parametrize("word", ["unreached", "satisfied"])
def test_what_was_settled_before_the_citizen_was_asked_is_owed_on_after_the_upgrade(
    agency, clock, word
):
    case, is_owed = settled_out_there(agency, "odr-a"), word != "satisfied"
    workflow.reply_ticket(case.no, by=agency.mediator, text="已和解")
    workflow.follow_up(case.no, by=agency.callback, satisfaction=word)
    deadlines.cancel(case.deadlines.all(), at=clock.now, reason=SETTLED)
    Case.objects.filter(pk=case.pk).update(next_due_at=None)

    with connection.cursor() as cursor:
        cursor.execute(import_module("cases.migrations.0072_owed_until_confirmed").RUN_ON)

    owed = clock_of(case, "complaint.accept")
    assert (owed.cancelled_at is None) == is_owed
    assert Case.objects.get(pk=case.pk).next_due_at == (owed.due_at if is_owed else None)
    clock.set(owed.due_at + MOMENT)
    assert deadlines.sweep().breached == is_owed


def test_who_was_reached_says_whether_it_was_done(agency, clock):
    """超时默示 is of who was not reached: a dissatisfied citizen confirms nothing by silence."""
    case = settled_out_there(agency, "outlet-a")
    no_word = {"satisfaction": "dissatisfied"}

    status, problem = agency.client("callback").post(f"cases/{case.no}/follow_up/", no_word)

    assert status == 400 and "是否" in problem["errors"]["kept"][0]
    assert completeness.missing(case) == ["follow_up"]
    answer = desk("callback").post(verb_of(case, "follow_up"), no_word)
    assert "是否" in answer.content.decode() and not case.follow_ups.exists()
    workflow.follow_up(case.no, by=agency.callback, kept=False, **no_word)
    assert completeness.missing(case) == ["denied"]
    workflow.follow_up(case.no, by=agency.callback, kept=True, **no_word)
    workflow.follow_up(case.no, by=agency.callback, **no_word)
    assert completeness.missing(case) == [], "what they said before stands"


def test_who_is_dissatisfied_before_the_day_is_called_again(agency, clock):
    case = referred(agency, "odr-a")
    terms = {"agreement": "退货", "recovered_amount": "300.00", "due_on": clock.now.date()}
    workflow.settle(case.no, by=agency.odr_a, **terms)

    case = workflow.follow_up(case.no, by=agency.callback, satisfaction="dissatisfied")

    assert "follow_up" in completeness.missing(case), "it is no silence, and no denial either"


def test_who_writes_again_is_not_silent(agency, clock):
    """A further round after what was settled: it is taken back, or the citizen is heard."""
    case = settled_out_there(agency, "odr-a")
    due_at = clock_of(case, "complaint.accept").due_at
    call_in_vain(agency, case, TRIES)
    assert completeness.missing(case) == []
    clock.shift(hours=1)
    again(agency, case)

    call_in_vain(agency, case)

    assert completeness.missing(case) == ["responded", "contacted", "follow_up"]
    assert "recall" in workflow.allowed(case, agency.mediator)
    with undone():
        workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")
        assert "消费者已确认兑现" in agreed(agency, case)
        assert completeness.missing(case) == ["responded", "contacted"]
        assert next_of(case, agency.mediator) != "recall"
    home = workflow.recall(case.no, by=agency.mediator, reason="没有退款")
    assert (home.state, home.result) == ("dispatched", "")
    assert home.referrals.get().outcome == "came_again", "nobody denied it"
    assert "收回自办" in agreed(agency, home) and "尚未履行" not in agreed(agency, home)
    assert clock_of(home, "complaint.accept").due_at == due_at


def next_of(case: Case, user) -> str:
    """The verb that the page proposes; "" for none."""
    verb = page.verb_buttons(Sight(Case.objects.get(pk=case.pk), user))["next"]
    return verb.name if verb else ""


def back_by_us(agency, case: Case) -> list[str]:
    """What the newest line of the story says, and its reason."""
    newest = timeline.lines(case, agency.chief, case.arrived_at)[0]
    return [newest.what, newest.text]


def agreed(agency, case: Case) -> str:
    return outcome(agency, case, "协议内容")


def again(agency, case: Case) -> Case:
    number = case.tickets.get().external_no
    return agency.ticket(external_no=number, round=2)


@pytest.mark.parametrize("outlet", ["outlet-a", "odr-a"])
def test_what_the_citizen_denies_comes_home_and_is_owed_from_the_receipt(agency, clock, outlet):
    """Their word alone ends no limit of the law."""
    case = settled_out_there(agency, outlet)
    assert drafts.reply(case) == "退货"
    due_at = clock_of(case, "complaint.accept").due_at
    call_in_vain(agency, case)
    clock.shift(days=1)
    workflow.reply_ticket(case.no, by=agency.mediator, text="正在核实")
    assert completeness.missing(case) == [] and offered(case, agency.mediator) == ["close"]
    workflow.close(case.no, by=agency.dispatcher, conclusion="和解成功")

    workflow.follow_up(case.no, by=agency.callback, satisfaction="dissatisfied", kept=False)
    case = Case.objects.get(pk=case.pk)
    assert case.events.filter(kind="followed_up").last().data["kept"] is False
    assert "否认和解已兑现" in str(words.proposed(case, case.pending))
    with pytest.raises(RuleViolation, match="收回"):
        workflow.approve(case.no, by=agency.chief)
    workflow.disapprove(case.no, by=agency.chief, reason="消费者否认")
    workflow.follow_up(case.no, by=agency.callback, satisfaction="unreached")

    owed = clock_of(case, "complaint.accept")
    assert (owed.cancelled_at, owed.due_at) == (None, due_at), "nobody is silent who spoke"
    assert completeness.missing(case) == ["denied"] and drafts.reply(case) == ""
    assert offered(case, agency.mediator) == ["recall"]
    assert page.verb_buttons(Sight(case, agency.mediator))["next"].name == "recall"
    home = workflow.recall(case.no, by=agency.mediator, reason="没有退款")

    said = agreed(agency, home)
    assert "消费者否认和解已兑现" in said and "收回自办" in said and "尚未履行" not in said
    assert back_by_us(agency, home) == [
        f"收回自办 {home.referrals.get().unit.name} · 消费者否认和解", "没有退款",
    ]  # fmt: skip
    [banner] = page.waits(Sight(home, agency.dispatcher))
    assert agency.mediator.name in banner and "收回自办（消费者否认和解）" in banner
    assert (home.state, home.result, home.ended_at) == ("dispatched", "", None)
    assert drafts.reply(home) == "", "the platform is told nothing that was denied"
    assert home.recovered_amount is None
    assert home.referrals.get().outcome == "denied" and home.next_due_at == due_at
    workflow.accept(case.no, by=agency.mediator, notified_by="letter")
    assert clock_of(case, "complaint.accept").met_at == clock.now


@pytest.mark.parametrize("word", [None, True])
def test_who_is_told_by_telephone_that_nothing_came_of_it_takes_it_back(agency, clock, word):
    """Whoever has the case in hand writes it down with that; no call back need come before."""
    case = settled_out_there(agency, "odr-a")
    due_at = clock_of(case, "complaint.accept").due_at
    if word:
        workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")
    assert "recall" in workflow.allowed(case, agency.mediator)
    assert next_of(case, agency.mediator) != "recall", "it is not presumed"
    form = VerbForm(VERBS["recall"], Case.objects.get(pk=case.pk), agency.mediator)
    assert [(f.name, f.value) for f in form.fields] == [("denied", ""), ("reason", "")]
    with pytest.raises(RuleViolation, match="没有否认"):
        workflow.recall(case.no, by=agency.mediator, reason="来电说没有退款")

    home = workflow.recall(case.no, by=agency.mediator, reason="来电说没有退款", denied=True)

    assert (home.state, home.result, home.recovered_amount) == ("dispatched", "", None)
    owed = clock_of(home, "complaint.accept")
    assert home.referrals.get().outcome == "denied"
    assert (owed.cancelled_at, owed.due_at) == (None, due_at)
    assert "消费者否认和解已兑现" in agreed(agency, home) and "已履行" not in agreed(agency, home)


def test_what_was_agreed_to_tell_the_platforms_stands_no_more_once_it_is_taken_back(agency, clock):
    case = settled_out_there(agency, "odr-a")
    case = workflow.agree_answer(case.no, by=agency.mediator, text="双方已和解")
    assert drafts.reply(case) == "双方已和解"

    home = workflow.recall(case.no, by=agency.mediator, reason="来电说没有退款", denied=True)

    assert drafts.reply(home) == ""
    with pytest.raises(Invalid):
        workflow.reply_ticket(case.no, by=agency.mediator)


def test_what_is_proved_is_not_taken_back_by_a_word(agency, clock):
    case = settled_out_there(agency, "odr-a")
    proof = {"amount": "250.00", "evidence_note": "转账截图"}
    case = workflow.confirm_performance(case.no, by=agency.mediator, **proof)

    assert "recall" not in workflow.allowed(case, agency.mediator)
    with pytest.raises(RuleViolation, match="凭证"):
        workflow.recall(case.no, by=agency.mediator, reason="没有退款", denied=True)


def test_what_was_closed_in_silence_and_is_denied_waits_to_be_opened_again(agency, clock):
    case = settled_out_there(agency, "odr-a")
    due_at = clock_of(case, "complaint.accept").due_at
    call_in_vain(agency, case)
    workflow.agree_answer(case.no, by=agency.mediator, text="双方已和解")
    workflow.close(case.no, by=agency.dispatcher, conclusion="和解成功")
    workflow.approve(case.no, by=agency.chief)
    workflow.decide_publicity(case.no, by=agency.mediator, publish=False, reason="未履行")

    workflow.follow_up(case.no, by=agency.callback, satisfaction="dissatisfied", kept=False)

    notifications.deliver_pending()
    told_of_it = [told(row) for row in Notification.objects.filter(topic="denied_late")]
    assert {"mediator"} in told_of_it and any("supervisor" in names for names in told_of_it)
    said = desk("registrar").get(f"/admin/cases/case/{case.pk}/change/").content.decode()
    assert "消费者否认和解结果" in said and "archive" not in offered(case, agency.registrar)
    assert drafts.reply(Case.objects.get(pk=case.pk)) == ""
    clock.shift(days=90)
    waiting = queue_of("supervisor")
    assert "办结后否认和解" in waiting and f"{case.no}/verb/reopen/" in waiting
    with pytest.raises(RuleViolation, match="否认"):
        workflow.archive(case.no, by=agency.registrar)
    case = workflow.reopen(case.no, by=agency.supervisor, reason="消费者否认")
    assert clock_of(case, "complaint.accept").due_at == due_at
    assert "失效" in agreed(agency, case) and "收回自办" not in agreed(agency, case)
    assert "办结后否认和解" not in queue_of("supervisor")


def test_what_the_citizen_confirms_after_all_is_settled(agency, clock):
    case = settled_out_there(agency, "odr-a")
    with pytest.raises(RuleViolation, match="没有否认"):
        workflow.recall(case.no, by=agency.mediator, reason="催一催")
    workflow.agree_answer(case.no, by=agency.mediator, text="双方已和解")
    workflow.follow_up(case.no, by=agency.callback, satisfaction="dissatisfied", kept=False)
    assert drafts.reply(Case.objects.get(pk=case.pk)) == ""
    clock.shift(days=1)

    workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")
    assert drafts.reply(Case.objects.get(pk=case.pk)) == "双方已和解"

    assert clock_of(case, "complaint.accept").cancelled_at == clock.now
    assert completeness.missing(case) == [] and "recall" not in offered(case, agency.mediator)
    assert "消费者已确认兑现" in agreed(agency, case) and "否认" not in agreed(agency, case)


def test_a_yes_may_be_taken_back_until_the_case_is_closed(agency, clock):
    case = settled_out_there(agency, "odr-a")
    due_at = clock_of(case, "complaint.accept").due_at
    call = {"by": agency.callback, "satisfaction": "dissatisfied"}
    case = workflow.follow_up(case.no, kept=True, **call)
    assert (case.result, case.recovered_amount) == ("performed", Decimal("300.00"))
    clock.shift(days=1)

    case = workflow.follow_up(case.no, kept=False, **call)

    assert (case.result, case.recovered_amount) == ("settled", None)
    owed = clock_of(case, "complaint.accept")
    assert (owed.cancelled_at, owed.due_at) == (None, due_at)
    assert completeness.missing(case) == ["denied"]
    with undone():
        assert workflow.recall(case.no, by=agency.mediator, reason="没有退款").result == ""
    workflow.follow_up(case.no, kept=True, **call)
    workflow.close(case.no, by=agency.mediator, conclusion="和解成功")
    workflow.approve(case.no, by=agency.chief)
    with pytest.raises(Invalid):
        workflow.follow_up(case.no, kept=False, **call)


def test_who_is_satisfied_before_the_day_has_not_got_it_yet(agency, clock):
    case = referred(agency, "odr-a")
    terms = {"agreement": "退货", "recovered_amount": "300.00", "due_on": clock.now.date()}
    workflow.settle(case.no, by=agency.odr_a, **terms)
    calls = case.follow_ups.order_by("pk")

    case = workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")
    assert (case.result, calls.last().kept) == ("settled", None), "it may still be paid today"
    clock.shift(days=1)
    case = workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")

    assert (case.result, calls.last().kept) == ("performed", True)


@pytest.mark.parametrize("who", ["dispatcher", "leader"])
def test_what_a_firm_settles_for_the_root_is_taken_to_the_archive(agency, clock, who):
    """Nobody there handles cases: who dispatches closes it, and it is decided whether it is published."""
    case = referred(agency, "odr-a", unit=None)
    workflow.contact(case.no, by=agency.dispatcher, outcome="reached", no_meeting_reason="已说明")
    workflow.settle(case.no, by=agency.odr_a, agreement="换新", recovered_amount="300.00")
    workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")
    assert offered(case, agency.dispatcher) == ["reply_ticket"]
    workflow.reply_ticket(case.no, by=agency.dispatcher, text="已和解")
    assert offered(case, agency.dispatcher) == ["close"]
    workflow.close(case.no, by=agency.dispatcher, conclusion="已和解")
    workflow.approve(case.no, by=agency.leader)
    assert offered(case, agency.dispatcher) == offered(case, agency.leader) == ["decide_publicity"]

    workflow.decide_publicity(
        case.no, by=getattr(agency, who), publish=False, reason="投诉人不同意公示"
    )

    assert workflow.archive(case.no, by=agency.registrar).state == "archived"


def test_who_handled_it_decides_whether_it_is_published_and_not_who_dispatches(agency, clock):
    case = agency.handled_case()
    workflow.close(case.no, by=agency.mediator, conclusion="已退款")
    workflow.approve(case.no, by=agency.chief)

    for user in (agency.dispatcher, agency.leader):
        assert "decide_publicity" not in workflow.allowed(Case.objects.get(pk=case.pk), user)
        with pytest.raises(RuleViolation, match="承办人"):
            workflow.decide_publicity(case.no, by=user, publish=False, reason="不同意")
    assert "decide_publicity" in workflow.allowed(Case.objects.get(pk=case.pk), agency.enforcer)


def offered(case: Case, user) -> list[str]:
    """The buttons of its row in the queue."""
    found = desk(user.username).get("/admin/").context
    [row] = [row for row in (*found["rows"], *found["idle"]) if row.case == case]
    return [verb.name for verb in row.buttons]


def test_the_clocks_of_the_law_and_of_1030_run_on(agency, clock):
    case = agency.ticket(unit="east")
    before = {d.pk: d.due_at for d in case.deadlines.open()}

    workflow.refer(case.no, by=agency.mediator, outlet="outlet-a", consent=True)

    still = {d.pk: d.due_at for d in case.deadlines.open() if d.pk in before}
    gone = {pk for pk in before if pk not in still}
    assert {clock.rule.code for clock in case.deadlines.filter(pk__in=gone)} <= {"dispatch.return"}
    assert all(due == before[pk] for pk, due in still.items())


@pytest.mark.parametrize("was", ["registered", "dispatched", "reviewing"])
def test_what_is_handed_up_is_where_it_was(agency, clock, was):
    case = agency.ticket(**({} if was == "registered" else {"unit": "east"}))
    if was == "reviewing":
        workflow.respond(case.no, by=agency.mediator)
    assert state_of(case) == was
    workflow.refer(case.no, by=agency.dispatcher, outlet="outlet-a", consent=True)

    workflow.hand_up(case.no, by=agency.outlet_a, reason="商家拒绝")

    home = Case.objects.get(pk=case.pk)
    assert home.state == was and home.arrived_at == case.arrived_at
    assert not home.deadlines.open().filter(rule__code__startswith="green.").exists()
    assert home.referrals.get().reason == "商家拒绝"


def test_the_agency_takes_it_back(agency, clock):
    case = referred(agency)

    workflow.recall(case.no, by=agency.mediator, reason="消费者要求")

    assert state_of(case) == "dispatched"
    assert back_by_us(agency, case) == [f"收回自办 {agency.units['outlet-a'].name}", "消费者要求"]
    with pytest.raises(RuleViolation):
        workflow.accept_referral(case.no, by=agency.outlet_a)


def test_what_the_citizen_withdraws_is_out_no_more(agency, clock):
    case = referred(agency)
    workflow.contact(case.no, by=agency.mediator, outcome="reached", no_meeting_reason="电话说明")

    workflow.withdraw(case.no, by=agency.mediator, reason="已自行协商")

    assert case.referrals.get().outcome == "ended"
    assert not case.deadlines.open().filter(rule__code__startswith="green.").exists()


# -- silence --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "is_home"),
    [(TWO_HOURS - MOMENT, False), (TWO_HOURS, False), (TWO_HOURS + MOMENT, True)],
)
def test_who_does_not_take_it_within_two_hours_loses_it(agency, clock, after, is_home):
    case = referred(agency)
    clock.shift(after)

    deadlines.sweep()
    sum(silent_to_bring_home())

    assert (state_of(case) == "dispatched") == is_home
    assert case.referrals.filter(outcome="silent").exists() == is_home


def test_silence_is_told_once_and_the_breach_stays(agency, clock):
    case = referred(agency)
    clock.shift(TWO_HOURS + MOMENT)
    deadlines.sweep()

    assert (sum(silent_to_bring_home()), sum(silent_to_bring_home())) == (1, 0)

    assert Notification.objects.filter(topic="came_home").count() == 1
    assert clock_of(case, "green.accept").noticed_at is not None
    event = case.events.get(kind="came_home")
    assert (event.actor, event.data["outcome"], event.data["to"]) == (None, "silent", "dispatched")


def test_taken_and_then_never_settled(agency, clock):
    case = referred(agency)
    workflow.answer_referral(case.no, by=agency.outlet_a, text="正在协商")
    clock.set(clock_of(case, "green.solve").due_at + MOMENT)

    sum(silent_to_bring_home())

    assert state_of(case) == "dispatched"


# -- firms ----------------------------------------------------------------------------------


def test_no_way_to_a_firm_and_back_wins_time(agency, clock):
    """Given up, taken back and run out: the seven working days of the receipt are one clock."""
    case = referred(agency, outlet="odr-a")
    receipt, firms = (clock_of(case, rule) for rule in ("complaint.accept", "odr.negotiate"))
    assert receipt.due_at < firms.due_at, "ten working days, from the same day"
    clock.shift(days=1)
    workflow.hand_up(case.no, by=agency.odr_a, reason="协商不成")
    workflow.refer(case.no, by=agency.mediator, outlet="odr-a", consent=True)
    clock.shift(days=1)
    workflow.recall(case.no, by=agency.mediator, reason="推送有误")
    workflow.refer(case.no, by=agency.mediator, outlet="odr-a", consent=True)
    clock.set(case.deadlines.open().get(rule__code="odr.negotiate").due_at + MOMENT)
    deadlines.sweep()
    assert sum(silent_to_bring_home()) == 1

    still = clock_of(case, "complaint.accept")
    assert (still.starts_at, still.due_at) == (receipt.starts_at, receipt.due_at)
    assert (still.noticed_at, still.cancelled_at) == (clock.now, None)


def test_a_report_split_off_after_a_firm_had_it_counts_from_the_receipt(agency, clock):
    case = referred(agency, outlet="odr-a")
    clock.shift(days=3)
    workflow.hand_up(case.no, by=agency.odr_a, reason="协商不成")

    workflow.split(case.no, by=agency.dispatcher)

    assert clock_of(case.offspring.get(), "report.verify").starts_at == case.arrived_at


def refused_and_reopened(agency, case: Case) -> Case:
    workflow.contact(case.no, by=agency.mediator, outcome="reached", no_meeting_reason="电话")
    workflow.refuse(case.no, by=agency.mediator, ground="R1", explanation="属交通部门")
    workflow.approve(case.no, by=agency.chief)
    workflow.notify(case.no, by=agency.mediator, party="complainant", how="letter", text="诉讼")
    workflow.close(case.no, by=agency.mediator, conclusion="已告知")
    workflow.approve(case.no, by=agency.chief)
    workflow.reopen(case.no, by=agency.leader, reason="上级发回")
    return workflow.dispatch(case.no, by=agency.dispatcher, unit="east")


def test_what_was_decided_once_goes_out_no_more(agency, clock):
    case = refused_and_reopened(agency, agency.contacted_case())

    assert "refer" not in workflow.allowed(case, agency.mediator)
    with pytest.raises(RuleViolation):
        workflow.refer(case.no, by=agency.mediator, outlet="odr-a", consent=True)
    assert state_of(case) == "dispatched"


# -- what is never referred -----------------------------------------------------------------


def test_without_the_citizens_consent_nothing_goes_out(agency, clock):
    case = agency.ticket(unit="east")

    with pytest.raises(RuleViolation):
        workflow.refer(case.no, by=agency.dispatcher, outlet="outlet-a", consent=False)


@pytest.mark.parametrize("kind", ["report", "petition", "consultation"])
def test_no_other_kind_is_ever_referred(agency, clock, kind):
    case = agency.ticket("petition" if kind == "petition" else "minyi", kind=kind, unit="east")

    with pytest.raises(RuleViolation):
        workflow.refer(case.no, by=agency.dispatcher, outlet="outlet-a", consent=True)


@pytest.mark.parametrize("problem", ["P0801", "P0404"])
def test_injuries_and_food_poisoning_stay_here(agency, clock, problem):
    case = agency.ticket(unit="east", problem=problem)

    assert "refer" not in workflow.allowed(case, agency.dispatcher)
    with pytest.raises(RuleViolation):
        workflow.refer(case.no, by=agency.dispatcher, outlet="outlet-a", consent=True)


def test_what_was_split_into_a_report_stays_here(agency, clock):
    case = agency.ticket(unit="east")
    workflow.split(case.no, by=agency.dispatcher)

    with pytest.raises(RuleViolation) as refusal:
        workflow.refer(case.no, by=agency.dispatcher, outlet="outlet-a", consent=True)
    assert "举报" not in str(refusal.value)


def test_only_to_who_takes_referrals_now(agency, clock):
    case = agency.ticket(unit="east")
    with pytest.raises(Invalid):
        workflow.refer(case.no, by=agency.dispatcher, outlet="west", consent=True)
    agency.units["outlet-a"].takes_referrals = False
    agency.units["outlet-a"].save()

    with pytest.raises(RuleViolation):
        workflow.refer(case.no, by=agency.dispatcher, outlet="outlet-a", consent=True)


# -- whose it is ----------------------------------------------------------------------------


def test_the_other_outlet_finds_nothing(agency, clock):
    case = referred(agency)

    assert agency.client("outlet_a").get(f"cases/{case.no}/")[0] == 200
    assert agency.client("outlet_b").get(f"cases/{case.no}/")[0] == 404
    with pytest.raises(NotThere):
        workflow.accept_referral(case.no, by=agency.outlet_b)
    with pytest.raises(Forbidden):
        workflow.refer(case.no, by=agency.outlet_a, outlet="outlet-b", consent=True)


def test_what_came_home_is_seen_masked_and_touched_no_more(agency, clock):
    case = referred(agency)
    workflow.hand_up(case.no, by=agency.outlet_a, reason="商家拒绝")

    status, told = agency.client("outlet_a").get(f"cases/{case.no}/")
    assert (status, told["allowed"]) == (200, [])
    with pytest.raises(RuleViolation):
        workflow.settle(case.no, by=agency.outlet_a, agreement="换新", recovered_amount="1")


def test_the_number_is_read_while_it_is_out_and_that_is_recorded(agency, clock):
    case = referred(agency)
    client, asked = agency.client("outlet_a"), {"field": "consumer.phone", "reason": "联系消费者"}

    status, told = client.post(f"cases/{case.no}/reveal/", asked)
    assert status == 200 and told["value"].endswith("13800138000")
    assert Access.objects.get().by == agency.outlet_a
    workflow.hand_up(case.no, by=agency.outlet_a, reason="商家拒绝")

    assert client.post(f"cases/{case.no}/reveal/", asked)[0] == 409


def test_one_at_a_time(agency, clock):
    case = referred(agency)

    with pytest.raises(RuleViolation):
        workflow.refer(case.no, by=agency.dispatcher, outlet="outlet-b", consent=True)
    assert Referral.objects.count() == 1


# -- what they are told ---------------------------------------------------------------------


def everything_said(agency, name: str, case: Case) -> str:
    """All that the machines' doors tell an operator of the case."""
    client, said = agency.client(name), []
    for door in ("", "story/", "attachments/", "documents/"):
        status, told = client.get(f"cases/{case.no}/{door}")
        assert status == 200, door
        said.append(json.dumps(told, ensure_ascii=False))
    said.append(json.dumps(client.get("cases/")[1], ensure_ascii=False))
    return "".join(said)


def test_an_operator_is_told_of_nobody_at_the_agency_and_of_no_other_outlet(agency, clock):
    case = referred(agency, "outlet-b")
    workflow.note(case.no, by=agency.mediator, text="商家态度恶劣")
    workflow.hand_up(case.no, by=agency.outlet_b, reason="无法联系商家")
    workflow.refer(case.no, by=agency.mediator, outlet="outlet-a", consent=True)
    workflow.note(case.no, by=agency.mediator, text="再试一家")

    said = everything_said(agency, "outlet_a", case)

    people = {"mediator", "dispatcher", "outlet_b", agency.outlet_b.name, agency.mediator.name}
    others = {"outlet-b", agency.units["outlet-b"].name, "态度恶劣", "再试一家", "无法联系商家"}
    assert [word for word in people | others if word in said] == []
    assert '"referred"' in said and "came_home" not in said


def test_an_operator_is_told_what_it_owes_and_nothing_of_what_the_agency_owes(agency, clock):
    case = referred(agency)

    told = agency.client("outlet_a").get(f"cases/{case.no}/")[1]

    rules = {owed["rule"] for owed in told["deadlines"]}
    assert rules == {"green.accept", "outlet.reply", "green.solve"}
    assert told["next_due_at"] == told["deadlines"][0]["due_at"]
    assert told["allowed"] == ["accept_referral", "answer_referral", "settle", "hand_up"]
    assert (told["consumer"]["name"], told["handler"], told["missing"]) == ("陈**", None, [])


def test_what_became_of_it_after_it_went_home_is_none_of_theirs(agency, clock):
    case = referred(agency)
    workflow.hand_up(case.no, by=agency.outlet_a, reason="商家拒绝")
    workflow.contact(case.no, by=agency.mediator, outcome="reached", no_meeting_reason="电话说明")
    workflow.withdraw(case.no, by=agency.mediator, reason="已自行协商")
    before = json.dumps(agency.client("outlet_a").get(f"cases/{case.no}/")[1])

    assert '"dispatched"' in before and "terminated" not in before and "withdrawn" not in before


def test_what_never_was_theirs_answers_as_what_is_not_there(agency, clock):
    case, client = referred(agency), agency.client("outlet_b")

    for verb in ("accept_referral", "answer_referral", "settle", "hand_up", "reveal"):
        foreign = client.post(f"cases/{case.no}/{verb}/", {})
        gone = client.post(f"cases/{case.no[:-5]}99999/{verb}/", {})
        assert foreign == gone and foreign[0] == 404, verb


def test_what_they_are_not_told_they_cannot_ask_for(agency, clock):
    case, client = referred(agency), agency.client("outlet_a")
    assert client.get("cases/", handler="mediator")[0] == 400
    [there] = client.get("cases/", state="odr_negotiating")[1]["results"]
    assert there["no"] == case.no

    workflow.hand_up(case.no, by=agency.outlet_a, reason="商家拒绝")

    assert client.get("cases/", state="dispatched")[1]["results"] == []
    assert len(client.get("cases/")[1]["results"]) == 1


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ({}, "outlet.reply"),
        ({"amount": "9999.99"}, "outlet.reply"),
        ({"amount": "10000.00"}, "outlet.reply_big"),
        ({"category": "G0801"}, "outlet.reply_big"),
        ({"category": "G0803", "amount": "80.00"}, "outlet.reply"),
    ],
)
def test_in_a_matter_of_cars_or_of_much_money_the_outlet_has_three_days_to_answer(
    agency, clock, told, rule
):
    clock.set(datetime.fromisoformat("2026-11-23T09:00:00+08:00"))
    case = referred(agency, **told)
    answers = case.deadlines.filter(rule__met_by="referral_answered").values_list(
        "rule__code", "due_at__day"
    )
    assert list(answers) == [(rule, 24 if rule == "outlet.reply" else 26)]

    workflow.answer_referral(case.no, by=agency.outlet_a, text="换新")

    assert clock_of(case, rule).met_at == clock.now


def test_the_agency_reads_who_had_it_and_what_came_of_it(agency, clock):
    case = referred(agency)
    workflow.hand_up(case.no, by=agency.outlet_a, reason="商家拒绝")

    [told] = agency.client("mediator").get(f"cases/{case.no}/story/")[1]["referrals"]

    assert (told["unit"], told["outcome"], told["reason"]) == ("outlet-a", "handed_up", "商家拒绝")


# -- who has it, on the pages ---------------------------------------------------------------


def test_the_page_says_who_has_it_and_until_when(agency, clock):
    case = referred(agency)
    seen = opened(case, "mediator")
    assert "已于 03-02 09:00 推送至 卓悦中心服务站，尚未接单。" in seen
    assert "网点接单截止 03-02 11:00，超时自动退回。" in seen

    clock.shift(minutes=10)
    workflow.accept_referral(case.no, by=agency.outlet_a)

    seen = opened(case, "mediator")
    assert "03-02 09:10 已接单" in seen and "先届满" not in seen


def test_the_page_says_when_the_decision_is_due_before_a_firm_has_done(agency, clock):
    case = referred(agency, "odr-a")
    before = "受理决定并告知 03-11 23:59 先届满，请在此前收回。"
    assert before in opened(case, "mediator")

    clock.set(clock_of(case, "complaint.accept").due_at + MOMENT)
    assert "先届满" not in opened(case, "mediator"), "what is over ends no more"


@pytest.mark.parametrize(
    ("outlet", "operator", "names"),
    [
        ("outlet-a", "outlet_a", ["绿色通道退回", "网点接单", "绿色通道推送"]),
        ("odr-a", "odr_a", ["ODR企业退回", "ODR企业接单", "推送ODR企业"]),
    ],
)
def test_the_story_calls_it_by_what_the_unit_is_that_got_it(agency, clock, outlet, operator, names):
    case, operator = referred(agency, outlet), getattr(agency, operator)
    clock.shift(minutes=1)
    workflow.accept_referral(case.no, by=operator)
    clock.shift(minutes=1)
    workflow.hand_up(case.no, by=operator, reason="协商不成")

    told = [
        line.what.split()[0]
        for line in timeline.lines(case, agency.mediator, clock.now)
        if line.kind in {"referred", "referral_taken", "came_home"}
    ]

    assert told == names


def test_to_take_it_back_stands_in_front_while_it_is_out(agency, clock):
    case = referred(agency)
    workflow.respond(case.no, by=agency.mediator)
    told = {"outcome": "reached", "no_meeting_reason": "电话说明"}
    case = workflow.contact(case.no, by=agency.mediator, **told)
    head = [verb.name for verb in page.verb_buttons(Sight(case, agency.chief))["buttons"]]
    assert head.index("recall") < head.index("withdraw"), "home it comes before it ends"


def test_what_came_home_shows_when_it_arrived(agency, clock):
    case = referred(agency)
    assert "在 卓悦中心服务站" in queue_of("mediator")
    clock.shift(TWO_HOURS + MOMENT)
    sum(silent_to_bring_home())

    assert "（超时自动退回），原接收时间 03-02 09:00" in opened(case, "mediator")
    assert "已退回 · 原接收 03-02 09:00" in queue_of("mediator")
    clock.shift(days=1)
    refused_and_reopened(agency, case)

    assert "超时自动退回）" not in opened(case, "mediator").split("经过")[0], "that was before"
    assert "已退回" not in queue_of("mediator")
    assert "重办要求（" in opened(case, "mediator")


def test_the_nearest_outlet_is_offered_first_and_consent_is_a_tick_to_be_set(agency, clock):
    case = agency.ticket(unit="west")
    form = VerbForm(VERBS["refer"], case, agency.dispatcher)
    outlet, consent = form.fields

    assert [code for code, _name in outlet.options] == ["", "outlet-b", "outlet-a", "odr-a"]
    assert (consent.widget, consent.required, consent.value) == ("flag", True, "")


def to_firm(agency, case: Case, **typed) -> VerbForm:
    asked = QueryDict(mutable=True)
    asked.update({"outlet": "odr-a", "consent": "true"} | typed)
    return VerbForm(VERBS["refer"], case, agency.dispatcher, typed=asked)


def test_the_firm_that_is_complained_of_is_offered_first_and_marked(agency, clock):
    case = agency.ticket(unit="west", merchant={"name": "深圳市安心家电有限公司"})

    first = VerbForm(VERBS["refer"], case, agency.dispatcher).fields[0].options[1]

    assert first[0] == "odr-a" and "被投诉人" in first[1]
    assert to_firm(agency, case).submit()


def test_a_firm_is_the_respondent_however_short_the_consumer_writes_its_name(agency, clock):
    firm = Unit.objects.get(code="odr-a")
    firm.name = "深圳市安心家电有限公司"
    for written, found in (("安心家电", {firm.pk}), ("家电", set())):
        case = agency.ticket(unit="west", merchant={"name": written})
        assert firms.respondents(case, [firm]) == found


def test_another_firm_gets_it_only_once_somebody_says_so(agency, clock):
    case = agency.ticket(unit="west")
    form = to_firm(agency, case)
    assert not form.submit()
    assert "not_respondent" in {f.name for f in form.fields}
    assert "清泉电器商行" in str(form.errors) and state_of(case) == "dispatched"

    assert to_firm(agency, case, not_respondent="true").submit()

    assert "确认推送非被投诉人企业" in timeline.lines(case, agency.chief, clock.now)[0].what


def opened(case: Case, username: str) -> str:
    return desk(username).get(f"/admin/cases/case/{case.pk}/change/").content.decode()


def queue_of(username: str) -> str:
    return desk(username).get("/admin/").content.decode()


# -- what is handled here -------------------------------------------------------------------


def test_several_citizens_matter_stays_here(agency, clock):
    case = agency.ticket(unit="east")
    other = agency.ticket("web", consumer={"name": "林一一", "phone": "13700137000"})
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=other.tickets.get().no)

    with pytest.raises(RuleViolation):
        workflow.refer(case.no, by=agency.dispatcher, outlet="outlet-a", consent=True)


def test_what_was_settled_there_is_closed_by_who_dispatches_after_a_call(agency, clock):
    case = referred(agency)
    workflow.contact(case.no, by=agency.mediator, outcome="reached", no_meeting_reason="电话说明")
    workflow.settle(case.no, by=agency.outlet_a, agreement="换新", recovered_amount="300.00")
    with pytest.raises(RuleViolation):
        workflow.close(case.no, by=agency.dispatcher, conclusion="和解成功")
    workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")

    workflow.close(case.no, by=agency.dispatcher, conclusion="和解成功")

    assert workflow.approve(case.no, by=agency.chief).state == "closed"


def test_what_is_handled_here_does_not_stay_out_once_it_is_known(agency, clock):
    case = agency.ticket(unit="east")
    other = agency.ticket("web", consumer={"name": "林一一", "phone": "13700137000"})
    topic = Topic.objects.create(code="gyms", kind="campaign", name_zh="健身房")
    workflow.refer(case.no, by=agency.mediator, outlet="outlet-a", consent=True)
    verbs = [
        ("supplement", {"by": agency.mediator, "problem": "P0801", "reason": "有人受伤"}),
        ("tag", {"by": agency.dispatcher, "topic": topic.code}),
        ("link_ticket", {"by": agency.dispatcher, "ticket": other.tickets.get().no}),
    ]
    for verb, body in verbs:
        with pytest.raises(RuleViolation, match="收回"):
            workflow.VERBS[verb](case.no, **body)

    workflow.recall(case.no, by=agency.mediator, reason="涉及人身伤害")
    for verb, body in verbs:
        workflow.VERBS[verb](case.no, **body)
