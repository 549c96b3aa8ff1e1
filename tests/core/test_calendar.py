"""How days and minutes are counted: the worked examples, then the laws that hold for all."""

import csv
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

import agency.core
from agency.core.calendar import (
    LENGTHS,
    ONE_DAY,
    ROLLS,
    SHANGHAI,
    CalendarMissing,
    WorkCalendar,
    due,
)

SHIPPED = Path(agency.core.__file__).parent / "data" / "cn_calendar.csv"
END_OF_DAY = time(23, 59, 59, 999999)
OFFICE_HOURS = (time(9), time(18))


def shipped_calendar() -> WorkCalendar:
    with SHIPPED.open(encoding="utf-8-sig", newline="") as file:
        return WorkCalendar.of(
            (date.fromisoformat(row["date"]), row["is_workday"] == "1", row["name"])
            for row in csv.DictReader(file)
        )


CALENDAR = shipped_calendar()  # 2024 to 2026


def at(text: str) -> datetime:
    """The moment of ``text``, in Shanghai unless it names an offset."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def on(text: str) -> date:
    return date.fromisoformat(text)


def due_on(start: str, amount: int, unit: str, **options) -> str:
    return due(at(start), amount, unit, calendar=CALENDAR, **options).due_on.isoformat()


# -- worked examples ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "amount", "expected"),
    [
        (
            "2024-02-04T10:00",
            7,
            "2024-02-19",
        ),  # starts on a make-up Sunday; New Year's Eve is worked
        ("2024-02-08T16:30", 7, "2024-02-23"),
        ("2024-02-09T16:30", 7, "2024-02-26"),  # the last working day before the festival …
        ("2024-02-12T09:00", 7, "2024-02-26"),  # … and a day inside it fall due together
        ("2024-09-27T11:20", 7, "2024-10-12"),  # due on a make-up Saturday
        ("2024-04-03T09:00", 1, "2024-04-07"),  # due on a make-up Sunday
        ("2025-01-24T15:00", 7, "2025-02-10"),
        ("2025-01-29T09:00", 15, "2025-02-24"),
        ("2025-09-26T10:00", 7, "2025-10-13"),
        ("2025-10-04T08:00", 7, "2025-10-16"),
        ("2025-12-31T10:00", 3, "2026-01-06"),  # into the next year, whose 4 January is worked
        ("2023-12-31T23:59", 1, "2024-01-02"),  # the start day is not looked up
        ("2026-02-12T10:00", 7, "2026-02-28"),
        ("2026-02-10T10:00", 30, "2026-03-30"),  # 15 + 15, counted as one
        ("2026-09-18T10:00", 7, "2026-09-29"),
        ("2026-09-30T18:30", 7, "2026-10-15"),
        ("2026-12-22T10:00", 7, "2026-12-31"),  # ends with the year: the next is not needed
    ],
)
def test_working_days_are_counted_from_the_day_after_the_start(start, amount, expected):
    found = due(at(start), amount, "workday", calendar=CALENDAR, strict=True)

    assert found.due_at == datetime.combine(on(expected), END_OF_DAY, SHANGHAI)
    assert found.due_on == found.unrolled_on == on(expected)
    assert not found.provisional


@pytest.mark.parametrize(
    ("start", "amount", "last", "off_day", "holiday_only"),
    [
        ("2026-08-03T10:00", 60, "2026-10-02", "2026-10-08", "2026-10-08"),  # a holiday
        ("2026-07-22T10:00", 60, "2026-09-20", "2026-09-20", "2026-09-20"),  # a make-up Sunday
        ("2026-02-05T10:00", 15, "2026-02-20", "2026-02-24", "2026-02-24"),
        ("2026-05-27T10:00", 60, "2026-07-26", "2026-07-27", "2026-07-26"),  # a Sunday
        ("2026-04-03T10:00", 1, "2026-04-04", "2026-04-07", "2026-04-07"),
        ("2025-12-22T10:00", 12, "2026-01-03", "2026-01-04", "2026-01-04"),  # onto a make-up day
    ],
)
def test_the_last_calendar_day_rolls_forward_as_the_rule_reads(
    start, amount, last, off_day, holiday_only
):
    assert due_on(start, amount, "day") == off_day
    assert due_on(start, amount, "day", roll="holiday_only") == holiday_only
    assert due_on(start, amount, "day", roll="none") == last
    assert due(at(start), amount, "day", calendar=CALENDAR).unrolled_on == on(last)


def test_minutes_and_hours_run_through_nights_and_holidays():
    start = at("2026-10-03T22:15:30")

    assert due(start, 30, "minute", calendar=CALENDAR).due_at == at("2026-10-03T22:45:30")
    assert due(start, 24, "hour", calendar=CALENDAR).due_at == at("2026-10-04T22:15:30")
    assert due(start, 90, "second", calendar=CALENDAR).due_at == at("2026-10-03T22:17:00")


@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [
        ("2026-09-18T17:55", 10, "2026-09-20T09:05"),  # on into the make-up Sunday
        ("2026-09-18T17:50", 10, "2026-09-18T18:00"),  # the closing moment is inside
        ("2026-09-18T18:00", 10, "2026-09-20T09:10"),
        ("2026-09-18T07:00", 10, "2026-09-18T09:10"),
        ("2026-10-03T12:00", 30, "2026-10-08T09:30"),  # a holiday
        ("2026-09-18T09:00", 1080, "2026-09-20T18:00"),  # two whole days
    ],
)
def test_with_a_window_minutes_run_in_it_on_working_days_only(start, minutes, expected):
    found = due(at(start), minutes, "minute", calendar=CALENDAR, window=OFFICE_HOURS)

    assert found.due_at == at(expected)


def test_counting_backwards_gives_the_morning_of_that_working_day():
    found = due(at("2026-10-10T23:59:59"), 2, "workday_before", calendar=CALENDAR)

    assert found.due_at == at("2026-10-08T09:00")


def test_the_day_is_that_of_shanghai_whatever_the_offset_given():
    start = datetime(2026, 2, 11, 16, 30, tzinfo=UTC)  # half past midnight on the 12th

    found = due(start, 7, "workday", calendar=CALENDAR)

    assert found.due_on == on("2026-02-28")
    assert found.due_at.utcoffset() == timedelta(hours=8)


# -- pauses -------------------------------------------------------------------------------

APPRAISAL = (on("2026-05-20"), on("2026-06-10"))  # 21 days


@pytest.mark.parametrize(
    "pauses",
    [
        [APPRAISAL],
        [(at("2026-05-20T15:00"), at("2026-06-10T09:00"))],
        [(on("2026-06-01"), on("2026-06-10")), (on("2026-05-20"), on("2026-06-03"))],
        [(on("2026-05-20"), on("2026-06-01")), (on("2026-06-01"), on("2026-06-10"))],
        [APPRAISAL, APPRAISAL],
        [APPRAISAL, (on("2026-08-01"), on("2026-08-05"))],  # after it is due
        [APPRAISAL, (on("2026-04-01"), on("2026-05-06"))],  # before it starts
    ],
)
def test_paused_calendar_days_are_resumption_minus_suspension(pauses):
    found = due(at("2026-05-06T10:00"), 60, "day", calendar=CALENDAR, pauses=pauses)

    assert found.unrolled_on == on("2026-07-26")
    assert found.due_on == on("2026-07-27")


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        ("2026-03-04", "2026-03-09", "2026-03-13"),  # Wednesday to Monday: three working days
        ("2026-03-07", "2026-03-09", "2026-03-10"),  # a weekend costs and gains nothing
        ("2026-03-10", "2026-03-12", "2026-03-12"),  # on the last day, which is then still to come
        ("2026-03-11", "2026-03-20", "2026-03-10"),  # too late
        ("2026-03-01", "2026-03-05", "2026-03-12"),  # as if it had started on the 5th
        ("2026-03-03", "2026-03-03", "2026-03-10"),  # resumed the same day
        ("2026-03-03", "2026-03-04", "2026-03-10"),  # the day of the start is not counted anyway
        ("2026-03-03", "2026-03-05", "2026-03-11"),  # so one working day was lost, not two
    ],
)
def test_a_pause_holds_back_the_working_days_inside_it(begin, end, expected):
    pauses = [(on(begin), on(end))]

    assert due_on("2026-03-03T10:00", 5, "workday", pauses=pauses) == expected


@pytest.mark.parametrize("begin", ["2026-11-16", "2026-11-16T18:40", "2026-11-17"])
def test_what_is_sent_out_on_the_day_of_receipt_costs_that_day_only_once(begin):
    pauses = [(at(begin), at("2026-11-18"))]

    found = due(at("2026-11-16T10:00"), 30, "workday", calendar=CALENDAR, pauses=pauses)
    assert found.due_on == on("2026-12-29")

    found = due(at("2026-11-16T10:00"), 30, "day", calendar=CALENDAR, pauses=pauses)
    with translation.override("en"):
        assert "not counting 1 of pause" in found.explanation
        assert "while paused: 2026-11-17." in found.explanation, "the one day left out"
    assert found.unrolled_on == on("2026-12-17")


def test_a_pause_while_the_last_day_rolls_holds_the_clock_too():
    pauses = [(on("2026-10-05"), on("2026-10-20"))]

    assert due_on("2026-08-03T10:00", 60, "day", pauses=pauses) == "2026-10-20"
    assert due_on("2026-08-03T10:00", 60, "day", pauses=pauses, roll="none") == "2026-10-02"


@pytest.mark.parametrize(
    ("pause", "expected"),
    [
        (("2026-03-03T10:05", "2026-03-03T10:20:30"), "2026-03-03T10:45:30"),
        (("2026-03-03T09:00", "2026-03-03T10:10"), "2026-03-03T10:40"),
        (("2026-03-03T10:30", "2026-03-03T11:00"), "2026-03-03T10:30"),  # it has run out
    ],
)
def test_a_pause_holds_back_minutes_exactly(pause, expected):
    pauses = [tuple(map(at, pause))]

    found = due(at("2026-03-03T10:00"), 30, "minute", calendar=CALENDAR, pauses=pauses)

    assert found.due_at == at(expected)


def test_with_a_window_only_the_pause_inside_it_holds_back():
    pauses = [(at("2026-03-03T17:50"), at("2026-03-04T09:20"))]

    found = due(
        at("2026-03-03T17:40"), 30, "minute", calendar=CALENDAR, window=OFFICE_HOURS, pauses=pauses
    )

    assert found.due_at == at("2026-03-04T09:40")


# -- years without a calendar -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "amount", "unit", "options", "year"),
    [
        ("2026-12-28T10:00", 7, "workday", {}, 2027),
        ("2026-12-02T10:00", 60, "day", {}, 2027),
        ("2026-12-02T10:00", 60, "day", {"roll": "holiday_only"}, 2027),
        ("2027-01-04T10:00", 2, "workday_before", {}, 2027),
        ("2024-01-02T10:00", 2, "workday_before", {}, 2023),
        ("2026-12-31T17:55", 10, "minute", {"window": OFFICE_HOURS}, 2027),
    ],
)
def test_a_day_of_a_year_that_is_not_loaded_is_missing_or_guessed(
    start, amount, unit, options, year
):
    with pytest.raises(CalendarMissing) as missing:
        due(at(start), amount, unit, calendar=CALENDAR, strict=True, **options)
    assert missing.value.year == year

    guessed = due(at(start), amount, unit, calendar=CALENDAR, **options)
    assert guessed.provisional
    assert str(year) in guessed.explanation


@pytest.mark.parametrize(
    ("start", "amount", "unit", "options"),
    [
        ("2026-12-31T23:50", 30, "minute", {}),
        ("2026-12-02T10:00", 60, "day", {"roll": "none"}),
        ("2026-11-01T10:00", 60, "day", {}),  # the last day is 31 December, a Thursday
        ("2026-12-24T10:00", 5, "workday", {}),
    ],
)
def test_a_count_that_needs_no_day_of_the_missing_year_is_certain(start, amount, unit, options):
    found = due(at(start), amount, unit, calendar=CALENDAR, strict=True, **options)

    assert not found.provisional


def test_a_guessed_year_has_weekends_and_no_holidays():
    assert due_on("2026-12-28T10:00", 7, "workday") == "2027-01-06"


def test_a_guessed_day_is_never_called_a_working_day_for_certain():
    def told(start: str) -> str:
        with translation.override("zh-hans"):
            return due(at(start), 60, "day", calendar=CALENDAR).explanation

    assert "暂按工作日计，不顺延" in told("2026-11-23T10:00")
    assert "为工作日，不顺延" in told("2026-10-23T10:00")


def test_december_days_in_the_next_notice_do_not_make_a_year_loaded():
    calendar = WorkCalendar.of(
        [(on("2022-12-31"), False, "元旦"), (on("2023-01-01"), False, "元旦")]
    )

    assert calendar.years == {2023}
    assert calendar.is_holiday(on("2022-12-31"))


# -- what is refused ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ((datetime(2026, 3, 3, 10), 7, "workday"), {}),  # noqa: DTZ001 – what is refused
        ((at("2026-03-03T10:00"), 0, "workday"), {}),
        ((at("2026-03-03T10:00"), -1, "day"), {}),
        ((at("2026-03-03T10:00"), 36_526, "workday"), {}),
        ((at("2026-03-03T10:00"), 10**30, "minute"), {}),
        ((at("2026-03-03T10:00"), 10**6, "minute"), {"window": (time(9), time(9, 1))}),
        ((at("0001-01-01T00:00+00:00"), 7, "day"), {}),
        ((at("9999-12-31T23:59+00:00"), 7, "day"), {}),
        ((at("2026-03-03T10:00"), 7, "fortnight"), {}),
        ((at("2026-03-03T10:00"), 7, "day"), {"roll": "backwards"}),
        ((at("2026-03-03T10:00"), 7, "minute"), {"window": (time(18), time(9))}),
        ((at("2026-03-03T10:00"), 7, "minute"), {"window": (time(9), time(9))}),
        ((at("2026-03-03T10:00"), 7, "day"), {"pauses": [(on("2026-03-05"), on("2026-03-04"))]}),
        ((at("2026-03-03T10:00"), 7, "workday_before"), {"pauses": [APPRAISAL]}),
    ],
)
def test_what_cannot_be_counted_is_refused(arguments, options):
    with pytest.raises(ValueError, match=r"\S"):
        due(*arguments, calendar=CALENDAR, **options)


# -- in words -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "amount", "unit", "options", "parts"),
    [
        (
            "2026-02-12T10:00", 7, "workday", {},
            ["2026-02-12", "2/13=1 2/14=2 2/24=3 2/25=4 2/26=5 2/27=6 2/28=7", "2026-02-28"],
        ),
        (
            "2025-01-29T09:00", 15, "workday", {},
            ["2/5=1 2/6=2 2/7=3 2/8=4 2/10=5 … 2/20=13 2/21=14 2/24=15"],
        ),
        ("2026-05-06T10:00", 60, "day", {"pauses": [APPRAISAL]}, ["60", "21", "2026-07-26", "2026-07-27"]),
        ("2026-08-03T10:00", 60, "day", {}, ["国庆节", "2026-10-02", "2026-10-08"]),
        ("2026-07-26T10:00", 1, "day", {"roll": "none"}, ["2026-07-27"]),
        ("2026-10-03T22:15:30", 30, "minute", {}, ["30", "2026-10-03 22:45:30"]),
        ("2026-09-18T17:55", 10, "minute", {"window": OFFICE_HOURS}, ["9/20 09:00:00-09:05:00"]),
        ("2026-10-10T23:59:59", 2, "workday_before", {}, ["10/9=1 10/8=2", "2026-10-08"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_explanation_counts_aloud(language, start, amount, unit, options, parts):
    found = due(at(start), amount, unit, calendar=CALENDAR, **options)

    with translation.override(language):
        assert all(part in found.explanation for part in parts), found.explanation


def test_the_explanation_names_the_pauses_that_played_a_part():
    before, after = (on("2026-04-01"), on("2026-04-20")), (on("2026-09-01"), on("2026-09-02"))

    found = due(
        at("2026-05-06T10:00"), 60, "day", calendar=CALENDAR, pauses=[before, APPRAISAL, after]
    )

    assert "2026-05-20" in found.explanation
    assert "2026-04-01" not in found.explanation
    assert "2026-09-01" not in found.explanation


# -- laws ---------------------------------------------------------------------------------

STARTS = st.datetimes(
    datetime(2024, 1, 1), datetime(2026, 12, 31), timezones=st.just(SHANGHAI)  # noqa: DTZ001 – adds the zone itself
)  # fmt: skip
DAYS = st.dates(date(2024, 1, 1), date(2027, 6, 30))
PAUSES = st.lists(st.tuples(DAYS, DAYS).map(lambda days: tuple(sorted(days))), max_size=4)
AMOUNTS = st.integers(1, 120)
FORWARD = st.sampled_from([unit for unit in LENGTHS if unit != "workday_before"])
WINDOWS = st.sampled_from([None, OFFICE_HOURS])
ROLL = st.sampled_from(ROLLS)


@given(STARTS, AMOUNTS, AMOUNTS, FORWARD, ROLL, WINDOWS, PAUSES)
def test_more_time_is_never_due_earlier(start, amount, more, unit, roll, window, pauses):
    options = {"calendar": CALENDAR, "roll": roll, "window": window, "pauses": pauses}

    shorter = due(start, amount, unit, **options)
    longer = due(start, amount + more, unit, **options)

    assert start < shorter.due_at <= longer.due_at
    assert shorter.unrolled_on <= longer.unrolled_on


@given(STARTS, AMOUNTS, FORWARD, ROLL, WINDOWS, PAUSES)
def test_a_pause_never_makes_it_earlier(start, amount, unit, roll, window, pauses):
    options = {"calendar": CALENDAR, "roll": roll, "window": window}

    assert due(start, amount, unit, **options).due_at <= (
        due(start, amount, unit, pauses=pauses, **options).due_at
    )


@given(STARTS, AMOUNTS, FORWARD, WINDOWS, PAUSES)
def test_a_clock_is_never_due_inside_a_pause(start, amount, unit, window, pauses):
    found = due(start, amount, unit, calendar=CALENDAR, window=window, pauses=pauses)

    # The moment a pause begins may be the very moment a clock of minutes runs out.
    last = (found.due_at - timedelta(microseconds=1)).date()
    assert not any(begin <= last < end for begin, end in pauses)


@given(STARTS, AMOUNTS)
def test_working_days_end_on_a_working_day_and_count_back_to_the_start(start, amount):
    found = due(start, amount, "workday", calendar=CALENDAR)

    back = due(found.due_at, amount, "workday_before", calendar=CALENDAR).due_on
    assert CALENDAR.is_workday(found.due_on)
    assert back <= start.date()
    assert (back == start.date()) == CALENDAR.is_workday(start.date())


@given(STARTS, AMOUNTS)
def test_as_many_working_days_lie_behind_the_start_as_were_asked_for(start, amount):
    last = due(start, amount, "workday", calendar=CALENDAR).due_on

    days = (start.date() + ONE_DAY * n for n in range(1, (last - start.date()).days + 1))
    assert sum(map(CALENDAR.is_workday, days)) == amount


@given(STARTS, AMOUNTS, PAUSES)
def test_rolling_never_makes_it_earlier_and_ends_on_a_working_day(start, amount, pauses):
    none, holiday_only, off_day = (
        due(start, amount, "day", calendar=CALENDAR, roll=roll, pauses=pauses)
        for roll in ("none", "holiday_only", "off_day")
    )

    assert none.due_on <= holiday_only.due_on <= off_day.due_on
    assert none.due_on == none.unrolled_on == off_day.unrolled_on
    assert CALENDAR.is_workday(off_day.due_on)
    assert not CALENDAR.is_holiday(holiday_only.due_on)


@given(STARTS, AMOUNTS)
def test_a_window_of_time_opens_only_on_working_days(start, amount):
    found = due(start, amount, "hour", calendar=CALENDAR, window=OFFICE_HOURS)

    assert CALENDAR.is_workday(found.due_on)
    assert OFFICE_HOURS[0] < found.due_at.time() <= OFFICE_HOURS[1]


@given(STARTS, AMOUNTS, FORWARD, ROLL, PAUSES)
def test_the_order_and_the_overlap_of_pauses_do_not_matter(start, amount, unit, roll, pauses):
    options = {"calendar": CALENDAR, "roll": roll}
    halves = [half for begin, end in pauses for half in _halves(begin, end)]

    assert due(start, amount, unit, pauses=pauses, **options) == (
        due(start, amount, unit, pauses=halves[::-1] + pauses, **options)
    )


def _halves(begin: date, end: date) -> list[tuple[date, date]]:
    middle = begin + (end - begin) // 2
    return [(begin, middle), (middle, end)]


@given(STARTS, AMOUNTS, FORWARD, ROLL, WINDOWS, PAUSES)
def test_strict_and_provisional_agree_on_what_is_known(start, amount, unit, roll, window, pauses):
    options = {"calendar": CALENDAR, "roll": roll, "window": window, "pauses": pauses}
    found = due(start, amount, unit, **options)

    if found.provisional:
        with pytest.raises(CalendarMissing):
            due(start, amount, unit, strict=True, **options)
    else:
        assert due(start, amount, unit, strict=True, **options) == found
