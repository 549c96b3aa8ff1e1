"""While a refusal waits for its decision, the case stays where it is, as it was proposed."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agency.core import deadlines, invariants, notifications
from agency.core.errors import RuleViolation
from agency.core.models import Notification, User
from agency.core.notifications.bell import bell_of
from agency.core.notifications.words import tell
from cases import workflow
from cases.lifecycle import MOVES, Kind
from cases.models import Case, CaseDeadlineExcuse
from cases.workflow.time import outlived_to_lapse
from tests.cases.lives import Cast
from tests.cases.test_admin import desk, page_of
from tests.stories import clock_of

pytestmark = pytest.mark.django_db

BODIES = {
    "dispatch": {"unit": "west"},
    "return": {"reason": "不属本职", "explanation": "属交通部门"},
    "refuse": {"ground": "R1", "explanation": "不属本职"},
    "approve": {},
    "disapprove": {"reason": "缺凭证"},
}
WHO = {"dispatch": "dispatcher", "approve": "chief", "disapprove": "chief"}

WAITS = "This case waits for approval: let that be decided first."
NOTHING_WAITS = "Nothing waits for approval here."


def by_api(agency, case, verb: str) -> tuple[int, str]:
    client = agency.client(WHO.get(verb, "mediator"))
    client.http.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    status, answer = client.post(f"cases/{case.no}/{verb}/", BODIES[verb])
    return status, answer["detail"]


def by_page(agency, case, verb: str) -> tuple[int, str]:
    http = Client()
    http.cookies["django_language"] = "en"
    http.force_login(User.objects.get(username=WHO.get(verb, "mediator")))
    response = http.post(reverse("admin:cases_case_verb", args=[case.no, verb]), BODIES[verb])
    return response.status_code, response.context["form"].refusal


@pytest.fixture
def handled(agency, clock):
    return agency.contacted_case()


@pytest.fixture
def proposed(agency, handled):
    return workflow.refuse(handled.no, by=agency.mediator, **BODIES["refuse"])


doors = pytest.mark.parametrize("door", [by_api, by_page])


@doors
@pytest.mark.parametrize("verb", ["dispatch", "return", "refuse"])
def test_what_would_move_it_is_told_to_wait(agency, proposed, door, verb):
    events = proposed.events.count()

    assert door(agency, proposed, verb) == (409, WAITS)

    proposed.refresh_from_db()
    assert (proposed.state, proposed.unit.code) == ("reviewing", "east")
    assert proposed.events.count() == events
    assert proposed.assignments.filter(ended_at=None).count() == 1


@doors
@pytest.mark.parametrize("verb", ["approve", "disapprove"])
def test_a_decision_needs_something_to_decide(agency, handled, door, verb):
    assert door(agency, handled, verb) == (409, NOTHING_WAITS)


def test_the_citizen_is_answered_all_the_same(agency, proposed):
    mediator, ticket = agency.client("mediator"), proposed.tickets.get()
    again = agency.ticket(external_no=ticket.external_no, round=2)

    for verb, body in [
        ("respond", {}),
        ("contact", {"outcome": "reached", "no_meeting_reason": "电话中已解决"}),
        ("reply_ticket", {"ticket": ticket.no, "text": "经调解已退款。"}),
    ]:
        assert mediator.post(f"cases/{again.no}/{verb}/", body)[0] == 200, verb

    assert again == proposed


@pytest.mark.parametrize("decision", ["approve", "disapprove"])
def test_who_decides_finds_what_was_proposed_and_then_it_goes_on(agency, proposed, decision):
    by_api(agency, proposed, "dispatch")
    chief = agency.client("chief")

    assert chief.post(f"cases/{proposed.no}/{decision}/", BODIES[decision])[0] == 200

    proposed.refresh_from_db()
    moved = agency.client("dispatcher").post(f"cases/{proposed.no}/dispatch/", {"unit": "west"})[0]
    assert (proposed.state, moved) == {
        "approve": ("rejected", 409), "disapprove": ("reviewing", 200),
    }[decision]  # fmt: skip


@pytest.mark.parametrize("kind", Kind)
def test_no_verb_that_moves_a_case_is_indifferent_to_a_proposal(kind):
    moving = {move.verb for move in MOVES[kind] if move.to and move.pending is None}
    assert moving <= {"respond", "contact"}, "the citizen is answered all the same"


def test_a_dispatch_writes_the_case_once_where_nobody_is_to_be_asked(agency, clock):
    case = agency.ticket()

    with CaptureQueriesContext(connection) as done:
        workflow.dispatch(case.no, by=agency.dispatcher, unit="east")

    assert sum('UPDATE "cases_case" ' in query["sql"] for query in done) == 1


@pytest.mark.parametrize("username", ["mediator", "dispatcher", "chief", "leader", "registrar"])
def test_what_is_allowed_follows_the_same_table(agency, proposed, username):
    allowed = workflow.allowed(proposed, User.objects.get(username=username))

    barred = {m.verb for m in MOVES[Kind(proposed.kind)] if m.pending is False}
    assert barred.isdisjoint(allowed)


def test_a_row_of_the_start_page_offers_no_way_past_the_decision(agency, clock):
    handled = agency.contacted_case(channel="hotline")
    assert "accept" in offered(agency.mediator, handled)
    assert "notify" not in offered(agency.enforcer, handled), "nothing is decided yet"

    workflow.refuse(handled.no, by=agency.mediator, **BODIES["refuse"])

    assert offered(agency.mediator, handled) <= {"notify"}


DECISIONS = [
    # handler, who has left, whose start page it heads
    ("mediator", set(), {"chief"}),
    ("chief", set(), {"leader"}),
    ("mediator", {"chief"}, {"leader"}),
    (None, set(), {"chief"}),
]


@pytest.mark.parametrize(("handler", "gone", "whose"), DECISIONS)
def test_a_decision_heads_the_start_page_of_who_may_give_it(agency, clock, handler, gone, whose):
    clock.shift(minutes=-40)
    case = agency.ticket()
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler=handler)
    workflow.contact(case.no, by=agency.chief, outcome="reached", no_meeting_reason="电话")
    clock.shift(minutes=40)
    workflow.refuse(case.no, by=agency.mediator, **BODIES["refuse"])
    User.objects.filter(username__in=gone).update(is_active=False)

    deciders = User.objects.filter(username__in={"chief", "leader"} - gone)

    assert {user.username for user in deciders if heads(user, case)} == whose
    case.refresh_from_db()
    may = {user.username for user in deciders if "approve" in workflow.allowed(case, user)}
    assert may == whose


def test_a_leader_decides_for_the_section_without_a_chief(agency, clock):
    case = agency.ticket(unit="west")
    workflow.contact(case.no, by=agency.mediator_b, outcome="reached", no_meeting_reason="电话")
    workflow.refuse(case.no, by=agency.mediator_b, **BODIES["refuse"])

    assert heads(agency.leader, case)
    assert not heads(agency.chief, case)


def test_a_chief_who_never_came_is_none(agency, clock):
    """Invited, and no password chosen yet: nothing waits for them."""
    agency.chief.set_unusable_password()
    agency.chief.save()
    case = agency.contacted_case()
    workflow.refuse(case.no, by=agency.mediator, **BODIES["refuse"])

    assert heads(agency.leader, case)
    assert workflow.approve(case.no, by=agency.leader).state == "rejected"


def test_handing_the_case_over_makes_nobody_a_second_pair_of_eyes(agency):
    case = agency.ticket(unit="east")
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="chief")
    workflow.contact(case.no, by=agency.chief, outcome="reached", no_meeting_reason="电话")
    workflow.refuse(case.no, by=agency.mediator, **BODIES["refuse"])

    workflow.assign(case.no, by=agency.chief, handler="mediator")

    assert by_api(agency, case, "approve")[0] == 409
    assert (heads(agency.chief, case), heads(agency.leader, case)) == (False, True)
    assert workflow.approve(case.no, by=agency.leader).state == "rejected"


def test_who_gave_the_case_away_before_may_decide_what_another_proposes_of_it(agency, clock):
    case = agency.ticket(unit="east")
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="chief")
    workflow.contact(case.no, by=agency.chief, outcome="reached", no_meeting_reason="电话")
    workflow.assign(case.no, by=agency.chief, handler="mediator")
    clock.shift(minutes=1)

    workflow.refuse(case.no, by=agency.mediator, **BODIES["refuse"])

    assert workflow.approve(case.no, by=agency.chief).state == "rejected"


@pytest.mark.parametrize("part", ["mediates", "settles", "confirms"])
def test_who_mediated_settled_or_confirmed_decides_nothing_of_it_though_another_handles_it(
    agency, clock, part
):
    case = agency.contacted_case()
    workflow.accept(case.no, by=agency.mediator, notified_by="phone")
    mediates, settles, confirms = {
        "mediates": ("chief", agency.mediator, agency.mediator),
        "settles": ("mediator", agency.chief, agency.mediator),
        "confirms": ("mediator", agency.mediator, agency.chief),
    }[part]
    workflow.start_mediation(case.no, by=agency.mediator, mediator=mediates)
    workflow.settle(case.no, by=settles, agreement="退款", recovered_amount="10.00")
    workflow.confirm_performance(case.no, by=confirms, amount="10.00", evidence_note="截图")
    workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")
    workflow.close(case.no, by=agency.mediator, conclusion="已履行")

    assert case.handler_id is None or case.handler == agency.mediator
    assert "approve" not in workflow.allowed(case, agency.chief)
    assert agency.client("chief").post(f"cases/{case.no}/approve/")[0] == 409
    assert heads(agency.leader, case)
    assert workflow.approve(case.no, by=agency.leader).state == "closed"


# -- an excuse stands beside ----------------------------------------------------------------


@pytest.fixture
def excused(agency, clock):
    """Answered late; the supervisor asks the leader to excuse it."""
    case = agency.ticket(unit="east")
    clock.shift(minutes=45)
    workflow.contact(case.no, by=agency.mediator, outcome="reached", no_meeting_reason="电话")
    return workflow.excuse(
        case.no, by=agency.supervisor, rule="ticket.respond_10", reason="系统停机"
    )


def test_while_an_excuse_waits_the_case_goes_on_to_its_end(agency, excused):
    workflow.accept(excused.no, by=agency.mediator, notified_by="phone")
    workflow.start_mediation(excused.no, by=agency.mediator)
    workflow.settle(excused.no, by=agency.mediator, agreement="退款", recovered_amount="10.00")
    workflow.confirm_performance(
        excused.no, by=agency.mediator, amount="10.00", evidence_note="转账截图"
    )
    workflow.follow_up(excused.no, by=agency.callback, satisfaction="satisfied")
    workflow.close(excused.no, by=agency.mediator, conclusion="已办结")
    workflow.approve(excused.no, by=agency.chief)
    assert invariants.check()[1] == []

    assert workflow.approve(excused.no, by=agency.leader).state == "closed"

    assert excused.pending is None
    assert excused.deadlines.get(rule__code="ticket.respond_10").excuses.count() == 1


def test_an_excuse_is_proposed_once(agency, excused):
    with pytest.raises(RuleViolation):
        workflow.excuse(
            excused.no, by=agency.supervisor, rule="ticket.contact_30", reason="系统停机"
        )
    assert excused.proposals.count() == 1


def test_an_excuse_is_of_what_was_proposed_and_of_nothing_that_came_later(agency, clock):
    case = agency.ticket(unit="east", external_no="MY1")
    clock.shift(minutes=11)
    deadlines.sweep()
    workflow.excuse(case.no, by=agency.supervisor, rule="ticket.respond_10", reason="系统停机")
    agency.ticket(external_no="MY1", round=2)
    clock.shift(hours=3)
    deadlines.sweep()

    workflow.approve(case.no, by=agency.leader)

    excused = CaseDeadlineExcuse.objects.filter(deadline__case=case)
    assert list(excused.values_list("deadline__ticket__round", flat=True)) == [1]


def test_nothing_is_excused_where_the_breach_has_gone_to_another_case(agency, clock):
    here, there = agency.ticket(unit="east"), agency.ticket(unit="east")
    clock.shift(minutes=11)
    deadlines.sweep()
    workflow.excuse(there.no, by=agency.supervisor, rule="ticket.respond_10", reason="系统停机")
    workflow.link_ticket(here.no, by=agency.dispatcher, ticket=there.tickets.get().no)

    with pytest.raises(RuleViolation):
        workflow.approve(there.no, by=agency.leader)

    assert not CaseDeadlineExcuse.objects.exists()
    assert not there.events.filter(kind="excused").exists()
    workflow.disapprove(there.no, by=agency.leader, reason="已并入他案")
    assert there.pending is None


def test_an_excuse_proposed_before_its_clocks_were_kept_is_of_all_of_the_rule(agency, excused):
    proposal = excused.proposals.get()
    del proposal.data["clocks"]
    proposal.save()

    workflow.approve(excused.no, by=agency.leader)

    assert excused.deadlines.get(rule__code="ticket.respond_10").excuses.count() == 1


def test_each_decides_what_is_theirs_and_what_holds_the_case_is_shown_first(agency, excused):
    workflow.refuse(excused.no, by=agency.mediator, **BODIES["refuse"])

    assert agency.client("mediator").get(f"cases/{excused.no}/")[1]["pending"]["verb"] == "refuse"
    assert by_api(agency, excused, "dispatch") == (409, WAITS)
    assert workflow.approve(excused.no, by=agency.leader).state == "reviewing"
    assert excused.deadlines.get(rule__code="ticket.respond_10").excuses.count() == 1
    assert workflow.approve(excused.no, by=agency.chief).state == "rejected"


def test_what_holds_the_case_is_decided_first_by_who_may_decide_both(agency, excused):
    User.objects.filter(role="chief").update(is_active=False)
    workflow.refuse(excused.no, by=agency.mediator, **BODIES["refuse"])
    [row] = [row for row in rows_of(agency.leader) if row.case == excused]

    assert row.proposal.verb == "refuse"
    assert workflow.approve(excused.no, by=agency.leader).state == "rejected"
    assert excused.pending.verb == "excuse"


def heads(user, case) -> bool:
    """Whether the case stands on the start page as something to decide."""
    return case in [row.case for row in rows_of(user) if row.proposal]


def rows_of(user) -> list:
    """The rows of the start page."""
    http = Client()
    http.force_login(user)
    return http.get("/admin/").context["rows"]


def offered(user, case) -> set[str]:
    """The buttons of the case's row on the start page."""
    http = Client()
    http.force_login(user)
    context = http.get("/admin/").context
    [row] = [row for row in [*context["rows"], *context["idle"]] if row.case == case]
    return {verb.name for verb in row.buttons}


