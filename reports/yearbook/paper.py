"""The report on paper: PDF by typst, and the same for Word, with the charts as pictures."""

import io
import json
from dataclasses import asdict
from functools import partial
from typing import BinaryIO

import typst
from django.utils.translation import gettext as _
from django.utils.translation import override
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from cases.letters import fonts
from reports.yearbook.content import CHINESE, HEADINGS, HERE, Chart, Report

DPI = 200


def _typeset(layout: str, data: dict, **options) -> bytes:
    told = {"data": json.dumps(data, ensure_ascii=False)}
    return typst.compile(str(HERE / layout), font_paths=fonts(), sys_inputs=told, **options)


def counted(report: Report) -> str:
    """Whose figures, and of which days."""
    with override(CHINESE):
        told = {"unit": report.unit.name, "from": report.period.from_on, "to": report.period.to_on}
        return _("%(unit)s and all below it, %(from)s to %(to)s") % told


def pdf(report: Report, file: BinaryIO) -> None:
    data = {
        "title": report.title, "unit": report.unit.name, "counted": counted(report),
        "headings": HEADINGS, "sections": [asdict(section) for section in report.sections],
        "charts": [asdict(chart) for chart in report.charts],
    }  # fmt: skip
    file.write(_typeset("report.typ", data))


def picture(chart: Chart) -> bytes:
    """The chart as PNG."""
    return _typeset("chart.typ", asdict(chart), format="png", ppi=DPI)


# -- Word ---------------------------------------------------------------------------------


def docx(report: Report, file: BinaryIO) -> None:
    """In the fonts of an official document; who edits it has them, or sees the nearest."""
    document = Document()
    _page(document)
    put = partial(_paragraph, document)
    put(report.title, font="方正小标宋简体", size=22, centred=True)
    put(counted(report), size=10.5, centred=True)
    for section in report.sections:
        put(section.heading, font="黑体", size=16)
        if section.text:
            put(section.text, indented=True)
        if section.table:
            _table(document, section.table)
    for chart in report.charts:
        document.add_picture(io.BytesIO(picture(chart)), width=Cm(15.5))
    document.core_properties.title = report.title
    document.core_properties.author = report.unit.name
    document.save(file)


def _page(document) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin, section.bottom_margin = Cm(3.7), Cm(3.5)
    section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)


def _paragraph(
    document, text: str, *, font: str = "仿宋", size: float = 16, centred: bool = False,
    indented: bool = False,
) -> None:  # fmt: skip
    paragraph = document.add_paragraph()
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if indented:
        paragraph.paragraph_format.first_line_indent = Pt(2 * size)
    _write(paragraph, text, font, size)


def _write(paragraph, text: str, font: str, size: float) -> None:
    run = paragraph.add_run(text)
    run.font.name, run.font.size = font, Pt(size)
    run._element.rPr.rFonts.set(qn("w:eastAsia"), font)


def _table(document, lines: list[tuple[str, ...]]) -> None:
    table = document.add_table(rows=0, cols=len(HEADINGS), style="Table Grid")
    for line in (HEADINGS, *lines):
        cells = table.add_row().cells
        for place, (cell, text) in enumerate(zip(cells, line, strict=True)):
            paragraph = cell.paragraphs[0]
            if place:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            _write(paragraph, text, "仿宋", 10.5)
