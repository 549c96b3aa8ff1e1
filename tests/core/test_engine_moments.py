"""The moment before, the moment itself, the moment after: of every step a clock can take."""

import time
from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from agency.core import calendar, deadlines, tasks, workdays
from agency.core.deadlines import recount
from agency.core.models import DeadlineRule, Notification
from agency.core.models.deadline import state_of
from cases import acts, counted, workflow
from cases.models import CaseDeadline, CaseDeadlineChange
from tests.processes import wait_until
from tests.stories import TEN, clock_of
from tests.threads import in_threads

BEFORE, AFTER = -deadlines.MOMENT_AFTER, deadlines.MOMENT_AFTER
AT = timedelta(0)
MINUTE = timedelta(minutes=1)
RESPOND = "ticket.respond_10"


def steps(case, rule=RESPOND) -> list[tuple[str, int]]:
    """The steps the clock has taken: what, and which one."""
    taken = case.events.filter(step__isnull=False, deadline__rule__code=rule).order_by("id")
    return [
        (kind.removeprefix("deadline_"), step) for kind, step in taken.values_list("kind", "step")
    ]


BREACH = [("warned", 80), ("breached", 0)]


@pytest.mark.parametrize("offset", [BEFORE, AT, AFTER])
@pytest.mark.parametrize(
    ("minutes", "so_far", "step"),
    [
        (5, [], ("warned", 50)),
        (8, [("warned", 50)], ("warned", 80)),
    ],
)
def test_a_warning_comes_with_its_moment(agency, clock, minutes, so_far, step, offset):
    case = agency.ticket()
    for minute in range(minutes):
        clock.set(case.arrived_at + MINUTE * minute)
        deadlines.sweep()

    clock.set(case.arrived_at + MINUTE * minutes + offset)
    deadlines.sweep()

    assert steps(case) == ([*so_far, step] if offset >= AT else so_far)


@pytest.mark.parametrize("offset", [BEFORE, AT, AFTER])
def test_a_breach_comes_with_the_moment_after_its_due_moment(agency, clock, offset):
    case = agency.ticket()
    clock.set(case.arrived_at + MINUTE * 9)
    deadlines.sweep()

    clock.set(case.arrived_at + TEN + offset)
    deadlines.sweep()

    assert steps(case) == (BREACH if offset > AT else BREACH[:1])
    assert clock_of(case, RESPOND).noticed_at == (clock.now if offset > AT else None)


@pytest.mark.parametrize("offset", [BEFORE, AT, AFTER])
@pytest.mark.parametrize(("rung", "minutes"), [(2, 5), (3, 15), (4, 75)])
def test_a_rung_is_climbed_with_its_moment(agency, clock, rung, minutes, offset):
    case = agency.ticket()
    clock.set(case.arrived_at + TEN + AFTER)
    noticed_at = clock.now
    for minute in (0, 5, 15, 75):
        if minute < minutes:
            clock.set(noticed_at + MINUTE * minute)
            deadlines.sweep()

    clock.set(noticed_at + MINUTE * minutes + offset)
    deadlines.sweep()

    assert clock_of(case, RESPOND).ladder_step == (rung if offset >= AT else rung - 1)


@pytest.mark.parametrize("offset", [BEFORE, AT, AFTER])
def test_what_is_cancelled_in_time_is_no_breach(agency, clock, offset):
    case = agency.ticket()
    clock.set(case.arrived_at + TEN + offset)

    with transaction.atomic():
        ended = deadlines.cancel(case.deadlines, at=clock.now, reason="merged")

    assert len(ended) == 2
    assert steps(case) == ([("breached", 0)] if offset > AT else [])
    clock.shift(hours=9)
    assert deadlines.sweep().swept == 0, "what has ended asks for nothing more"


def test_a_late_act_after_the_sweep_changes_nothing_about_the_breach(agency, clock):
    case = agency.ticket(unit="east")
    clock.shift(minutes=11)
    deadlines.sweep()
    before = clock_of(case, RESPOND)
    clock.shift(minutes=1)

    workflow.respond(case.no, by=agency.mediator)

    after = clock_of(case, RESPOND)
    assert (after.noticed_at, after.due_at) == (before.noticed_at, before.due_at)
    assert (after.met_at, after.attention_at) == (clock.now, None)
    assert steps(case).count(("breached", 0)) == 1


def test_steps_that_were_slept_through_are_taken_one_by_one_but_only_the_last_warning(
    agency, clock
):
    case = agency.ticket()
    clock.set(case.arrived_at + MINUTE * 9)
    deadlines.sweep()
    assert steps(case) == [("warned", 80)], "half time is over, nobody needs to hear of it now"

    clock.set(case.arrived_at + timedelta(hours=5))
    for _ in range(6):
        clock.shift(seconds=1)
        deadlines.sweep()

    assert steps(case)[:2] == BREACH
    assert clock_of(case, RESPOND).ladder_step == 1, "the chief has five minutes from the notice"


