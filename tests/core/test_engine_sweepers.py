"""Any number of sweeps, of any size, in any order; and what gets into their way."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agency.core import deadlines, invariants, steps, watch
from agency.core.deadlines import sweeping
from agency.core.models import Notification, SystemGap
from cases.models import CaseDeadline, CaseEvent
from tests.stories import clock_of

MINUTE = timedelta(minutes=1)


@contextmanager
def poisoned(*deadlines_, every_write: bool = False):
    """Within it, the database refuses the breach of these rows (or any write to them)."""
    when = "true" if every_write else "NEW.noticed_at IS NOT NULL"
    with connection.cursor() as cursor:
        cursor.execute(f"""
            CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.id = ANY(ARRAY[{",".join(str(d.pk) for d in deadlines_)}]) AND {when}
                THEN RAISE EXCEPTION 'poisoned'; END IF;
                RETURN NEW; END $$;
            CREATE TRIGGER poison BEFORE UPDATE ON cases_casedeadline
                FOR EACH ROW EXECUTE FUNCTION poison()""")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER poison ON cases_casedeadline; DROP FUNCTION poison")


def breached() -> set[int]:
    events = CaseEvent.objects.filter(kind="deadline_breached")
    return set(events.values_list("deadline", flat=True))


def notices(topic: str) -> int:
    return Notification.objects.filter(topic=topic).count()


# -- a row that cannot be swept -------------------------------------------------------------


@pytest.mark.parametrize("batch", [2, 5000])
def test_a_poisoned_row_costs_the_others_nothing(agency, clock, batch):
    clocks = [clock_of(agency.ticket(), "ticket.respond_10") for _ in range(5)]
    clock.shift(minutes=11)

    with poisoned(clocks[0], clocks[3]):
        swept = deadlines.sweep(batch=batch)

    assert (swept.breached, swept.poisoned) == (3, 2)
    assert breached() == {clocks[1].pk, clocks[2].pk, clocks[4].pk}
    assert notices("deadline_poisoned") == 2
    assert invariants.check()[1] == []


def test_a_poisoned_row_is_tried_again_less_and_less_often_and_alarmed_once(agency, clock):
    sick = clock_of(agency.ticket(), "ticket.respond_10")
    CaseDeadline.objects.filter(rule__code="ticket.contact_30").update(attention_at=None)
    clock.shift(minutes=11)
    tries = []
    with poisoned(sick):
        for minute in range(70):
            clock.shift(minutes=1)
            if deadlines.sweep().poisoned:
                tries.append(minute)

    assert tries == [0, 5, 15, 30, 50], "after 5, 10, 15, 20 minutes"
    assert notices("deadline_poisoned") == 1

    clock.shift(hours=1)
    assert deadlines.sweep().breached == 1, "once healed it is swept like any other"
    sick.refresh_from_db()
    assert sick.sweep_errors == 0


@pytest.mark.parametrize("place", [0, 5, 10, 13])
def test_a_poisoned_row_deep_in_the_backlog_of_an_outage_lets_none_out_of_the_gap(
    agency, clock, monkeypatch, place
):
    monkeypatch.setattr(sweeping, "SINGLY", 5)
    watch.keep_watch("loop")
    clocks = [clock_of(agency.ticket(), "ticket.respond_10") for _ in range(14)]
    CaseDeadline.objects.filter(rule__code="ticket.contact_30").update(attention_at=None)
    clock.shift(hours=1)

    with poisoned(clocks[place]):
        swept = watch.keep_watch("loop")

    assert (swept.breached, swept.poisoned) == (13, 1)
    assert SystemGap.objects.get().to_at == clock.now
    assert CaseDeadline.objects.filter(gap__isnull=False).count() == 13
    assert notices("deadline_breached") == 0
    assert notices("breaches_found_late") == 1


def test_a_row_nobody_can_write_to_costs_the_others_nothing(agency, clock):
    clocks = [clock_of(agency.ticket(), "ticket.respond_10") for _ in range(3)]
    clock.shift(minutes=11)

    with poisoned(clocks[1], every_write=True):
        deadlines.sweep()

    assert breached() == {clocks[0].pk, clocks[2].pk}


def test_a_poisoned_row_that_somebody_met_meanwhile_is_left_alone(agency, clock):
    """It was listed as due, and dealt with before its turn came."""
    deadline = clock_of(agency.ticket(), "ticket.respond_10")
    clock.shift(minutes=10)
    deadlines.meet(CaseDeadline.objects.filter(pk=deadline.pk), at=clock.now)
    clock.shift(minutes=1)

    taken = steps.take(CaseDeadline, "one", clock.now, ids=[deadline.pk])

    assert taken.swept == 0


# -- a row that somebody holds ---------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_holds_is_noticed_when_they_let_go(agency, clock):
    held, free = (clock_of(agency.ticket(), "ticket.respond_10") for _ in range(2))
    clock.shift(minutes=11)
    other = connections["default"].copy()

    with other.cursor() as cursor:
        other.set_autocommit(False)
        cursor.execute("SELECT 1 FROM cases_casedeadline WHERE id = %s FOR UPDATE", [held.pk])
        deadlines.sweep()
        assert breached() == {free.pk}
        other.rollback()
    other.close()

    deadlines.sweep()
    assert breached() == {held.pk, free.pk}


@pytest.mark.django_db(transaction=True)
def test_nobody_who_works_on_a_case_keeps_its_breach_from_being_noticed(agency, clock):
    """The event refers to the case: that must not wait for who holds the case."""
    case = agency.ticket()
    clock.shift(minutes=11)
    other = connections["default"].copy()

    with other.cursor() as cursor:
        other.set_autocommit(False)
        cursor.execute("UPDATE cases_case SET title = 'x' WHERE id = %s", [case.pk])
        with connection.cursor() as mine:
            mine.execute("SET lock_timeout = '1s'")
        assert deadlines.sweep().breached == 1
        other.rollback()
    other.close()


# -- batches and interleavings ------------------------------------------------------------------


def everything_noticed() -> list[tuple]:
    """What stands written after a sweep, told without keys."""
    events = CaseEvent.objects.filter(step__isnull=False)
    return sorted(events.values_list("case__title", "deadline__rule__code", "kind", "step"))


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=st.lists(st.integers(1, 9), min_size=1, max_size=4), data=st.data())
def test_any_sizes_of_batches_notice_the_same(agency, clock, batches, data):
    ages = [0, 4, 5, 9, 10, 11, 12, 29, 31, 45]

    def story(sizes) -> list[tuple]:
        with transaction.atomic():
            for age in ages:
                arrived_at = (clock.now - age * MINUTE).isoformat()
                agency.ticket(title=f"{age:02}", arrived_at=arrived_at)
            for size in sizes:
                deadlines.sweep(batch=size)
            assert deadlines.sweep().swept == 0, "sweeping again finds nothing"
            assert invariants.check()[1] == []
            found = everything_noticed()
            transaction.set_rollback(True)
        return found

    assert story(batches) == story([5000])
