"""信访: who signs the opinion, who calls back, and what the page says of both."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import translation

from agency.core import invariants, notifications
from agency.core.calendar import SHANGHAI
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import Notification, User
from cases import callbacks, workflow
from cases.admin import drafts, page, story, timeline, words
from cases.admin.labels import VERBS
from cases.admin.verbs import VerbForm
from cases.calendar import day_of
from cases.completeness import missing
from cases.models import Callback, Case
from cases.promises import standing_answer
from cases.workflow import departures
from cases.workflow import numbers as numbers_of_papers
from cases.workflow.allowed import Sight
from tests.cases.lives import Cast
from tests.cases.test_admin import desk, numbers, page_of, verb_of
from tests.notices import told
from tests.stories import PASSWORD, clock_of

pytestmark = pytest.mark.django_db

THREE = {"leader": "leader", "core_handler": "petition_officer", "callback": "callback"}
OPINION = {"opinion": "explained", "text": "经查，该店已停业"}
NUMBERED = OPINION | {"document_no": "信答〔2026〕7号"}


def in_hand(agency, **people) -> Case:
    """A petition with its three people; neither the petitioner was met nor the matter seen."""
    case = agency.ticket("petition", kind="petition")
    officer = agency.petition_officer
    workflow.respond(case.no, by=officer)
    workflow.accept(case.no, by=officer, notified_by="letter")
    return workflow.assign_triple(case.no, by=officer, **THREE | people)


def looked_into(agency, **people) -> Case:
    case = in_hand(agency, **people)
    workflow.record_visit(case.no, by=agency.petition_officer, note="已面谈")
    return workflow.record_inspection(case.no, by=agency.petition_officer, note="已查看现场")


def answered(agency, **people) -> Case:
    case = looked_into(agency, **people)
    return workflow.reply(case.no, by=agency.petition_officer, **OPINION)


def closed(agency, case: Case) -> Case:
    workflow.close(case.no, by=agency.petition_officer, conclusion="办结", principle="educated")
    return workflow.approve(case.no, by=agency.leader)


def shown(case: Case, who: str) -> str:
    return desk(who).get(page_of(case)).content.decode()


# -- 三级负责 ----------------------------------------------------------------------------------


def test_one_of_the_three_is_relieved_alone(agency, clock, second):
    case = in_hand(agency)
    before = case.assignments.count()

    case = workflow.assign_triple(case.no, by=agency.leader, callback="callback2")

    three = case.responsibilities.latest("pk")
    assert (three.leader, three.core_handler) == (agency.leader, agency.petition_officer)
    assert three.callback == second
    assert case.handler == agency.petition_officer and case.assignments.count() == before
    assert case.events.latest("pk").data["callback"] == "callback2"


def test_the_page_names_each_of_the_three_by_post_and_nobody_as_dispatcher(agency, clock):
    case = in_hand(agency)

    context = page.context(case, agency.petition_officer)

    three = [f"包案领导 {agency.leader.name}", f"骨干办理 {agency.petition_officer.name}",
             f"专人回访 {agency.callback.name}"]  # fmt: skip
    assert [" ".join(line).replace("办理人", "办理") for line in context["three"]] == three
    assert context["dispatcher"] is None, "to name people is no dispatch"
    named = next(line for line in context["timeline"] if line.kind == "triple_assigned")
    assert all(said in named.what for said in three)
    panel = shown(case, "petition_officer")
    assert "<h3>三级负责</h3>" in panel and "专人派单" not in panel


def test_who_dispatched_a_petition_stays_its_dispatcher(agency, clock):
    case = agency.ticket("petition", kind="petition")
    case = workflow.dispatch(case.no, by=agency.dispatcher, unit="agency")
    clock.shift(minutes=5)
    workflow.accept(case.no, by=agency.petition_officer, notified_by="letter")
    case = workflow.assign_triple(case.no, by=agency.leader, **THREE)

    assert page.context(case, agency.leader)["dispatcher"] == agency.dispatcher


def test_who_is_to_call_back_is_relieved_after_the_answer_too(agency, clock, second):
    case = answered(agency)
    Notification.objects.all().delete()

    case = workflow.assign_triple(case.no, by=agency.leader, callback="callback2")

    assert case.state == "replied"
    assert Callback.objects.get(case=case).officer == second
    notifications.deliver_pending()
    assert told(Notification.objects.get(topic="reply")) == {"callback2"}
    workflow.follow_up(case.no, by=second, satisfaction="satisfied")
    workflow.assign_triple(case.no, by=agency.leader, callback="callback")
    assert Callback.objects.get(case=case).officer == second, "who called stays who called"
    assert Notification.objects.filter(topic="reply").count() == 1, "nobody is asked twice"


def test_who_handles_it_is_relieved_while_it_is_under_review(agency, clock):
    other = User.objects.create_user(
        "officer2",
        PASSWORD,
        name="郑接",
        role="petition_officer",
        unit=agency.petition_officer.unit,
    )
    case = answered(agency)
    workflow.request_review(case.no, by=agency.petition_officer)

    case = workflow.assign_triple(case.no, by=agency.leader, core_handler="officer2")

    assert (case.state, case.handler) == ("reviewing", other)
    assert clock_of(case, "petition.review").handler == other


def test_who_handles_it_hears_of_no_other_change_of_the_three(agency, clock, second):
    case = in_hand(agency)
    heard = Notification.objects.filter(topic="assign_triple").count()

    workflow.assign_triple(case.no, by=agency.leader, callback="callback2")

    assert Notification.objects.filter(topic="assign_triple").count() == heard


def test_who_follows_is_none_of_the_other_two(agency, clock):
    case = in_hand(agency, callback="registrar")

    with pytest.raises(Invalid):
        workflow.assign_triple(case.no, by=agency.leader, callback="petition_officer")


@pytest.mark.parametrize("named", [{}, {"leader": "leader"}])
def test_at_first_all_three_are_named(agency, clock, named):
    case = agency.ticket("petition", kind="petition")
    workflow.respond(case.no, by=agency.petition_officer)
    workflow.accept(case.no, by=agency.petition_officer, notified_by="letter")

    with pytest.raises(Invalid) as refused:
        workflow.assign_triple(case.no, by=agency.petition_officer, **named)
    assert set(refused.value.errors) == set(THREE) - set(named)


# -- 专人回访 ----------------------------------------------------------------------------------


@pytest.fixture
def second(agency) -> User:
    """Another call-back officer at the top."""
    root = agency.units["agency"]
    return User.objects.create_user("callback2", PASSWORD, name="周访", role="callback", unit=root)


def test_whom_the_three_level_responsibility_names_is_asked_to_call_back(agency, clock, second):
    case = answered(agency, callback="callback2")
    notifications.deliver_pending()

    assert told(Notification.objects.get(topic="reply")) == {"callback2"}
    assert numbers(desk("callback2").get("/admin/")) == [case.no]
    assert numbers(desk("callback").get("/admin/")) == []
    assert "可由以下人员回访：周访" in shown(case, "petition_officer")


def test_the_call_is_owed_until_somebody_was_reached_after_the_end_too(agency, clock):
    case = answered(agency)
    http = desk("callback")
    assert missing(case) == ["principle"], "the end does not wait for it"
    closed(agency, case)
    workflow.archive(case.no, by=agency.registrar)

    workflow.follow_up(case.no, by=agency.callback, satisfaction="unreached")
    assert numbers(http.get("/admin/")) == [case.no]
    workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")
    assert numbers(http.get("/admin/")) == []


def test_a_registrar_who_is_named_finds_it_before_the_latest_arrivals(agency, clock):
    case = answered(agency, callback="registrar")
    later = agency.ticket()
    http = desk("registrar")

    assert numbers(http.get("/admin/")) == [case.no, later.no]
    assert f"{case.no}/verb/follow_up/" in http.get("/admin/").content.decode()
    workflow.follow_up(case.no, by=agency.registrar, satisfaction="satisfied")
    assert numbers(http.get("/admin/")) == [later.no, case.no]


def test_where_the_named_one_may_not_whoever_may_is_asked(agency, clock, second):
    case = looked_into(agency, callback="callback2")
    User.objects.filter(pk=second.pk).update(role="mediator")
    workflow.reply(case.no, by=agency.petition_officer, **OPINION)
    notifications.deliver_pending()

    assert told(Notification.objects.get(topic="reply")) == {"callback"}
    assert numbers(desk("callback").get("/admin/")) == [case.no]


def test_where_the_named_one_has_left_somebody_else_calls(agency, clock, second):
    case = answered(agency, callback="callback2")
    User.objects.filter(pk=second.pk).update(is_active=False)

    assert numbers(desk("callback").get("/admin/")) == [case.no]


def test_who_leaves_leaves_the_calls_after_an_end_to_whoever_may(agency, clock, second):
    case = closed(agency, answered(agency, callback="callback2"))
    leaving = departures.begin(
        by=agency.leader,
        person="callback2",
        shares=[departures.Share("callback")],
        switch_off=False,
    )

    assert departures.step(leaving.pk, by=agency.leader) is None

    assert numbers(desk("callback").get("/admin/")) == [case.no]


def test_who_may_call_back_is_offered_for_it(agency, clock, second):
    form = desk("petition_officer").get(
        f"/admin/cases/case/{in_hand(agency).no}/verb/assign_triple/"
    )
    choice = form.content.decode().split('id="f-callback"')[1].split("</select>")[0]

    assert 'value="callback2"' in choice and 'value="registrar"' in choice
    assert 'value="mediator"' not in choice


def test_a_petition_taken_up_again_is_called_back_after_its_next_answer(agency, clock):
    case = closed(agency, answered(agency))

    workflow.reopen(case.no, by=agency.supervisor, reason="上级发回")

    assert numbers(desk("callback").get("/admin/")) == []


def test_an_answered_petition_does_not_stand_for_the_day_s_draw(agency, clock):
    answered(agency)
    complaint = agency.handled_case()
    clock.shift(days=1)

    assert callbacks.draw() == 1
    assert Callback.objects.get(case=complaint).officer is None


def test_who_decides_the_end_sees_whether_the_petitioner_was_called_back(agency, clock):
    case = answered(agency)
    workflow.close(case.no, by=agency.petition_officer, conclusion="办结", principle="educated")
    with translation.override("en"):
        assert dict(words.proposed(case, case.pending))["Called back"] == "not yet"

        workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")

        told_now = dict(words.proposed(case, case.pending))
        workflow.follow_up(case.no, by=agency.callback, satisfaction="dissatisfied", note="又打来")
        told_then = dict(words.proposed(case, case.pending))
    assert told_now["Called back"] == "satisfied"
    assert told_then["Called back"] == "satisfied；dissatisfied · 又打来", "each of them"
    assert told_now["Review may be asked for until"] == "2026-04-01 (provisional)"
    workflow.approve(case.no, by=agency.leader)
    assert "申请复查截止：2026-04-01 (暂定)" in shown(case, "leader"), (
        "the story keeps what was shown"
    )


def test_the_next_step_of_an_answered_petition_is_the_call_and_not_the_end(agency, clock):
    case = answered(agency)

    assert page.verb_buttons(Sight(case, agency.callback))["next"].name == "follow_up"
    assert page.verb_buttons(Sight(case, agency.petition_officer))["next"] is None
    workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")
    assert page.verb_buttons(Sight(case, agency.petition_officer))["next"].name == "close"
    queue = desk("petition_officer").get("/admin/").content.decode()
    assert f"{case.no}/verb/close/" in queue, "the three were named long ago"


# -- the opinion ------------------------------------------------------------------------------


def form(case: Case, verb: str, user: User, **typed) -> VerbForm:
    asked = QueryDict(mutable=True)
    asked.update(typed)
    return VerbForm(VERBS[verb], case, user, typed=asked)


def field(case: Case, verb: str, user: User, name: str):
    return next(f for f in form(case, verb, user).fields if f.name == name)


def test_a_leader_signs_the_opinion_and_its_clock_runs_until_then(agency, clock):
    case, officer = looked_into(agency), agency.petition_officer
    workflow.reply(case.no, by=officer, for_signature=True, **OPINION)
    case.refresh_from_db()
    assert (case.state, case.pending.verb) == ("handling", "reply")
    assert numbers(desk("leader").get("/admin/")) == [case.no]
    assert "approve" not in workflow.allowed(case, officer)

    clock.shift(days=1)
    case = workflow.approve(case.no, by=agency.leader)

    decision = case.decisions.get(kind="replied")
    assert (case.state, case.result) == ("replied", "replied")
    assert (decision.by, decision.approved_by) == (officer, agency.leader)
    assert clock_of(case, "petition.handle").met_at == decision.at == clock.now
    both = f"{officer.name} 经办，{agency.leader.name} 批准"
    [line] = [line for line in timeline.lines(case, officer, clock.now) if line.kind == "notified"][
        :1
    ]
    [fact] = [fact for fact in story.facts(case, officer, clock.now) if both in fact.text]
    assert both in line.what and officer.name not in fact.aside, "one story in both places"
    assert Callback.objects.get(case=case).officer == agency.callback


def test_an_opinion_that_is_not_signed_goes_nowhere(agency, clock):
    case = looked_into(agency)
    workflow.reply(case.no, by=agency.petition_officer, for_signature=True, **OPINION)

    case = workflow.disapprove(case.no, by=agency.leader, reason="依据不足")

    assert case.state == "handling" and not case.decisions.filter(kind="replied").exists()
    assert "reply" in workflow.allowed(case, agency.petition_officer)


def test_the_page_has_it_signed_and_presumes_no_outcome(agency, clock):
    case, officer = looked_into(agency), agency.petition_officer
    assert field(case, "reply", officer, "opinion").value == ""
    for who in (officer, agency.leader):
        assert not any(f.name == "for_signature" for f in form(case, "reply", who).fields)

    sent = form(case, "reply", officer, text="解释", how="letter", document_no="信答〔2026〕7号")
    assert not sent.submit() and list(sent.errors) == ["opinion"]
    assert form(case, "reply", officer, how="letter", **NUMBERED).submit()

    case.refresh_from_db()
    assert (case.state, case.pending.deciders) == ("handling", ["leader"])


def test_a_leader_signs_their_own_opinion(agency, clock):
    case = looked_into(agency)

    assert form(case, "reply", agency.leader, how="letter", **NUMBERED).submit()

    case.refresh_from_db()
    assert case.state == "replied"


# -- the review -------------------------------------------------------------------------------

REVIEW = {
    "opinion": "upheld",
    "text": "经复查，予以维持",
    "how": "letter",
    "authority": "区人民政府",
    "answered_by": "高远",
}
LAST = REVIEW | {"authority": "市人民政府", "answered_by": "林远"}


def asked_again(agency) -> Case:
    return workflow.request_review(answered(agency).no, by=agency.petition_officer)


def test_the_limit_of_the_review_counts_from_the_day_it_was_asked_for(agency, clock):
    case, officer = answered(agency), agency.petition_officer
    clock.shift(days=10)
    day = case.decisions.get(kind="replied").at.date()
    assert field(case, "request_review", officer, "asked_on").required

    sent = form(case, "request_review", officer, asked_on=(day + timedelta(days=2)).isoformat())

    assert sent.submit(), (sent.errors, sent.refusal)
    owed = clock_of(case, "petition.review")
    assert owed.due_at.astimezone(SHANGHAI).date() == day + timedelta(days=2 + 30)


@pytest.mark.parametrize("days", [-1, 11])
def test_no_review_is_asked_for_before_its_answer_or_in_time_to_come(agency, clock, days):
    case = answered(agency)
    day = case.decisions.get(kind="replied").at.date()
    clock.shift(days=10)

    with pytest.raises(Invalid, match="asked_on|2026"):
        workflow.request_review(
            case.no, by=agency.petition_officer, asked_on=day + timedelta(days=days)
        )


def test_a_request_that_came_in_time_is_entered_late(agency, clock):
    case = answered(agency)
    day = case.decisions.get(kind="replied").at.date()
    clock.shift(days=31)
    with pytest.raises(RuleViolation):
        workflow.request_review(case.no, by=agency.petition_officer)

    asked = workflow.request_review(
        case.no, by=agency.petition_officer, asked_on=day + timedelta(days=29)
    )

    assert asked.state == "reviewing"


def test_the_number_of_an_opinion_is_no_other_decisions(agency, clock):
    """The sentence names where it stands: the number of a case only to who sees that."""
    first, officer = looked_into(agency), agency.petition_officer
    workflow.reply(first.no, by=officer, **NUMBERED)
    other = looked_into(agency)

    sent = form(other, "reply", officer, how="letter", **NUMBERED)

    assert not sent.submit() and first.no in sent.errors["document_no"][0]
    Case.objects.filter(pk=first.pk).update(unit=agency.leader.unit.children.last())
    workflow.reply(other.no, by=officer, **NUMBERED)  # another unit's numbers are its own


def test_what_another_unit_has_is_not_named(agency, clock):
    case = looked_into(agency)
    taken = agency.ticket("petition", kind="petition")
    workflow.accept(taken.no, by=agency.petition_officer, document_no="信答〔2026〕7号")
    said = numbers_of_papers.taken(case, "信答〔2026〕7号", agency.outlet_a)
    assert said and taken.no not in said


def test_the_opinion_that_follows_a_revoked_one_has_a_number_of_its_own(agency, clock):
    case, officer = looked_into(agency), agency.petition_officer
    workflow.reply(case.no, by=officer, **NUMBERED)
    workflow.request_review(case.no, by=officer)
    case = workflow.answer_review(case.no, by=officer, **REVIEW | {"opinion": "revoked"})

    again = form(case, "reply", officer, how="letter", **NUMBERED)
    assert not again.submit() and "本案" in again.errors["document_no"][0]

    following = NUMBERED | {"document_no": "信答〔2026〕8号"}
    assert form(case, "reply", officer, how="letter", **following).submit()


def told_of(case: Case, user, at, label: str) -> list[story.Fact]:
    told = story.facts(Case.objects.get(pk=case.pk), user, at)
    return [fact for fact in told if fact.label == label]


def test_the_result_is_as_old_as_the_opinion_that_stands(agency, clock):
    case, officer = asked_again(agency), agency.petition_officer
    workflow.answer_review(case.no, by=officer, **REVIEW | {"opinion": "revoked"})
    assert "已撤销" in told_of(case, officer, clock.now, "结果")[0].text
    clock.shift(days=9)

    workflow.reply(case.no, by=officer, **OPINION | {"text": "重新答复"})

    decided = told_of(case, officer, clock.now, "决定")
    latest, first = [fact for fact in decided if fact.text.startswith("已答复")]
    (result,) = told_of(case, officer, clock.now, "结果")
    assert latest.aside.startswith(result.aside) and not first.aside.startswith(result.aside)
    assert "已撤销" in first.text and "已撤销" not in latest.text + result.text


def test_the_day_a_review_was_decided_is_told_beside_the_day_it_was_written_down(agency, clock):
    case, officer = asked_again(agency), agency.petition_officer
    asked = day_of(clock.now)
    clock.shift(days=12)
    for days in (-1, 13):
        with pytest.raises(Invalid):
            said = REVIEW | {"decided_on": asked + timedelta(days=days)}
            workflow.answer_review(case.no, by=officer, **said)
    decided = (asked + timedelta(days=9)).isoformat()

    sent = form(case, "answer_review", officer, **REVIEW, decided_on=decided)

    assert sent.submit(), (sent.errors, sent.refusal)
    told = desk("petition_officer").get(page_of(case)).content.decode()
    assert f"作出日期 {decided}" in told
    assert clock_of(case, "petition.review").met_at == clock.now, "no clock is met in the past"


def test_the_answer_of_a_review_names_the_body_above_and_who_answered_there(agency, clock):
    case, officer = asked_again(agency), agency.petition_officer
    empty = form(case, "answer_review", officer, how="letter", opinion="upheld", text="维持")
    assert not empty.submit() and set(empty.errors) == {"authority", "answered_by"}

    sent = form(case, "answer_review", officer, **REVIEW)

    assert sent.submit(), (sent.errors, sent.refusal)
    assert case.decisions.get(kind="reviewed").reference == "区人民政府 · 高远"
    assert "区人民政府 · 高远" in shown(case, "petition_officer")


def test_each_paper_to_the_petitioner_has_its_number_in_the_story(agency, clock):
    case = agency.ticket("petition", kind="petition")
    officer = agency.petition_officer
    workflow.respond(case.no, by=officer)
    workflow.accept(case.no, by=officer, notified_by="letter", document_no="信受〔2026〕7号")
    workflow.assign_triple(case.no, by=officer, **THREE)
    workflow.record_visit(case.no, by=officer, note="已面谈")
    workflow.record_inspection(case.no, by=officer, note="已查看现场")
    workflow.reply(case.no, by=officer, **NUMBERED)

    page = shown(case, "petition_officer")

    assert "信受〔2026〕7号" in page and "信答〔2026〕7号" in page


def test_a_leader_signs_the_number_too(agency, clock):
    case, officer = looked_into(agency), agency.petition_officer
    workflow.reply(case.no, by=officer, for_signature=True, **NUMBERED)
    assert not case.decisions.filter(kind="replied").exists()

    workflow.approve(case.no, by=agency.leader)

    assert case.decisions.get(kind="replied").reference == "信答〔2026〕7号"


@pytest.mark.parametrize("own", ["authority", "answered_by"])
def test_nobody_reviews_their_own_opinion(agency, clock, own):
    case, officer = asked_again(agency), agency.petition_officer
    names = {"authority": case.unit.name, "answered_by": officer.name}

    sent = form(case, "answer_review", officer, **REVIEW | {own: names[own]})

    assert not sent.submit() and list(sent.errors) == [own]


REVOKED = REVIEW | {"opinion": "revoked", "text": "撤销，责令重新办理"}


def test_an_opinion_that_its_review_revoked_leaves_another_one_to_give(agency, clock):
    case, officer = asked_again(agency), agency.petition_officer
    workflow.agree_answer(case.no, by=officer, text="诉求不予支持")
    clock.shift(days=1)

    case = workflow.answer_review(case.no, by=officer, **REVOKED)

    owed = case.deadlines.open().filter(ticket=None).values_list("rule__code", flat=True)
    assert (case.state, list(owed)) == ("handling", ["case.rework"])
    assert missing(case)[0] == "reply" and standing_answer(case) == ""
    assert page.verb_buttons(Sight(case, officer))["next"].name == "reply"
    assert page.waits(Sight(case, officer))[0] == (
        "复查意见撤销了原处理意见，须重新作出处理意见：撤销，责令重新办理"
    )
    assert "request_final_review" in workflow.allowed(case, officer), "it is still a right"
    assert numbers(desk("callback").get("/admin/")) == [], "of the old one nobody is called"
    assert "evaluate" in workflow.allowed(case, agency.registrar), "it may come late"
    workflow.reply(case.no, by=officer, for_signature=True, **OPINION)
    told = dict(words.proposed(case, case.pending))["此前已作出的决定"]
    assert "复查意见 · 撤销 · 区人民政府 · 高远" in told

    case = workflow.approve(case.no, by=agency.leader)

    assert case.state == "replied" and "request_review" in workflow.allowed(case, officer)
    assert not case.deadlines.open().filter(rule__code="case.rework"), "the end has its thirty days"
    assert invariants.check()[1] == []


@pytest.mark.parametrize(
    ("review", "final", "state"),
    [("upheld", "revoked", "handling"), ("upheld", "changed", "terminated"),
     ("revoked", "upheld", "handling"), ("revoked", "changed", "terminated")],
)  # fmt: skip
def test_what_stands_after_the_final_review_is_what_it_says(agency, clock, review, final, state):
    case, officer = asked_again(agency), agency.petition_officer
    workflow.answer_review(case.no, by=officer, **REVIEW | {"opinion": review})
    workflow.request_final_review(case.no, by=officer)
    rework = case.deadlines.open().filter(rule__code="case.rework")
    assert not rework.exists(), "while it decides, nobody can give another opinion"

    case = workflow.answer_final_review(case.no, by=officer, **LAST | {"opinion": final})

    assert (case.state, rework.exists()) == (state, state == "handling")
    assert "复核意见 变更 · 市人民政府" in shown(case, officer.username) or final != "changed"


@pytest.mark.parametrize(
    ("review", "final", "stands"),
    [("upheld", "", True), ("changed", "", False), ("upheld", "changed", False)],
)  # fmt: skip
def test_what_a_review_changed_is_no_answer_any_more(agency, clock, review, final, stands):
    case, officer = asked_again(agency), agency.petition_officer
    workflow.agree_answer(case.no, by=officer, text="诉求不予支持")
    clock.shift(days=1)
    case = workflow.answer_review(case.no, by=officer, **REVIEW | {"opinion": review})

    if final:
        workflow.request_final_review(case.no, by=officer)
        case = workflow.answer_final_review(case.no, by=officer, **LAST | {"opinion": final})

    assert (standing_answer(case) == "诉求不予支持") == stands


def test_what_was_ordered_to_be_done_again_is_owed_while_the_final_review_decides(agency, clock):
    """A supervisor's order is no opinion that fell: nobody but its end meets it."""
    case, officer = asked_again(agency), agency.petition_officer
    case = closed(agency, workflow.answer_review(case.no, by=officer, **REVIEW))
    workflow.reopen(case.no, by=agency.supervisor, reason="重新核实事实")
    workflow.dispatch(case.no, by=agency.dispatcher, unit=case.unit.code)
    workflow.respond(case.no, by=officer)
    rework = case.deadlines.open().filter(rule__code="case.rework")
    assert rework.exists()

    workflow.request_final_review(case.no, by=officer)

    assert rework.exists()


