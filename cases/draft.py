"""A ticket on its way in, and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus

from agency.core.calendar import SHANGHAI
from cases.lifecycle import Kind
from cases.models import Case, CaseDeadline, Consumer, Reporter, Ticket, Topic
from cases.submission import Submission


@dataclass(frozen=True)
class Outcome:
    """What became of one row: the HTTP status, and its answer or problem."""

    status: int
    answer: dict
    replay: bool = False

    @property
    def is_refused(self) -> bool:
        return self.status >= HTTPStatus.BAD_REQUEST

    @property
    def faults(self) -> dict[str, list[str]]:
        """Why it was refused, field by field; under "body" what is said of the whole."""
        return self.answer["errors"] or {"body": [self.answer["detail"]]}


@dataclass
class Draft:
    """One new ticket on its way in; nothing of it is written yet."""

    row: Submission
    arrived_at: datetime
    case: Case
    ticket: Ticket
    person: Consumer | Reporter | None
    reopens: bool = False
    topics: list[Topic] = field(default_factory=list)
    """Those its categories put on a new case; those a standing one has."""
    clocks: list[CaseDeadline] = field(default_factory=list)

    @property
    def is_contactable(self) -> bool:
        """Whether there is a telephone: the ticket's own, or the reporter's."""
        person = self.case.reporter if self.case.kind == Kind.REPORT else self.person
        return bool(person and person.phone)

    def answer(self) -> dict:
        return answer_of(self.ticket, self.case, self.clocks)


def answer_of(
    ticket: Ticket, case: Case, clocks: Iterable[CaseDeadline], at: datetime | None = None
) -> dict:
    """The body of a 200 or 201: numbers and moments, no personal data. ``at`` is now."""
    return {
        "ticket": {
            "no": ticket.no,
            "external_no": ticket.external_no or None,
            "round": ticket.round,
            "channel": ticket.channel.code,
            "arrived_at": _iso(ticket.arrived_at),
        },
        "case": {
            "no": case.no, "kind": case.kind, "state": case.state, "url": f"/api/v1/cases/{case.no}/",
        },
        "deadlines": [
            {
                "rule": clock.rule.code,
                "starts_at": _iso(clock.starts_at),
                "due_at": _iso(clock.due_at),
                "state": clock.state_at(at or ticket.registered_at),
                "provisional": clock.provisional,
            }
            for clock in clocks
        ],
    }  # fmt: skip


def _iso(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).isoformat()
