"""What every verb of a case begins and ends with: locks, then the clock, then one event.

with acts.begin(no, "respond", by) as act:
    ...
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext as _

from agency.core import clock, deadlines
from agency.core.errors import Forbidden, NotThere, RuleViolation
from agency.core.models import User
from cases import lifecycle
from cases.lifecycle import Move
from cases.models import Assignment, Case, CaseDeadline, CaseEvent, Ticket


@dataclass
class Act:
    """A verb under way: the locked case, the actor, and the one moment everything gets."""

    case: Case
    by: User
    at: datetime
    move: Move

    def meet(self, verb: str, tickets: list[Ticket] | None = None) -> list[CaseDeadline]:
        """Meet the case's open clocks that ``verb`` stops; of ``tickets`` only, where given."""
        owed = self.case.deadlines.filter(rule__met_by=verb)
        if tickets is not None:
            owed = owed.filter(ticket__in=tickets)
        return deadlines.meet(owed, at=self.at)

    def record(
        self, kind: CaseEvent.Kind, *, case: Case | None = None, ticket=None, **data
    ) -> None:
        """Write what happened. ``data``: ids, codes and moments only."""
        CaseEvent.objects.create(
            case=case or self.case, ticket=ticket, kind=kind, actor=self.by, at=self.at, data=data
        )

    def move_on(self) -> None:
        """Take the state the verb leads to, if it leads anywhere."""
        if self.move.to:
            self.case.state = self.move.to

    @property
    def assignment(self) -> Assignment | None:
        """In whose hands the case is now; None before the first dispatch."""
        return self.case.assignments.filter(ended_at=None).first()


def admit(no: str, verb: str, by: User) -> Case:
    """The case for ``verb``, or the refusal a door gives before it reads the body.

    Raises Forbidden where the role may never do it, NotThere outside the scope.
    """
    if by.role not in lifecycle.roles_of(verb):
        raise Forbidden
    case = Case.objects.visible_to(by).select_related("unit").filter(no=no).first()
    if case is None:
        raise NotThere
    return case


@contextmanager
def begin(no: str, verb: str, by: User) -> Iterator[Act]:
    """Lock the case and its open clocks, read the clock, check the move; save at the end.

    Raises Forbidden, NotThere, or RuleViolation with the reason in words. The whole verb
    is one transaction.
    """
    with transaction.atomic():
        case = _lock(admit(no, verb, by), by)
        move = _checked_move(case, verb, by)
        deadlines.lock(case.deadlines)
        act = Act(case, by, clock.now(), move)
        yield act
        refresh_next_due(case)
        case.save()


def _lock(case: Case, by: User) -> Case:
    lock_cases(pk=case.pk)
    mine = Case.objects.in_hands_of(by).select_related("unit", "consumer", "reporter")
    locked = mine.filter(pk=case.pk).first()
    if locked is None:
        raise RuleViolation(_("This case is no longer in your hands."))
    return locked


def lock_cases(**which) -> None:
    """Lock cases, by themselves and in one order, before anything about them is read.

    no_key: the sweep writes events about the case while somebody acts on it. It refers to
    the key alone, and holds the clocks that the act waits for next.
    """
    rows = Case.objects.select_for_update(no_key=True).filter(**which).order_by("pk")
    list(rows.values_list("pk"))


def _checked_move(case: Case, verb: str, by: User) -> Move:
    move = lifecycle.move_of(case.kind, verb)
    if move is None:
        raise RuleViolation(
            _("This is no step in the life of a %(kind)s.") % {"kind": case.get_kind_display()}
        )
    if by.role not in move.roles:
        raise Forbidden
    if case.state not in move.frm:
        raise RuleViolation(
            _("A case that is %(state)s does not allow this.") % {"state": case.get_state_display()}
        )
    _check_proposal(case, move)
    return move


def _check_proposal(case: Case, move: Move) -> None:
    """No query for the verbs that do not ask: citizens are answered with those."""
    if move.pending is None or move.pending == bool(case.pending):
        return
    if move.pending:
        raise RuleViolation(_("Nothing waits for approval here."))
    raise RuleViolation(_("This case waits for approval: let that be decided first."))


def refresh_next_due(case: Case) -> None:
    """Keep the earliest due moment still owed beside the case, for its lists."""
    case.next_due_at = case.deadlines.open().aggregate(at=Min("due_at"))["at"]
