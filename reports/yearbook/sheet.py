"""The figures as a spreadsheet: every row of the catalogue, unrounded."""

from decimal import Decimal
from typing import BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import override

from agency.core import spreadsheet
from reports.figures import Number, Row
from reports.yearbook.content import CHINESE, Report


def xlsx(report: Report, file: BinaryIO) -> None:
    with override(CHINESE):
        headings = [
            _("code"), _("indicator"), _("of which"), _("value"), _("year before"), _("change on the year"),
            _("unit of measure"), _("numerator"), _("denominator"),
        ]  # fmt: skip
        with spreadsheet.marked(file, headings, mark=report.title) as write:
            for row in report.rows:
                write(_cells(row))


def _cells(row: Row) -> list[spreadsheet.Value]:
    numbers = (row.value, row.previous, row.yoy)
    of = row.indicator
    return [
        of.code, str(of.name), " ".join(row.dimensions.values()), *map(_number, numbers),
        "%" if of.is_ratio else of.measure, _number(row.numerator), _number(row.denominator),
    ]  # fmt: skip


def _number(number: Number | None) -> Decimal | None:
    """As a cell holds it: fifteen digits are all a spreadsheet keeps."""
    if number is None:
        return None
    plain = number.limit_denominator(10**15) if hasattr(number, "limit_denominator") else number
    return Decimal(str(float(plain)))
