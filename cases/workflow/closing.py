"""The end of a case, with four eyes: who handles it proposes, another decides."""

from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from agency.core.errors import Invalid, RuleViolation
from agency.core.models import User
from agency.core.roles import Role
from cases import acts, completeness
from cases.acts import Act
from cases.lifecycle import PRINCIPLES, Kind, State
from cases.models import Case, CaseEvent, Proposal

Kinds = CaseEvent.Kind


def close(no: str, *, by: User, conclusion: str, principle: str = "") -> Case:
    """Propose the end of the case; a consultation is closed at once."""
    with acts.begin(no, "close", by) as act:
        if act.case.kind == Kind.PETITION and principle not in PRINCIPLES:
            raise Invalid({"principle": [_("A petition closes with one of the four principles.")]})
        if missing := completeness.missing(act.case):
            raise RuleViolation(completeness.sentence(missing))
        if act.move.to == State.CLOSED:
            _close(act, conclusion, principle)
        else:
            data = {"conclusion": conclusion, "principle": principle}
            Proposal.objects.create(case=act.case, verb="close", data=data, by=by, at=act.at)
            act.record(Kinds.CLOSE_PROPOSED)
    return act.case


def approve(no: str, *, by: User) -> Case:
    """Let what was proposed take effect now: the decision's moment is the approval."""
    with acts.begin(no, "approve", by) as act:
        proposal = _decide(act, approved=True)
        if missing := completeness.missing(act.case):
            raise RuleViolation(completeness.sentence(missing))
        _close(act, **proposal.data)
    return act.case


def disapprove(no: str, *, by: User, reason: str) -> Case:
    """Refuse what was proposed, with the reason; the case goes on."""
    with acts.begin(no, "disapprove", by) as act:
        _decide(act, approved=False, reason=reason)
        act.record(Kinds.DISAPPROVED)
    return act.case


def _decide(act: Act, *, approved: bool, reason: str = "") -> Proposal:
    """The pending proposal, decided by somebody who neither proposed nor handles it."""
    proposal = act.case.pending
    if refusal := may_not_decide(act.case, proposal, act.by):
        raise RuleViolation(refusal)
    proposal.approved, proposal.decided_by = approved, act.by
    proposal.decided_at, proposal.reason = act.at, reason
    proposal.save()
    return proposal


def may_not_decide(case: Case, proposal: Proposal, user: User) -> str | None:
    """None where ``user``, chief or leader, may decide; else the sentence that says why not."""
    if user.pk in {proposal.by_id, case.handler_id}:
        return _("Somebody else must decide this: you proposed or handle it.")
    if not awaiting(user).filter(pk=proposal.pk).exists():
        return _("The section chief of this unit decides this.")
    return None


def awaiting(user: User) -> QuerySet[Proposal]:
    """What awaits a decision that ``user``, chief or leader, may give; within no scope yet."""
    others = Proposal.objects.filter(decided_at=None).exclude(by=user).exclude(case__handler=user)
    return others.exclude(HAS_CHIEF) if user.role == Role.LEADER else others


HAS_CHIEF = Exists(
    User.objects.alias(path=ExpressionWrapper(OuterRef("case__unit__path"), CharField()))
    .filter(role=Role.CHIEF, is_active=True, path__startswith=F("unit__path"))
    .exclude(pk=Coalesce(OuterRef("case__handler"), 0))
)
"""Of a proposal: there is a chief for its case's unit, who does not handle the case."""


def _close(act: Act, conclusion: str, principle: str) -> None:
    act.case.state, act.case.closed_at = State.CLOSED, act.at
    act.case.conclusion, act.case.principle = conclusion, principle
    if current := act.assignment:
        current.ended_at = act.at
        current.save(update_fields=["ended_at"])
    act.record(Kinds.CLOSED)
