"""What must never be true of a clock is refused by the database, whoever writes it."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from agency.core import deadlines
from cases import workflow
from cases.models import CaseDeadline, CaseEvent
from tests.stories import clock_of

SECOND = timedelta(seconds=1)
DUE, START = F("due_at"), F("starts_at")


def running(agency, clock) -> CaseDeadline:
    return clock_of(agency.ticket(unit="east"), "ticket.respond_10")


def met(agency, clock) -> CaseDeadline:
    case = agency.ticket(unit="east")
    workflow.respond(case.no, by=agency.mediator)
    return clock_of(case, "ticket.respond_10")


def breached(agency, clock) -> CaseDeadline:
    deadline = running(agency, clock)
    clock.shift(minutes=11)
    deadlines.sweep()
    return deadline


REFUSED = {
    "due before it starts": (running, {"starts_at": DUE + SECOND}, "due_after_start"),
    "met and cancelled": (
        met, {"cancelled_at": START}, "met_or_cancelled_not_both",
    ),
    "met before it starts": (
        running, {"met_at": START - SECOND, "attention_at": None}, "met_after_start",
    ),
    "noticed at the due moment": (running, {"noticed_at": DUE}, "breach_noticed_after_due"),
    "breached although met in time": (
        met, {"noticed_at": DUE + SECOND}, "breached_is_not_met_in_time",
    ),
    "met late and forgiven": (
        running, {"met_at": DUE + SECOND, "attention_at": None}, "met_late_is_breached",
    ),
    "cancelled late and forgiven": (
        running, {"cancelled_at": DUE + SECOND, "attention_at": None},
        "cancelled_late_is_breached",
    ),
    "cancelled in time and breached": (
        breached, {"cancelled_at": DUE, "attention_at": None}, "cancelled_late_is_breached",
    ),
    "ended and still asking for the sweep": (met, {"attention_at": DUE}, "only_running_is_watched"),
    "paused and still asking for the sweep": (
        running, {"paused_at": START}, "only_running_is_watched",
    ),
    "paused when it was over": (
        running, {"paused_at": DUE + SECOND, "attention_at": None}, "paused_is_open_and_in_time",
    ),
    "a breach taken back": (breached, {"noticed_at": None}, "(?i)cannot update"),
    "a breach dated anew": (breached, {"noticed_at": F("noticed_at") + SECOND}, "(?i)cannot update"),
    "a breach moved away": (breached, {"due_at": DUE + SECOND}, "(?i)cannot update"),
    "moved without a change row": (running, {"due_at": DUE + SECOND}, "without a change row"),
}  # fmt: skip


@pytest.mark.parametrize(("begin", "change", "reason"), REFUSED.values(), ids=REFUSED)
def test_the_database_refuses_a_clock_that_is(agency, clock, begin, change, reason):
    deadline = begin(agency, clock)

    with pytest.raises(DatabaseError, match=reason), transaction.atomic():
        CaseDeadline.objects.filter(pk=deadline.pk).update(**change)


def test_the_database_refuses_to_delete_a_clock(agency, clock):
    deadline = running(agency, clock)

    with pytest.raises(DatabaseError, match="(?i)cannot delete"), transaction.atomic():
        CaseDeadline.objects.filter(pk=deadline.pk)._raw_delete("default")


def test_the_database_refuses_a_second_clock_for_the_same_ticket_and_rule(agency, clock):
    deadline = running(agency, clock)
    deadline.pk = None

    with pytest.raises(DatabaseError, match="once_per_ticket_and_rule"), transaction.atomic():
        deadline.save(force_insert=True)


@pytest.mark.parametrize(
    "sql", ["UPDATE cases_caseevent SET step = 7", "DELETE FROM cases_caseevent"]
)
def test_the_database_refuses_to_change_what_happened(agency, clock, sql):
    breached(agency, clock)

    with pytest.raises(DatabaseError, match="(?i)cannot (update|delete)"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(sql)


def test_the_database_refuses_a_second_event_of_the_same_breach(agency, clock):
    event = CaseEvent.objects.get(
        deadline=breached(agency, clock), kind=CaseEvent.Kind.DEADLINE_BREACHED
    )
    event.pk = None

    with pytest.raises(DatabaseError, match="once_per_deadline_step"), transaction.atomic():
        event.save(force_insert=True)


def test_every_constraint_of_a_clock_is_refused_once_above():
    """A new constraint wants its own line in the table."""
    shown = " ".join(reason for _begin, _change, reason in REFUSED.values())
    shown += " once_per_ticket_and_rule one_open_per_case_and_rule"
    names = {c.name.partition("_")[2] for c in CaseDeadline._meta.constraints}
    assert {name for name in names if name not in shown} == set()