def test_after_the_final_opinion_no_review_is_offered_any_more(agency, clock):
    case, officer = asked_again(agency), agency.petition_officer
    workflow.answer_review(case.no, by=officer, **REVIEW)
    assert "request_review" not in workflow.allowed(case, officer)
    clock.shift(days=1)
    workflow.request_final_review(case.no, by=officer)
    last = {"authority": "市人民政府", "answered_by": "林远"}
    case = workflow.answer_final_review(case.no, by=officer, **REVIEW | last)
    case = closed(agency, case)

    for user in (officer, agency.registrar):
        offered = {verb for verb in workflow.allowed(case, user) if "review" in verb}
        assert offered == set()
    story = [line.what for line in timeline.lines(case, officer, clock.now)]
    assert len([what for what in story if what.startswith("复查意见")]) == 1
    assert len([what for what in story if what.startswith("复核意见")]) == 1


# -- an early end -----------------------------------------------------------------------------

END = {"conclusion": "办结", "principle": "educated"}


def test_the_page_asks_why_a_petition_ends_before_the_call_and_the_decider_reads_it(agency, clock):
    case, officer = answered(agency), agency.petition_officer
    ahead = dict(form(case, "close", officer).still_open)
    told = case.tickets.get().external_no
    assert ahead == {
        "回访": "尚未",
        "申请复查截止": "2026-04-01 (暂定)",
        "未向平台答复办理结果": told,
    }
    bare = form(case, "close", officer, **END)
    assert not bare.submit() and list(bare.errors) == ["why_early"]

    assert form(case, "close", officer, **END, why_early="信访人出国三个月").submit()

    case.refresh_from_db()
    assert "信访人出国三个月" in dict(words.proposed(case, case.pending)).values()
    closed_case = workflow.approve(
        case.no, by=agency.chief if case.unit.parent_id else agency.leader
    )
    assert closed_case.state == "closed"
    assert "信访人出国三个月" in shown(case, "leader")


