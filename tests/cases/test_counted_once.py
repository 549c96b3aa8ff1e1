"""What the law counts it counts once: no merging, dispatching, second finding or reopening of ours
loses a clock, starts one anew, or leaves one out.
"""

from datetime import datetime

import pytest

from agency.core import invariants
from agency.core.errors import RuleViolation
from agency.core.models import Unit
from cases import completeness, intake
from cases.models import Case
from tests.cases.lives import Cast
from tests.stories import clock_of

pytestmark = pytest.mark.django_db

OTHER = {"name": "林一一", "phone": "13700137000"}
SENT_BACK = {"external_no": "MY1", "round": 2}


@pytest.fixture
def cast(agency, clock):
    clock.set(datetime.fromisoformat("2026-05-11T09:00:00+08:00"))
    yield Cast(agency)
    assert invariants.check()[1] == []


def owed(case) -> set[tuple]:
    """The case's own open clocks, and when each began."""
    return set(case.deadlines.open().filter(ticket=None).values_list("rule__code", "starts_at"))


def bring_ticket(cast, case, source) -> Case:
    return cast.act(case, "link_ticket", "dispatcher", ticket=source.tickets.get().no)


# -- merging ------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "state"), [
    ("complaint", "awaiting_identity"), ("complaint", "appraising"), ("complaint", "terminated"),
    ("complaint", "reopened"), ("report", "testing"), ("consultation", "answered"),
    ("petition", "reviewing"),
])  # fmt: skip
def test_what_was_begun_on_a_case_ends_there(cast, kind, state):
    source, case = cast.bring(kind, state), cast.case(kind)
    before = set(source.deadlines.open().values_list("pk", "paused_at"))

    with pytest.raises(RuleViolation):
        bring_ticket(cast, case, source)

    source.refresh_from_db()
    assert (source.state, source.tickets.count()) == (state, 1)
    assert set(source.deadlines.open().values_list("pk", "paused_at")) == before


def test_a_dispute_is_not_lost_by_merging(cast):
    source, case = cast.bring("complaint", "dispatched"), cast.case("complaint")
    cast.act(source, "record_dispute", "mediator")

    with pytest.raises(RuleViolation):
        bring_ticket(cast, case, source)


@pytest.mark.parametrize(("kind", "rule"), [
    ("complaint", "complaint.accept"), ("report", "report.verify"),
])  # fmt: skip
def test_no_time_is_won_by_bringing_the_earlier_onto_the_later(cast, clock, kind, rule):
    earlier = cast.case(kind)
    clock.shift(days=8)
    later = cast.case(kind)

    with pytest.raises(RuleViolation, match=earlier.no):
        bring_ticket(cast, later, earlier)
    due_at = clock_of(earlier, rule).due_at
    bring_ticket(cast, earlier, later)

    assert clock_of(earlier, rule).due_at == due_at
    assert clock_of(earlier, rule).cancelled_at is None
    assert clock_of(later, rule).cancelled_at == clock.now


def test_two_of_one_day_are_merged_either_way(cast, clock):
    first = cast.case("complaint")
    clock.shift(hours=1)
    second = cast.case("complaint")

    bring_ticket(cast, second, first)

    assert clock_of(first, "complaint.accept").due_at == clock_of(second, "complaint.accept").due_at


@pytest.mark.parametrize("consumer", [OTHER, None])
def test_another_citizen_s_complaint_waits_for_a_decision_of_its_own(cast, agency, consumer):
    case = cast.bring("complaint", "accepted")
    source = agency.ticket(**({"consumer": consumer} if consumer else {}))

    if consumer:
        with pytest.raises(RuleViolation):
            bring_ticket(cast, case, source)
        assert clock_of(source, "complaint.accept").cancelled_at is None
    else:
        bring_ticket(cast, case, source)
        assert clock_of(source, "complaint.accept").cancelled_at


# -- the same again ------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "verb", "rule", "end"), [
    ("mediating", "record_clue", "clue.verify", ("verify_clue", "enforcer")),
    ("reviewing", "record_dispute", "jurisdiction.dispute", ("settle_dispute", "mediator")),
])  # fmt: skip
def test_a_second_finding_does_not_put_off_the_first(cast, clock, state, verb, rule, end):
    case = cast.bring("complaint", state)
    cast.act(case, verb, "mediator")
    first = clock_of(case, rule)
    clock.shift(days=5)

    cast.act(case, verb, "mediator")

    assert clock_of(case, rule).due_at == first.due_at
    cast.act(case, *end)
    cast.act(case, verb, "mediator")
    assert case.deadlines.open().get(rule__code=rule).starts_at == clock.now, "a new one, by itself"


