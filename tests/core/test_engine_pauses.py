"""Clocks that stand still, get longer, or are due when a document says."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import agency.core
from agency.core import calendar, deadlines, invariants, workdays
from agency.core.models import DeadlineRule
from agency.core.steps import percent_of
from cases import acts
from cases.models import CaseDeadline, CaseDeadlineChange, CaseDeadlinePause
from tests.stories import clock_of

pytestmark = pytest.mark.django_db

SHIPPED = Path(agency.core.__file__).parent / "data" / "cn_calendar.csv"
MOMENT = deadlines.MOMENT_AFTER
SIXTY, FIFTEEN = "test.sixty_days", "test.fifteen_workdays"


@pytest.fixture
def agency(agency, clock):
    """The agency with the calendar of 2024 to 2026 and two statutory clocks on every ticket."""
    call_command("load_calendar", SHIPPED, verbosity=0)
    common = {
        "kinds": ["complaint"], "starts_on": "ticket_arrived", "met_by": "reply", "basis": "test",
        "warn_percents": [50, 80], "in_force_from": "2022-01-01", "pauses": ["appraisal"],
    }  # fmt: skip
    DeadlineRule.objects.create(code=SIXTY, amount=60, unit="day", extension=30, **common)
    DeadlineRule.objects.create(code=FIFTEEN, amount=15, unit="workday", extension=15, **common)
    clock.set(at("2026-05-06T10:00"))
    return agency


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def day(clock: CaseDeadline) -> str:
    """The day it is due, in Shanghai."""
    return f"{clock.due_at.astimezone(calendar.SHANGHAI):%F}"


@pytest.fixture
def do(agency, clock):
    """An engine's act on one clock of a case, now: ``do(case, SIXTY, deadlines.resume)``."""

    def do(case, rule, act, *args, **kwargs):
        with transaction.atomic():
            acts.lock_cases(pk=case.pk)
            owed = CaseDeadline.objects.filter(case=case, rule__code=rule)
            deadlines.lock(owed)
            if act is not deadlines.meet and act is not deadlines.cancel:
                kwargs["by"] = agency.mediator
            found = act(owed, *args, at=clock.now, **kwargs)
            case.refresh_from_db()
            acts.refresh_next_due(case)
            case.save()
        return found

    return do


@pytest.fixture
def pause(do):
    return lambda case, rule=SIXTY: do(case, rule, deadlines.pause, reason="appraisal")


# -- pausing --------------------------------------------------------------------------------


def test_what_an_appraisal_takes_is_left_out_and_the_last_day_rolls_on(agency, clock, do, pause):
    """Sixty days from 6 May without 20 May to 10 June: day 81 is Sunday 26 July."""
    case = agency.ticket()
    assert day(clock_of(case, SIXTY)) == "2026-07-06"
    clock.set(at("2026-05-20T10:00"))
    pause(case)
    clock.set(at("2026-06-10T10:00"))
    do(case, SIXTY, deadlines.resume)

    sixty = clock_of(case, SIXTY)
    assert day(sixty) == "2026-07-27"
    assert sixty.alarm_at == at("2026-07-26T09:00"), "the morning of the un-rolled day"
    [change] = CaseDeadlineChange.objects.all()
    assert (change.cause, change.by) == ("resumed", agency.mediator)


def test_a_pause_of_a_working_day_clock_leaves_out_the_working_days_inside_it(
    agency, clock, do, pause
):
    case = agency.ticket()
    before = day(clock_of(case, FIFTEEN))
    clock.set(at("2026-05-08T10:00"))  # a Friday; Saturday the 9th is worked
    pause(case, FIFTEEN)
    clock.set(at("2026-05-11T10:00"))
    do(case, FIFTEEN, deadlines.resume)

    assert (before, day(clock_of(case, FIFTEEN))) == ("2026-05-26", "2026-05-28")


