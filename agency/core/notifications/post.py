"""The way out of the building: e-mails are claimed, sent, and marked, each at least once.

A claim is a lease. Who dies between sending and marking lets the lease run out, and the
same letter goes out again under the same X-Dedup-Key and Message-ID. ``claimed_until`` also
holds together what was tried in one letter, so that a digest sent again is the same digest.

No transaction is open while the mail server is spoken to.
"""

import logging
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPServerDisconnected

from django.core.mail import get_connection
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Min, Q

from agency.core import clock
from agency.core.clock import AgencyNow
from agency.core.models import Delivery, Notification, Unit, User
from agency.core.notifications import letters
from agency.core.notifications.topics import topic_of
from agency.core.roles import Role

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
"""Longer than a task may take, its hard time limit included. A mail server that lets each answer
wait until EMAIL_TIMEOUT can hold the watchdog longer: then a letter goes out twice, known as such."""

PEOPLE, ROWS = 50, 10_000
"""A claim takes all that is due to so many people, so that it becomes one digest each."""

DIGEST_ABOVE = 5
"""More than these due for one person at once go into one letter."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
MOST_ATTEMPTS = 8


@dataclass(frozen=True)
class Sent:
    """Deliveries, not letters: a digest counts all it holds."""

    mailed: int = 0
    failed: int = 0
    dead: int = 0

    def __add__(self, other: "Sent") -> "Sent":
        return Sent(self.mailed + other.mailed, self.failed + other.failed, self.dead + other.dead)


@dataclass(frozen=True)
class Letter:
    """Deliveries to one person that go out together. ``is_retry``: they did so before."""

    recipient: User
    deliveries: tuple[Delivery, ...]
    is_retry: bool = False

    @property
    def notifications(self) -> list[Notification]:
        return [delivery.notification for delivery in self.deliveries]

    @property
    def rows(self):
        """The deliveries that are still to be decided."""
        pks = [delivery.pk for delivery in self.deliveries]
        return Delivery.objects.filter(pk__in=pks, sent_at=None, dead_at=None)


@dataclass
class Outage:
    """How long this process leaves a mail server alone that did not answer.

    Kept per process and not in the database: nothing is lost when it is forgotten, but a
    server that hangs costs each process one wait now and then instead of one each run.
    """

    FIRST, LONGEST = 5.0, 120.0
    pause: float = 0.0
    until: float = 0.0

    def lasts(self) -> bool:
        return time.monotonic() < self.until

    def begin(self) -> None:
        self.pause = min(self.pause * 2, self.LONGEST) or self.FIRST
        self.until = time.monotonic() + self.pause

    def end(self) -> None:
        self.pause = self.until = 0.0


outage = Outage()


def send_due(until: float) -> Sent:
    """Send what is due over one connection; nothing new is begun after monotonic ``until``."""
    total, line = Sent(), get_connection()
    try:
        while _may_go_on(until) and (waiting := _claim()):
            try:
                while waiting and _may_go_on(until):
                    total += _send(waiting.pop(0), line)
            finally:  # what there was no time or no server for is left to the next run
                for letter in waiting:
                    _release(letter)
    finally:
        _hang_up(line)
    return total


def _may_go_on(until: float) -> bool:
    return time.monotonic() < until and not outage.lasts()


# -- one letter -------------------------------------------------------------------------


def _send(letter: Letter, line) -> Sent:
    """Send one letter and mark it; what went wrong is written into its rows."""
    try:
        message, told = letters.compose(letter.notifications, letter.recipient)
        if message and not _reach(line):
            _release(letter)
            return Sent()
        if message:
            line.send_messages([message])
    except DatabaseError:
        raise
    except Exception as error:  # whatever it is about this letter, the others go on
        return _fail(letter, line, error)
    return _mark(letter, told)


def _reach(line) -> bool:
    """Whether the mail server answers; that it does not is no fault of a letter."""
    try:
        line.open()
    except OSError as error:
        log.warning("mail server not reached: %s", type(error).__name__)
        outage.begin()
        return False
    return True


def _hang_up(line) -> None:
    with suppress(OSError):
        line.close()


@transaction.atomic
def _mark(letter: Letter, told: set[int]) -> Sent:
    """Sent what was told; what the receiver may no longer know of is given up, without alarm.

    Given up in this way has fewer attempts than MOST_ATTEMPTS.
    """
    if told:
        outage.end()
    mailed = letter.rows.filter(notification__in=told).update(
        sent_at=AgencyNow(), attempts=F("attempts") + 1, claimed_until=None
    )
    dead = letter.rows.update(dead_at=AgencyNow(), claimed_until=None)
    return Sent(mailed=mailed, dead=dead)


@transaction.atomic
def _fail(letter: Letter, line, error: Exception) -> Sent:
    """Try again later, each time twice as late; after MOST_ATTEMPTS never again."""
    log.warning("delivery %s failed: %s", letter.deliveries[0].pk, _in_short(error))
    _hang_up(line)
    if isinstance(error, SMTPServerDisconnected):
        outage.begin()
    tried = max(delivery.attempts for delivery in letter.deliveries)
    later = AgencyNow() + min(FIRST_PAUSE * 2**tried, LONGEST_PAUSE)
    failed = letter.rows.update(attempts=F("attempts") + 1, next_try_at=later, claimed_until=later)
    dead = letter.rows.filter(attempts__gte=MOST_ATTEMPTS).update(
        dead_at=AgencyNow(), claimed_until=None
    )
    if dead:
        _raise_alarm(letter)
    return Sent(failed=failed - dead, dead=dead)


def _in_short(error: Exception) -> str:
    """Its kind and, of a mail server's answer, the code: the text may hold an address."""
    return f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()


