"""Endless arrivals and simulated staff, so that a demo agency is alive: ``./run --traffic``."""

import time
from random import Random
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from agency.core.console import Answer, JsonCommand
from cases import rehearsal
from cases.imports import maps
from cases.rehearsal import arrivals
from cases.rehearsal.staff import Cast
from cases.rehearsal.stage import Stage

PREFIX = "SIM"


class Command(JsonCommand):
    help = "Play the usual arrivals of this hour of the day, many times as many, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--speed", type=float, default=20.0, help="times the real pace")
        parser.add_argument("--seed", default="")

    def answer(self, *, speed: float, seed: str, **options: Any) -> Answer:
        rehearsal.only_in_the_demo()
        if speed <= 0:
            raise CommandError(_("--speed must be more than 0."))
        wait, started = rehearsal.until_asked_to_stop(), time.monotonic()
        with rehearsal.database_there():
            stage = Stage(Cast(), seed=seed)
            stage.adopt(PREFIX)
            day = arrivals.read(arrivals.OWN_DAY, maps.load("arrivals"))
        coming = arrivals.endless(
            day, run=f"{PREFIX}{int(stage.now.timestamp()):x}", speed=speed, channel="web",
            districts=[unit.code for unit in stage.cast.districts], now=lambda: stage.now,
            random=Random(seed or None),  # noqa: S311 – dice, not secrets
        )  # fmt: skip
        stage.play(coming, wait=wait)
        return {
            "created": stage.created, "seconds": round(time.monotonic() - started, 3),
            "acts": stage.acts, "refused": stage.refused,
        }  # fmt: skip