def test_a_clock_resumed_on_the_day_it_was_paused_is_due_as_before(agency, clock, do, pause):
    case = agency.ticket()
    due_at = clock_of(case, SIXTY).due_at
    pause(case)
    clock.shift(hours=5)
    do(case, SIXTY, deadlines.resume)

    sixty = clock_of(case, SIXTY)
    assert (sixty.due_at, sixty.paused_at) == (due_at, None)
    assert sixty.attention_at is not None
    assert not CaseDeadlineChange.objects.exists()


def test_what_stood_still_is_asked_once_for_all_clocks(agency, clock, pause):
    for case in [agency.ticket() for _case in range(3)]:
        pause(case)
    clock.shift(days=2)
    owed = CaseDeadline.objects.filter(rule__code=SIXTY)
    acts_on_all = [
        (deadlines.resume, {}),
        (deadlines.extend, {"amount": 5}),
        (deadlines.set_due, {"due_at": clock.now + timedelta(days=9), "cause": "as_in_the_notice"}),
    ]
    for act, how in acts_on_all:
        with CaptureQueriesContext(connection) as queries:
            moved = act(owed, at=clock.now, by=agency.mediator, **how)
        asked = [q for q in queries if 'FROM "cases_casedeadlinepause"' in q["sql"]]
        assert (len(moved), len(asked)) == (3, 1), act.__name__


def test_it_is_paused_once_at_a_time(agency, clock, do, pause):
    case = agency.ticket()
    assert len(pause(case)) == 1
    clock.shift(days=1)

    assert pause(case) == []
    assert CaseDeadlinePause.objects.count() == 1


@pytest.mark.parametrize(
    ("offset", "is_paused"), [(-MOMENT, True), (0 * MOMENT, True), (MOMENT, False)]
)
def test_what_is_late_already_cannot_be_paused(agency, clock, pause, offset, is_paused):
    case = agency.ticket()
    clock.set(clock_of(case, SIXTY).due_at + offset)

    assert bool(pause(case)) == is_paused
    deadlines.sweep()
    assert clock_of(case, SIXTY).state_at(clock.now) == ("paused" if is_paused else "breached")


def test_a_rule_is_paused_only_for_what_it_says(agency, clock, do):
    case = agency.ticket()

    assert do(case, SIXTY, deadlines.pause, reason="hearing") == []


def test_a_paused_clock_alarms_nobody_and_is_neither_near_nor_late(agency, clock, do, pause):
    case = agency.ticket()
    pause(case)
    clock.shift(days=400)
    deadlines.sweep()

    own = CaseDeadline.objects.filter(rule__code=SIXTY)
    assert not own.at_risk(clock.now).exists() and not own.overdue(clock.now).exists()
    assert not case.events.filter(deadline__rule__code=SIXTY, step__isnull=False).exists()
    do(case, SIXTY, deadlines.resume)
    assert clock_of(case, SIXTY).state_at(clock.now) == "running"
    assert invariants.check()[1] == []


def test_what_is_met_while_it_stands_still_is_in_time(agency, clock, do, pause):
    case = agency.ticket()
    clock.shift(days=50)
    pause(case)
    clock.shift(days=50)
    do(case, SIXTY, deadlines.meet)

    assert clock_of(case, SIXTY).state_at(clock.now) == "met"
    assert CaseDeadlinePause.objects.get().to_at == clock.now
    assert invariants.check()[1] == []


# -- extending ------------------------------------------------------------------------------


def test_an_extension_is_counted_from_the_start_and_granted_once(agency, clock, do):
    """15 + 15 working days from 10 February are one count, as the law's examples have it."""
    clock.set(at("2026-02-10T10:00"))
    case = agency.ticket()
    clock.set(at("2026-02-27T10:00"))

    assert len(do(case, FIFTEEN, deadlines.extend, 15)) == 1
    assert day(clock_of(case, FIFTEEN)) == "2026-03-30"
    assert do(case, FIFTEEN, deadlines.extend, 15) == []


@pytest.mark.parametrize("amount", [0, -1, 31])
def test_more_than_the_rule_allows_is_refused(agency, do, amount):
    with pytest.raises(ValueError, match=str(amount)):
        do(agency.ticket(), SIXTY, deadlines.extend, amount)


