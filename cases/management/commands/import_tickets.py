"""Take in a file of tickets: CSV or XLSX, by a map that says which column is which field."""

import signal
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import OperationalError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core.console import Answer, AnswerError
from agency.core.errors import Invalid
from agency.core.imports import ImportCommand, with_progress
from agency.core.tables import Unreadable
from agency.core.text import listed
from cases import imports
from cases.imports import maps

STOPPED = gettext_lazy(
    "Stopped after row %(stopped_after)d as asked: %(created)d new, %(duplicates)d known already,"
    " %(rejected)d rejected; the rows after it are not read yet. Run the same command again: it"
    " goes on there, and registers nothing twice."
)


class Command(ImportCommand):
    help = "Register the tickets of FILE. Run again, it goes on where it stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--map", required=True, metavar="NAME|FILE.toml", help="which column is which field"
        )
        parser.add_argument("--channel", default="", metavar="CODE", help="where they came from")
        parser.add_argument("--unit", default="", metavar="CODE", help="whose they are")
        parser.add_argument("--dry-run", action="store_true", help="count, and write no ticket")

    def answer(self, **options: Any) -> Answer:
        started = time.monotonic()
        stopped = _asked_to_stop()
        try:
            tally = imports.import_tickets(
                options["file"], maps.load(options["map"]), channel=options["channel"],
                unit=options["unit"], rejects=options["rejects"], dry_run=options["dry_run"],
                stop=lambda: bool(stopped), watch=with_progress,
            )  # fmt: skip
        except (Unreadable, maps.MapError) as error:
            raise CommandError(str(error)) from error
        except Invalid as error:
            raise CommandError(
                " ".join(s for said in error.errors.values() for s in said)
            ) from error
        except OperationalError as error:
            sentence = _(
                "The database does not answer: what was taken in before stays, the rest is not read"
                " yet. Once it answers, run the same command again: it goes on there, and"
                " registers nothing twice."
            )
            raise CommandError(sentence) from error
        self._tell_rows(tally, options["rejects"])
        if options["dry_run"]:
            self.stderr.write(_("This is a rehearsal: nothing was written."))
        return self._told(tally, time.monotonic() - started)

    def _tell_rows(self, tally: imports.Tally, rejects: Path | None) -> None:
        """On stderr what was rejected, and what is taken otherwise than it stands in the file."""
        self.tell_rejected(tally, rejects)
        for remark, rows in tally.remarks.items():
            told = {"n": len(rows), "row": rows[0], "remark": remark}
            self.stderr.write(_("%(n)d rows, the first is %(row)d: %(remark)s") % told)

    def _told(self, tally: imports.Tally, seconds: float) -> Answer:
        answer = asdict(tally) | {"seconds": round(seconds, 3)}
        stopped_after, unread = answer.pop("stopped_after"), answer.pop("unread_sheets")
        for told_apart in ("first_faults", "first_known", "first_history", "remarks"):
            del answer[told_apart]
        if columns := answer.pop("unread_columns"):
            self.stderr.write(_("Nothing was taken from: %(columns)s.") % {"columns": columns})
        self.history = answer.pop("history")
        if unread:
            sentence = _("Only the first sheet was read, not: %(sheets)s.")
            self.stderr.write(sentence % {"sheets": listed(unread)})
        if stopped_after is not None:
            answer["stopped_after"] = stopped_after
            raise AnswerError(STOPPED % answer, answer)
        return answer

    def in_words(self, answer: Answer) -> str:
        words = super().in_words(answer)
        if not self.history:
            return words
        sentence = _("Of the new ones %(n)d are history: no clock runs for them.")
        return f"{words}\n{sentence % {'n': self.history}}"


def _asked_to_stop() -> list[int]:
    """Filled at Ctrl-C or SIGTERM: the batch is finished first. The second one ends at once."""
    asked: list[int] = []

    def remember(number, _frame) -> None:
        asked.append(number)
        signal.signal(number, signal.default_int_handler)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, remember)
    return asked
