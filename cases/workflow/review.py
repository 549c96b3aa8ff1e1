"""A complaint or petition before its decision: identity, acceptance, refusal; and telling it."""

from datetime import date, datetime, time

from django.utils.translation import gettext as _

from agency.core.calendar import SHANGHAI
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import User
from cases import acts
from cases.acts import Act
from cases.lifecycle import Milestone
from cases.models import Case, CaseEvent, Decision, PartyNotice, Result
from cases.workflow.approval import effect_of, submit
from cases.workflow.hands import take_in_hand

Kinds, Decisions, Party = CaseEvent.Kind, Decision.Kind, PartyNotice.Party


def request_identity(no: str, *, by: User, until: date | None = None) -> Case:
    """Ask for proof of identity by ``until`` (Shanghai); None: by what the rule says.

    It stops no clock. Source: SAMR Order 121 §10.
    """
    with acts.begin(no, "request_identity", by) as act:
        take_in_hand(act)
        until_at = until and datetime.combine(until, time.max, SHANGHAI)
        if until_at and until_at <= act.at:
            raise Invalid({"until": [_("This day has passed.")]})
        act.take_effect()
        if until_at:
            act.set_due(Milestone.IDENTITY_RECORDED, until_at)
        act.record(Kinds.IDENTITY_REQUESTED, until=until and until.isoformat())
    return act.case


def record_identity(no: str, *, by: User, proved: bool = True, note: str = "") -> Case:
    """What came of it: proved, or the day has passed and the case is judged as it stands."""
    with acts.begin(no, "record_identity", by) as act:
        if not proved:
            act.cancel(Milestone.IDENTITY_RECORDED, reason="lapsed")
        act.decide(Decisions.IDENTITY, ground="proved" if proved else "lapsed", text=note)
        act.take_effect()
        act.record(Kinds.IDENTITY_RECORDED, proved=proved)
    return act.case


def accept(no: str, *, by: User, notified_by: str = "") -> Case:
    """Accept it. The clock of acceptance stops when it is decided **and** told.

    ``notified_by`` (PartyNotice.How): told at once; else ``notify`` is still owed.
    """
    with acts.begin(no, "accept", by) as act:
        take_in_hand(act)
        decision = act.decide(Decisions.ACCEPTED)
        act.take_effect()
        act.record(Kinds.ACCEPTED)
        if notified_by:
            _tell(act, Party.COMPLAINANT, notified_by, "", decision)
    return act.case


def refuse(
    no: str, *, by: User, ground: str, explanation: str, factors: list[str] | None = None
) -> Case:
    """Propose not to accept it, on one of the grounds R1–R7; R3 weighs the factors of §17."""
    if ground == "R3" and not factors:
        raise Invalid({"factors": [_("R3 needs at least one of the factors of §17.")]})
    with acts.begin(no, "refuse", by) as act:
        take_in_hand(act)
        submit(act, ground=ground, explanation=explanation, factors=factors or [])
    return act.case


@effect_of("refuse")
def _refuse(act: Act, ground: str, explanation: str, factors: list[str]) -> None:
    act.decide(Decisions.REFUSED, ground=ground, text=explanation, factors=factors)
    act.end(Result.REFUSED)
    act.take_effect()
    act.record(Kinds.REFUSED, ground=ground)


def notify(no: str, *, by: User, party: str, how: str, text: str) -> Case:
    """Tell a party of the latest decision: whom, how and what. It stops the clocks of telling."""
    with acts.begin(no, "notify", by) as act:
        _tell(act, party, how, text, _to_be_told(act.case, party))
    return act.case


def _to_be_told(case: Case, party: str) -> Decision | None:
    """The end of the mediation while this party does not know of it, else the latest decision."""
    decisions = case.decisions.order_by("pk")
    ending = decisions.filter(kind__in=ENDINGS).last()
    if ending and party in untold(ending):
        return ending
    return decisions.last()


def _tell(act: Act, party: str, how: str, text: str, decision: Decision | None) -> None:
    PartyNotice.objects.create(
        case=act.case, decision=decision, party=party, how=how, text=text, by=act.by, at=act.at
    )
    for milestone in _told_by(act.case, party, decision):
        act.happen(milestone)
    act.record(Kinds.NOTIFIED, party=party, how=how)


OF_ACCEPTANCE = {
    Decisions.ACCEPTED, Decisions.REFUSED, Decisions.NO_JURISDICTION, Decisions.FILED,
    Decisions.NOT_FILED, Decisions.TRANSFERRED, Decisions.ROUTED,
}  # fmt: skip


ENDINGS = {Decisions.TERMINATED, Decisions.WITHDRAWN}
"""Both parties are told of these. Source: SAMR Order 121 §23."""


def _told_by(case: Case, party: str, decision: Decision | None):
    """The milestones that telling ``party`` of ``decision`` brings about."""
    if party == Party.COMPLAINANT and case.decisions.filter(kind__in=OF_ACCEPTANCE).exists():
        yield Milestone.DECISION_TOLD
    if decision and decision.kind in ENDINGS and not untold(decision):
        yield Milestone.TERMINATION_TOLD


def untold(decision: Decision) -> set[str]:
    """The parties who have not been told of it."""
    return set(Party.values) - set(decision.notices.values_list("party", flat=True))


def answer(no: str, *, by: User, text: str) -> Case:
    """Answer a consultation."""
    with acts.begin(no, "answer", by) as act:
        act.decide(Decisions.ANSWERED, text=text)
        act.end(Result.ANSWERED)
        act.take_effect()
        act.record(Kinds.ANSWERED)
    return act.case


def record_dispute(no: str, *, by: User, reason: str, counterpart: str) -> Case:
    """Another authority disputes whose matter it is. Source: SAMR Order 121 §33."""
    with acts.begin(no, "record_dispute", by) as act:
        act.decide(Decisions.DISPUTE, ground="disputed", text=reason, reference=counterpart)
        act.take_effect()
        act.record(Kinds.DISPUTE_RECORDED)
    return act.case


def settle_dispute(no: str, *, by: User, outcome: str) -> Case:
    """The dispute is agreed, or referred up."""
    with acts.begin(no, "settle_dispute", by) as act:
        if not act.case.deadlines.open().filter(rule__met_by=Milestone.JURISDICTION_SETTLED):
            raise RuleViolation(_("No dispute about jurisdiction is open here."))
        act.decide(Decisions.DISPUTE, ground="settled", text=outcome)
        act.take_effect()
        act.record(Kinds.DISPUTE_SETTLED)
    return act.case


def is_told_of(case: Case, kind: str, party: str) -> bool:
    """Whether ``party`` was told of the case's decision of this kind."""
    return case.party_notices.filter(decision__kind=kind, party=party).exists()
