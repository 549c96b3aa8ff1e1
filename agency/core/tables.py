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
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import chain, islice
from pathlib import Path

import openpyxl
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override
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
QUOTED = re.compile(r'"[^"]*"')


class Unreadable(ValueError):
    """The file cannot be used at all; the text is a sentence for people."""


@dataclass(frozen=True)
class Row:
    """One row as it came. ``number`` counts as a spreadsheet does: headings and blank rows too.

    ``fault`` says what is wrong with the row itself, before anybody asks what it means.
    """

    number: int
    cells: list[str]
    fault: str = ""


@dataclass(frozen=True)
class Table:
    """A file opened for reading. ``total`` is about how many rows follow, None if unknown."""

    headings: list[str]
    rows: Iterator[Row]
    total: int | None
    unread_sheets: list[str]


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
    total = _survey(path, how, delimiter)
    with path.open(**how) as file:
        records = csv.reader(file, delimiter=delimiter)
        yield _table(path, records, total, padded=False, unread_sheets=[])


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


def _survey(path: Path, how: dict, delimiter: str) -> int:
    """How many rows there are. Finds an open quotation mark before anything is taken in."""
    end = "\x1e"
    number, record = 0, []
    try:
        with path.open(**how) as file:
            for number, record in enumerate(  # noqa: B007 – both are told after the loop
                csv.reader(chain(file, ["\n", end]), delimiter=delimiter), start=1
            ):
                pass
    except csv.Error as error:
        where = {"file": path.name, "row": number + 1, "error": error}
        raise Unreadable(_("%(file)s, row %(row)d: %(error)s.") % where) from error
    if record != [end]:
        raise Unreadable(
            _("%(file)s, row %(row)d: a quotation mark is opened and never closed.")
            % {"file": path.name, "row": number}
        )
    return number - 1


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
        yield _table(path, _records(path, sheet), total, padded=True, unread_sheets=unread)
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


def _table(path, records: Iterable[list[str]], total, *, padded: bool, unread_sheets) -> Table:
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
    while headings and not headings[-1]:
        headings.pop()
    kept = [at for at, heading in enumerate(headings) if heading not in _own_headings()]
    rows = (
        _row(number, record, len(headings), kept, padded=padded)
        for number, record in chain(first[start + 1 :], filled)
    )
    left = total and max(total - first[start][0], 0)
    return Table([headings[at] for at in kept], rows, left, unread_sheets)


def _is_headings(record: list[str]) -> bool:
    """A title above the headings fills one cell only."""
    return sum(bool(cell.strip()) for cell in record) > 1


def _row(number: int, record: list[str], width: int, kept: list[int], *, padded: bool) -> Row:
    cells, beyond = record[:width], [cell for cell in record[width:] if cell.strip()]
    fault = ""
    if beyond or (len(cells) < width and not padded):
        found = len(kept) + len(beyond) - (width - len(cells))
        fault = _("This row has %(found)d cells, the headings are %(width)d.") % {
            "found": found, "width": len(kept),
        }  # fmt: skip
    elif any(map(SURROGATE.search, cells)):
        fault = _("A character of this row is damaged; write it again.")
    cells += [""] * (width - len(cells))
    return Row(number, [unescape(cells[at]) for at in kept] + beyond, fault)


# -- the way back -----------------------------------------------------------------------


def escape(cell: str) -> str:
    """The cell such that no spreadsheet takes it for a formula."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def unescape(cell: str) -> str:
    """What ``escape`` was given."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def _own_headings() -> list[str]:
    """The two columns a rejects file has more, in every language."""
    found = []
    for language, _name in settings.LANGUAGES:
        with override(language):
            found += [_("Row"), _("What is wrong")]
    return found


Reject = Callable[[Row, str], None]


def is_same(path: Path | None, other: Path) -> bool:
    """Whether both are one file that is there, by whatever names."""
    return path is not None and os.path.exists(path) and os.path.samefile(path, other)


@contextmanager
def rejects_file(
    path: Path | None, headings: list[str], *, leave: Callable[[], bool] = lambda: False
) -> Iterator[Reject]:
    """Takes ``(row, what is wrong)``; XLSX if the name says so, else CSV. None writes nothing.

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
            write([escape(heading) for heading in headings] + [_("Row"), _("What is wrong")])
            yield lambda row, sentence: write(_rejected(row, sentence, len(headings)))
        if not leave():
            Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _rejected(row: Row, sentence: str, width: int) -> list[str]:
    cells = [escape(cell.encode("utf-8", "replace").decode()) for cell in row.cells]
    return [*cells[:width], str(row.number), escape(sentence), *cells[width:]]


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
