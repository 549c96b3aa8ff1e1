"""Tables people send: CSV in the encodings of Chinese offices, and XLSX; and what goes back.

Rows come one by one, as texts, whatever the length of the file. What an import cannot take
is written to a rejects file: the row as it came, its number, and what is wrong with it.
"""

import codecs
import csv
import lzma
import os
import re
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import chain, islice
from pathlib import Path

import openpyxl
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from agency.core.errors import file_fault
from agency.core.spreadsheet import typed

LOOK_AHEAD = 5
"""Rows looked at to find the headings: above them there may be a title."""

BEGINNING = 4096
"""Characters that tell a text from a picture or a program."""

OLD_XLS = b"\xd0\xcf\x11\xe0"

# A spreadsheet runs a cell that begins so. Escaped by one apostrophe; so is what looks escaped.
FORMULA = re.compile(r"'*[=+\-@\t\r]")


SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a surrogate pair: what bytes that are no text were read as. Their row is refused, not the file."""
codecs.register_error("agency.half", lambda error: ("\udc80", error.end))
ROW, WRONG = gettext_lazy("Row"), gettext_lazy("What is wrong")
SPILT = gettext_lazy("Cells too many")
OURS = (ROW, WRONG, SPILT)
"""The columns a rejects file has more; the last only where a row was torn."""
TORN = gettext_lazy(
    "Column %(letter)s holds a cell too many: put the text that was divided into one cell, delete"
    " what is left over, or give the column a heading."
)
LAST_COLUMN = 18278
"""ZZZ: further openpyxl gives no names."""
QUOTED = re.compile(r'"[^"]*"')


class Unreadable(ValueError):
    """The file cannot be used at all; the text is a sentence for people."""


@dataclass(frozen=True)
class Row:
    """One row as it came. ``number`` counts as a spreadsheet does: headings and blank rows too.

    ``fault`` says what is wrong with the row itself, before anybody asks what it means.
    ``beyond`` is what stands right of the last heading.
    """

    number: int
    cells: list[str]
    fault: str = ""
    beyond: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Table:
    """A file opened for reading. ``total`` is about how many rows follow, None if unknown.

    ``untitled`` are the columns right of the last heading, counted from one, with something in a row
    that was read so far. ``is_torn``: there are rows with cells too many, which are at fault.
    """

    headings: list[str]
    rows: Iterator[Row]
    total: int | None
    unread_sheets: list[str]
    untitled: set[int]
    is_torn: bool


# -- reading ----------------------------------------------------------------------------


@contextmanager
def open_table(path: Path) -> Iterator[Table]:
    """The table in the file: CSV in UTF-8, UTF-16 or GB18030 (GBK), or the first sheet of an XLSX.

    Raises Unreadable; of an XLSX also from ``rows``, at the one where it is damaged.
    """
    try:
        with path.open("rb") as file:
            beginning = file.read(4)
        opened = _open_xlsx if beginning.startswith(b"PK") else _open_csv
        if beginning == OLD_XLS:
            raise Unreadable(_("%(file)s is an old XLS: save it as XLSX.") % {"file": path.name})
        with opened(path) as table:
            yield table
    except OSError as error:
        raise Unreadable(file_fault(path, error)) from error


@contextmanager
def _open_csv(path: Path) -> Iterator[Table]:
    encoding = _encoding_of(path)
    how = {"encoding": encoding, "errors": "agency.half", "newline": ""}
    if not _is_text(path, how):
        raise Unreadable(_("%(file)s is no CSV or XLSX file.") % {"file": path.name})
    delimiter = _delimiter(path, how)
    total, widest = _survey(path, how, delimiter)
    with path.open(**how) as file:
        records = csv.reader(file, delimiter=delimiter)
        yield _table(path, records, total, widest=widest, unread_sheets=[])


def _encoding_of(path: Path) -> str:
    """UTF-8 unless more of its bytes are wrong in it than right: then GB18030."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    wrong = right = 0
    with path.open("rb") as file:
        beginning = file.read(4)
        if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        file.seek(0)
        while block := file.read(1 << 20):
            beyond = [c for c in decoder.decode(block) if c > "\x7f"]
            broken = sum("\udc80" <= c <= "\udcff" for c in beyond)
            wrong, right = wrong + broken, right + len(beyond) - broken
    return "gb18030" if wrong > right else "utf-8-sig"


def _is_text(path: Path, how: dict) -> bool:
    """No sign at the beginning that no text has."""
    with path.open(**how) as file:
        return "\0" not in file.read(BEGINNING)


def _delimiter(path: Path, how: dict) -> str:
    """Whichever of comma, tab and semicolon stands most often in the first line with any."""
    with path.open(**how) as file:
        for line in file.read(1 << 16).splitlines():
            bare = QUOTED.sub("", line)
            sign = max(",\t;", key=bare.count)
            if sign in bare:
                return sign
    return ","


