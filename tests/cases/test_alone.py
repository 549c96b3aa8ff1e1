"""What nobody decides alone, and who stands aside from deciding."""

from datetime import datetime

import pytest

from agency.core.errors import Forbidden, RuleViolation
from agency.core.models import Notification
from cases import workflow
from cases.admin.watchlist import Watchlist
from cases.models import Profile, Recusal
from cases.workflow import experts
from tests.cases.lives import Cast
from tests.stories import clock_of

pytestmark = pytest.mark.django_db

MORNING = datetime.fromisoformat("2026-05-11T09:00:00+08:00")


@pytest.fixture
def cast(agency, clock):
    clock.set(MORNING)
    return Cast(agency)


# -- a clue -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("filed", "ground"), [(True, "filed"), (False, "not_filed")])
def test_whether_a_clue_is_filed_the_leader_decides(cast, clock, filed, ground):
    case = cast.act(cast.bring("complaint", "mediating"), "record_clue", "mediator")
    clock.shift(days=1)

    case = workflow.verify_clue(case.no, by=cast["enforcer"], filed=filed, note="证据齐全")

    assert clock_of(case, "clue.verify").met_at is None, "proposed is not decided"
    assert case.pending.deciders == ["leader"]
    assert Notification.objects.get(topic="approval_needed").target == "leader"
    assert "verify_clue" not in workflow.allowed(case, cast["enforcer"])
    with pytest.raises(RuleViolation):
        workflow.approve(case.no, by=cast["chief"])

    clock.shift(days=1)
    case = workflow.approve(case.no, by=cast["leader"])
    decision = case.decisions.get(kind="clue", ground=ground)
    assert (decision.by, decision.approved_by) == (cast["enforcer"], cast["leader"])
    assert clock_of(case, "clue.verify").met_at == clock.now


def test_the_mediation_goes_on_while_the_leader_decides_on_the_clue(cast):
    case = cast.act(cast.bring("complaint", "mediating"), "record_clue", "mediator")
    workflow.verify_clue(case.no, by=cast["enforcer"], filed=True, note="证据齐全")

    case = workflow.settle(case.no, by=cast["mediator"], agreement="退款", recovered_amount="10.00")

    assert case.state == "agreed"
    assert workflow.approve(case.no, by=cast["leader"]).state == "agreed"


def test_a_clue_the_leader_sends_back_is_verified_once_more(cast):
    case = cast.act(cast.bring("complaint", "mediating"), "record_clue", "mediator")
    workflow.verify_clue(case.no, by=cast["enforcer"], filed=False, note="不成立")
    case = workflow.disapprove(case.no, by=cast["leader"], reason="再查")

    assert clock_of(case, "clue.verify").met_at is None
    case = cast.act(case, "verify_clue", "enforcer")
    assert clock_of(case, "clue.verify").met_at == MORNING


# -- recusal ----------------------------------------------------------------------------------


def recuse(person, case) -> None:
    """The case's merchant is on this person's recusal list."""
    profile, _made = Profile.objects.get_or_create(person=person)
    Recusal.objects.create(profile=profile, merchant=case.merchant, reason="亲属经营")


def test_an_expert_who_has_to_do_with_the_merchant_is_not_asked(agency, cast):
    case = cast.bring("complaint", "mediating")
    recuse(agency.expert, case)

    assert agency.expert not in experts.pool(case)
    with pytest.raises(RuleViolation, match="回避"):
        workflow.ask_expert(case.no, by=cast["mediator"], expert="expert", question="应否更换？")


def test_an_expert_who_is_recused_after_the_question_says_nothing(agency, cast):
    case = cast.bring("complaint", "mediating")
    workflow.ask_expert(case.no, by=cast["mediator"], expert="expert", question="应否更换？")
    recuse(agency.expert, case)

    assert workflow.allowed(case, agency.expert) == []
    with pytest.raises(RuleViolation, match="回避"):
        workflow.give_opinion(case.no, by=agency.expert, opinion="不应更换")


def test_the_leader_decides_where_the_chief_has_to_do_with_the_merchant(agency, clock):
    case = agency.contacted_case()
    recuse(agency.chief, case)

    case = workflow.refuse(case.no, by=agency.mediator, ground="R1", explanation="不属本部门职责")

    assert Notification.objects.get(topic="approval_needed").target == "leader"
    assert "approve" not in workflow.allowed(case, agency.chief)
    with pytest.raises(RuleViolation, match="回避"):
        workflow.approve(case.no, by=agency.chief)
    assert workflow.approve(case.no, by=agency.leader).state == "rejected"


def test_a_leader_who_has_to_do_with_the_merchant_decides_nothing_of_it(agency, cast):
    case = cast.bring("report", "verifying")
    recuse(cast["leader"], case)
    workflow.file(case.no, by=cast["enforcer"], form_no="立审〔2026〕1号")

    with pytest.raises(RuleViolation, match="回避"):
        workflow.approve(case.no, by=cast["leader"])
    assert workflow.approve(case.no, by=agency.leader).state == "filed"


def test_the_supervisor_decides_where_the_only_leader_has_to_do_with_the_merchant(agency, clock):
    case = agency.contacted_case(kind="report")
    workflow.verify(case.no, by=agency.enforcer)
    recuse(agency.leader, case)

    workflow.file(case.no, by=agency.enforcer, form_no="立审〔2026〕1号")

    assert Notification.objects.get(topic="approval_needed").target == "supervisor"
    assert "approve" in workflow.allowed(case, agency.supervisor)
    assert [p.case for p in Watchlist(agency.supervisor, clock.now).pending] == [case]
    assert workflow.approve(case.no, by=agency.supervisor).state == "filed"


@pytest.mark.parametrize("recused", [(), ("chief",), ("leader",)])
def test_the_supervisor_decides_nothing_that_chief_or_leader_can(agency, clock, recused):
    case = agency.contacted_case()
    for role in recused:
        recuse(getattr(agency, role), case)
    workflow.refuse(case.no, by=agency.mediator, ground="R1", explanation="不属本部门职责")

    assert "approve" not in workflow.allowed(case, agency.supervisor)
    with pytest.raises(RuleViolation):
        workflow.approve(case.no, by=agency.supervisor)


def test_the_supervisor_decides_where_neither_chief_nor_leader_may(agency, clock):
    case = agency.contacted_case()
    recuse(agency.chief, case)
    recuse(agency.leader, case)
    workflow.refuse(case.no, by=agency.mediator, ground="R1", explanation="不属本部门职责")

    assert workflow.disapprove(case.no, by=agency.supervisor, reason="再核").state == "reviewing"


# -- whose case it is to give away ------------------------------------------------------------


@pytest.mark.parametrize(("kind", "state"), [
    ("complaint", "mediating"), ("report", "verifying"), ("consultation", "forwarded"),
])  # fmt: skip
def test_a_petition_officer_gives_away_no_case_but_a_petition(cast, kind, state):
    case = cast.bring(kind, state)

    assert "assign" not in workflow.allowed(case, cast["petition_officer"])
    with pytest.raises(Forbidden):
        workflow.assign(case.no, by=cast["petition_officer"], follow_up="callback")


def test_a_petition_officer_gives_a_petition_to_a_colleague(agency, cast):
    case = cast.bring("petition", "dispatched")

    case = workflow.assign(case.no, by=cast["petition_officer"], handler="petition_officer")

    assert case.handler == agency.petition_officer
