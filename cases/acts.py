"""What every verb of a case begins and ends with: locks, then the clock, then one event.

with acts.begin(no, "respond", by) as act:
    ...
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core import clock, deadlines, presence
from agency.core.errors import Forbidden, NotThere, RuleViolation
from agency.core.models import Notification, User
from agency.core.roles import Role
from cases import clocks, completeness, following, lifecycle, rulings
from cases.lifecycle import ENDED, Kind, Milestone, Move, State
from cases.models import (
    Assignment,
    Callback,
    Case,
    CaseDeadline,
    CaseEvent,
    Decision,
    Result,
    Ticket,
)
from cases.recusals import check_may_handle

UNREACHABLE = "unreachable"
"""Why a clock was cancelled, unmet: the citizen was tried, and could not be reached."""


@dataclass
class Act:
    """A verb under way: the locked case, the actor, and the one moment everything gets.

    ``proposer`` is set while a proposal takes effect: ``by`` approves it then.
    """

    case: Case
    by: User
    at: datetime
    move: Move
    proposer: User | None = None

    def __post_init__(self) -> None:
        self._told_state = self.case.state
        self.latest: CaseEvent | None = None
        """What was recorded last of this case."""
        self.told = {self.by.pk}
        """Who knows of it without being told as a follower."""

    def take_effect(
        self, *, tickets: list[Ticket] | None = None, starts_at: datetime | None = None
    ) -> None:
        """Take the state the move leads to, and bring about what it brings about.

        ``tickets``: whose clocks it may stop; None for all of the case's. ``starts_at``: from
        when the new ones count; None for now.
        """
        if self.move.to:
            self.case.state = self.move.to
            self.case.closed_at = self.at if self.move.to in ENDED - {State.MERGED} else None
        for milestone in self.move.happens:
            self.happen(milestone, tickets=tickets, starts_at=starts_at)
        for whom in self.move.tells:
            self.tell(whom)

    def tell(self, whom: str, *, topic: str = "") -> None:
        """Put it into the outbox, as ``topic`` or the verb; nobody is told of what they did."""
        if word := self.word(whom, topic=topic):
            word.save()

    def word(self, whom: str, *, topic: str = "") -> Notification | None:
        """What ``tell`` puts into the outbox, unsaved: for who tells of many cases at once."""
        person = self._meant(whom)
        if person == self.by:
            return None
        if person and person.is_active:
            whom = "user"
            self.told.add(person.pk)
        elif whom == "handler":
            whom = "unit"
        return Notification(
            dedup_key=f"{self.move.verb}:{uuid4()}", topic=topic or self.move.verb, target=whom,
            unit=self.case.unit, handler=person, subject="cases.case", subject_id=self.case.pk,
            created_at=self.at,
        )  # fmt: skip

    def _meant(self, whom: str) -> User | None:
        """The one person, where one is named: who handles it, or is to call back."""
        if whom == "handler":
            return self.case.handler
        asked = Callback.objects.filter(case=self.case, done_at=None).select_related("officer")
        found = asked.first() if whom == Role.CALLBACK else None
        return found and found.officer

    def happen(
        self, milestone: Milestone, *, starts_at: datetime | None = None,
        tickets: list[Ticket] | None = None,
    ) -> list[CaseDeadline]:  # fmt: skip
        """Stop the clocks ``milestone`` meets and start those it starts; returns what was met.

        ``starts_at``: from when the new ones count; None for now.
        """
        met = clocks.stop(self.case, milestone, at=self.at, tickets=tickets)
        clocks.start(self.case, milestone, starts_at=starts_at or self.at, at=self.at)
        return met

    def cancel(self, milestone: Milestone, *, reason: str) -> None:
        """End what ``milestone`` would meet, unmet: nobody owes it any more."""
        deadlines.cancel(
            self.case.deadlines.filter(rule__met_by=milestone), at=self.at, reason=reason
        )

    def cancel_unbegun(self, milestone: Milestone, *, reason: str) -> None:
        """End what ``milestone`` would meet and what does not count yet."""
        later = self.case.deadlines.filter(rule__met_by=milestone, starts_at__gt=self.at)
        deadlines.cancel(later, at=self.at, reason=reason)

    def set_due(self, milestone: Milestone, due_at: datetime) -> None:
        """Let the open clock that ``milestone`` meets be due when a document says."""
        owed = self.case.deadlines.filter(rule__met_by=milestone)
        deadlines.set_due(owed, due_at, cause="as_in_the_notice", at=self.at, by=self.by)

    def leave(self) -> None:
        """Nothing more is done here: out of everybody's hands, and what it owed is cancelled.

        Only what was owed to nobody: RuleViolation where a citizen still waits for an answer.
        """
        if waiting := {"responded", "contacted"} & set(completeness.missing(self.case)):
            raise RuleViolation(completeness.sentence(self.case, waiting))
        self.give_up()
        self.end_all(but=Milestone.TICKET_REPLIED)  # the platform still gets its reply

    def end_all(self, *, but: Milestone | None = None) -> None:
        """Out of everybody's hands; what is owed is cancelled, except what ``but`` would meet."""
        self.case.closed_at = self.at
        self.case.assignments.filter(ended_at=None).update(ended_at=self.at)
        owed = self.case.deadlines.exclude(rule__met_by=but or "")
        deadlines.cancel(owed, at=self.at, reason=self.move.verb)

    def give_up(self) -> None:
        """The case ends, and with it what is owed to whoever could not be reached."""
        deadlines.cancel(clocks.unreachable(self.case), at=self.at, reason=UNREACHABLE)

    def end(self, result: Result, *, recovered: Decimal | None = None) -> None:
        """Write the outcome. A case that was reopened keeps its first one."""
        if self.case.result:
            return
        self.case.result, self.case.ended_at = result, self.at
        if recovered is not None:
            self.case.recovered_amount = recovered

    def decide(self, kind: Decision.Kind, **said) -> Decision:
        """Write what was decided; where it was proposed, by whom and who approved it."""
        by, approved_by = (self.proposer, self.by) if self.proposer else (self.by, None)
        return Decision.objects.create(
            case=self.case, kind=kind, by=by, approved_by=approved_by, at=self.at, **said
        )

    def record(
        self, kind: CaseEvent.Kind, *, case: Case | None = None, ticket=None, **data
    ) -> CaseEvent:
        """Write what happened. ``data``: ids, codes and moments only.

        The first record after the state has changed says where to: a case's history leads to
        its state (invariant I15).
        """
        if case is None and self.case.state != self._told_state:
            data["to"] = self._told_state = self.case.state
        event = CaseEvent.objects.create(
            case=case or self.case, ticket=ticket, kind=kind, actor=self.by, at=self.at, data=data
        )
        if event.case == self.case:
            self.latest = event
        return event

    @property
    def assignment(self) -> Assignment | None:
        """In whose hands the case is now; None before the first dispatch."""
        return self.case.assignments.filter(ended_at=None).first()


