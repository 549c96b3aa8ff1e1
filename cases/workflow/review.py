"""A complaint or petition before its decision: identity, acceptance, refusal; and telling it."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from agency.core.calendar import SHANGHAI
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import User
from agency.core.models.deadline import LAPSED
from agency.core.text import mask_phone
from cases import acts, citizens, clocks
from cases.acts import Act
from cases.calendar import day_of
from cases.grounds import PETITION_REFUSALS, YEARS_TO_COMPLAIN
from cases.lifecycle import Kind, Milestone
from cases.models import Case, CaseEvent, Decision, PartyNotice, Result, Ticket
from cases.workflow.approval import effect_of, submit
from cases.workflow.hands import take_in_hand
from cases.workflow.tickets import check_recording, citizens_tickets, dialled_of, find_ticket, speak

Kinds, Decisions, Party = CaseEvent.Kind, Decision.Kind, PartyNotice.Party


def request_identity(no: str, *, by: User, until: date | None = None) -> Case:
    """Ask for proof of identity by ``until`` (Shanghai); None: by what the rule says.

    It stops no clock, and lies within the time to decide. Source: SAMR Order 121 §10.
    """
    with acts.begin(no, "request_identity", by) as act:
        take_in_hand(act)
        until_at = until and datetime.combine(until, time.max, SHANGHAI)
        if until_at and until_at <= act.at:
            raise Invalid({"until": [_("This day has passed.")]})
        last = _last_to_prove(act.case, act.at)
        if last and last < act.at:
            raise RuleViolation(_("Acceptance is decided today: decide on what is there."))
        if until_at and last and until_at > last:
            told = {"day": day_of(last)}
            sentence = _("Acceptance is decided the day after %(day)s: name no later day.")
            raise Invalid({"until": [sentence % told]})
        act.take_effect()
        if due_at := until_at or identity_limit(act.case, act.at):
            act.set_due(Milestone.IDENTITY_RECORDED, due_at)
        act.record(Kinds.IDENTITY_REQUESTED, until=until and until.isoformat())
    return act.case


IDENTITY = ("complaint.identity", "council.identity")
"""The authority's rule, and a council's own: the Order does not bind it."""


def identity_limit(case: Case, at: datetime) -> datetime | None:
    """Until when identity is to be proved where no day is named: by the rule, and in time."""
    ruled = [limit for code in IDENTITY if (limit := clocks.limit_of(case, code, at))]
    return min(filter(None, [*ruled, _last_to_prove(case, at)])) if ruled else None


def _last_to_prove(case: Case, at: datetime) -> datetime | None:
    """A day before the end of what the law leaves for the decision, which is left to decide.

    None where that is over.
    """
    owed = case.deadlines.open().filter(rule__starts_on=Milestone.CASE_REGISTERED, rule__topics=[])
    last = owed.filter(due_at__gte=at).order_by("due_at").first()
    return last and last.due_at - timedelta(days=1)


def is_barred(case: Case) -> bool:
    """Whether it happened so long before it came in that R4 is to be weighed. Order 121 §16 (4)."""
    began, came = case.occurred_on, day_of(case.arrived_at)
    if case.kind != Kind.COMPLAINT or began is None:
        return False
    return (came.year - YEARS_TO_COMPLAIN, came.month, came.day) > (
        began.year, began.month, began.day
    )  # fmt: skip


def record_identity(no: str, *, by: User, proved: bool = True, note: str = "") -> Case:
    """What came of it: proved, or the day has passed and the case is judged as it stands."""
    with acts.begin(no, "record_identity", by) as act:
        if not proved:
            asked = act.case.deadlines.open().filter(rule__met_by=Milestone.IDENTITY_RECORDED)
            if asked.filter(due_at__gte=act.at).exists():
                raise RuleViolation(_("The day named for it has not passed yet."))
            act.cancel(Milestone.IDENTITY_RECORDED, reason=LAPSED)
        act.decide(Decisions.IDENTITY, ground="proved" if proved else "lapsed", text=note)
        act.take_effect()
        act.record(Kinds.IDENTITY_RECORDED, proved=proved)
    return act.case


def accept(
    no: str, *, by: User, notified_by: str = "", recording: str = "", document_no: str = "",
    ticket: str | None = None,
) -> Case:  # fmt: skip
    """Accept it. The clock of acceptance stops when it is decided **and** told.

    ``notified_by`` (PartyNotice.How), ``ticket``: told at once, see ``tell_at_once``; to whom it
    was not, ``notify`` is owed. ``recording``: where the telephone system keeps that call.
    ``document_no``: of the notice to a petitioner 受理告知书; our own forms number themselves.
    """
    with acts.begin(no, "accept", by) as act:
        take_in_hand(act)
        decision = act.decide(Decisions.ACCEPTED, reference=document_no)
        act.take_effect()
        act.record(Kinds.ACCEPTED)
        to = citizens.untold(act.case, decision)
        tell_at_once(act, decision, how=notified_by, to=to, recording=recording, ticket=ticket)
    return act.case


def refuse(
    no: str, *, by: User, ground: str, explanation: str, factors: list[str] | None = None,
    document_no: str = "",
) -> Case:  # fmt: skip
    """Propose not to accept it, on one of the grounds R1–R7; R3 weighs the factors of §17.

    A petition has grounds of its own, P1–P3. ``document_no`` as in ``accept``.
    """
    if ground == "R3" and not factors:
        raise Invalid({"factors": [_("R3 needs at least one of the factors of §17.")]})
    with acts.begin(no, "refuse", by) as act:
        if ground in PETITION_REFUSALS and act.case.kind != Kind.PETITION:
            raise Invalid({"ground": [_("This is a ground for petitions.")]})
        citizens.check_ground(act.case, ground)
        take_in_hand(act)
        submit(
            act, ground=ground, explanation=explanation, factors=factors or [],
            document_no=document_no,
        )  # fmt: skip
    return act.case


@effect_of("refuse")
def _refuse(
    act: Act, ground: str, explanation: str, factors: list[str], document_no: str = ""
) -> None:
    citizens.check_ground(act.case, ground)
    act.decide(
        Decisions.REFUSED, ground=ground, text=explanation, factors=factors, reference=document_no
    )
    act.end(Result.REFUSED)
    act.take_effect()
    act.record(Kinds.REFUSED, ground=ground)


def notify(
    no: str, *, by: User, party: str, how: str, text: str, about: str = "",
    ticket: str | None = None, received_on: date | None = None, recording: str = "",
) -> Case:  # fmt: skip
    """Tell a party of a decision: whom, how and what. It stops the clocks of telling.

    ``about``: the kind of that decision, or NOTHING where the notice is of none; empty, the
    latest that parties are told of. ``ticket``: of another complainant than the case's own.
    ``received_on``: the day a letter came there, from which the time to ask for a review counts.
    ``recording``: where the telephone system keeps the call. Invalid: a reward told to the one
    reported. Source: SAMR Order 121 §37.
    """
    with acts.begin(no, "notify", by) as act:
        to = _citizen(act, ticket) if party == Party.COMPLAINANT else None
        decision = _decided(act.case, about)
        if decision and decision.kind == Decisions.REWARDED and party == Party.RESPONDENT:
            raise Invalid({"party": [_("Of a reward nobody hears but who reported.")]})
        if received_on:
            _check_received(act, decision, received_on)
        tell(
            act, decision, party=party, how=how, text=text, to=[to], received_on=received_on,
            recording=recording,
        )  # fmt: skip
    return act.case


def _citizen(act: Act, ticket: str | None) -> Ticket | None:
    """Whose the ticket is: None for the case's own citizen. Invalid: no ticket of this case."""
    named = find_ticket(act, ticket) if ticket else None
    return None if named in citizens_tickets(act, None) else named


