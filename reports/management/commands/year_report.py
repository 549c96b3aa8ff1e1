from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from agency.core.console import Answer, JsonCommand
from agency.core.models import Unit
from reports import yearbook
from reports.periods import FIRST, LAST, Period


class Command(JsonCommand):
    help = "Print every figure of YEAR for a unit and all below it; --out writes the report."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("year", type=int, metavar="YEAR")
        parser.add_argument("--unit", default="", metavar="CODE", help="the whole agency without")

        parser.add_argument("--out", type=Path, metavar="FILE", help=".docx, .pdf or .xlsx")

    def answer(self, *, year: int, unit: str, out: Path | None, **options: Any) -> Answer:
        if out and out.suffix.lower() not in yearbook.WRITERS:
            raise CommandError(_("The report is written as .docx, .pdf or .xlsx."))
        if not FIRST < year <= LAST:
            raise CommandError(_("There are no figures of the year %(year)d.") % {"year": year})
        asked = Unit.objects.filter(code=unit) if unit else Unit.objects.filter(parent=None)
        if (found := asked.first()) is None:
            raise CommandError(_("There is no unit “%(code)s”.") % {"code": unit})
        told = yearbook.of(found, Period.of_year(year))
        if out:
            yearbook.write(told, out)
        return {"year": year, "unit": found.code, "indicators": [row.plain() for row in told.rows]}

    def in_words(self, answer: Answer) -> str:
        return "\n".join(
            f"{row['code']} {' '.join(row['dimensions'].values())}: {row['value']}"
            for row in answer["indicators"]
        )
