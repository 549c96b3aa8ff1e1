"""Mediators' recusal lists, and experts who see the case they are asked about while asked."""

from datetime import timedelta

import pytest
from django.test import Client

from agency.core import clock as database_clock
from agency.core import invariants, notifications
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import Notification, User
from agency.core.notifications import words
from cases import workflow
from cases.lifecycle.moves import OF_ANYBODY
from cases.models import Case, CaseEvent, Opinion, Profile, Recusal, Substitute
from cases.workflow.relief import relieve_silent
from tests.cases.test_admin import desk, verb_of
from tests.notices import told

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)


# -- experts ----------------------------------------------------------------------------


def asked(agency, **body):
    case = agency.contacted_case()
    status, answer = agency.client("mediator").post(
        f"cases/{case.no}/ask_expert/", {"expert": "expert", "question": "净水器应否更换？", **body}
    )
    return case, status, answer


def test_an_expert_sees_the_case_asked_about_masked_and_no_other(agency, clock):
    other = agency.contacted_case()
    case, status, _answer = asked(agency)
    expert = agency.client("expert")

    assert status == 200
    assert [c["no"] for c in expert.get("cases/")[1]["results"]] == [case.no]
    status, shown = expert.get(f"cases/{case.no}/")
    assert status == 200
    assert "陈小满" not in str(shown)
    assert "13800138000" not in str(shown)
    assert shown["allowed"] == ["give_opinion"]
    assert expert.get(f"cases/{other.no}/")[0] == 404
    assert expert.post(f"cases/{other.no}/give_opinion/", {"opinion": "应更换"})[0] == 404


def test_when_the_time_has_run_out_the_case_is_not_there(agency, clock):
    case, _status, _answer = asked(agency)
    expert = agency.client("expert")

    clock.shift(WEEK - timedelta(microseconds=1))
    assert expert.get(f"cases/{case.no}/")[0] == 200
    clock.shift(timedelta(microseconds=1))
    assert expert.get(f"cases/{case.no}/")[0] == 404
    assert expert.post(f"cases/{case.no}/give_opinion/", {"opinion": "应更换"})[0] == 404
    assert not Case.objects.visible_to(agency.expert).exists()
    http = Client()
    http.force_login(agency.expert)
    assert http.get(f"/admin/cases/case/{case.pk}/change/").status_code == 404


def test_the_opinion_is_a_row_an_event_and_a_notice_and_given_once(agency, clock):
    case, _status, _answer = asked(agency)
    expert = agency.client("expert")

    assert expert.post(f"cases/{case.no}/give_opinion/", {"opinion": "应更换"})[0] == 200
    assert expert.post(f"cases/{case.no}/give_opinion/", {"opinion": "不应更换"})[0] == 409

    opinion = Opinion.objects.get()
    assert (opinion.text, opinion.given_at) == ("应更换", clock.now)
    event = case.events.get(kind=CaseEvent.Kind.OPINION_GIVEN)
    assert event.data == {"opinion": opinion.pk}
    told = Notification.objects.filter(topic__startswith="opinion").values_list(
        "topic", "handler__username"
    )
    assert set(told) == {("opinion_asked", "expert"), ("opinion_given", "mediator")}
    assert invariants.check()[1] == []


def test_who_asked_hears_the_answer_where_the_handler_has_left(agency, clock):
    case, _status, _answer = asked(agency)
    workflow.assign(case.no, by=agency.chief, handler="enforcer")
    User.objects.filter(username="enforcer").update(is_active=False)

    agency.client("expert").post(f"cases/{case.no}/give_opinion/", {"opinion": "应更换"})

    notifications.deliver_pending()
    assert told(Notification.objects.get(topic="opinion_given")) == {"mediator"}


def test_the_case_page_tells_it_to_staff_and_to_the_expert(agency, clock):
    case, _status, _answer = asked(agency)
    agency.client("expert").post(f"cases/{case.no}/give_opinion/", {"opinion": "应更换滤芯"})

    for person in (agency.mediator, agency.expert):
        http = Client()
        http.force_login(person)
        page = http.get(f"/admin/cases/case/{case.pk}/change/")
        assert page.status_code == 200
        assert "净水器应否更换" in page.content.decode()
        assert "应更换滤芯" in page.content.decode()
        assert "13800138000" not in page.content.decode()


@pytest.mark.parametrize("expert", ["mediator", "nobody"])
def test_only_the_pool_is_asked(agency, clock, expert):
    _case, status, answer = asked(agency, expert=expert)

    assert (status, list(answer["errors"])) == (400, ["expert"])


@pytest.mark.parametrize("days", [0, -1, 61])
def test_the_time_is_bounded(agency, clock, days):
    until = (clock.now + timedelta(days=days)).isoformat()

    _case, status, answer = asked(agency, until=until)

    assert (status, list(answer["errors"])) == (400, ["until"])