def _survey(path: Path, how: dict, delimiter: str) -> tuple[int, int]:
    """How many rows there are, and in which column the last cell stands. Finds an open quotation
    mark before anything is taken in.
    """
    end = "\x1e"
    number, widest, record = 0, 0, []
    try:
        with path.open(**how) as file:
            for number, record in enumerate(  # noqa: B007 – both are told after the loop
                csv.reader(chain(file, ["\n", end]), delimiter=delimiter), start=1
            ):
                widest = max(widest, len(_trimmed(record)) if len(record) > widest else 0)
    except csv.Error as error:
        where = {"file": path.name, "row": number + 1, "error": error}
        raise Unreadable(_("%(file)s, row %(row)d: %(error)s.") % where) from error
    if record != [end]:
        raise Unreadable(
            _("%(file)s, row %(row)d: a quotation mark is opened and never closed.")
            % {"file": path.name, "row": number}
        )
    return number - 1, widest


def _trimmed(cells: list[str]) -> list[str]:
    """Without the empty cells at its end."""
    last = next((at for at in reversed(range(len(cells))) if cells[at].strip()), -1)
    return cells[: last + 1]


# What openpyxl and what it reads with make of a damaged file; OSError is openpyxl's own for a
# workbook without its parts, EOFError and RuntimeError (locked, packed unknown) are zipfile's.
DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, InvalidFileException, SyntaxError,
    LookupError, ValueError, ArithmeticError, AttributeError, TypeError, OSError,
)  # fmt: skip


@contextmanager
def _open_xlsx(path: Path) -> Iterator[Table]:
    with _legible(path):
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        with _legible(path):
            sheet, *others = book.worksheets
            total = sheet.max_row
            sheet.reset_dimensions()  # what some programs write there is wrong, and cuts rows off
            unread = [other.title for other in others if (other.max_row or 0) > 1]
        yield _table(path, _records(path, sheet), total, widest=None, unread_sheets=unread)
    finally:
        book.close()


def _records(path: Path, sheet) -> Iterator[list[str]]:
    """Row by row: damage may lie anywhere, and what is done with a row is not looked after here."""
    rows = sheet.iter_rows(values_only=True)
    while True:
        with _legible(path):
            row = next(rows, None)
        if row is None:
            return
        yield [_as_text(value) for value in row]


@contextmanager
def _legible(path: Path) -> Iterator[None]:
    """Whatever breaks in here, the file is at fault."""
    try:
        yield
    except DAMAGED as error:
        sentence = _("%(file)s cannot be read as XLSX; save it again.") % {"file": path.name}
        raise Unreadable(sentence) from error