@pytest.mark.parametrize("verb", ["approve", "disapprove"])
def test_what_is_decided_needs_no_reading_any_more(agency, proposed, verb):
    notifications.deliver_pending()
    asked = bell_of(agency.chief).filter(notification__topic="approval_needed")
    assert asked.get().read_at is None
    assert asking(agency, asked) == f"案件 {proposed.no} 等待您审批：不予受理。"

    workflow.VERBS[verb](proposed.no, by=agency.chief, **BODIES[verb])

    assert asked.get().read_at is not None
    assert asking(agency, asked) == f"案件 {proposed.no} 等待您审批。"


def asking(agency, asked) -> str:
    [said] = tell([asked.get().notification], to=agency.chief).values()
    return said.headline


def test_more_time_for_a_clue_holds_up_no_mediation(agency, clock):
    """It is verified beside the mediation, whose sixty days run on while the leader decides."""
    cast = Cast(agency)
    case = cast.act(cast.bring("complaint", "mediating"), "record_clue", "mediator")
    due_at = clock_of(case, "clue.verify").due_at
    workflow.extend(case.no, by=cast["enforcer"], rule="clue.verify", reason="案情复杂")
    assert "extend" not in workflow.allowed(case, cast["enforcer"])

    workflow.hold_session(case.no, by=cast["mediator"], **cast.body(case, "hold_session"))
    case = workflow.settle(case.no, by=cast["mediator"], agreement="退款", recovered_amount="1280")
    workflow.approve(case.no, by=cast["leader"])

    assert (case.state, clock_of(case, "clue.verify").due_at > due_at) == ("agreed", True)


