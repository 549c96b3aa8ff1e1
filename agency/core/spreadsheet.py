"""Spreadsheets we hand out: texts stay texts, figures are figures, and each says whose copy it is."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import BinaryIO

import openpyxl
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.utils import get_column_letter

from agency.core.calendar import SHANGHAI

NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDTH = 18

Value = str | Decimal | datetime | None


@contextmanager
def marked(
    file: BinaryIO, headings: Sequence[str], *, mark: str
) -> Iterator[Callable[[Sequence[Value]], None]]:
    """Writes an XLSX into ``file``: takes its rows, and is done when the ``with`` ends.

    ``mark`` says whose copy it is: above the headings, and below every page that is printed.
    """
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A3"
    sheet.page_setup.orientation = "landscape"
    sheet.oddFooter.center.text = mark.replace("&", "&&")
    for number in range(1, len(headings) + 1):
        sheet.column_dimensions[get_column_letter(number)].width = WIDTH

    def write(values: Sequence[Value]) -> None:
        sheet.append([typed(sheet, value) for value in values])

    write([mark])
    write(headings)
    yield write
    book.save(file)


def typed(sheet, value: Value) -> Cell | None:
    """A text stays one, whatever it looks like, also when somebody edits its cell."""
    match value:
        case None | "":
            return None
        case str():
            cell = WriteOnlyCell(sheet, NOT_IN_XML.sub("", value))
            cell.data_type, cell.number_format = "s", "@"
        case datetime():
            # A reader rounds: the last microsecond of a day would be the next day.
            told = value.astimezone(SHANGHAI).replace(microsecond=0, tzinfo=None)
            cell = WriteOnlyCell(sheet, told)
            cell.number_format = "yyyy-mm-dd hh:mm"
        case _:
            cell = WriteOnlyCell(sheet, value)
            cell.number_format = "#,##0.00"
    return cell
