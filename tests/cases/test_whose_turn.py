"""No open case is nobody's: whose turn it is finds it on the start page, with what comes next."""

import pytest

from agency.core import clock as core_clock
from agency.core import deadlines
from agency.core.errors import Forbidden, RuleViolation
from agency.core.models import User
from cases import lifecycle, workflow
from cases.lifecycle import OPEN, Kind, State
from cases.models import Assignment, Callback, Case
from tests.cases.test_admin import desk, numbers
from tests.stories import clock_of

pytestmark = pytest.mark.django_db

PEOPLE = (
    "mediator", "enforcer", "petition_officer", "chief", "leader", "dispatcher", "registrar",
    "callback",
)  # fmt: skip


def start_page(who: str) -> str:
    return desk(who).get("/admin/").content.decode()


@pytest.fixture
def chiefs(agency, clock) -> Case:
    """A mediation that a recusal has given to the chief; it was kept, and the citizen called."""
    case = agency.mediated_case()
    workflow.request_recusal(case.no, by=agency.mediator, reason="与商家相识")
    workflow.decide_recusal(
        case.no, by=agency.leader, granted=True, mediator="chief", reason="属实"
    )
    workflow.reply_ticket(case.no, by=agency.dispatcher, text="正在调解")
    clock.shift(minutes=1)
    return Case.objects.get(pk=case.pk)


# -- a chief who handles it -------------------------------------------------------------------


def test_a_chief_who_mediates_ends_it_before_the_leader(agency, chiefs):
    workflow.terminate(chiefs.no, by=agency.chief, ground="T3", explanation="分歧过大")

    with pytest.raises(RuleViolation):
        workflow.approve(chiefs.no, by=agency.chief)
    assert numbers(desk("leader").get("/admin/")) == [chiefs.no]
    assert workflow.approve(chiefs.no, by=agency.leader).state == "terminated"


def test_what_a_chief_brought_to_its_end_stands_in_the_chief_s_queue_with_the_end(agency, chiefs):
    workflow.settle(chiefs.no, by=agency.chief, agreement="退款", recovered_amount="100")
    workflow.confirm_performance(chiefs.no, by=agency.chief, amount="100", evidence_note="转账")
    assert chiefs.no in numbers(desk("callback").get("/admin/"))
    assert f"{chiefs.no}/verb/close/" not in start_page("chief"), "first it is called back"
    workflow.follow_up(chiefs.no, by=agency.callback, satisfaction="satisfied")
    workflow.reply_ticket(chiefs.no, by=agency.dispatcher, text="已退款")

    assert f"{chiefs.no}/verb/close/" in start_page("chief")
    workflow.close(chiefs.no, by=agency.chief, conclusion="已履行")
    assert workflow.approve(chiefs.no, by=agency.leader).state == "closed"


def test_a_chief_proposes_nothing_of_a_case_that_another_handles(agency, clock):
    case = agency.mediated_case()

    assert "terminate" not in workflow.allowed(case, agency.chief)
    with pytest.raises(Forbidden):
        workflow.terminate(case.no, by=agency.chief, ground="T3", explanation="分歧过大")
    assert agency.client("chief").post(f"cases/{case.no}/terminate/", {})[0] == 403


def test_a_chief_verifies_and_files_a_report_that_is_the_chief_s(agency, clock):
    case = agency.ticket(kind="report", unit="east")
    workflow.assign(case.no, by=agency.chief, handler="chief")

    workflow.verify(case.no, by=agency.chief, colleague="enforcer")
    workflow.file(case.no, by=agency.chief, form_no="立审〔2026〕1号")

    assert workflow.approve(case.no, by=agency.leader).state == "filed"


# -- who follows up ---------------------------------------------------------------------------


@pytest.fixture
def followed(agency, clock) -> Case:
    """An agreement of the mediator's that the call-back officer is named to follow up."""
    case = agency.mediated_case()
    workflow.assign(case.no, by=agency.dispatcher, follow_up="callback")
    return workflow.settle(case.no, by=agency.mediator, agreement="退款", recovered_amount="100")


def test_who_follows_up_finds_the_agreement_and_says_what_came_of_it(agency, followed):
    assert numbers(desk("callback").get("/admin/")) == [followed.no]
    assert f"{followed.no}/verb/confirm_performance/" in start_page("callback")

    done = workflow.confirm_performance(
        followed.no, by=agency.callback, amount="100", evidence_note="转账截图"
    )

    assert (done.state, done.result) == ("performed", "performed")
    assert clock_of(done, "agreement.perform").met_at is not None
    assert followed.no not in numbers(desk("callback").get("/admin/")), "somebody else calls"


def test_by_the_machines_too(agency, followed):
    status, told = agency.client("callback").get(f"cases/{followed.no}/")
    assert {"confirm_performance", "record_non_performance"} <= set(told["allowed"])

    status, _ = agency.client("callback").post(
        f"cases/{followed.no}/record_non_performance/", {"explanation": "未退款"}
    )

    assert status == 200


@pytest.mark.parametrize("who", ["registrar", "dispatcher", "enforcer"])
def test_who_is_not_named_for_it_does_not(agency, followed, who):
    with pytest.raises(Forbidden):
        workflow.confirm_performance(
            followed.no, by=getattr(agency, who), amount="100", evidence_note="x"
        )
    assert f"{followed.no}/verb/confirm_performance/" not in start_page(who)


# -- every open case --------------------------------------------------------------------------

STATES_OF = {
    kind: sorted({State.REGISTERED, *(move.to for move in moves if move.to in OPEN)})
    for kind, moves in lifecycle.MOVES.items()
}
HANDLERS_OF = {
    "complaint": "mediator", "report": "enforcer", "consultation": "mediator",
    "petition": "petition_officer",
}  # fmt: skip
LEFT = "gone"


@pytest.mark.parametrize("runs", [True, False], ids=["a clock runs", "no clock"])
@pytest.mark.parametrize("handler", ["its handler", "chief", LEFT])
@pytest.mark.parametrize("kind", Kind)
def test_an_open_case_stands_in_somebody_s_queue(agency, clock, kind, handler, runs):
    cases = {state: _in(agency, kind, state, handler, runs=runs) for state in STATES_OF[kind]}

    nobodys = {case.no: state for state, case in cases.items()}
    for who in sorted(PEOPLE, key=lambda who: who not in {HANDLERS_OF[kind], "chief"}):
        if nobodys:
            for no in numbers(desk(who).get("/admin/")):
                nobodys.pop(no, None)

    assert nobodys == {}


def _in(agency, kind: str, state: str, handler: str, *, runs: bool) -> Case:
    case = agency.ticket("petition" if kind == "petition" else "minyi", kind=kind, unit="east")
    person = User.objects.get(username=HANDLERS_OF[kind] if handler != "chief" else "chief")
    if handler == LEFT:
        person, _new = User.objects.get_or_create(
            username="gone", name="离岗", role=person.role, unit=person.unit, is_active=False
        )
    waits = state in lifecycle.WAITING
    Assignment.objects.filter(case=case).update(handler=None if waits else person)
    case.handler = None if waits else person
    case.state = state
    if not runs:
        deadlines.cancel(case.deadlines, at=core_clock.now(), reason="told")
        case.next_due_at = None
    if state in {State.PERFORMED, State.BREACHED}:
        Callback.objects.get_or_create(case=case, defaults={"ended_on": "2026-03-02"})
    case.save()
    case.deadlines.update(handler=case.handler)
    return case
