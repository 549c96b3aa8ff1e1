"""The report of a period: Chinese prose, tables and charts over the figures, as PDF, Word or XLSX.

What it says stands in sentences.toml; this package only fills it in. A sentence whose figure is
nothing, or not known, is left out: a report tells what was done.
"""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from reports.yearbook import content, paper, sheet

WRITERS: dict[str, Callable[[content.Report, BinaryIO], None]] = {
    ".docx": paper.docx, ".pdf": paper.pdf, ".xlsx": sheet.xlsx,
}  # fmt: skip
"""By the ending of the file's name."""

TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


of = content.of


def write(report: content.Report, path: Path) -> None:
    """Into a new file, or in the place of an old one; by the ending of its name."""
    with path.open("wb") as file:
        WRITERS[path.suffix.lower()](report, file)