def test_a_clock_opened_already_late_is_found_by_a_bounded_sweep(agency, clock):
    agency.ticket(arrived_at=(clock.now - timedelta(hours=2)).isoformat())
    clock.shift(seconds=1)

    assert deadlines.sweep(since=clock.now - timedelta(seconds=1)).breached == 0
    assert deadlines.sweep(since=clock.now - timedelta(seconds=2)).breached == 2


def test_rungs_that_came_due_while_nobody_swept_are_found_by_a_bounded_sweep(agency, clock):
    case = agency.ticket()
    clock.set(case.arrived_at + MINUTE * 11)
    deadlines.sweep()
    clock.shift(hours=3)
    deadlines.sweep()

    clock.shift(seconds=1)
    deadlines.sweep(since=clock.now - MINUTE)

    assert clock_of(case, RESPOND).ladder_step == 3, "handler, chief, leader"


# -- where the calendar was not yet known -----------------------------------------------------


@pytest.fixture
def workday_rule(agency):
    """A statutory clock of two working days beside the 1030, over a year nobody has loaded."""
    return DeadlineRule.objects.create(
        code="test.two_workdays", name_zh="两个工作日", name_en="two working days",
        kinds=["complaint"], starts_on="ticket_arrived", met_by="reply", amount=2, unit="workday",
        warn_percents=[50], basis="test", in_force_from="2022-01-01",
    )  # fmt: skip


def load_holiday(*days: date) -> None:
    """The calendar of 2026 with these days off."""
    from agency.core.models import WorkDay

    workdays.replace_years(
        [
            WorkDay(date=day, is_workday=False, kind="holiday_off", name="假", source_url="test")
            for day in days
        ]
    )


def test_a_clock_beyond_the_calendar_is_counted_again_when_it_is_loaded(
    agency, clock, workday_rule
):
    case = agency.ticket()
    guessed = clock_of(case, workday_rule.code)
    assert guessed.provisional and guessed.due_at.astimezone(calendar.SHANGHAI).day == 4

    load_holiday(date(2026, 3, 4))
    moved = deadlines.count_again()

    counted = clock_of(case, workday_rule.code)
    assert moved == 1
    assert not counted.provisional
    assert counted.due_at.astimezone(calendar.SHANGHAI).day == 5
    [change] = CaseDeadlineChange.objects.all()
    assert (change.old_due_at, change.new_due_at) == (guessed.due_at, counted.due_at)
    assert change.cause == "calendar_loaded"
    assert deadlines.count_again() == 0


def test_a_case_follows_when_its_next_clock_is_counted_again(agency, clock, workday_rule):
    case = agency.ticket(unit="east")
    workflow.contact(case.no, by=agency.mediator, outcome="reached", no_meeting_reason="电话解决")
    load_holiday(date(2026, 3, 4))

    deadlines.count_again()

    case.refresh_from_db()
    assert case.next_due_at == clock_of(case, workday_rule.code).due_at


def test_counting_again_goes_in_steps_and_writes_only_what_is_news(
    agency, clock, workday_rule, monkeypatch
):
    """Nobody who acts meanwhile waits for all of them."""
    monkeypatch.setattr(recount, "RECOUNTED_AT_ONCE", 2)
    for _n in range(5):
        agency.ticket()
    ends = []
    monkeypatch.setattr(CaseDeadline, "after_recount", lambda rows: ends.append(len(rows)))

    with CaptureQueriesContext(connection) as asked:
        assert deadlines.count_again() == 0

    assert ends == [0, 0, 0]
    assert not [q for q in asked if q["sql"].startswith(("UPDATE", "INSERT"))]


def test_what_was_counted_while_the_calendar_came_in_is_counted_within_the_hour(
    agency, clock, workday_rule
):
    case = agency.ticket()
    load_holiday(date(2026, 3, 4))  # whoever registered it had read the calendar before

    tasks.watch_calendar()

    assert not clock_of(case, workday_rule.code).provisional


def test_a_notice_that_changes_a_loaded_year_moves_what_runs_across_it(agency, clock, workday_rule):
    """As the May Day of 2019 and the Spring Festival of 2020 were moved while they ran."""
    load_holiday(date(2026, 10, 1))
    case = agency.ticket()
    counted = clock_of(case, workday_rule.code)
    assert not counted.provisional and deadlines.count_again() == 0

    load_holiday(date(2026, 3, 4), date(2026, 10, 1))

    assert deadlines.count_again() == 1
    moved = clock_of(case, workday_rule.code)
    assert moved.due_at == counted.due_at + timedelta(days=1)
    case.refresh_from_db()
    assert case.next_due_at == clock_of(case, RESPOND).due_at, "which runs around the clock"

    load_holiday(date(2026, 10, 1))
    assert deadlines.count_again() == 1, "taken back"
    assert clock_of(case, workday_rule.code).due_at == counted.due_at


