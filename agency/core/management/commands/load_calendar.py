"""Load the holidays and make-up working days of one year or more from a CSV file."""

import csv
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from agency.core import deadlines, workdays
from agency.core.console import Answer, JsonCommand
from agency.core.models import WorkDay
from agency.core.text import listed

COLUMNS = ["date", "is_workday", "kind", "name"]  # weekday and notice_url may be left out


class Command(JsonCommand):
    help = "Replace the calendar of the years in FILE, and count again the clocks that it moves."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="CSV with a header row, UTF-8")
        parser.add_argument(
            "--missing", action="store_true", help="leave the years that are loaded as they are"
        )

    def answer(self, **options: Any) -> Answer:
        rows = _read(options["file"])
        if options["missing"]:
            rows = workdays.missing(rows)
        years = workdays.replace_years(rows)
        # After the rows are in, not with them: who runs the command again after a failure
        # here finds the calendar there and the clocks counted.
        recounted = deadlines.count_again()
        return {"loaded": len(rows), "years": sorted(years), "recounted": recounted}


def _read(path: str) -> list[WorkDay]:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            return read_rows(file)
    except UnicodeDecodeError as error:
        raise CommandError(_("%(path)s is not a text in UTF-8.") % {"path": path}) from error
    except ValueError as error:
        raise CommandError(f"{path}: {error}") from error


def read_rows(lines: Iterable[str]) -> list[WorkDay]:
    """The unsaved rows of a calendar file, with the columns of core/data/cn_calendar.csv.

    Raises ValueError that names the first line which cannot be used.
    """
    reader = csv.DictReader(lines, restkey="", restval="")
    if missing := [column for column in COLUMNS if column not in (reader.fieldnames or [])]:
        raise ValueError(_("The first line lacks %(columns)s.") % {"columns": listed(missing)})
    rows: dict[date, WorkDay] = {}
    try:
        for record in reader:
            row = _row(record)
            if row.date in rows:
                raise ValueError(_("%(date)s stands there twice.") % {"date": row.date})
            rows[row.date] = row
    except UnicodeDecodeError:
        raise
    except (ValueError, csv.Error) as error:
        raise ValueError(
            _("Line %(line)d: %(error)s") % {"line": reader.line_num, "error": error}
        ) from error
    if not rows:
        raise ValueError(_("There are no rows in it."))
    return list(rows.values())


def _row(record: dict[str, str]) -> WorkDay:
    if "" in record:
        raise ValueError(_("There are more fields than the first line names."))
    if record["is_workday"] not in ("0", "1"):
        raise ValueError(_("is_workday must be 0 or 1."))
    row = WorkDay(
        date=_day(record["date"]),
        is_workday=record["is_workday"] == "1",
        kind=record["kind"],
        name=record["name"],
        source_url=record.get("notice_url", ""),
    )
    _check(row)
    return row


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(_("“%(text)s” is not a date like 2026-10-01.") % {"text": text}) from None


def _check(row: WorkDay) -> None:
    """Raise ValueError where the row contradicts itself or does not fit its table."""
    try:
        # An oddly written source is no reason to go without the calendar.
        row.clean_fields(exclude=["source_url"])
    except ValidationError as error:
        raise ValueError(" ".join(error.messages)) from error
    if len(row.source_url) > 200:
        raise ValueError(_("notice_url is longer than 200 characters."))
    if row.is_workday != (row.kind == WorkDay.Kind.MAKEUP_WORK):
        raise ValueError(_("is_workday is 1 for makeup_work and 0 for holiday_off."))
