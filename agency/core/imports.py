"""What the imports of history share: a file in, what became of its rows out.

A command names its file's columns and hands the rows on; reading, progress, the rejects file and
the words of the answer are here. agency/core/tables.py reads the file itself.
"""

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import OperationalError, transaction
from django.utils.translation import gettext as _
from tqdm import tqdm

from agency.core.console import Answer, JsonCommand
from agency.core.errors import Invalid
from agency.core.tables import Reject, Row, Unreadable, open_table, rejects_file
from agency.core.text import clean, listed

FAULTS_TOLD = 5
"""So many rejected rows are told one by one."""

Watch = Callable[[Iterable[Row], int | None], Iterable[Row]]
"""Hands the rows through and shows how far they are; the second is about how many there are."""


@dataclass
class Tally:
    """What became of a file's rows."""

    read: int = 0
    created: int = 0
    duplicates: int = 0
    rejected: int = 0
    first_faults: list[tuple[int, str]] = field(default_factory=list)

    def refuse(self, row: Row, why: str, reject: Reject) -> None:
        """Count a row that cannot be taken, and hand it back with the sentence that says why."""
        self.rejected += 1
        reject(row, why)
        if len(self.first_faults) < FAULTS_TOLD:
            self.first_faults.append((row.number, why))


def columns(headings: Sequence[str], names: Sequence[str], needed: Sequence[str]) -> dict[str, int]:
    """Where each of ``names`` stands in the file. Raises Unreadable where a ``needed`` one is not."""
    found = {clean(heading).strip().lower(): at for at, heading in enumerate(headings)}
    if missing := [name for name in needed if name not in found]:
        raise Unreadable(_("There is no column %(name)s.") % {"name": listed(missing)})
    return {name: found[name] for name in names if name in found}


class Lines:
    """A small file, row by row: a subclass says its columns and takes one row in.

    ``take`` gets the cells by column, "" where unknown, and says whether the row was new. It
    raises ValueError or Invalid with a sentence for people.
    """

    COLUMNS: Sequence[str] = ()
    NEEDED: Sequence[str] = ()

    def take(self, cells: dict[str, str]) -> bool:
        raise NotImplementedError

    def _take(self, row: Row, at: dict[str, int]) -> bool:
        if row.fault:
            raise ValueError(row.fault)
        cells = dict.fromkeys(self.COLUMNS, "")
        return self.take(cells | {n: clean(row.cells[i]).strip() for n, i in at.items()})

    @transaction.atomic
    def read(self, path: Path, *, rejects: Path | None, watch: Watch) -> Tally:
        """All good rows are kept, or none where the file breaks off. Raises Unreadable."""
        tally = Tally()
        with open_table(path) as table, rejects_file(rejects, table) as reject:
            at = columns(table.headings, self.COLUMNS, self.NEEDED)
            for row in watch(table.rows, table.total):
                tally.read += 1
                try:
                    is_new = self._take(row, at)
                except (ValueError, Invalid) as error:
                    tally.refuse(row, str(error), reject)
                else:
                    tally.created += is_new
                    tally.duplicates += not is_new
        return tally


class ImportCommand(JsonCommand):
    """``import_… FILE [--rejects FILE]``: a subclass reads the file in ``take_in``."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="CSV or XLSX with headings")
        parser.add_argument("--rejects", type=Path, metavar="FILE", help="for what cannot be taken")

    def take_in(self, path: Path, *, rejects: Path | None, watch: Watch) -> Tally:
        """Read the file; for a subclass that has no ``answer`` of its own. Raises Unreadable."""
        raise NotImplementedError

    def answer(self, *, file: Path, rejects: Path | None, **options: Any) -> Answer:
        started = time.monotonic()
        try:
            tally = self.take_in(file, rejects=rejects, watch=with_progress)
        except Unreadable as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            sentence = _("The database does not answer; run the import again, it goes on there.")
            raise CommandError(sentence) from error
        self.tell_rejected(tally, rejects)
        answer = asdict(tally) | {"seconds": round(time.monotonic() - started, 3)}
        del answer["first_faults"]
        return answer

    def tell_rejected(self, tally: Tally, rejects: Path | None) -> None:
        """On stderr the first, and where all of them stand or how to have them written."""
        for number, said in tally.first_faults:
            self.stderr.write(_("Row %(row)d: %(why)s") % {"row": number, "why": said})
        if more := tally.rejected - len(tally.first_faults):
            self.stderr.write(_("and %(n)d more rows.") % {"n": more})
        if tally.rejected:
            where = (
                _("All %(n)d rejected rows are in %(file)s: mend them there, and import that file.")
                if rejects
                else _("%(n)d rows were rejected; --rejects FILE writes them, to be mended.")
            )
            self.stderr.write(where % {"n": tally.rejected, "file": rejects})

    def in_words(self, answer: Answer) -> str:
        return (
            _(
                "Read %(read)d rows: %(created)d new, %(duplicates)d known already,"
                " %(rejected)d rejected; %(seconds)s s."
            )
            % answer
        )


def with_progress(rows: Iterable[Row], total: int | None) -> Iterable[Row]:
    """A bar on stderr, on a terminal only."""
    return tqdm(rows, total=total, unit="row", disable=not sys.stderr.isatty(), file=sys.stderr)