def _check_received(act: Act, decision: Decision | None, day: date) -> None:
    if act.case.kind != Kind.PETITION:
        raise Invalid({"received_on": [_("This is asked of a petition alone.")]})
    if decision is None or not day_of(decision.at) <= day <= day_of(act.at):
        said = _("Name a day from the decision to today.")
        raise Invalid({"received_on": [said]})


def _dialled(case: Case, party: str, ticket: Ticket | None) -> str:
    if party == Party.RESPONDENT:
        return mask_phone(case.merchant_phone)
    return dialled_of(case, *filter(None, [ticket]))


ENDINGS = {Decisions.TERMINATED, Decisions.WITHDRAWN}
"""Both parties are told of these. Source: SAMR Order 121 §23."""
TOLD = ENDINGS | {
    Decisions.ACCEPTED, Decisions.REFUSED, Decisions.NO_JURISDICTION, Decisions.FILED,
    Decisions.NOT_FILED, Decisions.TRANSFERRED, Decisions.ROUTED, Decisions.NOT_PERFORMED,
    Decisions.REPLIED, Decisions.REVIEWED, Decisions.FINALLY_REVIEWED, Decisions.DECIDED,
    Decisions.REWARDED,
}  # fmt: skip
"""What parties are told of; what else is decided, a dispute or a clue, is not theirs to know."""
TOLD_TO_PETITIONERS = TOLD | {Decisions.EXTENDED}
"""Of more time, and why, only petitioners are told. Source: 信访工作条例 §34."""
NOTHING = "nothing"
"""What a notice is about that tells of no decision."""


