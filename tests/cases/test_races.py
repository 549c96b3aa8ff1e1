"""Two at once: one wins, the other is told, and every fact is written once."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction

from agency.core import clock, deadlines, invariants
from agency.core.errors import NotThere, RuleViolation
from agency.core.models import Notification, User
from cases import acts, workflow
from cases.models import Case, CaseEvent, Ticket
from tests.stories import PASSWORD, TEN, clock_of
from tests.threads import in_threads

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 10


def at_once(*acts: Callable) -> list:
    """What each of ``acts`` returned, or was told instead; anything else it raises fails the test."""
    return in_threads(*(partial(_answer, act) for act in acts))


def _answer(act: Callable):
    try:
        return act()
    except (NotThere, RuleViolation) as refusal:  # not there: it went elsewhere a moment before
        return refusal


def winners_and_told(results) -> tuple[int, int]:
    """How many came through, and how many were told why not."""
    won = sum(isinstance(result, Case) for result in results)
    return won, len(results) - won


def count(case: Case, kind: str) -> int:
    return case.events.filter(kind=kind).count()


def assert_clean() -> None:
    assert invariants.check()[1] == []


# -- an act and the sweep, for the same clock ---------------------------------------------


@pytest.mark.parametrize("late_by", [0, 1], ids=["at the due moment", "a microsecond after"])
def test_an_act_and_sweeps_agree_on_who_was_late(agency, clock, late_by):
    for _round in range(ROUNDS):
        case = agency.ticket(unit="east")
        clock.set(case.arrived_at + TEN + deadlines.MOMENT_AFTER * late_by)

        at_once(
            lambda case=case: workflow.respond(case.no, by=agency.mediator),
            deadlines.sweep,
            deadlines.sweep,
        )

        deadlines.sweep()
        deadline = clock_of(case, "ticket.respond_10")
        assert deadline.state_at(clock.now) == ("met_late" if late_by else "met")
        assert count(case, "deadline_breached") == late_by
        assert count(case, "responded") == 1
        clock.shift(minutes=60)
    deadlines.sweep()
    assert_clean()


def test_dispatching_and_sweeping_do_not_wait_for_each_other(agency, clock):
    """Both write about the case and its clocks: a ring of waiting would end one of them."""
    for _round in range(ROUNDS):
        cases = [agency.ticket() for _ in range(4)]
        clock.shift(minutes=31)

        at_once(
            *(
                lambda no=case.no: workflow.dispatch(no, by=agency.dispatcher, unit="east")
                for case in cases
            ),
            deadlines.sweep,
            deadlines.sweep,
        )

        deadlines.sweep()
        assert [count(case, "deadline_breached") for case in cases] == [2] * 4
    assert_clean()


# -- two people ---------------------------------------------------------------------------


def second_mediator(agency) -> User:
    return User.objects.create_user(
        "mediator_c", PASSWORD, name="乙", role="mediator", unit=agency.units["east"]
    )


def test_of_two_who_respond_one_is_told(agency, clock):
    other = second_mediator(agency)
    for _round in range(ROUNDS):
        case = agency.ticket(unit="east")

        results = at_once(
            lambda no=case.no: workflow.respond(no, by=agency.mediator),
            lambda no=case.no: workflow.respond(no, by=other),
        )

        assert winners_and_told(results) == (1, 1)
        assert count(case, "responded") == 1
    assert_clean()


def test_two_reach_the_citizen_and_the_clocks_stop_once(agency, clock):
    for _round in range(ROUNDS):
        case = agency.ticket(unit="east")

        def reach(by, no=case.no):
            return workflow.contact(no, by=by, outcome="reached", no_meeting_reason="电话解决")

        results = at_once(lambda: reach(agency.mediator), lambda: reach(agency.dispatcher))

        won, _told = winners_and_told(results)
        assert won >= 1
        assert count(case, "responded") == 1
        assert clock_of(case, "ticket.contact_30").met_at == clock.now
    assert_clean()


def test_dispatched_away_while_somebody_calls(agency, clock):
    for _round in range(ROUNDS):
        case = agency.ticket(unit="east")

        results = at_once(
            lambda no=case.no: workflow.dispatch(no, by=agency.dispatcher, unit="west"),
            lambda no=case.no: workflow.contact(
                no, by=agency.mediator, outcome="reached", no_meeting_reason="电话解决"
            ),
        )

        assert winners_and_told(results) in {(2, 0), (1, 1)}
        case.refresh_from_db()
        assert case.unit == agency.units["west"]
        assert count(case, "dispatched") == 1
    assert_clean()


def test_two_dispatch_and_one_assignment_is_current(agency, clock):
    for _round in range(ROUNDS):
        case = agency.ticket()

        results = at_once(
            lambda no=case.no: workflow.dispatch(no, by=agency.dispatcher, unit="east"),
            lambda no=case.no: workflow.dispatch(no, by=agency.dispatcher, unit="west"),
        )

        won, _told = winners_and_told(results)
        assert count(case, "dispatched") == won
        assert case.assignments.filter(ended_at=None).count() == 1
    assert_clean()


def test_of_two_who_approve_one_is_told(agency, clock):
    chief = User.objects.create_user(
        "chief_c", PASSWORD, name="丙", role="chief", unit=agency.units["east"]
    )
    for _round in range(ROUNDS):
        case = agency.handled_case()
        workflow.close(case.no, by=agency.mediator, conclusion="已退款")

        results = at_once(
            lambda no=case.no: workflow.approve(no, by=agency.chief),
            lambda no=case.no: workflow.approve(no, by=chief),
        )

        assert winners_and_told(results) == (1, 1)
        assert count(case, "closed") == 1
    assert_clean()


def test_of_two_who_propose_the_end_one_is_told(agency, clock):
    other = second_mediator(agency)
    for _round in range(ROUNDS):
        case = agency.handled_case()

        results = at_once(
            lambda no=case.no: workflow.close(no, by=agency.mediator, conclusion="已退款"),
            lambda no=case.no: workflow.close(no, by=other, conclusion="已换货"),
        )

        assert winners_and_told(results) == (1, 1)
        assert count(case, "proposed") == 1
    assert_clean()


def test_proposed_to_close_while_somebody_dispatches_it_away(agency, clock):
    for _round in range(ROUNDS):
        case = agency.handled_case()

        results = at_once(
            lambda no=case.no: workflow.close(no, by=agency.mediator, conclusion="已退款"),
            lambda no=case.no: workflow.reopen(no, by=agency.supervisor, reason="x"),
        )

        assert winners_and_told(results) == (1, 1)
    assert_clean()


def test_a_ticket_linked_to_two_cases_at_once_ends_up_on_one(agency, clock):
    for _round in range(ROUNDS):
        source, one, two = agency.ticket(), agency.ticket(), agency.ticket()
        ticket = source.tickets.get().no

        results = at_once(
            lambda no=one.no, t=ticket: workflow.link_ticket(no, by=agency.registrar, ticket=t),
            lambda no=two.no, t=ticket: workflow.link_ticket(no, by=agency.registrar, ticket=t),
        )

        won, told = winners_and_told(results)
        moves = CaseEvent.objects.filter(kind="ticket_linked", ticket__no=ticket)
        assert won + told == 2 and won >= 1, "who comes after the other has ended moves it on"
        assert moves.count() == won
        assert moves.latest("pk").case_id == Ticket.objects.get(no=ticket).case_id != source.pk
    assert_clean()


# -- many sweeps --------------------------------------------------------------------------


def test_many_sweeps_at_once_write_every_step_once(agency, clock):
    cases = [agency.ticket() for _ in range(40)]
    for minutes in (6, 9, 11, 16, 26, 31, 41, 90):
        clock.set(cases[-1].arrived_at + timedelta(minutes=minutes))
        at_once(*[lambda: deadlines.sweep(batch=7)] * 4)
        deadlines.sweep()

    steps = CaseEvent.objects.filter(step__isnull=False).values_list("deadline", "kind", "step")
    assert len(steps) == len(set(steps))
    breached = CaseEvent.objects.filter(kind="deadline_breached")
    assert breached.count() == 2 * len(cases)
    assert Notification.objects.filter(topic="deadline_breached").count() == 2 * len(cases)
    assert_clean()


# -- the clock is read behind the lock ------------------------------------------------------

HELD = {
    "the case": lambda case: acts.lock_cases(pk=case.pk),
    "its clocks": lambda case: deadlines.lock(case.deadlines),
}


@pytest.mark.parametrize("hold", HELD.values(), ids=HELD)
def test_who_waits_for_a_lock_acts_at_the_moment_of_the_lock(agency, hold):
    case = agency.ticket(unit="east")
    act = partial(workflow.respond, case.no, by=agency.mediator)
    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            hold(case)
            waiting = pool.submit(in_threads, act)
            wait_for_one_blocked()
            released_at = clock.now()
        waiting.result()

    assert case.tickets.get().responded_at >= released_at


def wait_for_one_blocked() -> None:
    """Until another connection waits for a lock of ours; AssertionError after 20 s."""
    blocked = (
        "SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    )
    with connection.cursor() as cursor:
        for _try in range(200):
            cursor.execute(blocked)
            if cursor.fetchone() is not None:
                return
            time.sleep(0.1)
    raise AssertionError("nobody waits")
