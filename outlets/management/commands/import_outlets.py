import sys
import time
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import CommandError
from tqdm import tqdm

from agency.core.console import JsonCommand
from agency.core.tables import Unreadable
from outlets import imports


class Command(JsonCommand):
    help = f"Take in outlets: CSV or XLSX with the columns {' '.join(imports.COLUMNS)}."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--rejects", type=Path, metavar="FILE", help="for what cannot be taken")

    def answer(self, *, file, rejects, **options):
        started = time.monotonic()
        try:
            tally = imports.import_outlets(file, rejects=rejects, watch=_with_progress)
        except Unreadable as error:
            raise CommandError(str(error)) from error
        return asdict(tally) | {"seconds": round(time.monotonic() - started, 3)}


def _with_progress(rows, total):
    """A bar on stderr, on a terminal only."""
    return tqdm(rows, total=total, unit="row", disable=not sys.stderr.isatty(), file=sys.stderr)
