import logging
import signal
import time
from datetime import timedelta

from django.core.management.base import CommandError
from django.db import DatabaseError, InterfaceError, connection

from agency.core import clock, deadlines, watch
from agency.core.console import JsonCommand

log = logging.getLogger(__name__)

MARGIN = timedelta(minutes=5)
"""Longer than anybody may hold a row or write one: nothing slips under the bound."""

SOONEST = 0.1
"""Seconds between two sweeps at the least, however many steps come due."""

FULL_EVERY = 60
"""Seconds between sweeps without a lower bound."""

NAP = 0.1
"""Seconds after which a sleeping loop looks whether it is to stop."""


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
            if interval <= 0:
                raise CommandError("--interval must be more than 0 seconds.")
            self.loop(interval)
            return {}
        result = watch.keep_watch("once")
        return {
            "swept": result.swept,
            "breached": result.breached,
            "warned": result.warned,
            "escalated": result.escalated,
            "batches": result.batches,
            "oldest_due_at": result.oldest_due_at,
        }

    def loop(self, interval: float) -> None:
        """Sweep at a steady pace by the monotonic clock; lost connections are made anew.

        When a step comes due sooner than the next sweep, sweep then: a breach is noticed in
        the moment it happens.

        SIGTERM and Ctrl-C let a sweep finish what it has begun.
        """
        self.stopping = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)
        since, full_at, next_at = None, 0.0, time.monotonic()
        while not self.stopping:
            bounded, step_in = time.monotonic() < full_at, None
            try:
                started = clock.now()
                watch.keep_watch("loop", since=since if bounded else None)
                since = started - MARGIN
                full_at = full_at if bounded else time.monotonic() + FULL_EVERY
                step_in = deadlines.seconds_to_next_step(since)
            except (DatabaseError, InterfaceError) as error:
                log.warning("sweep failed, connecting anew: %s", type(error).__name__)
                connection.close()
            next_at = max(next_at + interval, time.monotonic())
            if step_in is not None:
                next_at = min(next_at, time.monotonic() + max(step_in, SOONEST))
            self.sleep_until(next_at)
        connection.close()

    def stop(self, *_signal) -> None:
        self.stopping = True

    def sleep_until(self, moment: float) -> None:
        while not self.stopping and (left := moment - time.monotonic()) > 0:
            time.sleep(min(left, NAP))
