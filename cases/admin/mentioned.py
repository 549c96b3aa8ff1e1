"""The rows and names that a case's events speak of.

A row and its event have one moment: who looks for the row finds it by that, where the event names
no key.
"""

from functools import cached_property

from agency.core.models import Unit, User
from cases import citizens
from cases.kin import NAMES_A_CASE
from cases.lifecycle import Kind
from cases.models import Case, CaseEvent, PartyNotice, Ticket

PEOPLE = ("handler", "person", "colleague", "leader", "core_handler", "callback")


class Mentioned:
    """What ``events`` of ``case`` mention, each kind of row read once; links as ``user`` sees them."""

    def __init__(self, case: Case, user: User, events: list[CaseEvent]) -> None:
        self.case, self.user, self.events = case, user, events
        self._rows: dict[tuple[str, str], dict] = {}

    def row(self, event: CaseEvent, part: str, moment: str = "at"):
        """The row of this part of the case that was written in the event's moment, or None."""
        if (part, moment) not in self._rows:
            rows = getattr(self.case, part).order_by("pk")
            self._rows[part, moment] = {getattr(row, moment): row for row in rows}
        return self._rows[part, moment].get(event.at)

    def by_key(self, event: CaseEvent, part: str, key: str):
        """The row the event names by its key, or None."""
        if (part, "pk") not in self._rows:
            rows = getattr(self.case, part).all()
            self._rows[part, "pk"] = {str(row.pk): row for row in rows}
        return self._rows[part, "pk"].get(str(event.data.get(key)))

    def notice(self, event: CaseEvent) -> PartyNotice | None:
        """The one that the event tells of: one act tells several, in one moment."""
        return self._notices.get(event.data.get("notice", (event.at, event.ticket_id)))

    @cached_property
    def _notices(self) -> dict[int | tuple, PartyNotice]:
        """By their keys, and by moment and ticket: an older event names no key."""
        rows = self.case.party_notices.select_related("by", "decision__approved_by").order_by("pk")
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

    def person(self, event: CaseEvent, name: str) -> str:
        return self.people.get(event.data.get(name), "")

    def is_latest(self, event: CaseEvent) -> bool:
        """Of its kind, in this case."""
        return not self.case.events.filter(kind=event.kind, pk__gt=event.pk).exists()