@pytest.mark.parametrize(("offset", "granted"), [(-MOMENT, 1), (0 * MOMENT, 1), (MOMENT, 0)])
def test_it_is_extended_up_to_its_last_moment(agency, clock, do, offset, granted):
    case = agency.ticket()
    clock.set(clock_of(case, SIXTY).due_at + offset)

    assert len(do(case, SIXTY, deadlines.extend, 30)) == granted


def test_a_pause_after_an_extension_counts_with_both(agency, clock, do, pause):
    """Ninety days from 6 May and ten that do not count: 14 August."""
    case = agency.ticket()
    do(case, SIXTY, deadlines.extend, 30)
    clock.shift(days=1)
    pause(case)
    clock.shift(days=10)
    do(case, SIXTY, deadlines.resume)

    assert day(clock_of(case, SIXTY)) == "2026-08-14"


def test_a_pause_on_the_day_of_the_start_leaves_that_day_out_once(agency, clock, do, pause):
    """Sixty days from 6 May and the nine of 7 to 15 May: 14 July."""
    case = agency.ticket()
    pause(case)
    clock.shift(days=10)
    do(case, SIXTY, deadlines.resume)

    assert day(clock_of(case, SIXTY)) == "2026-07-14"


def test_an_extended_clock_beyond_the_calendar_is_counted_again_with_its_extension(
    agency, clock, do, tmp_path
):
    clock.set(at("2026-12-01T10:00"))
    case = agency.ticket()
    do(case, FIFTEEN, deadlines.extend, 15)
    guessed = clock_of(case, FIFTEEN)
    assert (day(guessed), guessed.provisional) == ("2027-01-12", True)
    notice = tmp_path / "2027.csv"
    notice.write_text(
        "date,is_workday,kind,name\n2027-01-01,0,holiday_off,元旦\n2027-01-04,0,holiday_off,元旦\n"
    )

    call_command("load_calendar", notice, verbosity=0)

    counted = clock_of(case, FIFTEEN)
    assert (day(counted), counted.provisional, counted.extension) == ("2027-01-14", False, 15)


# -- as a document says, and the day before it rolled on ---------------------------------------


def test_a_document_names_the_day_and_the_change_is_told(agency, clock, do):
    case = agency.ticket()
    do(case, SIXTY, deadlines.set_due, at("2026-05-20T23:59:59.999999"), cause="as_in_the_notice")

    sixty = clock_of(case, SIXTY)
    assert day(sixty) == "2026-05-20"
    assert CaseDeadlineChange.objects.get(deadline=sixty).cause == "as_in_the_notice"
    clock.set(sixty.due_at + MOMENT)
    deadlines.sweep()
    assert clock_of(case, SIXTY).noticed_at == clock.now


@pytest.mark.parametrize(("offset", "alarmed"), [(-MOMENT, 0), (0 * MOMENT, 1), (MOMENT, 1)])
def test_the_day_before_it_rolled_on_is_told_once(agency, clock, offset, alarmed):
    """Sixty days from 3 August end on 2 October, in the holidays: due on the 8th."""
    clock.set(at("2026-08-03T10:00"))
    case = agency.ticket()
    sixty = clock_of(case, SIXTY)
    assert (day(sixty), sixty.alarm_at) == ("2026-10-08", at("2026-10-02T09:00"))
    clock.set(sixty.alarm_at - timedelta(hours=1))
    deadlines.sweep()

    clock.set(sixty.alarm_at + offset)
    for _ in range(3):
        deadlines.sweep()

    last_day = case.events.filter(deadline=sixty, kind="deadline_warned", step=100)
    assert last_day.count() == alarmed


# -- whatever happens to a clock -----------------------------------------------------------------

ACTS = st.lists(
    st.tuples(st.sampled_from(["pause", "resume", "extend", "sweep"]), st.integers(0, 40)),
    max_size=6,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ACTS)