# -- recusal ----------------------------------------------------------------------------


def recuse(agency, case, person="mediator", **more):
    profile, _made = Profile.objects.get_or_create(person=getattr(agency, person))
    return Recusal.objects.create(
        profile=profile, merchant=case.merchant, reason="亲属经营", **more
    )


def test_who_is_recused_is_not_dispatched_to_and_the_sentence_says_why(agency, clock):
    case = agency.ticket()
    recuse(agency, case)

    status, problem = agency.client("dispatcher").post(
        f"cases/{case.no}/dispatch/", {"unit": "east", "handler": "mediator"}
    )

    assert status == 409
    assert "韩雪梅" in problem["detail"]
    balanced = workflow.dispatch(case.no, by=agency.dispatcher, unit="east", balance=True)
    assert balanced.handler == agency.enforcer


def test_who_is_recused_does_not_mediate(agency, clock):
    case = agency.contacted_case()
    workflow.accept(case.no, by=agency.mediator, notified_by="phone")
    recuse(agency, case)

    for body in ({}, {"mediator": "mediator"}):
        status, _problem = agency.client("mediator").post(f"cases/{case.no}/start_mediation/", body)
        assert status == 409
    with pytest.raises(Invalid, match="不主持调解"):
        workflow.start_mediation(case.no, by=agency.chief, mediator="enforcer")
    workflow.start_mediation(case.no, by=agency.chief, mediator="chief")
    assert case.mediations.get().mediator == agency.chief


def test_who_leads_no_mediation_is_not_offered_for_it(agency, clock):
    case = agency.contacted_case()
    workflow.accept(case.no, by=agency.mediator, notified_by="phone")
    Case.objects.update(handler=agency.enforcer)

    form = desk("mediator").get(verb_of(case, "start_mediation")).text
    workflow.start_mediation(case.no, by=agency.mediator)

    assert (
        agency.enforcer.name not in form.partition('name="mediator"')[2].partition("</select>")[0]
    )
    assert case.mediations.get().mediator == agency.mediator


def test_a_recusal_that_has_ended_binds_nobody(agency, clock):
    case = agency.ticket()
    today = database_clock.now().date()
    entry = recuse(agency, case, ended_on=today)
    with pytest.raises(RuleViolation):
        workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")

    Recusal.objects.filter(pk=entry.pk).update(ended_on=today - timedelta(days=1))

    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")


def test_who_is_recused_answers_and_does_not_get_the_case(agency, clock):
    case = agency.ticket(unit="east")
    recuse(agency, case)

    answered = workflow.respond(case.no, by=agency.mediator)

    assert answered.handler is None


def test_who_is_recused_takes_over_nothing(agency, clock):
    case = agency.ticket()
    recuse(agency, case, "enforcer")
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")
    Substitute.objects.create(person=agency.mediator, stand_in=agency.enforcer, by=agency.chief)
    clock.shift(minutes=5)

    assert relieve_silent() == 0


@pytest.fixture
def stood_aside(agency, clock):
    """The mediator handled it; a party asked for another, and the leader named the chief."""
    case = agency.mediated_case()
    workflow.request_recusal(case.no, by=agency.mediator, reason="亲属关系")
    clock.shift(minutes=1)
    return workflow.decide_recusal(
        case.no, by=agency.leader, granted=True, reason="属实", mediator="chief"
    )


def test_who_had_to_stand_aside_hands_the_case_over_too(agency, stood_aside):
    assert stood_aside.handler == agency.chief
    assert stood_aside.assignments.get(ended_at=None).handler == agency.chief
    assert set(stood_aside.deadlines.open().values_list("handler", flat=True)) == {agency.chief.pk}


def test_who_had_to_stand_aside_does_not_stand_in_for_who_has_it_now(agency, stood_aside, clock):
    Substitute.objects.create(person=agency.chief, stand_in=agency.mediator, by=agency.chief)
    clock.shift(minutes=1)
    agency.ticket(external_no=stood_aside.tickets.get().external_no, round=2)
    clock.shift(minutes=6)

    assert relieve_silent() == 0

    Substitute.objects.update(stand_in=agency.enforcer)
    assert relieve_silent() == 1, "another may"


