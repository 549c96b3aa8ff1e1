"""The commands due_date and load_calendar, and what all commands share."""

import json
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError

import agency.core
from agency.core import workdays
from agency.core.console import AnswerError
from agency.core.management.commands import due_date, load_calendar
from agency.core.models import WorkDay

SHIPPED = Path(agency.core.__file__).parent / "data" / "cn_calendar.csv"
HEADER = "date,is_workday,kind,name,weekday,notice_url\n"
NEW_YEAR = "2027-01-01,0,holiday_off,元旦,周五,https://www.gov.cn/2027.htm\n"


def run(command: str, *arguments: str) -> dict:
    out = StringIO()
    call_command(command, *map(str, arguments), "--format", "json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def shipped(db):
    """The calendar of 2024 to 2026, loaded."""
    WorkDay.objects.all().delete()
    return run("load_calendar", SHIPPED)


@pytest.fixture
def calendar_file(tmp_path):
    """Writes a calendar file of the given rows and returns its path."""

    def write(*rows: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
        path = tmp_path / "calendar.csv"
        path.write_text(header + "".join(rows), encoding=encoding)
        return path

    return write


# -- due_date -----------------------------------------------------------------------------


def test_due_date_answers_with_the_moment_the_day_and_the_counting(shipped):
    answer = run("due_date", "--amount=7", "--unit=workday", "--start=2026-02-12T10:00:00+08:00")

    assert answer["due_at"] == "2026-02-28T23:59:59.999999+08:00"
    assert answer["due_on"] == "2026-02-28"
    assert "2/27=6 2/28=7" in answer["explanation"]


@pytest.mark.parametrize(
    ("arguments", "due_at"),
    [
        (
            ["--amount=60", "--unit=day", "--start=2026-05-06T10:00:00+08:00",
             "--pause=2026-05-20/2026-06-01", "--pause=2026-06-01T00:00:00+08:00/2026-06-10"],
            "2026-07-27T23:59:59.999999+08:00",
        ),
        (
            ["--amount=30", "--unit=workday", "--start=2026-11-16T18:40:00+08:00",
             "--pause=2026-11-16/2026-11-18"],
            "2026-12-29T23:59:59.999999+08:00",
        ),
        (
            ["--amount=60", "--unit=day", "--start=2026-08-03T10:00:00+08:00", "--roll=none"],
            "2026-10-02T23:59:59.999999+08:00",
        ),
        (
            ["--amount=10", "--unit=minute", "--start=2026-09-18T09:55:00Z",
             "--window=09:00-18:00"],
            "2026-09-20T09:05:00+08:00",
        ),
        (
            ["--amount=2", "--unit=workday_before", "--start=2026-10-10T23:59:59+08:00"],
            "2026-10-08T09:00:00+08:00",
        ),
    ],
)  # fmt: skip
def test_due_date_takes_pauses_a_roll_and_a_window(shipped, arguments, due_at):
    assert run("due_date", *arguments)["due_at"] == due_at


def test_due_date_says_which_calendar_is_missing(shipped):
    out = StringIO()

    with pytest.raises(AnswerError, match="2027"):
        call_command(
            "due_date", "--amount=7", "--unit=workday", "--start=2026-12-28T10:00:00+08:00",
            "--format=json", stdout=out,
        )  # fmt: skip

    assert json.loads(out.getvalue()) == {"error": "calendar_missing", "year": 2027}


def test_due_date_speaks_to_people_too(shipped):
    out = StringIO()

    call_command(
        "due_date", "--amount=7", "--unit=workday", "--start=2026-02-12T10:00:00+08:00", stdout=out
    )

    assert "due_on: 2026-02-28" in out.getvalue()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--start=2026-02-12T10:00:00"],  # no offset
        ["--start=2026-02-12"],
        ["--start=tomorrow"],
        ["--amount=0"],
        ["--amount=99999999999999999999"],
        ["--pause=2026-05-20"],
        ["--pause=2026-05-20/"],
        ["--pause=2026-05-20/2026-05-10"],
        ["--pause=2026-05-20T10:00:00/2026-05-21"],
        ["--window=9-18"],
        ["--window=18:00-09:00"],
    ],
)
def test_due_date_refuses_a_bad_argument_in_words(shipped, arguments):
    good = ["--amount=7", "--unit=minute", "--start=2026-02-12T10:00:00+08:00"]

    with pytest.raises(CommandError, match=r"\w+"):
        run("due_date", *good, *arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--amount=seven", "--unit=day", "--start=2026-02-12T10:00:00+08:00"],
        ["--amount=7", "--unit=fortnight", "--start=2026-02-12T10:00:00+08:00"],
        ["--amount=7", "--unit=day", "--start=2026-02-12T10:00:00+08:00", "--roll=back"],
    ],
)
def test_a_bad_argument_on_the_command_line_is_one_line_on_stderr_and_exit_1(capsys, arguments):
    with pytest.raises(SystemExit) as end:
        due_date.Command().run_from_argv(["manage.py", "due_date", *arguments])

    printed = capsys.readouterr()
    assert end.value.code == 1
    assert printed.out == ""
    assert printed.err.count("\n") == 1