def _as_text(value) -> str:
    """A spreadsheet's cell as it is read there: 15 digits, as it keeps no more of a number."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return f"{value:.15g}"
        case datetime():
            midnight = value.time() == time()
            return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
        case date() | time():
            return value.isoformat()
    return str(value)


def _table(
    path, records: Iterable[list[str]], total, *, widest: int | None, unread_sheets
) -> Table:
    """``widest``: in which column the last cell of a CSV stands; None of a spreadsheet."""
    numbered = enumerate(records, start=1)
    filled = ((number, record) for number, record in numbered if any(c.strip() for c in record))
    first = list(islice(filled, LOOK_AHEAD))
    if not first:
        raise Unreadable(_("%(file)s is empty.") % {"file": path.name})
    start = next((at for at, (_no, record) in enumerate(first) if _is_headings(record)), 0)
    headings = [unescape(cell).strip() for cell in first[start][1]]
    if any(map(SURROGATE.search, headings)):
        raise Unreadable(
            _("%(file)s, row %(row)d: a character of the headings is damaged; write it again.")
            % {"file": path.name, "row": first[start][0]}
        )
    columns = _Columns(_trimmed(headings), is_padded=widest is None)
    rows = (columns.row(number, record) for number, record in chain(first[start + 1 :], filled))
    left = total and max(total - first[start][0], 0)
    is_torn = columns.spilt is not None or (widest or 0) > columns.width
    return Table(columns.named, rows, left, unread_sheets, columns.untitled, is_torn)


def _is_headings(record: list[str]) -> bool:
    """A title above the headings fills one cell only."""
    return sum(bool(cell.strip()) for cell in record) > 1


class _Columns:
    """Where the headings stand, and those of a rejects file among them.

    A spreadsheet's row is ``is_padded``: it may end early, and beyond the last heading there may be
    a column without one. Of a CSV that is a row torn apart, and it is one still in the rejects.
    """

    def __init__(self, headings: list[str], *, is_padded: bool) -> None:
        ours, spilt = _in_all_languages(*OURS), _in_all_languages(SPILT)
        self.width, self.is_padded = len(headings), is_padded
        self.kept = [at for at, heading in enumerate(headings) if heading not in ours]
        self.named = [headings[at] for at in self.kept]
        self.spilt = next((at for at, heading in enumerate(headings) if heading in spilt), None)
        self.untitled: set[int] = set()

    def row(self, number: int, record: list[str]) -> Row:
        cells, beyond = record[: self.width], _trimmed(record[self.width :])
        cells += [""] * (self.width - len(cells))
        fault = self._fault(cells, beyond, len(record))
        if not fault:
            filled = (at for at, cell in enumerate(beyond, self.width + 1) if cell.strip())
            self.untitled.update(filled)
        if not self.is_padded:
            beyond = [cell for cell in beyond if cell.strip()]
        if self.spilt is not None:
            beyond = [cells[self.spilt], *beyond]
        named = [unescape(cells[at]) for at in self.kept]
        return Row(number, named, fault, list(map(unescape, beyond)))

    def _fault(self, cells: list[str], beyond: list[str], found: int) -> str:
        """What is wrong with a row of ``found`` cells."""
        if self.spilt is not None and cells[self.spilt].strip():
            return TORN % {"letter": column_letter(self.spilt + 1)}
        if beyond and not self.is_padded:
            first = next(at for at, cell in enumerate(beyond) if cell.strip())
            return TORN % {"letter": column_letter(self.width + first + 1)}
        if found < self.width and not self.is_padded:
            width = len(self.kept)
            told = {"found": found - self.width + width, "width": width}
            return _("This row has %(found)d cells, the headings are %(width)d.") % told
        if any(map(SURROGATE.search, cells)):
            return _("A character of this row is damaged; write it again.")
        return ""


def column_letter(at: int) -> str:
    """The name of a column, counted from one, in a spreadsheet; beyond all of those its number."""
    return get_column_letter(at) if at <= LAST_COLUMN else str(at)


# -- the way back -----------------------------------------------------------------------


def escape(cell: str) -> str:
    """The cell such that no spreadsheet takes it for a formula."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def unescape(cell: str) -> str:
    """What ``escape`` was given."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def _in_all_languages(*texts) -> set[str]:
    found: set[str] = set()
    for language, _name in settings.LANGUAGES:
        with override(language):
            found.update(map(str, texts))
    return found


Reject = Callable[[Row, str], None]


def is_same(path: Path | None, other: Path) -> bool:
    """Whether both are one file that is there, by whatever names."""
    return path is not None and os.path.exists(path) and os.path.samefile(path, other)


@contextmanager
def rejects_file(
    path: Path | None, table: Table, *, leave: Callable[[], bool] = lambda: False
) -> Iterator[Reject]:
    """Takes ``(row of the table, what is wrong)``; XLSX if the name says so, else CSV. None writes nothing.

    The file appears, readable by its owner alone, when all went well: so it may be the very
    file the rows came from, once all of them were looked at. ``leave`` is asked then: true lets
    what is there stand. Mended, it can be fed again. Raises Unreadable.
    """
    if path is None:
        yield lambda row, sentence: None
        return
    writer = WRITERS["xlsx" if path.suffix.lower() == ".xlsx" else "csv"]
    try:
        handle, name = tempfile.mkstemp(dir=path.resolve().parent, prefix=f".{path.name}-")
    except OSError as error:
        raise Unreadable(file_fault(path.resolve().parent, error)) from error
    try:
        with os.fdopen(handle, "wb") as file, writer(file) as write:
            ours = OURS if table.is_torn else OURS[:2]
            write([*map(escape, table.headings), *map(str, ours)])
            yield lambda row, sentence: write(_rejected(row, sentence))
        if not leave():
            Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _rejected(row: Row, sentence: str) -> list[str]:
    """What is beyond the headings stays so; of a torn row it stands below ``SPILT``."""
    told = [*row.cells, str(row.number), sentence, *row.beyond]
    return [escape(cell.encode("utf-8", "replace").decode()) for cell in told]


@contextmanager
def _csv_writer(file) -> Iterator[Callable[[list[str]], None]]:
    # With the mark at its beginning, a spreadsheet knows that it is UTF-8.
    yield csv.writer(codecs.getwriter("utf-8-sig")(file)).writerow


@contextmanager
def _xlsx_writer(file) -> Iterator[Callable[[list[str]], None]]:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    yield lambda cells: sheet.append([typed(sheet, cell) for cell in cells])
    book.save(file)


WRITERS = {"csv": _csv_writer, "xlsx": _xlsx_writer}
"""By the form of the file: opens a binary file for rows of texts; cells want ``escape``."""
