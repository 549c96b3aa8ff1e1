"""Play an arrival file again from now on, with simulated staff. In the demo agency only."""

import time
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from agency.core.console import Answer, JsonCommand
from agency.core.tables import Unreadable
from cases import rehearsal
from cases.imports import maps
from cases.rehearsal import arrivals
from cases.rehearsal.staff import Cast
from cases.rehearsal.stage import Stage


class Command(JsonCommand):
    help = "Register the rows of FILE anew at their old pace; staff answer in time, late, or never."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="rows with a moment of arrival")
        parser.add_argument("--speed", type=float, default=1.0, help="times the real pace")
        parser.add_argument("--limit", type=int, help="play the first so many rows")
        parser.add_argument("--map", default="arrivals", metavar="NAME|FILE.toml")
        parser.add_argument("--channel", default="web", metavar="CODE", help="where a row has none")
        parser.add_argument("--seed", default="", help="another one, and other staff are late")

    def answer(self, **options: Any) -> Answer:
        rehearsal.only_in_the_demo()
        if options["speed"] <= 0:
            raise CommandError(_("--speed must be more than 0."))
        if options["limit"] is not None and options["limit"] < 0:
            raise CommandError(_("--limit must not be less than 0."))
        wait, started = rehearsal.until_asked_to_stop(), time.monotonic()
        with rehearsal.database_there():
            stage = Stage(Cast(), seed=options["seed"], pace=options["speed"])
            rows = self._rows(options["file"], options["map"])
        for code in {row.channel or options["channel"] for row in rows} - set(stage.channels):
            raise CommandError(_("There is no channel “%(code)s”.") % {"code": code})
        coming = arrivals.again(
            rows, run=f"R{int(stage.now.timestamp() * 1000):x}", speed=options["speed"],
            channel=options["channel"], random=Random(options["seed"]),  # noqa: S311 – dice, not secrets
        )  # fmt: skip
        stage.play(islice(coming, options["limit"]), wait=wait)
        return {
            "created": stage.created, "seconds": round(time.monotonic() - started, 3),
            "acts": stage.acts, "refused": stage.refused,
        }  # fmt: skip

    def _rows(self, file: Path, map_: str) -> list[arrivals.Recorded]:
        try:
            return arrivals.read(file, maps.load(map_))
        except (Unreadable, maps.MapError) as error:
            raise CommandError(str(error)) from error