def test_a_file_that_is_not_there_is_one_line_on_stderr_and_exit_1(capsys, tmp_path):
    argv = ["manage.py", "load_calendar", str(tmp_path / "none.csv"), "--skip-checks"]

    with pytest.raises(SystemExit) as end:
        load_calendar.Command().run_from_argv(argv)

    printed = capsys.readouterr()
    assert end.value.code == 1
    assert printed.out == ""
    assert "none.csv" in printed.err
    assert printed.err.count("\n") == 1


# -- load_calendar ------------------------------------------------------------------------


def test_loading_the_shipped_calendar_knows_three_years(shipped):
    calendar = workdays.load()

    assert (shipped["loaded"], shipped["years"]) == (108, [2024, 2025, 2026])
    assert calendar.years == {2024, 2025, 2026}
    assert calendar.is_workday(date(2026, 2, 28))
    assert calendar.is_holiday(date(2026, 2, 23))
    assert calendar.names[date(2026, 2, 23)] == "春节"


def test_loading_twice_changes_nothing(shipped):
    before = list(WorkDay.objects.values())

    assert run("load_calendar", SHIPPED)["loaded"] == 108
    assert list(WorkDay.objects.values()) == before


def test_loading_replaces_the_years_of_the_file_and_no_other(shipped, calendar_file):
    run("load_calendar", calendar_file(NEW_YEAR, "2027-05-01,0,holiday_off,劳动节,,\n"))

    answer = run("load_calendar", calendar_file(NEW_YEAR))

    assert (answer["loaded"], answer["years"]) == (1, [2027])
    assert WorkDay.objects.filter(date__year=2027).count() == 1
    assert WorkDay.objects.count() == 109


def test_a_new_year_that_reaches_back_into_december_leaves_the_old_year_whole(
    shipped, calendar_file
):
    december = "2026-12-31,0,holiday_off,元旦,周四,https://www.gov.cn/2027.htm\n"

    answer = run("load_calendar", calendar_file(december, NEW_YEAR))
    run("load_calendar", SHIPPED)

    assert (answer["loaded"], answer["years"]) == (2, [2027])
    assert WorkDay.objects.count() == 110
    assert workdays.load().is_holiday(date(2026, 12, 31))


def test_a_deploy_loads_the_years_that_are_missing_and_leaves_the_others_alone(
    shipped, calendar_file
):
    """The shipped file is loaded with every deploy: an agency's own correction must outlast it."""
    WorkDay.objects.filter(date__gte="2026-01-01").delete()
    corrected = "2025-06-03,0,holiday_off,端午节,周二,https://www.gov.cn/2025b.htm\n"
    run("load_calendar", calendar_file(corrected))

    answer = run("load_calendar", SHIPPED, "--missing")

    assert (answer["loaded"], answer["years"]) == (39, [2026])
    assert workdays.load().exceptions[date(2025, 6, 3)] is False
    assert WorkDay.objects.filter(date__year=2025).count() == 1
    assert run("load_calendar", SHIPPED, "--missing")["loaded"] == 0