def test_who_gets_a_question_from_another_answers_it_in_the_same_time(cast, clock):
    case = cast.bring("consultation", "forwarded")
    due_at = clock_of(case, "consultation.answer").due_at
    clock.shift(days=2)

    cast.act(case, "dispatch", "dispatcher", unit="west")

    assert clock_of(case, "consultation.answer").due_at == due_at


def test_each_unit_has_its_own_day_to_give_a_case_back(cast, clock):
    case = cast.bring("complaint", "dispatched")
    clock.shift(hours=20)

    cast.act(case, "dispatch", "dispatcher", unit="west")

    first, second = case.deadlines.filter(rule__code="dispatch.return").order_by("pk")
    assert (first.cancelled_at, second.starts_at) == (clock.now, clock.now)


@pytest.mark.parametrize("verb", ["respond", "contact"])
@pytest.mark.parametrize("who", ["dispatcher", "petition_officer"])
def test_a_call_of_the_desk_does_not_take_up_what_lies_elsewhere(cast, clock, verb, who):
    case = cast.bring("complaint", "dispatched")

    called = cast.act(case, verb, who)

    assert called.state == "dispatched"
    assert clock_of(case, "ticket.respond_10").met_at == clock.now
    assert clock_of(case, "dispatch.return").met_at is None
    assert cast.act(case, "contact", "mediator").state == "reviewing"
    assert clock_of(case, "dispatch.return").met_at == clock.now


# -- new facts ----------------------------------------------------------------------------


def tell_more(cast, case) -> None:
    more = cast.case("report")
    cast.act(case, "link_ticket", "dispatcher", ticket=more.tickets.get().no, new_facts=True)


def test_new_facts_during_a_test_count_when_the_test_is_over(cast, clock):
    case = cast.bring("report", "testing")
    clock.shift(days=3)

    tell_more(cast, case)

    anew = case.deadlines.open().get(rule__code="report.verify")
    assert (anew.starts_at, anew.paused_at) == (clock.now, clock.now)
    assert not case.deadlines.filter(cancel_reason="new_facts", pauses__to_at=None).exists()
    due_at = anew.due_at
    clock.shift(days=7)
    assert cast.act(case, "resume", "enforcer").state == "verifying"
    anew.refresh_from_db()
    assert anew.paused_at is None and anew.due_at > due_at


def test_new_facts_after_an_extension_may_be_extended_in_their_turn(cast, clock):
    case = cast.bring("report", "extended")
    with pytest.raises(RuleViolation):
        cast.act(case, "extend", "enforcer")
    clock.shift(days=3)
    tell_more(cast, case)

    assert cast.act(case, "extend", "enforcer").state == "extended"

    assert case.deadlines.open().get(rule__code="report.verify").extension == 15


# -- halves -------------------------------------------------------------------------------


def test_a_half_begins_like_any_case_that_is_dispatched(cast, clock):
    case = cast.bring("complaint", "dispatched")
    began = clock.now
    clock.shift(days=2)

    cast.act(case, "split", "dispatcher")

    half = case.offspring.get()
    assert half.state == "dispatched"
    assert owed(half) == {("report.verify", began), ("dispatch.return", clock.now)}


def test_new_facts_are_no_other_receipt_for_the_half_that_is_split_off(cast, clock):
    case, received = cast.bring("report", "registered"), clock.now
    for _time in range(2):
        clock.shift(days=3)
        tell_more(cast, case)

    cast.act(case, "split", "dispatcher")

    assert clock_of(case.offspring.get(), "complaint.accept").starts_at == received


def test_half_of_what_was_brought_in_with_its_past_is_not_late_at_birth(cast, agency, clock):
    row = agency.submission(arrived_at="2024-05-11T09:00:00+08:00")
    channel = agency.channels["minyi"]
    intake.register_many([row], channel=channel, by=channel.client, history=True)
    case = Case.objects.get()

    cast.act(case, "split", "dispatcher")

    assert not case.offspring.get().deadlines.filter(starts_at__lt=clock.now).exists()


# -- reopening ----------------------------------------------------------------------------


def closed(cast, agency) -> Case:
    """Terminated in ``east`` and closed; nobody has decided yet whether that is published."""
    case = agency.ticket(unit="east", external_no="MY1")
    for verb in ("contact", "accept", "start_mediation", "terminate", "notify"):
        cast.act(case, verb, "mediator")
    cast.act(case, "notify", "mediator", party="respondent")
    cast.act(case, "close", "mediator")
    return case


def refused(cast, agency) -> Case:
    """Not accepted in ``east``, and closed."""
    case = agency.ticket(unit="east", external_no="MY1")
    for verb in ("contact", "refuse", "notify", "close"):
        cast.act(case, verb, "mediator")
    return case


