import logging
import math
import time
from datetime import timedelta

from django.db import DatabaseError, InterfaceError, connection

from agency.core import clock, deadlines, duties, watch
from agency.core.console import JsonCommand, Rounds, Sign

log = logging.getLogger(__name__)

MARGIN = timedelta(minutes=5)
"""Longer than anybody may hold a row or write one: nothing slips under the bound."""

SOONEST = 0.1
"""Seconds between two sweeps at the least, however many steps come due."""

FULL_EVERY = 60
"""Seconds between sweeps without a lower bound."""


class Command(JsonCommand):
    help = "Notice every deadline that has come due: once, or as the loop beside Celery."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--once", action="store_true", help="one sweep (default)")
        how.add_argument("--loop", action="store_true", help="sweep until stopped")
        parser.add_argument("--interval", type=float, default=1.0, help="seconds between starts")

    def answer(self, *, loop, interval, **options):
        if loop:
            self.loop(Rounds(interval))
            return {}
        result = watch.keep_watch("once")
        duties.do_all()
        return {
            "swept": result.swept,
            "breached": result.breached,
            "warned": result.warned,
            "escalated": result.escalated,
            "batches": result.batches,
            "oldest_due_at": result.oldest_due_at,
        }

    def loop(self, rounds: Rounds) -> None:
        """Sweep at a steady pace by the monotonic clock; lost connections are made anew.

        When a step comes due sooner than the next sweep, sweep then: a breach is noticed in
        the moment it happens.
        """
        sign = Sign("loop")
        since, full_at, next_at = None, 0.0, time.monotonic()
        while not rounds.stopping:
            bounded, step_at = time.monotonic() < full_at, math.inf
            try:
                started = clock.now()
                watch.keep_watch("loop", since=since if bounded else None)
                sign.renew()
                since = started - MARGIN
                full_at = full_at if bounded else time.monotonic() + FULL_EVERY
                step_in = deadlines.seconds_to_next_step(since)
                if step_in is not None:
                    step_at = time.monotonic() + max(step_in, SOONEST)
            except (DatabaseError, InterfaceError) as error:
                log.warning("sweep failed, connecting anew: %s", type(error).__name__)
                connection.close()
            else:
                duties.do_all()
            next_at = max(next_at + rounds.interval, time.monotonic())
            next_at = min(next_at, step_at)
            rounds.sleep_until(next_at)
        connection.close()
        sign.take_down()
