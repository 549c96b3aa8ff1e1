"""A citizen who cannot be reached: tried, written down, missed, and no obstacle for ever."""

from datetime import datetime, timedelta

import pytest

from agency.core import deadlines, invariants
from agency.core.errors import RuleViolation
from agency.core.models import Notification
from cases import workflow
from cases.completeness import missing
from cases.models import Case
from tests.cases.lives import Cast
from tests.stories import clock_of

pytestmark = pytest.mark.django_db

CONTACTED = ("ticket.contact_30", "ticket.contact_24h")


@pytest.fixture
def cast(agency, clock):
    clock.set(datetime.fromisoformat("2026-05-11T09:00:00+08:00"))
    return Cast(agency)


def tried(cast, clock, case, *outcomes: str, every=timedelta(minutes=20)) -> Case:
    """Taken up by the mediator, who then tries to reach the citizen, time after time."""
    case = cast.act(case, "respond", "mediator")
    for outcome in outcomes:
        clock.shift(every)
        case = cast.act(case, "contact", "mediator", outcome=outcome, no_meeting_reason="")
    return case


def terminated(cast, case) -> Case:
    case = cast.act(case, "accept", "mediator", notified_by="letter")
    for verb in ("terminate", "notify"):
        case = cast.act(case, verb, "mediator")
    return cast.act(case, "notify", "mediator", party="respondent")


@pytest.mark.parametrize(
    ("outcomes", "minutes", "may_end"),
    [
        (["no_answer"] * 3, 20, True),
        (["no_answer"] * 2, 20, False),
        (["refused"], 31, True),
        (["refused"], 30, False),  # its thirty minutes are not over
        (["no_answer"] * 3, 10, False),
    ],
)
def test_who_was_tried_in_vain_does_not_keep_the_case_open(cast, clock, outcomes, minutes, may_end):
    case = cast.agency.ticket(unit="east")
    case = tried(cast, clock, case, *outcomes, every=timedelta(minutes=minutes))

    case = terminated(cast, case)

    assert missing(case) == ([] if may_end else ["contacted"])
    if may_end:
        case = cast.act(case, "close", "mediator")
        assert case.state == "closed"
        assert not case.deadlines.open().filter(rule__code__in=CONTACTED).exists()
    else:
        with pytest.raises(RuleViolation, match="联系"):
            cast.act(case, "close", "mediator")


def test_what_was_missed_stays_missed(cast, clock):
    case = tried(cast, clock, cast.agency.ticket(unit="east"), *["no_answer"] * 3)

    cast.act(terminated(cast, case), "close", "mediator")

    thirty = clock_of(case, "ticket.contact_30")
    assert thirty.noticed_at and thirty.met_at is None
    assert (thirty.state_at(clock.now), thirty.cancel_reason) == ("cancelled", "unreachable")
    assert case.tickets.get().contacted_at is None
    assert invariants.check()[1] == []


def test_the_ladder_is_climbed_no_further(cast, clock):
    case = tried(cast, clock, cast.agency.ticket(unit="east"), *["no_answer"] * 2)
    deadlines.sweep()
    case = cast.act(case, "contact", "mediator", outcome="no_answer", no_meeting_reason="")
    before = Notification.objects.filter(topic="deadline_escalated").count()

    clock.shift(timedelta(hours=5))
    deadlines.sweep()

    assert Notification.objects.filter(topic="deadline_escalated").count() == before
    assert clock_of(case, "ticket.contact_30").state_at(clock.now) == "breached"
    assert invariants.check()[1] == []


def test_who_is_reached_after_all_is_reached_late(cast, clock):
    case = tried(cast, clock, cast.agency.ticket(unit="east"), *["no_answer"] * 3)

    case = cast.act(case, "contact", "mediator")

    assert clock_of(case, "ticket.contact_30").state_at(clock.now) == "met_late"
    assert case.tickets.get().contacted_at == clock.now


@pytest.mark.parametrize("verb", ["convert", "mark_duplicate", "withdraw", "answer"])
def test_every_way_out_is_open(cast, clock, verb):
    kinds = {"mark_duplicate": "report", "answer": "consultation"}
    case = cast.agency.ticket(kind=kinds.get(verb, "complaint"))
    case = cast.act(case, "respond", "dispatcher")
    for _time in range(3):
        clock.shift(timedelta(minutes=20))
        cast.act(case, "contact", "dispatcher", outcome="no_answer", no_meeting_reason="")
    who = {"mark_duplicate": "dispatcher", "withdraw": "mediator"}.get(verb, "registrar")

    case = cast.act(case, verb, who)
    if verb in {"withdraw", "answer"}:
        case = cast.act(case, "close", "mediator")

    assert case.closed_at
    assert invariants.check()[1] == []


def test_another_round_is_another_citizen_to_reach(cast, clock):
    case = tried(cast, clock, cast.agency.ticket(external_no="MY1"), *["no_answer"] * 3)
    clock.shift(timedelta(minutes=40))
    case = cast.agency.ticket(external_no="MY1", round=2)
    cast.act(case, "respond", "mediator")
    clock.shift(timedelta(minutes=40))

    assert "contacted" in missing(case)


def test_a_linked_citizens_tries_are_that_citizens_alone(cast, clock):
    case = cast.agency.ticket(unit="east")
    other = cast.agency.ticket(unit="east", consumer={"name": "林一一", "phone": "13700137000"})
    ticket = other.tickets.get().no
    case = workflow.link_ticket(case.no, by=cast.agency.dispatcher, ticket=ticket)
    for _time in range(3):
        clock.shift(timedelta(minutes=20))
        case = cast.act(
            case, "contact", "mediator", outcome="no_answer", no_meeting_reason="", ticket=ticket
        )

    assert "contacted" in missing(case), "the case's own citizen was never tried"
    own = case.tickets.exclude(no=ticket).get().no
    case = cast.act(case, "contact", "mediator", ticket=own)
    assert "contacted" not in missing(case)