def test_no_reason_is_asked_for_once_the_petitioner_was_called_and_has_rated_it(agency, clock):
    case, officer = answered(agency), agency.petition_officer
    workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")
    case.refresh_from_db()
    assert field(case, "close", officer, "why_early").required, "a review may still be asked for"
    workflow.evaluate(case.no, by=agency.callback, satisfaction="satisfied")
    case.refresh_from_db()

    assert not any(f.name == "why_early" for f in form(case, "close", officer).fields)


def test_after_the_review_the_final_one_is_what_is_still_open(agency, clock):
    case, officer = asked_again(agency), agency.petition_officer
    workflow.answer_review(case.no, by=officer, **REVIEW)
    case.refresh_from_db()

    assert dict(form(case, "close", officer).still_open)["申请复核截止"] == "2026-04-01 (暂定)"


def test_no_opinion_is_proposed_before_both_records(agency, clock):
    case = in_hand(agency)
    with pytest.raises(RuleViolation, match="见人、见事"):
        workflow.reply(case.no, by=agency.petition_officer, for_signature=True, **OPINION)


def test_the_next_step_is_to_meet_then_to_see_then_to_answer(agency, clock):
    case, officer = in_hand(agency), agency.petition_officer
    for verb, left in (
        ("record_visit", "见人；见事"),
        ("record_inspection", "见事"),
        ("reply", ""),
    ):
        assert page.verb_buttons(Sight(case, officer))["next"].name == verb
        shown_row = desk("petition_officer").get("/admin/").content.decode()
        assert f"{case.no}/verb/{verb}/" in shown_row
        assert (f"答复前还需：</b> {left}" in shown(case, "petition_officer")) == bool(left)
        if left:
            workflow.VERBS[verb](case.no, by=officer, note="已办")