BY_POST = {move.verb for moves in lifecycle.MOVES.values() for move in moves if move.posts}
"""What is done by whoever holds a post on the case, whatever their role."""


def parts_of(case: Case, user: User) -> tuple[str, ...]:
    """As what ``user`` acts on the case (``lifecycle.parts_of``). Asks anew each time."""
    return lifecycle.parts_of(
        user.role, case.kind, handles=case.handler_id == user.pk,
        follows_up=case.assignments.filter(ended_at=None, follow_up=user).exists(),
    )  # fmt: skip


def admit(no: str, verb: str, by: User) -> Case:
    """The case for ``verb``, or the refusal a door gives before it reads the body.

    Raises Forbidden where the role may never do it, NotThere outside the scope.
    """
    is_role_s = by.role in lifecycle.roles_of(verb)
    if not is_role_s and by.role != Role.CHIEF and verb not in BY_POST:
        raise Forbidden
    case = Case.objects.visible_to(by).select_related("unit").filter(no=no).first()
    if case is None:
        raise NotThere if is_role_s else Forbidden
    rows = lifecycle.moves_of(case.kind, verb)
    is_ours = any(by.role in move.roles for move in rows) or any(
        move.is_of(*parts_of(case, by)) for move in rows
    )
    if not is_ours and (rows or not is_role_s):
        raise Forbidden
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
        was = case.state
        yield act
        clocks.call_in(case, at=act.at)
        if was == State.ODR_NEGOTIATING != case.state:
            clocks.bring_in(case, at=act.at)
        refresh_next_due(case)
        case.save()
        if act.latest:
            following.tell(act.latest, but=act.told)
        presence.seen(by)


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
    rows = lifecycle.moves_of(case.kind, verb)
    if not rows:
        raise RuleViolation(
            _("This is no step in the life of a %(kind)s.") % {"kind": case.get_kind_display()}
        )
    move = lifecycle.move_of(case.kind, verb, case.state, by.role) or lifecycle.move_of(
        case.kind, verb, case.state, *parts_of(case, by)
    )
    if move is None:
        raise RuleViolation(
            _("A case that is %(state)s does not allow this.") % {"state": case.get_state_display()}
        )
    # No query for the verbs that do not ask: citizens are answered with those.
    if move.holds and move.waits_for(case.held_by):
        raise RuleViolation(_("This case waits for approval: let that be decided first."))
    if rulings.decides(move) and rulings.is_awaited(case):
        raise RuleViolation(_("Returned twice: a leader rules where its case goes."))
    if move.is_handling:
        check_may_handle(by, case)
    return _once_accepted(case, move)


IT_STANDS = {
    Kind.COMPLAINT: gettext_lazy(
        "The acceptance stands, reopened or not. What turns out to be inadmissible ends "
        "the mediation on ground T6 (Order 121 §23)."
    ),
    Kind.PETITION: gettext_lazy(
        "The acceptance stands, reopened or not: go on with the petition, and answer it anew."
    ),
    Kind.REPORT: gettext_lazy(
        "The filing stands, reopened or not: go on with the case, and decide on it anew."
    ),
}
"""Why what was admitted once is not admitted, or turned away, a second time."""


def _once_accepted(case: Case, move: Move) -> Move:
    """To reopen rewrites neither acceptance nor filing: whoever takes the case up goes on there."""
    if not (case.result and (move.admits or move.goes_on_to) and clocks.is_accepted(case)):
        return move
    if move.admits:
        raise RuleViolation(str(IT_STANDS[case.kind]))
    return replace(move, to=move.goes_on_to)


def refresh_next_due(case: Case) -> None:
    """Keep the earliest due moment still owed beside the case, for its lists."""
    case.next_due_at = case.deadlines.running().aggregate(at=Min("due_at"))["at"]
