"""A row of a life: the verb, whose it is, where it leads, and what it does to the clocks."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from agency.core.roles import OUTSIDERS, Role
from cases.lifecycle.states import CLOSED_STATES, OPEN, WAITING, State

FOLLOW_UP = "follow_up"
"""专人跟进: the post that asks whether an agreement was kept, and replies to the platform."""


class Milestone(models.TextChoices):
    """What clocks start on and are met by (the columns of agency/core/rules.csv)."""

    TICKET_ARRIVED = "ticket_arrived"
    CASE_REGISTERED = "case_registered"
    RESPONDED = "respond"
    CONTACTED = "contact"
    TICKET_REPLIED = "reply_ticket"
    DISPATCHED = "dispatched"
    TAKEN_UP = "taken_up"
    IDENTITY_REQUESTED = "identity_requested"
    IDENTITY_RECORDED = "identity_recorded"
    ACCEPTED = "accepted"
    DECISION_TOLD = "decision_told"
    MEDIATION_ENDED = "mediation_ended"
    ENTRUSTED = "entrusted"
    ENTRUST_REPORTED = "entrust_reported"
    SETTLED = "settled"
    PERFORMANCE_KNOWN = "performance_known"
    TERMINATED = "terminated"
    TERMINATION_TOLD = "termination_told"
    CLUE_FOUND = "clue_found"
    CLUE_VERIFIED = "clue_verified"
    JURISDICTION_DISPUTED = "jurisdiction_disputed"
    JURISDICTION_SETTLED = "jurisdiction_settled"
    NO_JURISDICTION = "no_jurisdiction"
    FILING_DECIDED = "filing_decided"
    FILED = "filed"
    PENALTY_DECIDED = "penalty_decided"
    FORWARDED = "forwarded"
    ANSWERED = "answered"
    PETITION_REPLIED = "petition_replied"
    REVIEW_REQUESTED = "review_requested"
    REVIEW_ANSWERED = "review_answered"
    FINAL_REVIEW_REQUESTED = "final_review_requested"
    FINAL_REVIEW_ANSWERED = "final_review_answered"
    CLOSED = "closed"
    REOPENED = "reopened"
    PUBLICITY_DECIDED = "publicity_decided"
    REFERRED_TO_OUTLET = "referred_to_outlet"
    USUAL_MATTER_REFERRED = "usual_matter_referred"
    BIG_MATTER_REFERRED = "big_matter_referred"
    REFERRED_TO_FIRM = "referred_to_firm"
    REFERRAL_TAKEN = "referral_taken"
    REFERRAL_ANSWERED = "referral_answered"
    REFERRAL_ENDED = "referral_ended"
    NEVER = "never"
    """Starts no clock: the limit of a right that somebody may use, counted when asked for."""


class PauseReason(models.TextChoices):
    """What time the law does not count (the column ``pauses`` of agency/core/rules.csv)."""

    APPRAISAL = "appraisal", _("appraisal or testing")
    TESTING = "testing", _("testing, inspection or quarantine")
    IDENTIFICATION = "identification", _("identification by the right holder")
    HEARING = "hearing", _("hearing")
    ANNOUNCEMENT = "announcement", _("public announcement")
    SUSPENSION = "suspension", _("suspension of the case")
    REFUND = "refund", _("ordered refund")


@dataclass(frozen=True)
class Move:
    """A verb: who may do it, in which states, where it leads, and what it does to clocks.

    ``to`` None: the state stays. ``decided_by``: the verb proposes, one of these approves, and
    only then it takes effect; empty: at once. ``happens``: the milestones it brings about; what
    else depends on what is said (docs/rules.md). ``tells``: whom in the house the
    outbox tells of it, a role or ``handler``; the unit, where none has it in hand.
    ``posts``: whoever holds one of these on the case may do it too, whatever their role.
    ``pending``: False, not while a proposal holds the case, so that who decides finds what was
    proposed (but MEANWHILE); and what this one proposes holds it too. None, it is all the same.
    ``admits``: it decides what becomes of what came in: not once that was accepted or filed, also
    where it is opened again. ``goes_on_to``: where it leads instead of ``to`` then.
    """

    verb: str
    roles: frozenset[Role]
    frm: frozenset[State]
    to: State | None = None
    decided_by: frozenset[Role] = frozenset()
    happens: tuple[Milestone, ...] = ()
    tells: tuple[str, ...] = ()
    pending: bool | None = False
    posts: frozenset[str] = frozenset()
    admits: bool = False
    goes_on_to: State | None = None

    @classmethod
    def row(
        cls, verb: str, roles: Iterable[Role], frm: State | Iterable[State], to=None, **more
    ) -> Self:
        """A row as the tables write it: one state or several."""
        states = {frm} if isinstance(frm, State) else frm
        return cls(verb, frozenset(roles), frozenset(states), to, **more)

    @property
    def holds(self) -> bool:
        """Whether it waits for what holds the case, and holds it itself where it is proposed."""
        return self.pending is False

    @property
    def goes_on(self) -> bool:
        """Whether it leads to where the case goes on that was accepted or filed before."""
        return self.goes_on_to is not None and self.to == self.goes_on_to

    @property
    def is_handling(self) -> bool:
        """Whether who stands aside leaves it alone: a handler's, but to answer or to give away."""
        return self.verb not in OF_ANYBODY and bool(self.roles & HANDLERS)

    def is_of(self, *parts: str) -> bool:
        """Whether it belongs to one of these: a role, or a post on the case."""
        return not (self.roles | self.posts).isdisjoint(parts)

    def waits_for(self, proposed: str | None) -> bool:
        """Whether it waits for what holds the case: the verb ``proposed``, where there is one."""
        return bool(proposed) and self.holds and self.verb not in MEANWHILE.get(proposed, ())

    def is_open_to(self, *parts: str, state: str, held: str | None) -> bool:
        """``held``: the proposed verb that holds the case."""
        return self.is_of(*parts) and state in self.frm and not self.waits_for(held)