def _raise_alarm(letter: Letter) -> None:
    """Tell the administrators, once an hour: with one e-mail many are dead."""
    alarm = Notification(
        dedup_key=f"delivery_dead:{clock.now():%Y%m%d%H}", topic="delivery_dead",
        target=Role.ADMIN, unit=Unit.objects.get(parent=None),
        subject="core.delivery", subject_id=letter.deliveries[0].pk,
    )  # fmt: skip
    Notification.objects.bulk_create([alarm], ignore_conflicts=True)


# -- the lease --------------------------------------------------------------------------


CLAIM_SQL = """
WITH due AS MATERIALIZED (
    SELECT id, claimed_until AS held FROM core_delivery
    WHERE recipient_id = ANY(%(people)s)
      AND channel = 'email' AND sent_at IS NULL AND dead_at IS NULL
      AND next_try_at <= agency_now() AND (claimed_until IS NULL OR claimed_until <= agency_now())
    ORDER BY claimed_until NULLS LAST, next_try_at, id LIMIT %(rows)s FOR UPDATE SKIP LOCKED
), ranked AS (
    SELECT id, held, dense_rank() OVER (ORDER BY held NULLS FIRST) - 1 AS nth FROM due
)
-- a microsecond apart, so that letters tried before stay the letters they were
UPDATE core_delivery d
SET claimed_until = agency_now() + %(lease)s + ranked.nth * interval '1 microsecond'
FROM ranked WHERE d.id = ranked.id
RETURNING d.id, ranked.held
"""


def _claim() -> list[Letter]:
    """All that is due to some people, ours until the lease runs out; who waits longest first."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM_SQL, {"people": _people_waiting(), "rows": ROWS, "lease": LEASE})
        held = dict(cursor.fetchall())
    deliveries = Delivery.objects.filter(pk__in=held).order_by("pk")
    together: dict[tuple, list[Delivery]] = defaultdict(list)
    for delivery in deliveries.select_related("recipient__unit", "notification__unit"):
        together[delivery.recipient_id, held[delivery.pk]].append(delivery)
    return [
        letter
        for (_recipient, tried), group in together.items()
        for letter in _letters(group, is_retry=tried is not None)
    ]


def _people_waiting() -> list[int]:
    """For whom something is due that nobody has claimed."""
    at = AgencyNow()
    free = Q(claimed_until=None) | Q(claimed_until__lte=at)
    due = Delivery.objects.filter(free, sent_at=None, dead_at=None, next_try_at__lte=at)
    people = due.values("recipient").annotate(since=Min("next_try_at")).order_by("since")
    return list(people.values_list("recipient", flat=True)[:PEOPLE])


def _letters(group: list[Delivery], *, is_retry: bool) -> list[Letter]:
    """One for each, or one for all where they are many; what must stand alone always does."""
    alone = [d for d in group if topic_of(d.notification.topic).is_letter]
    rest = [d for d in group if d not in alone]
    parts = [rest] if len(rest) > DIGEST_ABOVE else [[delivery] for delivery in rest]
    parts += [[delivery] for delivery in alone]
    return [Letter(part[0].recipient, tuple(part), is_retry) for part in parts]


def _release(letter: Letter) -> None:
    """Give a claim back untried; what had been tried together stays together."""
    letter.rows.update(claimed_until=AgencyNow() if letter.is_retry else None)
