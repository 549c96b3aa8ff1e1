"""Due dates worked out by hand, through the command; and our calendar beside another's."""

import json
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import chinese_calendar
import pytest
from django.core.management import call_command

import agency.core
from agency.core import workdays
from agency.core.console import AnswerError

pytestmark = pytest.mark.django_db

SHIPPED = Path(agency.core.__file__).parent / "data" / "cn_calendar.csv"
END = "T23:59:59.999999+08:00"

# amount, unit, start, options → due at the end of; only holidays move it on; nothing does
VECTORS = [
    (7, "workday", "2024-02-04T10:00:00+08:00", [], "2024-02-19"),
    (7, "workday", "2024-02-09T16:30:00+08:00", [], "2024-02-26"),
    (7, "workday", "2024-09-27T11:20:00+08:00", [], "2024-10-12"),
    (1, "workday", "2024-04-03T09:00:00+08:00", [], "2024-04-07"),
    (7, "workday", "2025-01-24T15:00:00+08:00", [], "2025-02-10"),
    (15, "workday", "2025-01-29T09:00:00+08:00", [], "2025-02-24"),
    (7, "workday", "2025-09-26T10:00:00+08:00", [], "2025-10-13"),
    (7, "workday", "2025-10-04T08:00:00+08:00", [], "2025-10-16"),
    (3, "workday", "2025-12-31T10:00:00+08:00", [], "2026-01-06"),
    (7, "workday", "2026-02-12T10:00:00+08:00", [], "2026-02-28"),
    (30, "workday", "2026-02-10T10:00:00+08:00", [], "2026-03-30"),
    (7, "workday", "2026-09-18T10:00:00+08:00", [], "2026-09-29"),
    (7, "workday", "2026-09-30T18:30:00+08:00", [], "2026-10-15"),
    (60, "day", "2026-08-03T10:00:00+08:00", [], "2026-10-08"),
    (60, "day", "2026-08-03T10:00:00+08:00", ["--roll=holiday_only"], "2026-10-08"),
    (60, "day", "2026-08-03T10:00:00+08:00", ["--roll=none"], "2026-10-02"),
    (60, "day", "2026-07-22T10:00:00+08:00", [], "2026-09-20"),
    (60, "day", "2026-05-06T10:00:00+08:00", ["--pause=2026-05-20/2026-06-10"], "2026-07-27"),
    (60, "day", "2026-05-06T10:00:00+08:00",
     ["--pause=2026-05-20/2026-06-10", "--roll=holiday_only"], "2026-07-26"),
    (15, "day", "2026-02-05T10:00:00+08:00", [], "2026-02-24"),
    (15, "day", "2026-02-05T10:00:00+08:00", ["--roll=holiday_only"], "2026-02-24"),
    (15, "day", "2026-02-05T10:00:00+08:00", ["--roll=none"], "2026-02-20"),
]  # fmt: skip
MOMENTS = [
    (30, "minute", "2026-10-03T22:15:30+08:00", [], "2026-10-03T22:45:30+08:00"),
    (10, "minute", "2026-09-18T17:55:00+08:00", ["--window=09:00-18:00"], "2026-09-20T09:05:00+08:00"),
    (2, "workday_before", "2026-10-10T23:59:59+08:00", [], "2026-10-08T09:00:00+08:00"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def shipped(db):
    call_command("load_calendar", SHIPPED, verbosity=0)


def due_date(amount: int, unit: str, start: str, options: list[str]) -> dict:
    out = StringIO()
    call_command(
        "due_date", f"--amount={amount}", f"--unit={unit}", f"--start={start}", *options,
        "--format=json", stdout=out,
    )  # fmt: skip
    return json.loads(out.getvalue())


@pytest.mark.parametrize(("amount", "unit", "start", "options", "day"), VECTORS)
def test_a_day_worked_out_by_hand(amount, unit, start, options, day):
    assert due_date(amount, unit, start, options)["due_at"] == day + END


@pytest.mark.parametrize(("amount", "unit", "start", "options", "moment"), MOMENTS)
def test_a_moment_worked_out_by_hand(amount, unit, start, options, moment):
    assert due_date(amount, unit, start, options)["due_at"] == moment


def test_a_year_nobody_has_loaded_is_not_guessed():
    with pytest.raises(AnswerError, match="2027"):
        due_date(7, "workday", "2026-12-28T10:00:00+08:00", [])


def test_every_day_of_three_years_is_as_an_independent_library_has_it():
    ours = workdays.load()
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(1096)]

    assert days[-1] == date(2026, 12, 31)
    assert [d for d in days if ours.is_workday(d) != chinese_calendar.is_workday(d)] == []
