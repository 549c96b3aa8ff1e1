"""Warnings long past: many deliveries, and the only ones that prove nothing.

That somebody was told of a breach is read from its deliveries (reports/told.py), and that
every step was told from its notification (invariant I8): those stay.
"""

import time
from datetime import timedelta

from django.conf import settings

from agency.core import clock
from agency.core.models import Delivery
from agency.core.notifications.topics import TOPICS

BATCH = 5000
LONGEST_RUN = 5
"""Seconds; what is left then is left to the next day."""


def prune_delivered() -> int:
    """Delete the deliveries of passing topics sent more than WARNINGS_KEPT_DAYS ago; how many.

    What waits or was given up stays. So does everything where fewer days than one are kept.
    """
    if settings.WARNINGS_KEPT_DAYS < 1:
        return 0
    until, total = time.monotonic() + LONGEST_RUN, 0
    for pks in _batches(clock.now() - timedelta(days=settings.WARNINGS_KEPT_DAYS)):
        total += Delivery.objects.filter(pk__in=pks).delete()[0]
        if time.monotonic() > until:
            break
    return total


def _batches(limit):
    """Keys of what was sent before ``limit``, each once, oldest first."""
    passing = [code for code, topic in TOPICS.items() if topic.is_passing]
    old = Delivery.objects.filter(sent_at__lt=limit, notification__topic__in=passing)
    last = 0
    while pks := list(old.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield pks
        last = pks[-1]
