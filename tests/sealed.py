"""Minutes that pass, each with its seal."""

import time
from datetime import timedelta

from agency.core.audit import seals
from agency.core.models import Seal

MINUTE = timedelta(minutes=1)


def minutes_pass(clock, count: int = 2) -> list[Seal]:
    """In the second minute what was written in the first is sealed."""
    return [_a_minute_passes(clock) for _minute in range(count)]


def _a_minute_passes(clock) -> Seal:
    clock.shift(MINUTE)
    until = time.monotonic() + 10
    while not (made := seals.seal()):
        # The server's own vacuum writes too, and puts a seal off like anybody.
        assert time.monotonic() < until, "nobody lets the minute be sealed"
        time.sleep(0.05)
    return made