def test_while_a_recusal_is_asked_for_nobody_hands_the_case_to_who_rests(agency, clock):
    case = agency.mediated_case()
    workflow.assign(case.no, by=agency.dispatcher, handler="enforcer")
    workflow.request_recusal(case.no, by=agency.chief, reason="亲属关系")
    Substitute.objects.create(person=agency.enforcer, stand_in=agency.mediator, by=agency.chief)
    clock.shift(minutes=1)
    agency.ticket(external_no=case.tickets.get().external_no, round=2)
    clock.shift(minutes=6)

    assert relieve_silent() == 0


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("settle", {"agreement": "退款", "recovered_amount": "10.00"}),
        ("terminate", {"ground": "T2", "explanation": "拒绝"}),
        (
            "hold_session",
            {
                "method": "phone",
                "held_at": "2026-03-02T08:00:00+08:00",
                "complainant_came": True,
                "respondent_came": True,
            },
        ),
        ("withdraw", {"reason": "自行和解"}),
        ("issue_document", {"form": "acceptance"}),
    ],
)
def test_who_had_to_stand_aside_decides_nothing_of_it_any_more(agency, stood_aside, verb, body):
    answered = agency.client("mediator").post(f"cases/{stood_aside.no}/{verb}/", body)

    assert answered[0] == 409, answered
    assert "韩雪梅" in answered[1]["detail"]
    stood_aside.refresh_from_db()
    assert (stood_aside.state, stood_aside.pending) == ("mediating", None)


def test_who_stands_aside_is_offered_to_answer_and_to_give_away_and_nothing_else(agency, clock):
    case = agency.mediated_case()
    workflow.request_recusal(case.no, by=agency.mediator, reason="亲属关系")

    assert set(workflow.allowed(case, agency.mediator)) <= OF_ANYBODY
    assert "withdraw" in workflow.allowed(case, agency.chief), "another goes on"
    workflow.decide_recusal(
        case.no, by=agency.leader, granted=True, reason="属实", mediator="chief"
    )
    case.refresh_from_db()
    assert set(workflow.allowed(case, agency.mediator)) <= OF_ANYBODY
    assert "settle" in workflow.allowed(case, agency.chief)


def test_the_leader_finds_the_recusal_among_what_waits_and_is_told(agency, clock):
    case = agency.mediated_case()
    workflow.request_recusal(case.no, by=agency.mediator, reason="亲属关系")

    row = desk("leader").get("/admin/").context["rows"][0]
    assert (row.case, row.met_by, [verb.name for verb in row.buttons]) == (
        case, "", ["decide_recusal"],
    )  # fmt: skip
    notifications.deliver_pending()
    written = Notification.objects.get(topic="request_recusal")
    assert told(written) == {"leader"}
    [said] = words.tell([written], to=agency.leader).values()
    assert case.no in said.headline


def test_who_had_to_stand_aside_does_not_get_it_back(agency, stood_aside):
    with pytest.raises(RuleViolation):
        workflow.assign(stood_aside.no, by=agency.chief, handler="mediator")


def test_where_the_recusal_is_refused_the_mediator_goes_on(agency, clock):
    case = agency.mediated_case()
    workflow.request_recusal(case.no, by=agency.mediator, reason="亲属关系")
    workflow.decide_recusal(case.no, by=agency.leader, granted=False, reason="无利害关系")

    settled = workflow.settle(
        case.no, by=agency.mediator, agreement="退款", recovered_amount="10.00"
    )

    assert (settled.state, settled.handler) == ("agreed", agency.mediator)


# -- profiles ---------------------------------------------------------------------------

LINES = {
    "trainings-TOTAL_FORMS": "1", "trainings-INITIAL_FORMS": "0",
    "trainings-0-held_on": "2026-01-15", "trainings-0-hours": "8",
    "trainings-0-subject": "消费者权益保护法",
    "recusals-TOTAL_FORMS": "1", "recusals-INITIAL_FORMS": "0",
    "recusals-0-reason": "亲属经营",
}  # fmt: skip


def test_a_chief_keeps_the_profiles_of_the_own_people(agency, clock):
    case = agency.ticket()
    http = Client()
    http.force_login(agency.chief)
    page = "/admin/cases/profile/add/"

    assert http.get(page).status_code == 200
    wrong = http.post(
        page, {"person": agency.mediator.pk, **LINES, "recusals-0-merchant": "没有这家店"}
    )
    assert wrong.status_code == 200
    assert not Profile.objects.exists()
    http.post(
        page, {"person": agency.mediator.pk, **LINES, "recusals-0-merchant": case.merchant.name}
    )

    profile = Profile.objects.get()
    assert profile.recusals.get().merchant == case.merchant
    assert profile.trainings.get().hours == 8
    assert http.get("/admin/cases/profile/").status_code == 200
    assert http.get(f"/admin/cases/profile/{profile.pk}/change/").status_code == 200
    other = Profile.objects.create(person=agency.mediator_b)
    assert http.get(f"/admin/cases/profile/{other.pk}/change/").status_code == 302
    http.force_login(agency.mediator)
    assert http.get("/admin/cases/profile/").status_code == 403
