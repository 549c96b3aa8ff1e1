"""Plays arrivals and staff against the database's clock, until they end or somebody says stop."""

import heapq
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random

from django.db import InterfaceError, OperationalError, connection

from agency.core import clock
from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from cases import draft, intake, submission
from cases.lifecycle import Kind
from cases.models import Case, Channel, Ticket
from cases.rehearsal.arrivals import Arrival
from cases.rehearsal.staff import Cast, Limits, Step, plan

log = logging.getLogger(__name__)

LONGEST_WAIT = 0.5
"""Seconds between two looks at the clock: it may have been moved, or the database be gone."""

ACTS_AT_ONCE = 50
"""Then arrivals have their turn, and whoever says stop."""

ADOPT = timedelta(hours=2)
"""How far back a rehearsal that starts again looks for what it left undone."""

ADOPT_AT_MOST = 2000

RULES_1030 = ("ticket.respond_10", "ticket.contact_30")

REFUSED = (RuleViolation, Forbidden, NotThere, Invalid)
GONE = (OperationalError, InterfaceError)

Wait = Callable[[float], bool]
"""Wait so many seconds; True if somebody said stop."""


@dataclass(order=True)
class Due:
    """A step on the agenda; equal moments come in the order in which they were written down."""

    at: datetime
    place: int
    step: Step = field(compare=False)
    ticket: str = field(compare=False)


class Stage:
    """One rehearsal. ``pace`` is how much faster than real people the punctual staff are."""

    def __init__(self, cast: Cast, *, seed: str, pace: float = 1.0) -> None:
        self.cast, self.seed, self.pace = cast, seed, pace
        self.channels = {c.code: c for c in Channel.objects.select_related("client")}
        self.agenda: list[Due] = []
        self.places = count()
        self.created = self.acts = self.refused = 0
        self.now = clock.now()

    def play(self, arrivals: Iterable[Arrival], *, wait: Wait) -> None:
        """Play until all have come and the punctual have acted, or ``wait`` says stop."""
        began, coming = self.now, Coming(iter(arrivals))
        while True:
            try:
                self.now = now = clock.now()
                self.register(coming.until(now - began))
                coming.taken()
                self.perform(now)
            except GONE as error:
                log.warning("the database is gone, trying again: %s", type(error).__name__)
                connection.close()
                if wait(1.0):
                    return
                continue
            if coming.over and not any(due.step.awaited for due in self.agenda):
                return
            moments = [began + coming.next.after] if coming.next else []
            moments += [self.agenda[0].at] if self.agenda else []
            pause = (min(moments) - now).total_seconds()
            if wait(min(max(pause, 0.0), LONGEST_WAIT)):
                return

    # -- arrivals -----------------------------------------------------------------------

    def register(self, arrivals: list[Arrival]) -> None:
        """Send in what has come, each channel's together; staff take note of what is new."""
        for code in dict.fromkeys(arrival.channel for arrival in arrivals):
            channel, on = self.channels[code], submission.today()
            rows = []
            for arrival in arrivals:
                if arrival.channel == code:
                    try:
                        rows.append(submission.parse(arrival.body, channel=channel, on=on))
                    except Invalid:
                        self.refused += 1
            for outcome in intake.register_many(rows, channel=channel, by=channel.client):
                self.created += outcome.status == 201
                self.refused += outcome.status == 400
                if outcome.status == 201:
                    self.take_note(outcome.answer)

    def take_note(self, answer: dict) -> None:
        """Write on the agenda what will be done about the ticket, and when."""
        ticket, case = answer["ticket"], answer["case"]
        arrived_at = datetime.fromisoformat(ticket["arrived_at"])
        steps = plan(
            limits_of(answer["deadlines"]),
            dispatch=case["state"] == "registered" and case["kind"] != Kind.PETITION,
            kind=case["kind"], pace=self.pace, random=self.chance(ticket["external_no"]),
        )  # fmt: skip
        for step in steps:
            heapq.heappush(
                self.agenda, Due(arrived_at + step.after, next(self.places), step, ticket["no"])
            )

    def chance(self, number: str, *words: str) -> Random:
        """Dice for a ticket: the same in every rehearsal, whatever stands before its number."""
        return Random(":".join([self.seed, number.partition("-")[2], *words]))  # noqa: S311 – dice, not secrets

    def adopt(self, prefix: str) -> None:
        """Take up what an earlier rehearsal with this prefix left undone."""
        left = Ticket.objects.filter(
            external_no__startswith=prefix, arrived_at__gt=clock.now() - ADOPT,
            case__in=Case.objects.open(),
        ).select_related("case", "channel")  # fmt: skip
        for ticket in left.prefetch_related("deadlines__rule").order_by("-pk")[:ADOPT_AT_MOST]:
            answer = draft.answer_of(ticket, ticket.case, ticket.deadlines.all(), clock.now())
            self.take_note(answer)

    # -- staff --------------------------------------------------------------------------

    def perform(self, now: datetime) -> None:
        """Let staff do what is due by now."""
        for _act in range(ACTS_AT_ONCE):
            if not self.agenda or self.agenda[0].at > now:
                break
            due = self.agenda[0]
            ticket = Ticket.objects.select_related("case__unit", "case__handler__unit").get(
                no=due.ticket
            )
            try:
                random = self.chance(ticket.external_no, due.step.verb)
                self.acts += self.cast.act(due.step, ticket.case, ticket.no, random)
            except REFUSED as error:
                # Somebody else was there before, or the rules have grown since: as in life.
                self.refused += 1
                log.debug("%s of %s refused: %s", due.step.verb, ticket.no, error)
            heapq.heappop(self.agenda)


class Coming:
    """Arrivals seen one ahead. What was handed out comes again until it is ``taken``."""

    def __init__(self, arrivals: Iterator[Arrival]) -> None:
        self.arrivals = arrivals
        self.next = next(arrivals, None)
        self.out: list[Arrival] = []

    def until(self, after: timedelta) -> list[Arrival]:
        """At most a batch of what has come ``after`` the beginning."""
        while self.next and self.next.after <= after and len(self.out) < intake.CHUNK:
            self.out.append(self.next)
            self.next = next(self.arrivals, None)
        return self.out

    def taken(self) -> None:
        self.out = []

    @property
    def over(self) -> bool:
        return self.next is None and not self.out


def limits_of(clocks: list[dict]) -> Limits | None:
    """What an intake's answer says of the 1030 clocks; None if those are met."""
    owed = {told["rule"]: told for told in clocks if told["rule"] in RULES_1030}
    if owed and all(told["state"] == "met" for told in owed.values()):
        return None
    given = {
        rule: datetime.fromisoformat(told["due_at"]) - datetime.fromisoformat(told["starts_at"])
        for rule, told in owed.items()
    }
    return Limits(*map(given.get, RULES_1030))