def test_a_missing_year_brings_the_december_days_of_its_own_notice(shipped, calendar_file):
    december = "2026-12-31,0,holiday_off,元旦,周四,https://www.gov.cn/2027.htm\n"
    new_year = "2027-01-01,0,holiday_off,元旦,周五,https://www.gov.cn/2027.htm\n"
    other = "2026-12-30,0,holiday_off,试,周三,https://www.gov.cn/other.htm\n"

    answer = run("load_calendar", calendar_file(other, december, new_year), "--missing")

    assert (answer["loaded"], answer["years"]) == (2, [2027])
    assert workdays.load().is_holiday(date(2026, 12, 31))
    assert WorkDay.objects.filter(date__year=2026).count() == 40


def test_a_day_cannot_be_worked_and_off_at_once(db):
    with pytest.raises(IntegrityError, match="workday_is_worked_if_made_up"):
        WorkDay.objects.create(date="2027-01-01", is_workday=True, kind="holiday_off", name="元旦")


def test_a_file_of_excel_and_one_without_the_lesser_columns_are_read(db, calendar_file):
    run("load_calendar", calendar_file(NEW_YEAR, encoding="utf-8-sig"))
    short = calendar_file("2027-01-01,0,holiday_off,元旦\n", header="date,is_workday,kind,name\n")

    assert run("load_calendar", short)["years"] == [2027]


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ("2027-13-01,0,holiday_off,元旦,,\n", "3"),
        ("2027/01/02,0,holiday_off,元旦,,\n", "3"),
        (",0,holiday_off,元旦,,\n", "3"),
        ("2027-01-02,2,holiday_off,元旦,,\n", "3"),
        ("2027-01-02,,holiday_off,元旦,,\n", "3"),
        ("2027-01-02,1,holiday_off,元旦,,\n", "3"),
        ("2027-01-02,0,makeup_work,元旦,,\n", "3"),
        ("2027-01-02,0,sunshine,元旦,,\n", "3"),
        ("2027-01-02,0,holiday_off,,,\n", "3"),
        ("2027-01-02,0,holiday_off," + "元" * 41 + ",,\n", "3"),
        ("2027-01-02,0,holiday_off,元旦,,https://www.gov.cn/" + "a" * 200 + "\n", "3"),
        ("2027-01-02,0\n", "3"),
        ("2027-01-02,0,holiday_off,元旦,,,\n", "3"),
        (NEW_YEAR, "3"),
        ("\n2027-01-02,2,holiday_off,元旦,,\n", "4"),
    ],
)
def test_one_bad_row_is_named_by_its_line_and_nothing_is_loaded(db, calendar_file, row, line):
    before = WorkDay.objects.count()

    with pytest.raises(CommandError, match=rf"\b{line}\b|第{line}行"):
        run("load_calendar", calendar_file(NEW_YEAR, row))

    assert WorkDay.objects.count() == before


@pytest.mark.parametrize(
    ("header", "rows", "encoding"),
    [
        (HEADER, [], "utf-8"),
        ("", [], "utf-8"),
        ("date,name\n", ["2027-01-01,元旦\n"], "utf-8"),
        (HEADER, [NEW_YEAR], "gbk"),
    ],
)
def test_a_file_that_is_no_calendar_is_refused(db, calendar_file, header, rows, encoding):
    with pytest.raises(CommandError, match=r"calendar\.csv"):
        run("load_calendar", calendar_file(*rows, header=header, encoding=encoding))


def test_loading_counts_provisional_clocks_again(db, calendar_file, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "agency.core.deadlines.count_again",
        lambda: seen.append(2027 in workdays.load().years) or 3,
    )

    answer = run("load_calendar", calendar_file(NEW_YEAR))

    assert seen == [True], "counted again when the rows are in"
    assert answer["recounted"] == 3