def test_what_came_of_a_clue_is_decided_before_anything_more_is_sent_out(agency, clock):
    cast = Cast(agency)
    case = cast.act(cast.bring("complaint", "mediating"), "record_clue", "mediator")
    workflow.verify_clue(case.no, by=cast["enforcer"], filed=False, note="不成立")

    with pytest.raises(RuleViolation):
        cast.act(case, "pause_clue", "enforcer")

    assert "pause_clue" not in workflow.allowed(Case.objects.get(pk=case.pk), cast["enforcer"])
    assert clock_of(case, "clue.verify").paused_at is None


@pytest.mark.parametrize(("later", "is_over"), [({}, False), ({"microseconds": 1}, True)])
def test_more_time_is_asked_for_no_longer_than_its_clock_runs(agency, clock, later, is_over):
    """Undecided it would hold the case, and could only be refused."""
    cast = Cast(agency)
    case = cast.bring("report", "verifying")
    workflow.extend(case.no, by=cast["enforcer"], rule="report.verify", reason="案情复杂")
    clock.set(clock_of(case, "report.verify").due_at)
    clock.shift(**later)

    assert list(outlived_to_lapse()) == [True] * is_over

    case = Case.objects.get(pk=case.pk)
    assert case.is_held is not is_over
    if is_over:
        proposal, event = case.proposals.get(verb="extend"), case.events.latest("pk")
        assert (proposal.approved, proposal.decided_by, proposal.decided_at) == (
            False,
            None,
            clock.now,
        )
        assert (event.kind, event.actor, event.data) == ("disapproved", None, {"verb": "extend"})
        assert "file" in workflow.allowed(case, cast["enforcer"])
        assert "无人审批" in desk("enforcer").get(page_of(case)).text
        assert Notification.objects.get(topic="disapproved").handler == cast["enforcer"]
        assert list(outlived_to_lapse()) == []
