"""Arrivals and staff that are played, so that a demo agency is alive. Never a real agency.

``arrivals`` says what comes and when, ``staff`` who does what about it and when, both
without looking at a clock; ``stage`` plays them against the database's clock, through
intake and workflow like everybody else. Used by ``manage.py replay`` and ``traffic``.
"""

import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management.base import CommandError
from django.db import OperationalError
from django.utils.translation import gettext as _

from agency.core.errors import RuleViolation


def only_in_the_demo() -> None:
    """Raise RuleViolation where made-up tickets and acts would stand among real ones."""
    if not settings.DEMO:
        raise RuleViolation(_("Rehearsals are played in the demo agency only (DEMO=1)."))


def until_asked_to_stop() -> Callable[[float], bool]:
    """A wait of so many seconds that ends at once, and tells True, at Ctrl-C or SIGTERM."""
    # A pipe and no threading.Event: a handler that sets one can meet its own lock.
    heard, told = os.pipe()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os.write(told, b"."))
    return lambda seconds: bool(select.select([heard], [], [], seconds)[0])


@contextmanager
def database_there() -> Iterator[None]:
    """Tell it in a sentence if the database cannot be reached at the beginning."""
    try:
        yield
    except OperationalError as error:
        raise CommandError(_("The database does not answer.")) from error