# -- its end, and what parties are called -----------------------------------------------------


@pytest.mark.parametrize("verb", ["refuse", "route"])
def test_of_what_got_no_opinion_no_principle_is_asked(agency, clock, verb):
    """Nothing was dealt with here: each of the four would be untrue."""
    case, officer = agency.ticket("petition", kind="petition"), agency.petition_officer
    workflow.respond(case.no, by=officer)
    if verb == "refuse":
        workflow.refuse(case.no, by=officer, ground="P2", explanation="三级终结")
        workflow.approve(case.no, by=agency.leader)
        workflow.notify(case.no, by=officer, party="complainant", how="letter", text="不再受理")
    else:
        workflow.route(case.no, by=officer, to="lawsuit", text="可向人民法院起诉")
    case.refresh_from_db()

    assert missing(case) == []
    assert "principle" not in {f.name for f in form(case, "close", officer).fields}
    case = workflow.close(case.no, by=officer, conclusion="已告知")
    assert workflow.approve(case.no, by=agency.leader).principle == ""


def test_a_principle_is_asked_for_and_none_stands_there(agency, clock):
    asked = field(answered(agency), "close", agency.petition_officer, "principle")

    assert asked.required and asked.value == "" and "" not in dict(asked.options)


@pytest.mark.parametrize(
    ("verb", "who", "said"),
    [
        ("close", "petition_officer", "The section chief decides it"),
        ("extend", "petition_officer", "The leader decides it"),
        ("record_visit", "petition_officer", ""),
    ],
)
def test_a_form_says_who_decides(agency, clock, verb, who, said):
    case = answered(agency) if verb == "close" else in_hand(agency)
    with translation.override("en"):
        hint = form(case, verb, getattr(agency, who)).hint
    assert hint.startswith(said) and bool(hint) == bool(said)