def by_the_leader(cast, agency, case) -> None:
    cast.act(case, "reopen", "leader")


def by_the_platform(cast, agency, case) -> None:
    agency.ticket(unit="east", **SENT_BACK)


@pytest.mark.parametrize("reopen", [by_the_leader, by_the_platform])
def test_by_either_door_a_case_is_open_again_within_one_limit(cast, agency, clock, reopen):
    case = closed(cast, agency)
    assert {rule for rule, _at in owed(case)} == {"complaint.publicity"}
    ended = Case.objects.get(pk=case.pk).ended_at
    clock.shift(days=1)

    reopen(cast, agency, case)

    case.refresh_from_db()
    assert (case.state, case.result, case.ended_at) == ("reopened", "failed", ended)
    assert owed(case) == {("case.rework", clock.now)}, "publicity waits for the next closing"
    assert case.decisions.filter(kind="reopened").count() == 1
    assert case.events.filter(kind="reopened").count() == 1
    in_hand = case.assignments.get(ended_at=None)
    assert (in_hand.unit, in_hand.handler) == (agency.units["east"], case.handler)


def test_a_reopened_complaint_is_not_mediated_for_sixty_days_once_more(cast, clock):
    case = cast.bring("complaint", "reopened")
    assert case.decisions.filter(kind="accepted").exists()
    reopened = case.events.get(kind="reopened").at
    clock.shift(hours=1)

    for verb, role in (("dispatch", "dispatcher"), ("contact", "mediator")):
        cast.act(case, verb, role)

    assert owed(case) == {("case.rework", reopened)}
    for verb in ("start_mediation", "settle", "confirm_performance"):
        cast.act(case, verb, "mediator")
    cast.act(case, "follow_up", "callback")
    assert cast.act(case, "close", "mediator").state == "closed"
    assert {rule for rule, _at in owed(case)} == {"complaint.publicity"}


def test_what_was_refused_and_is_accepted_after_all_is_mediated_for_sixty_days(cast, agency, clock):
    case = refused(cast, agency)
    cast.act(case, "reopen", "leader")
    reopened = clock.now
    clock.shift(hours=1)

    for verb, role in (("dispatch", "dispatcher"), ("accept", "mediator")):
        cast.act(case, verb, role)

    assert owed(case) == {("case.rework", reopened), ("complaint.mediate", clock.now)}


def test_who_was_told_before_the_reopening_is_told_of_the_new_decision_too(cast, agency):
    case = refused(cast, agency)
    cast.act(case, "reopen", "leader")
    for verb, role in (("dispatch", "dispatcher"), ("refuse", "mediator")):
        case = cast.act(case, verb, role)

    assert completeness.missing(case) == ["told"]
    with pytest.raises(RuleViolation):
        cast.act(case, "close", "mediator")
    cast.act(case, "notify", "mediator")

    assert cast.act(case, "close", "mediator").state == "closed"


def test_who_withdraws_before_the_acceptance_was_told_knows_with_the_withdrawal(cast):
    case = cast.bring("complaint", "reviewing")
    for verb, said in (("accept", {"notified_by": ""}), ("withdraw", {}), ("notify", {})):
        case = cast.act(case, verb, "mediator", **said)
    assert completeness.missing(case) == ["told_both"]

    case = cast.act(case, "notify", "mediator", party="respondent")

    assert completeness.missing(case) == []


@pytest.mark.parametrize("verb", ["terminate", "withdraw"])
def test_a_council_tells_both_parties_of_the_end_of_its_mediation(cast, agency, verb):
    """It has no clock for it."""
    Unit.objects.update(org_profile="council")
    case = cast.bring("complaint", "mediating")
    case = cast.act(case, verb, "mediator")
    assert not case.deadlines.open().filter(rule__met_by="termination_told").exists()
    assert completeness.missing(case) == ["told_both"]

    cast.act(case, "notify", "mediator")
    with pytest.raises(RuleViolation):
        cast.act(case, "close", "mediator")
    cast.act(case, "notify", "mediator", party="respondent")

    assert cast.act(case, "close", "mediator").state == "closed"


def test_what_is_withdrawn_before_it_was_accepted_leaves_nobody_to_be_told(cast, agency):
    case = cast.bring("complaint", "reviewing")

    assert completeness.missing(cast.act(case, "withdraw", "mediator")) == []


def test_a_petition_that_was_never_judged_has_its_time_after_reopening(cast, clock):
    case = cast.bring("petition", "objected")
    cast.act(case, "settle_objection", "petition_officer")
    cast.act(case, "reopen", "leader")

    cast.act(case, "accept", "petition_officer")

    assert ("petition.handle", clock.now) in owed(case)