row = Move.row

TAKERS = frozenset(
    {Role.DISPATCHER, Role.MEDIATOR, Role.CHIEF, Role.ENFORCER, Role.PETITION_OFFICER}
)
HANDLERS = frozenset({Role.MEDIATOR, Role.ENFORCER, Role.PETITION_OFFICER})
OF_ANYBODY = {"respond", "contact", "assign", "return", "note"}
"""The citizen is answered by whoever is there, a case may always be given away, and a word to
a colleague decides nothing."""
OUTSIDE = frozenset(OUTSIDERS)
"""Who settles what is referred to an outlet or a firm."""
MEANWHILE = {"supplement": {"dispatch"}}
"""What is proposed → what goes on meanwhile: who has a case is none of what was registered of it."""
DECIDERS = frozenset({Role.CHIEF, Role.LEADER})
"""The chief decides; the leader where the unit has no other chief."""
LEADER = frozenset({Role.LEADER})
DESK = frozenset({Role.REGISTRAR, Role.DISPATCHER})
SENDERS = frozenset({Role.DISPATCHER, Role.CHIEF, Role.LEADER})
SIGNERS = frozenset({Role.SUPERVISOR, Role.LEADER})
"""Each proposes what the other decides: excuses. Both may reopen, and press for what is late."""


def return_to_platform() -> Move:
    """What is not ours goes back to the platform that sent it, while nobody has it in hand."""
    return row("return_to_platform", {Role.DISPATCHER}, WAITING, State.CLOSED)


NOTERS = DESK | HANDLERS | DECIDERS | SIGNERS | {Role.CALLBACK}
"""Who writes to each other on a case."""

NOT_DEAD = OPEN | {State.CLOSED, State.ARCHIVED}

COMMON = (
    row("reply_ticket", {Role.MEDIATOR, Role.DISPATCHER, Role.PETITION_OFFICER}, OPEN | CLOSED_STATES, happens=(Milestone.TICKET_REPLIED,), pending=None, posts={FOLLOW_UP}),
    row("agree_answer", {Role.MEDIATOR, Role.DISPATCHER, Role.CHIEF, Role.ENFORCER, Role.PETITION_OFFICER}, OPEN | CLOSED_STATES, pending=None, posts={FOLLOW_UP}),
    row("link_ticket", DESK, OPEN, pending=None),
    row("unlink_ticket", DESK, OPEN),
    row("tag", DESK | {Role.CHIEF}, OPEN, pending=None),
    row("untag", DESK | {Role.CHIEF}, OPEN, pending=None),
    row("supplement", DESK | HANDLERS | {Role.CHIEF}, OPEN | {State.CLOSED}),
    row("assign", SENDERS, OPEN, tells=("handler",), pending=None),
    row("record_dispute", {Role.MEDIATOR, Role.ENFORCER, Role.CHIEF}, OPEN, happens=(Milestone.JURISDICTION_DISPUTED,), pending=None),
    row("settle_dispute", {Role.MEDIATOR, Role.ENFORCER, Role.CHIEF, Role.LEADER}, OPEN, happens=(Milestone.JURISDICTION_SETTLED,), pending=None),
    row("notify", {Role.MEDIATOR, Role.CHIEF, Role.ENFORCER, Role.PETITION_OFFICER}, NOT_DEAD, pending=None),
    row("supervise", SIGNERS, NOT_DEAD, pending=None),
    row("ask_expert", HANDLERS | {Role.CHIEF, Role.LEADER}, OPEN, pending=None),
    row("give_opinion", {Role.EXPERT}, NOT_DEAD, pending=None),
    row("excuse", SIGNERS, State, decided_by=SIGNERS, pending=None),
    row("note", NOTERS, State, pending=None),
    row("reopen", SIGNERS, {State.CLOSED, State.ARCHIVED}, State.REOPENED, happens=(Milestone.REOPENED,), tells=("handler",)),
    row("archive", {Role.REGISTRAR, Role.CHIEF}, State.CLOSED, State.ARCHIVED),
    row("approve", DECIDERS | SIGNERS, State, pending=None),
    row("disapprove", DECIDERS | SIGNERS, State, pending=None),
)  # fmt: skip
"""What every kind's life has. Where an approval leads says the verb that was proposed."""


def taking(
    handlers: Iterable[Role], frm: Iterable[State], to: State | None, *, goes_on_to: State | None = None
) -> tuple[Move, ...]:  # fmt: skip
    """``respond`` and ``contact``: in any open state; who may handle a dispatched case takes it up,
    or goes on with it (继续办理) where it was opened again.

    A dispatcher's own call is none of the unit it was dispatched to.
    """
    verbs = {"respond": Milestone.RESPONDED, "contact": Milestone.CONTACTED}
    return tuple(
        move
        for verb, done in verbs.items()
        for move in (
            row(verb, handlers, frm, to, happens=(done, Milestone.TAKEN_UP), pending=None, goes_on_to=goes_on_to),
            row(verb, TAKERS, OPEN, happens=(done,), pending=None),
        )
    )  # fmt: skip
