"""When a clock is due, counted by the loaded calendar; for checking a date by hand."""

from datetime import date, datetime, time
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from agency.core import calendar, workdays
from agency.core.console import Answer, AnswerError, JsonCommand


class Command(JsonCommand):
    help = "Say when a clock is due, and how that was counted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--amount", type=int, required=True)
        parser.add_argument("--unit", choices=list(calendar.LENGTHS), required=True)
        parser.add_argument("--start", required=True, help="ISO 8601 with its UTC offset")
        parser.add_argument(
            "--pause", action="append", default=[], metavar="FROM/TO",
            help="days or moments; from FROM up to, not including, the day TO; may be repeated",
        )  # fmt: skip
        parser.add_argument("--roll", choices=calendar.ROLLS, default="off_day")
        parser.add_argument(
            "--window", metavar="HH:MM-HH:MM",
            help="count seconds, minutes and hours only inside it, on working days",
        )  # fmt: skip

    def answer(self, **options: Any) -> Answer:
        try:
            due = calendar.due(
                _moment(options["start"]),
                options["amount"],
                options["unit"],
                calendar=workdays.load(),
                roll=options["roll"],
                window=_window(options["window"]),
                pauses=[_pause(text) for text in options["pause"]],
                strict=True,
            )
        except calendar.CalendarMissing as error:
            answer = {"error": "calendar_missing", "year": error.year}
            raise AnswerError(str(error), answer) from error
        except ValueError as error:
            raise CommandError(str(error)) from error
        return {
            "due_at": due.due_at.isoformat(),
            "due_on": due.due_on,
            "unrolled_on": due.unrolled_on,
            "explanation": due.explanation,
        }


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(_("“%(text)s” is not a moment in ISO 8601.") % {"text": text}) from None


def _day_or_moment(text: str) -> date | datetime:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return _moment(text)


def _pause(text: str) -> calendar.Pause:
    begin, slash, end = text.partition("/")
    if not slash:
        raise ValueError(_("“%(text)s” is not a pause of the form FROM/TO.") % {"text": text})
    return _day_or_moment(begin), _day_or_moment(end)


def _window(text: str | None) -> calendar.Window | None:
    if text is None:
        return None
    opens, _dash, closes = text.partition("-")
    try:
        if (len(opens), len(closes)) != (5, 5):
            raise ValueError
        return time.fromisoformat(opens), time.fromisoformat(closes)
    except ValueError:
        raise ValueError(
            _("“%(text)s” is not a window of the form HH:MM-HH:MM.") % {"text": text}
        ) from None
