"""NOTICES OUT OF THE OUTBOX: whom to tell, by which channel, in which words.

Whatever happens writes a Notification (ids only) in its own transaction. Afterwards, here:

1. receivers.py finds out whom it concerns and makes a Delivery for each person and channel;
   in-app it has arrived with that, an e-mail is still to be sent;
2. post.py claims the e-mails that are due, sends them and marks them: each at least once;
3. words.py says it, when it is sent or read, in what the receiver may know at that moment.

Any number may deliver at once. Callers: Celery beat, ``manage.py deliver_notifications``.
pruning.py clears away, half a year later, what proves nothing.
"""

import time
from dataclasses import dataclass

from agency.core.notifications import post, receivers

LONGEST_RUN = 6
"""Seconds after which a run takes on nothing new. With one answer of the mail server awaited
(EMAIL_TIMEOUT) it still ends within the task's soft time limit, and the next run goes on."""


@dataclass(frozen=True)
class Delivered:
    """What a run did: notices addressed; e-mails sent, failed for now and given up."""

    addressed: int
    mailed: int
    failed: int
    dead: int


def deliver_pending() -> Delivered:
    """Address what is new and send what is due, for a few seconds at most."""
    until = time.monotonic() + LONGEST_RUN
    addressed = receivers.address_pending(until)
    sent = post.send_due(until)
    return Delivered(addressed, sent.mailed, sent.failed, sent.dead)
