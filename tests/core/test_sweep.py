"""The heart: ten minutes are ten minutes."""

from datetime import timedelta

import pytest

from agency.core import deadlines
from agency.core.models import DeadlineRule, Notification
from cases import workflow
from cases.models import CaseEvent
from tests.stories import TEN, THIRTY, clock_of

MICROSECOND = timedelta(microseconds=1)


def breaches(case):
    return case.events.filter(kind=CaseEvent.Kind.DEADLINE_BREACHED).count()


@pytest.mark.parametrize(
    ("waited", "expected"),
    [
        (TEN - MICROSECOND, 0),
        (TEN, 0),  # the due moment itself is in time
        (TEN + MICROSECOND, 1),
    ],
)
def test_a_response_is_late_only_after_the_tenth_minute(agency, clock, waited, expected):
    case = agency.ticket()
    clock.shift(waited)

    assert deadlines.sweep().breached == expected
    assert deadlines.sweep().swept == 0, "sweeping again finds nothing"
    assert breaches(case) == expected


@pytest.mark.parametrize(
    ("waited", "state"), [(TEN - MICROSECOND, "met"), (TEN, "met"), (TEN + MICROSECOND, "met_late")]
)
def test_an_act_is_judged_by_its_moment_and_not_by_the_sweep(agency, clock, waited, state):
    case = agency.ticket(unit="east")
    clock.shift(waited)

    workflow.respond(case.no, by=agency.mediator)

    deadline = clock_of(case, "ticket.respond_10")
    assert deadline.state_at(clock.now) == state
    assert breaches(case) == (state == "met_late"), "a late act records its breach at once"
    clock.shift(hours=1)
    deadlines.sweep()
    assert breaches(case) == (state == "met_late") + 1, "only the contact was missed besides"


def test_reaching_the_citizen_responds_as_well(agency, clock):
    case = agency.ticket(unit="east")
    clock.shift(TEN)

    workflow.contact(case.no, by=agency.mediator, outcome="reached", no_meeting_reason="电话解决")

    assert clock_of(case, "ticket.respond_10").met_at == clock.now
    assert clock_of(case, "ticket.contact_30").met_at == clock.now


def test_warnings_come_at_half_and_at_four_fifths(agency, clock):
    case = agency.ticket()
    found = []
    for _minute in range(1, 11):
        clock.shift(minutes=1)
        deadlines.sweep()
        found.append(
            case.events.filter(
                kind="deadline_warned", deadline__rule__code="ticket.respond_10"
            ).count()
        )

    assert found == [0, 0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_a_breach_climbs_the_ladder_until_somebody_acts(agency, clock):
    case = agency.ticket(unit="east")
    rungs = []
    for minutes in (11, 16, 26, 87, 148):
        clock.set(case.arrived_at + timedelta(minutes=minutes))
        deadlines.sweep()
        rungs.append(clock_of(case, "ticket.respond_10").ladder_step)

    assert rungs == [1, 2, 3, 4, 5], "handler with the breach, chief, leader, leader again"
    targets = case.events.filter(
        kind="deadline_escalated", deadline__rule__code="ticket.respond_10"
    ).order_by("id")
    assert [event.data["target"] for event in targets] == ["chief", "leader", "leader", "leader"]

    workflow.respond(case.no, by=agency.mediator)
    clock.shift(hours=5)
    deadlines.sweep()
    assert clock_of(case, "ticket.respond_10").ladder_step == 5


def test_the_ladder_is_climbed_for_years(agency, clock):
    case = agency.ticket(unit="east")
    clock.shift(minutes=31)
    deadlines.sweep()
    case.deadlines.filter(ladder_step__gt=0).update(ladder_step=40_000, attention_at=clock.now)

    clock.shift(hours=1)
    deadlines.sweep()

    late = clock_of(case, "ticket.respond_10")
    assert (late.ladder_step, late.sweep_errors) == (40_001, 0)


def test_who_loses_the_ladder_after_the_breach_is_let_be(agency, clock):
    case = agency.ticket(unit="east")
    clock.shift(minutes=11)
    deadlines.sweep()
    DeadlineRule.objects.update(ladder_targets=[], ladder_after=[])
    clock.shift(minutes=5)

    assert deadlines.sweep().poisoned == 0

    clock_left = clock_of(case, "ticket.respond_10")
    assert (clock_left.ladder_step, clock_left.attention_at) == (1, None)
    assert not case.events.filter(kind="deadline_escalated").exists()
    assert not Notification.objects.filter(topic="deadline_escalated").exists()


def test_who_stands_at_the_counter_is_answered_and_contacted_at_once(agency, clock):
    case = agency.ticket("walkin")

    states = {d.rule.code: d.state_at(clock.now) for d in case.deadlines.select_related("rule")}
    assert states == {"ticket.respond_10": "met", "ticket.contact_30": "met"}


def test_the_clocks_run_from_the_arrival_a_trusted_channel_states(agency, clock):
    case = agency.ticket("minyi", arrived_at=(clock.now - timedelta(minutes=25)).isoformat())

    assert deadlines.sweep().breached == 1, "the ten minutes had passed before it came"
    assert clock_of(case, "ticket.contact_30").due_at == clock.now - timedelta(minutes=25) + THIRTY


def test_the_loop_knows_when_it_is_needed_next(agency, clock):
    assert deadlines.seconds_to_next_step() is None

    agency.ticket()
    assert deadlines.seconds_to_next_step() == 5 * 60  # half of the ten minutes

    clock.shift(minutes=6)
    assert deadlines.seconds_to_next_step() == -60
    assert deadlines.seconds_to_next_step(clock.now) == 9 * 60, "half of the thirty"
