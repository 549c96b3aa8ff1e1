import logging
import time
from datetime import timedelta

from django.core.management.base import CommandError
from django.db import DatabaseError, InterfaceError, connection

from agency.core import clock, watch
from agency.core.console import JsonCommand

log = logging.getLogger(__name__)

MARGIN = timedelta(seconds=60)
"""Longer than any transaction may take (statement_timeout): nothing slips under the bound."""

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
            if interval <= 0:
                raise CommandError("--interval must be more than 0 seconds.")
            return self.loop(interval)
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
        """Sweep at a steady pace by the monotonic clock; lost connections are made anew."""
        since, full_at, next_at = None, 0.0, time.monotonic()
        while True:
            bounded = time.monotonic() < full_at
            try:
                started = clock.now()
                watch.keep_watch("loop", since=since if bounded else None)
                since = started - MARGIN
                full_at = full_at if bounded else time.monotonic() + FULL_EVERY
            except (DatabaseError, InterfaceError) as error:
                log.warning("sweep failed, connecting anew: %s", type(error).__name__)
                connection.close()
            next_at = max(next_at + interval, time.monotonic())
            time.sleep(max(0.0, next_at - time.monotonic()))