def test_a_due_moment_is_always_what_its_rule_pauses_and_extension_count_to(
    agency, clock, do, pause, steps
):
    with transaction.atomic():
        clock.set(at("2026-03-02T09:00"))
        case = agency.ticket()
        for what, days in steps:
            clock.shift(days=days)
            match what:
                case "pause":
                    pause(case)
                case "resume":
                    do(case, SIXTY, deadlines.resume)
                case "extend":
                    do(case, SIXTY, deadlines.extend, 30)
                case "sweep":
                    deadlines.sweep()
        do(case, SIXTY, deadlines.resume)

        sixty = clock_of(case, SIXTY)
        counted = sixty.count(workdays.load())
        assert sixty.due_at == counted.due_at
        deadlines.sweep()
        assert invariants.check()[1] == []
        transaction.set_rollback(True)


# -- warnings after it has moved --------------------------------------------------------------


def warned(case, rule: str) -> list[int]:
    """The points told so far, in percent."""
    told = case.events.filter(deadline__rule__code=rule, kind="deadline_warned")
    return [percent_of(step) for step in told.order_by("pk").values_list("step", flat=True)]


def sweep_until_due(clock, case, rule: str) -> None:
    due_at = clock_of(case, rule).due_at
    while clock.now < due_at:
        clock.set(min(clock.now + timedelta(hours=12), due_at))
        deadlines.sweep()


def test_a_clock_that_got_more_time_is_warned_of_again(agency, clock, do):
    case = agency.ticket()
    first = clock_of(case, FIFTEEN)
    clock.set(first.starts_at + (first.due_at - first.starts_at) * 85 / 100)
    deadlines.sweep()
    assert warned(case, FIFTEEN) == [80]

    do(case, FIFTEEN, deadlines.extend, 15)
    sweep_until_due(clock, case, FIFTEEN)

    longer = clock_of(case, FIFTEEN)
    assert warned(case, FIFTEEN)[:3] == [80, 50, 80]
    again = case.events.filter(deadline=longer, kind="deadline_warned").order_by("pk")[2]
    assert (
        timedelta()
        <= again.at - (longer.starts_at + (longer.due_at - longer.starts_at) * 80 / 100)
        < timedelta(hours=12)
    )
    assert invariants.check()[1] == []


def test_the_days_of_an_appraisal_bring_no_warning_nearer(agency, clock, do, pause):
    case = agency.ticket()
    clock.shift(days=6)
    pause(case)
    clock.shift(days=120)
    do(case, SIXTY, deadlines.resume)
    deadlines.sweep()

    found = CaseDeadline.objects.filter(rule__code=SIXTY)
    assert warned(case, SIXTY) == []
    assert not found.at_risk(clock.now).exists(), "a tenth of its sixty days is over"

    sweep_until_due(clock, case, SIXTY)
    assert warned(case, SIXTY)[:2] == [50, 80]


def test_two_pauses_that_overlap_are_left_out_once_and_no_breach_is_missed(
    agency, clock, do, pause
):
    """A second appraisal, entrusted on the day of the first, is written down after it."""
    case = agency.ticket()
    clock.shift(days=5)
    entrusted = clock.now
    pause(case)
    clock.shift(days=90)
    do(case, SIXTY, deadlines.resume)
    clock.shift(days=3)
    do(case, SIXTY, deadlines.pause, reason="appraisal", since=entrusted)
    clock.shift(days=5)
    do(case, SIXTY, deadlines.resume)

    sweep_until_due(clock, case, SIXTY)
    assert warned(case, SIXTY)[:2] == [50, 80]
    clock.shift(MOMENT)
    deadlines.sweep()
    assert clock_of(case, SIXTY).noticed_at == clock.now


def test_what_nobody_was_told_is_told_though_the_clock_came_nearer(agency, clock, do):
    case = agency.ticket()
    clock.shift(days=20)
    deadlines.sweep()
    assert warned(case, SIXTY) == []

    do(case, SIXTY, deadlines.set_due, clock.now + timedelta(days=4), cause="as_in_the_notice")
    sweep_until_due(clock, case, SIXTY)

    assert 80 in warned(case, SIXTY)
