import time
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import CommandError

from agency.core.console import JsonCommand
from agency.core.tables import Unreadable
from cases import commendations


class Command(JsonCommand):
    help = (
        "Take in banners and thank-you letters: CSV or XLSX with received_on, type, unit, case_no."
    )

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--rejects", type=Path, metavar="FILE", help="for what cannot be taken")

    def answer(self, *, file, rejects, **options):
        started = time.monotonic()
        try:
            tally = commendations.import_file(file, rejects=rejects)
        except Unreadable as error:
            raise CommandError(str(error)) from error
        return asdict(tally) | {"seconds": round(time.monotonic() - started, 3)}