def test_a_year_loaded_anew_as_it_is_leaves_no_trail(agency, clock):
    load_holiday(date(2026, 3, 4), date(2026, 10, 1))
    before = workdays.changed(since=clock.now)

    clock.shift(hours=3)
    load_holiday(date(2026, 3, 4), date(2026, 10, 2))

    assert before == {date(2026, 3, 4), date(2026, 10, 1)}
    assert workdays.changed(since=clock.now) == {date(2026, 10, 1), date(2026, 10, 2)}


def test_a_day_that_a_document_names_stays_whatever_the_calendar_says(agency, clock, workday_rule):
    load_holiday(date(2026, 10, 1))
    case = agency.ticket()
    named = clock.now + timedelta(days=9)
    owed = case.deadlines.filter(rule=workday_rule)
    deadlines.set_due(owed, named, cause="as_in_the_notice", at=clock.now, by=agency.leader)

    load_holiday(date(2026, 3, 4), date(2026, 10, 1))

    assert deadlines.count_again() == 0
    assert clock_of(case, workday_rule.code).due_at == named


def test_what_was_met_before_the_notice_stays_met_and_says_how_it_was_counted(
    agency, clock, workday_rule
):
    load_holiday(date(2026, 10, 1))
    case = agency.ticket()
    owed = case.deadlines.filter(rule=workday_rule)
    deadlines.meet(owed, at=clock.now)
    due_at = owed.get().due_at

    load_holiday(date(2026, 3, 4), date(2026, 10, 1))

    assert deadlines.count_again() == 0
    assert owed.get().due_at == due_at
    assert "按当时载入的日历推算" in counted.explain_each(owed)[owed.get().pk]


@pytest.mark.django_db(transaction=True)
def test_who_counts_again_and_who_acts_lock_in_one_order(agency, clock, workday_rule):
    """Both want the case and its clocks; the one that comes second waits, and nobody dies."""
    case = agency.ticket(unit="east")
    load_holiday(date(2026, 3, 4))

    def act():
        with transaction.atomic():
            acts.lock_cases(pk=case.pk)
            wait_until(somebody_waits, seconds=10, what="the recount waits for the case")
            deadlines.meet(case.deadlines.filter(rule=workday_rule), at=clock.now)

    in_threads(act, lambda: (time.sleep(0.2), deadlines.count_again()))

    assert clock_of(case, workday_rule.code).met_at == clock.now


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
        return cursor.fetchone()[0]


def test_a_breach_that_was_noticed_never_moves(agency, clock, workday_rule):
    case = agency.ticket()
    guessed = clock_of(case, workday_rule.code)
    clock.set(guessed.due_at + AFTER)
    deadlines.sweep()
    load_holiday(date(2026, 3, 4))

    assert deadlines.count_again() == 0
    assert clock_of(case, workday_rule.code).due_at == guessed.due_at


def test_the_database_refuses_to_move_a_due_moment_without_a_change_row(agency, clock):
    deadline = clock_of(agency.ticket(), RESPOND)

    with pytest.raises(DatabaseError, match="without a change row"), transaction.atomic():
        CaseDeadline.objects.filter(pk=deadline.pk).update(due_at=deadline.due_at + MINUTE)


# -- the application's own clock is nobody's witness --------------------------------------------


@pytest.fixture
def process_zone(monkeypatch):
    """Sets the zone the process believes to be in, until the test is over."""

    def move_to(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move_to
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
@pytest.mark.parametrize("wrong_by", [timedelta(hours=-1), timedelta(hours=1)])
def test_the_applications_own_clock_and_zone_are_never_read(
    agency, clock, time_machine, process_zone, zone, wrong_by
):
    process_zone(zone)
    time_machine.move_to(datetime.now(tz=calendar.SHANGHAI) + wrong_by)
    case = agency.ticket(unit="east")
    clock.shift(TEN + AFTER)
    deadlines.sweep()

    workflow.respond(case.no, by=agency.mediator)

    deadline = clock_of(case, RESPOND)
    assert (deadline.starts_at, deadline.due_at) == (case.arrived_at, case.arrived_at + TEN)
    assert deadline.noticed_at == deadline.met_at == clock.now
    assert Notification.objects.filter(topic="deadline_breached").get().created_at == clock.now


def test_one_clock_alone_has_the_state_that_the_lists_count_it_in(agency, clock):
    owed = clock_of(agency.ticket(unit="east"), "ticket.respond_10")
    grain = timedelta(microseconds=1)

    for moment in (owed.warn_at, owed.due_at):
        for at in (moment - grain, moment, moment + grain):
            rows = CaseDeadline.objects.filter(pk=owed.pk)
            counted = {"overdue": rows.overdue(at), "at_risk": rows.at_risk(at)}
            said = [name for name, found in counted.items() if found.exists()] or ["on_time"]
            assert said == [state_of(owed.due_at, owed.warn_at, at)], at
