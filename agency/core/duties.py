"""What is done beside the watch: after every good sweep, and never in its way.

An app gives its own in its AppConfig.ready: it finds its work in the rows, if there is any. What
may be much is done piece by piece: such a duty is an iterator, and the next sweep goes on.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from django.db import Error, InterfaceError, OperationalError, connection

from agency.core import alarms

log = logging.getLogger(__name__)

BUDGET = 0.2
"""Seconds after which a duty begins no further piece: who sweeps is waited for."""

_duties: list[Callable[[], object]] = []


def also(duty: Callable[[], object]) -> None:
    """Let ``duty`` be done after every good sweep."""
    if duty not in _duties:
        _duties.append(duty)


def do_all() -> None:
    """Each of them; one that fails is told, and harms neither the others nor who calls."""
    for duty in _duties:
        try:
            _as_far_as_it_goes(duty())
        except Exception as error:
            is_away = isinstance(error, OperationalError | InterfaceError)
            log.error("%s failed: %s", duty.__name__, error, exc_info=not is_away)
            if is_away:
                connection.close()
            with suppress(Error):  # still away: that is told by others
                alarms.raise_all([alarms.Alarm("duty_failed")])


def _as_far_as_it_goes(pieces: object) -> None:
    until = time.monotonic() + BUDGET
    for _piece in pieces if isinstance(pieces, Iterator) else ():
        if time.monotonic() >= until:
            return
