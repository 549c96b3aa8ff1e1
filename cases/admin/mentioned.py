"""The rows and names that a case's events speak of.

A row and its event have one moment: who looks for the row finds it by that, where the event names
no key.
"""

from collections.abc import Callable
from functools import cached_property

from django.db.models import Max, QuerySet

from agency.core.models import Unit, User
from cases import citizens
from cases.kin import NAMES_A_CASE
from cases.lifecycle import Kind
from cases.models import (
    Case,
    CaseDeadlineExcuse,
    CaseDeadlinePause,
    CaseEvent,
    MediationSession,
    PartyNotice,
    Proposal,
    Ticket,
    Topic,
)

PEOPLE = ("handler", "person", "colleague", "leader", "core_handler", "callback")

READ: dict[str, Callable[[Case], QuerySet]] = {
    "excuses": lambda case: CaseDeadlineExcuse.objects.filter(deadline__case=case),
    "mediations": lambda case: case.mediations.select_related("mediator"),
    "party_notices": lambda case: case.party_notices.select_related("by", "decision__approved_by"),
    "pauses": lambda case: CaseDeadlinePause.objects.filter(deadline__case=case),
    "referrals": lambda case: case.referrals.select_related("unit"),
    "sessions": lambda case: MediationSession.objects.filter(mediation__case=case),
    "supplements": lambda case: case.supplements.select_related("was_person", "person"),
}
"""Part of a case → its rows with whom they name, where the case alone would not read them so."""


class Mentioned:
    """What ``events`` of ``case`` mention, each kind of row read once; links as ``user`` sees them."""

    def __init__(self, case: Case, user: User, events: list[CaseEvent]) -> None:
        self.case, self.user, self.events = case, user, events
        self._parts: dict[str, list] = {}

    def part(self, name: str) -> list:
        """The rows of this part of the case in their order, read once."""
        if name not in self._parts:
            rows = READ[name](self.case) if name in READ else getattr(self.case, name)
            self._parts[name] = list(rows.order_by("pk"))
        return self._parts[name]

    def rows(self, event: CaseEvent, part: str, moment: str = "at") -> list:
        """Those of this part that were written in the event's moment."""
        return [row for row in self.part(part) if getattr(row, moment) == event.at]

    def row(self, event: CaseEvent, part: str, moment: str = "at"):
        """The latest of these, or None."""
        return next(reversed(self.rows(event, part, moment)), None)

    def by_key(self, event: CaseEvent, part: str, key: str):
        """The row the event names by its key, or None."""
        named = str(event.data.get(key))
        return next((row for row in self.part(part) if str(row.pk) == named), None)

    def ended(self, event: CaseEvent, verb: str | None) -> Proposal | None:
        """What was proposed and decided in the event's moment."""
        found = self.rows(event, "proposals", "decided_at")
        return next((proposal for proposal in found if proposal.verb == verb), None)

    def notice(self, event: CaseEvent) -> PartyNotice | None:
        """The one that the event tells of: one act tells several, in one moment."""
        return self._notices.get(event.data.get("notice", (event.at, event.ticket_id)))

    @cached_property
    def _notices(self) -> dict[int | tuple, PartyNotice]:
        """By their keys, and by moment and ticket: an older event names no key."""
        rows = self.part("party_notices")
        return {key: row for row in rows for key in (row.pk, (row.at, row.ticket_id))}

    def citizen(self, event: CaseEvent) -> str:
        """Which of several it was about, the case's own where no ticket is named; of one alone
        nothing need be said, and of a report's nothing may.
        """
        has_left = event.ticket is not None and event.ticket.case_id != self.case.pk
        if self.case.kind == Kind.REPORT or not (has_left or self._is_shared):
            return ""
        return self._labels.get(event.ticket_id) or str(self.case.consumer or "")

    @cached_property
    def _is_shared(self) -> bool:
        return bool(citizens.others(self.case))

    @cached_property
    def _labels(self) -> dict[int, str]:
        named = {event.ticket_id for event in self.events if event.ticket_id}
        rows = Ticket.objects.filter(pk__in=named).select_related("channel", "consumer")
        return {row.pk: row.label for row in rows}

    def _said(self, *names: str) -> set[str]:
        return {v for event in self.events for name in names if (v := event.data.get(name))}

    @cached_property
    def units(self) -> dict[str, str]:
        return dict(Unit.objects.filter(code__in=self._said("unit")).values_list("code", "name"))

    @cached_property
    def people(self) -> dict[str, str]:
        named = User.objects.filter(username__in=self._said(*PEOPLE))
        return dict(named.values_list("username", "name"))

    @cached_property
    def numbers(self) -> set[str]:
        """Of cases: ``into`` may be a kind as well."""
        found = Case.objects.filter(no__in=self._said(*NAMES_A_CASE))
        return set(found.values_list("no", flat=True))

    @cached_property
    def others(self) -> dict[str, int]:
        seen = Case.objects.visible_to(self.user).filter(no__in=self.numbers)
        return dict(seen.values_list("no", "pk"))

    @cached_property
    def topics(self) -> dict[str, Topic]:
        found = Topic.objects.filter(code__in=self._said("topic"))
        return {topic.code: topic for topic in found}

    @cached_property
    def _latest(self) -> dict[str, int]:
        """Kind of event → the last of this case."""
        last = self.case.events.order_by().values("kind").annotate(last=Max("pk"))
        return dict(last.values_list("kind", "last"))

    def person(self, event: CaseEvent, name: str) -> str:
        return self.people.get(event.data.get(name), "")

    def is_latest(self, event: CaseEvent) -> bool:
        """Of its kind, in this case."""
        return event.pk >= self._latest.get(event.kind, 0)