def test_an_answered_petition_is_told_from_a_ticket_without_a_reply(agency, clock):
    case = answered(agency)

    assert case.get_state_display() == "已答复"
    assert "已回复" not in shown(case, "petition_officer")


def test_a_petition_speaks_of_petitioners(agency, clock):
    case = answered(agency)
    officer = agency.petition_officer
    parties = dict(field(case, "notify", officer, "party").options)

    assert parties == {"complainant": "信访人", "respondent": "所涉经营者"}
    assert field(case, "notify", officer, "party").value == "complainant"
    assert field(case, "notify", officer, "how").value == "letter"
    assert dict(field(case, "notify", officer, "about").options)["replied"] == "已答复"
    untold = agency.ticket("petition", kind="petition")
    workflow.respond(untold.no, by=officer)
    workflow.accept(untold.no, by=officer)
    seen = shown(untold, "petition_officer")
    assert "将决定告知信访人" in seen and "投诉人" not in seen


# -- more time ----------------------------------------------------------------------------------


def extended(agency) -> Case:
    case = in_hand(agency)
    workflow.extend(case.no, by=agency.petition_officer, rule="petition.handle", reason="情况复杂")
    return workflow.approve(case.no, by=agency.leader)


def test_who_decides_on_more_time_reads_both_last_days(agency, clock):
    case, officer = in_hand(agency), agency.petition_officer
    workflow.extend(case.no, by=officer, rule="petition.handle", reason="情况复杂", amount=20)

    decides = desk("leader").get(verb_of(case, "approve")).content.decode()
    workflow.approve(case.no, by=agency.leader)

    assert "2026-05-01 → 2026-05-21" in decides
    assert "到期日：2026-05-01 → 2026-05-21" in shown(case, "leader"), "the story keeps both"
    days = {"due": "2026-12-14", "due_then": "2027-01-04", "due_is_provisional": True}
    assert list(words.stood(case, days)) == [("到期日", "2026-12-14 → 2027-01-04 (暂定)")]


def test_to_tell_of_more_time_is_the_next_step_on_page_and_queue(agency, clock):
    case = extended(agency)
    officer = desk("petition_officer")
    assert page.verb_buttons(Sight(case, agency.petition_officer))["next"].name == "notify"
    assert f"{case.no}/verb/notify/" in officer.get("/admin/").content.decode()

    workflow.notify(
        case.no, by=agency.petition_officer, party="complainant", how="letter", text="延期三十日"
    )

    assert page.verb_buttons(Sight(case, agency.petition_officer))["next"].name != "notify"
    assert f"{case.no}/verb/notify/" not in officer.get("/admin/").content.decode()


def test_what_is_thought_of_a_petition_is_no_ground_of_its_notice(agency, clock):
    case = Cast(agency).bring("petition", "replied")

    assert drafts._why(case, case.decisions.get(kind="replied")) == ""
