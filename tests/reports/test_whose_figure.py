"""Whose figure a clock is: the unit's that has the case, and once it is late whoever's let it pass."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from agency.core import deadlines
from agency.core.models import Notification
from cases import workflow
from cases.models import CaseDeadline
from reports import behind, dashboard
from reports.dashboard import Wanted
from tests.reports.test_board import counts, shown
from tests.stories import TEN, clock_of

MOMENT = timedelta(microseconds=1)
RESPOND = "ticket.respond_10"
SWEPT = pytest.mark.parametrize("is_swept", [True, False], ids=["swept", "not yet noticed"])


def send_to(agency, case, unit: str) -> None:
    workflow.dispatch(case.no, by=agency.dispatcher, unit=unit)


def swept(is_swept: bool) -> None:
    if is_swept:
        deadlines.sweep()


def late_units(user) -> dict[str, int]:
    """By unit, how many of the ten minutes are overdue."""
    found = shown(user, rule=RESPOND)["by_unit"]
    return {row["key"]: row["overdue"] for row in found if row["overdue"]}


@pytest.mark.parametrize(
    ("waited", "whose"),
    [(TEN - MOMENT, "west"), (TEN, "west"), (TEN + MOMENT, "agency")],
    ids=["in time", "at the due moment", "a microsecond late"],
)
@SWEPT
def test_what_was_late_before_the_dispatch_is_the_centre_s(agency, clock, waited, whose, is_swept):
    case = agency.ticket()
    clock.shift(waited)
    swept(is_swept)
    send_to(agency, case, "west")
    clock.shift(minutes=2)
    swept(is_swept)

    assert late_units(agency.supervisor) == {whose: 1}
    [row] = shown(agency.supervisor)["breaches"]
    assert row["unit"] == whose
    for unit in ("agency", "west"):
        asked = behind.Asked(show="overdue", at_unit=unit)
        assert len(behind.listing(agency.supervisor, asked)["rows"]) == (unit == whose)


@SWEPT
def test_a_late_case_stays_in_the_queue_of_who_has_it_and_its_ladder_goes_there(
    agency, clock, is_swept
):
    case = agency.ticket()
    clock.shift(TEN + MOMENT)
    swept(is_swept)
    workflow.dispatch(case.no, by=agency.dispatcher, unit="west", handler="mediator_b")
    clock.shift(minutes=6)
    deadlines.sweep()
    clock.shift(minutes=6)
    deadlines.sweep()

    [late] = CaseDeadline.objects.in_hands_of(agency.mediator_b).overdue(clock.now)
    assert (late.unit, late.answerable) == (agency.units["west"], agency.units["agency"])
    told = Notification.objects.filter(topic="deadline_escalated").first()
    assert (told.unit, told.handler) == (agency.units["west"], agency.mediator_b)


def test_the_dashboard_says_where_it_is_now(agency, clock):
    case = agency.ticket()
    clock.shift(TEN + MOMENT)
    send_to(agency, case, "west")
    west = agency.units["west"].name

    [row] = shown(agency.supervisor)["breaches"]
    [listed] = behind.listing(agency.supervisor, behind.Asked(show="overdue"))["rows"]

    assert row["now_with"] == listed["now_with"] and west in row["now_with"]


def test_a_breach_stays_with_the_first_of_several_units(agency, clock):
    case = agency.ticket(unit="east")
    clock.shift(TEN + MOMENT)
    workflow.return_(case.no, by=agency.mediator, reason="其他", explanation="不属本区")
    clock.shift(minutes=21)
    send_to(agency, case, "west")
    workflow.respond(case.no, by=agency.mediator_b)

    # Ten minutes at east; the thirty while it lay in the centre again.
    board = shown(agency.supervisor)
    assert {row["rule"]: row["unit"] for row in board["breaches"]} == {
        RESPOND: "east", "ticket.contact_30": "agency",
    }  # fmt: skip
    assert counts(board["by_unit"]) == {"agency": (0, 0, 1)}  # the response is owed no more
    assert shown(agency.supervisor, unit="west")["totals"]["breached_today"] == 0


def test_a_clock_met_in_time_is_the_figure_of_who_met_it(agency, clock):
    case = agency.ticket()
    workflow.respond(case.no, by=agency.dispatcher)
    send_to(agency, case, "west")
    clock.shift(TEN)

    def rate(unit):
        view = dashboard.seen_by(agency.supervisor, Wanted(unit=unit)).shown
        return view["on_time_rates"][RESPOND]["in_time"]

    assert (rate("agency"), rate("west")) == (1, 0)
    assert counts(shown(agency.supervisor)["by_unit"]) == {"west": (1, 0, 0)}  # its thirty


def test_the_database_keeps_a_verdict_where_it_is(agency, clock):
    case = agency.ticket(unit="east")
    workflow.contact(case.no, by=agency.mediator, outcome="reached", no_meeting_reason="已解决")
    missed = agency.ticket(unit="east")
    clock.shift(TEN + MOMENT)
    deadlines.sweep()

    for one in (clock_of(case, RESPOND), clock_of(missed, RESPOND)):
        with pytest.raises(DatabaseError, match="answerable_id"), transaction.atomic():
            CaseDeadline.objects.filter(pk=one.pk).update(answerable=agency.units["west"])