def told_of(case: Case) -> QuerySet[Decision]:
    """The decisions that the parties of this case are told of, whether they were or not."""
    kinds = TOLD_TO_PETITIONERS if case.kind == Kind.PETITION else TOLD
    return case.decisions.filter(kind__in=kinds).order_by("pk")


def _decided(case: Case, about: str) -> Decision | None:
    if about == NOTHING:
        return None
    if not about:
        return told_of(case).last()
    named = told_of(case).filter(kind=about).last()
    if named is None:
        raise Invalid({"about": [_("This was not decided here.")]})
    return named


def tell(
    act: Act, decision: Decision | None, *, how: str, party: str = Party.COMPLAINANT,
    text: str = "", to: Iterable[Ticket | None] = (None,), received_on: date | None = None,
    recording: str = "",
) -> None:  # fmt: skip
    """Write down that a party was told; the clocks of telling stop once all who complain know.

    ``to``: the tickets of whom, None for the case's own citizen.
    """
    check_recording(act.case, recording)
    for ticket in to:
        notice = PartyNotice.objects.create(
            case=act.case, decision=decision, party=party, how=how, text=text, ticket=ticket,
            by=act.proposer or act.by, at=act.at, received_on=received_on, recording=recording,
            dialled=_dialled(act.case, party, ticket) if how == PartyNotice.How.PHONE else "",
        )  # fmt: skip
        act.record(Kinds.NOTIFIED, ticket=ticket, party=party, how=how, notice=notice.pk)
    if decision is None:
        return
    if citizens.untold(act.case, decision):
        return
    is_on_receipt = clocks.is_decided(act.case)  # and not of how it ended before it came again
    if notice.counts and party == Party.COMPLAINANT and is_on_receipt:
        act.happen(Milestone.DECISION_TOLD)
    if decision.kind in ENDINGS and not decision.untold:
        act.happen(Milestone.TERMINATION_TOLD)


SPOKEN = {PartyNotice.How.PHONE, PartyNotice.How.IN_PERSON}
"""Who tells so tells one citizen; what is written goes to each of them."""


def tell_at_once(
    act: Act, decision: Decision, *, how: str, recording: str, ticket: str | None = None,
    to: Iterable[Ticket | None] = (None,),
) -> None:  # fmt: skip
    """``tell`` with the decision itself, where ``how`` says so: in writing all of ``to``; ``ticket``'s
    citizen alone where it is named, and the case's own where it is spoken and is not. Invalid: a
    recording of no call.
    """
    if recording and how != PartyNotice.How.PHONE:
        raise Invalid({"recording": [_("Only who is told by telephone has a recording.")]})
    if how:
        told = [_citizen(act, ticket)] if ticket or how in SPOKEN else to
        tell(act, decision, how=how, to=told, recording=recording)


def answer(no: str, *, by: User, text: str) -> Case:
    """Answer a consultation: that responds to it, and who called has been reached with it."""
    with acts.begin(no, "answer", by) as act:
        take_in_hand(act)
        speak(act)
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
