"""What somebody may do on a case now: for the buttons, and for the contract's ``allowed``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from agency.core import clock
from agency.core.models import User
from agency.core.roles import Role
from cases import completeness, rulings
from cases.acts import parts_of
from cases.callbacks import took_part
from cases.citizens import others
from cases.clocks import is_accepted, is_decided
from cases.excluded import is_split, not_sent_out
from cases.lifecycle import HANDLERS, MOVES, Kind, Milestone, State, move_of
from cases.models import Case, CaseDeadline, Decision
from cases.promises import settled_there
from cases.recusals import recused
from cases.workflow.approval import awaiting
from cases.workflow.closing import is_never_published, may_be_archived, publicity_is_of
from cases.workflow.documents import offered
from cases.workflow.entrusting import not_entrusted
from cases.workflow.petitions import is_answered, may_ask, no_rating, time_to_object
from cases.workflow.reports import no_reward
from cases.workflow.supervision import to_press_for
from cases.workflow.tickets import may_be_returned, waits_to_go_on
from cases.workflow.time import may_be_extended


def allowed(case: Case, user: User) -> list[str]:
    """The verbs ``user`` may do on ``case`` now, in the order of the tables.

    It promises role, scope, state and four eyes; a verb may still refuse what it is given.
    """
    return Sight(case, user).verbs


@dataclass
class Sight:
    """A case as one person finds it; what several verbs ask of it is read once."""

    case: Case
    user: User

    @cached_property
    def verbs(self) -> list[str]:
        """See ``allowed``."""
        if not Case.objects.in_hands_of(self.user).filter(pk=self.case.pk).exists():
            return []
        held = self.case.held_by
        return list(dict.fromkeys(
            move.verb
            for move in MOVES[Kind(self.case.kind)]
            if move.is_open_to(*self.parts, state=self.case.state, held=held)
            and not (move.is_handling and self.stands_aside)
            and not (move.admits and self.is_accepted)
            and not (rulings.decides(move) and self.waits_for_ruling)
            and MAKES_SENSE.get(move.verb, always)(self)
        ))  # fmt: skip

    @cached_property
    def is_accepted(self) -> bool:
        return is_accepted(self.case)

    @cached_property
    def missing(self) -> list[str]:
        return completeness.missing(self.case)

    @cached_property
    def awaits_call(self) -> bool:
        return completeness.awaits_call(self.case, self.missing)

    @cached_property
    def parts(self) -> tuple[str, ...]:
        return parts_of(self.case, self.user)

    @cached_property
    def owed(self) -> list[CaseDeadline]:
        return list(self.case.deadlines.open().select_related("rule"))

    @cached_property
    def tickets(self) -> list:
        return list(self.case.tickets.filter(returned_at=None))

    def owes(self, milestone: Milestone) -> bool:
        return any(owed.rule.met_by == milestone for owed in self.owed)

    @cached_property
    def clues(self) -> list[CaseDeadline]:
        return [owed for owed in self.owed if owed.rule.met_by == Milestone.CLUE_VERIFIED]

    @property
    def stands_still(self) -> bool:
        """Beside a clue, which has its own verbs."""
        return any(owed.paused_at for owed in self.owed if owed not in self.clues)

    @property
    def could_stand_still(self) -> bool:
        """A clock that is in time; or the case waits as a state of its own."""
        move = move_of(self.case.kind, "pause", self.case.state)
        is_state = move is not None and move.to is not None
        return is_state or any(o.rule.pauses and o.due_at >= self.at for o in self.owed)

    @cached_property
    def at(self) -> datetime:
        return clock.now()

    @cached_property
    def stands_aside(self) -> bool:
        return recused(self.case).filter(pk=self.user.pk).exists()

    @cached_property
    def may_decide(self) -> bool:
        return awaiting(self.user).filter(case=self.case).exists()

    def is_proposed(self, verb: str) -> bool:
        """For what holds nothing up: it waits for its decision already."""
        return self.case.proposals.filter(verb=verb, decided_at=None).exists()

    @cached_property
    def waits_for_ruling(self) -> bool:
        return rulings.is_awaited(self.case)

    @cached_property
    def is_leaders(self) -> bool:
        """Returned so often that a leader rules where it goes."""
        return rulings.is_leaders(self.case)


def always(_sight: Sight) -> bool:
    """Nothing beside role and state is asked."""
    return True


MAKES_SENSE: dict[str, Callable[[Sight], bool]] = {
    # whoever brought it is to be reached as who reports; another citizen may be so still
    "contact": lambda on: not on.case.became_id or on.owes(Milestone.CONTACTED),
    "respond": lambda on: (
        any(ticket.responded_at is None for ticket in on.tickets)
        or bool(HANDLERS & {*on.parts})
        and waits_to_go_on(on.case)
    ),
    "reply_ticket": lambda on: (
        any(ticket.is_owed_reply for ticket in on.tickets) and not on.is_proposed("reply_ticket")
    ),
    "unlink_ticket": lambda on: (
        len(on.tickets) > 1 and not on.case.closed_at or bool(on.tickets and others(on.case))
    ),
    "untag": lambda on: on.case.case_topics.exists(),
    "return_to_platform": lambda on: not on.is_leaders and may_be_returned(on.case),
    "return": lambda on: not on.is_leaders,
    "dispatch": lambda on: (on.user.role == Role.LEADER) == on.is_leaders,
    "assign": lambda on: on.case.assignments.filter(ended_at=None).exists(),
    "issue_document": lambda on: bool(offered(on.case)),
    "verify_clue": lambda on: bool(on.clues) and not on.is_proposed("verify_clue"),
    "settle_dispute": lambda on: on.owes(Milestone.JURISDICTION_SETTLED),
    "extend": lambda on: (
        any(may_be_extended(owed, on.at) for owed in on.owed) and not on.is_proposed("extend")
    ),
    "pause": lambda on: not on.stands_still and on.could_stand_still,
    "resume": lambda on: on.stands_still or on.case.state in {State.APPRAISING, State.TESTING},
    "pause_clue": lambda on: (
        any(not clue.paused_at and clue.due_at >= on.at for clue in on.clues)
        and not on.is_proposed("verify_clue")
    ),
    "resume_clue": lambda on: any(clue.paused_at for clue in on.clues),
    "object": lambda on: (limit := time_to_object(on.case)) is not None and limit >= on.at,
    "evaluate": lambda on: not no_rating(on.case),
    "answer_review": lambda on: not is_answered(on.case, Decision.Kind.REVIEWED),
    "request_review": lambda on: may_ask(on.case, Decision.Kind.REPLIED),
    "request_final_review": lambda on: may_ask(on.case, Decision.Kind.REVIEWED),
    "give_opinion": lambda on: (
        not on.stands_aside and on.case.opinions.open_to(on.user).filter(given_at=None).exists()
    ),
    "grant_reward": lambda on: not no_reward(on.case) and not on.is_proposed("grant_reward"),
    "split": lambda on: not is_split(on.case),
    "decide_publicity": lambda on: (
        (not is_never_published(on.case) or on.owes(Milestone.PUBLICITY_DECIDED))
        and publicity_is_of(on.user, on.case)
    ),
    "archive": lambda on: may_be_archived(on.case),
    "confirm_performance": lambda on: (
        on.case.state != State.SETTLED or on.case.agreements.filter(performed_at=None).exists()
    ),
    "withdraw": lambda on: on.case.state != State.REOPENED or not is_decided(on.case),
    "accept_referral": lambda on: on.case.referrals.open().filter(accepted_at=None).exists(),
    "refer": lambda on: not not_sent_out(on.case),
    "recall": lambda on: on.case.state != State.SETTLED or settled_there(on.case) is not None,
    "entrust": lambda on: not not_entrusted(on.case),
    "supervise": lambda on: to_press_for(on.case, on.at) is not None,
    "excuse": lambda on: on.case.deadlines.filter(noticed_at__isnull=False, excuses=None).exists(),
    "follow_up": lambda on: not took_part(on.case).filter(pk=on.user.pk).exists(),
    "approve": lambda on: on.may_decide,
    "disapprove": lambda on: on.may_decide,
}
"""Whether a verb has something to do here now, and it is for this person to do it."""
