"""Mediation and what comes of it. Source: SAMR Order 121 §§18–25."""

from datetime import date, datetime, time
from decimal import Decimal

from django.utils.translation import gettext as _

from agency.core.calendar import SHANGHAI
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import Unit, User
from agency.core.models.deadline import LAPSED
from agency.core.roles import Role
from cases import acts, citizens, clocks
from cases.acts import Act
from cases.calendar import day_of
from cases.grounds import TERMINATIONS
from cases.lifecycle import Kind, Milestone, State, roles_of
from cases.lifecycle.complaint import BEFORE_REVIEW
from cases.models import (
    Agreement,
    Case,
    CaseEvent,
    Decision,
    Mediation,
    MediationSession,
    PartyNotice,
    Result,
)
from cases.promises import is_of_firm, set_aside
from cases.recusals import check_may_handle
from cases.workflow import referrals
from cases.workflow.approval import drop, effect_of, submit
from cases.workflow.hands import name_handler, officer
from cases.workflow.review import tell_at_once

Kinds, Decisions = CaseEvent.Kind, Decision.Kind
MEDIATORS = roles_of("hold_session")


def start_mediation(
    no: str, *, by: User, mediator: str | None = None, consented: bool | None = None,
    method: str = "", meeting_at: datetime | None = None, place: str = "", back: bool = False,
) -> Case:  # fmt: skip
    """Both parties agree to mediation; ``mediator`` (a username) leads it, else who handles it.

    With ``back`` what was entrusted is taken back (收回自办); without, that is refused: it may have been
    entrusted just now. ``consented``: whether both said so, None where nobody asked. §18.
    """
    with acts.begin(no, "start_mediation", by) as act:
        is_entrusted = act.case.state == State.ENTRUSTED
        if is_entrusted and not back:
            raise RuleViolation(_("It is entrusted by now: say that you take it back."))
        check_consent(consented)
        if meeting_at and meeting_at <= act.at:
            raise Invalid({"meeting_at": [_("This moment has passed.")]})
        mediator = _named(act.case, mediator) or usual_mediator(act.case, by)
        check_may_handle(mediator, act.case)
        mediation = begin_mediation(
            act, mediator=mediator, consented=consented, method=method, meeting_at=meeting_at,
            place=place,
        )  # fmt: skip
        act.take_effect()
        taken = {"back": True} if is_entrusted else {}
        act.record(Kinds.MEDIATION_STARTED, mediation=mediation.pk, **taken)
    return act.case


def check_consent(consented: bool | None) -> None:
    if consented is False:
        sentence = _("Without the consent of both there is no mediation: end it on ground T2.")
        raise RuleViolation(sentence)


def last_to_mediate(case: Case) -> datetime | None:
    """The end of what the law leaves for the mediation; None where no limit binds it."""
    owed = case.deadlines.open().filter(rule__met_by=Milestone.MEDIATION_ENDED, rule__topics=[])
    first = owed.order_by("due_at").first()
    return first.due_at if first else _counted_anew(case)


def begin_mediation(act: Act, **how) -> Mediation:
    """The one there is from now on; what went on before ends."""
    _end_mediation(act)
    return Mediation.objects.create(case=act.case, started_at=act.at, **how)


def _end_mediation(act: Act) -> None:
    """Whoever led it, and whatever ends it: with it an organisation owes no result any more."""
    if act.case.mediations.filter(ended_at=None).update(ended_at=act.at):
        act.happen(Milestone.ENTRUST_REPORTED)


def hold_session(
    no: str, *, by: User, method: str, held_at: datetime, complainant_came: bool,
    respondent_came: bool, place: str = "", minutes: str = "",
) -> Case:  # fmt: skip
    """Write down a meeting of the parties; who came is said, never taken for granted."""
    with acts.begin(no, "hold_session", by) as act:
        if held_at > act.at:
            raise Invalid({"held_at": [_("This moment is still to come.")]})
        if held_at < act.case.arrived_at.replace(second=0, microsecond=0):  # told to the minute
            raise Invalid({"held_at": [_("The case came in later than that.")]})
        session = MediationSession.objects.create(
            mediation=act.case.mediations.get(ended_at=None), method=method, held_at=held_at,
            place=place, minutes=minutes, complainant_came=complainant_came,
            respondent_came=respondent_came, by=by, at=act.at,
        )  # fmt: skip
        act.take_effect()
        act.record(Kinds.SESSION_HELD, session=session.pk)
    return act.case


def request_recusal(no: str, *, by: User, reason: str) -> Case:
    """A party asks that somebody else mediate: mediation rests, its clock does not. §21."""
    with acts.begin(no, "request_recusal", by) as act:
        act.decide(Decisions.RECUSAL, ground="requested", text=reason)
        act.take_effect()
        act.record(Kinds.RECUSAL_REQUESTED)
    return act.case


def usual_mediator(case: Case, by: User) -> User:
    """Who leads it where nobody is named: who has the case in hand, if that one mediates."""
    return case.handler if case.handler and case.handler.role in MEDIATORS else by


def _named(case: Case, username: str | None) -> User | None:
    """The mediator of this name; Invalid for somebody who could hold no session."""
    named = officer(case, "handler", case.unit, username, field="mediator")
    if named and named.role not in MEDIATORS:
        said = _("%(name)s (%(role)s) leads no mediation: name a mediator.")
        raise Invalid({"mediator": [said % {"name": named.name, "role": named.get_role_display()}]})
    return named


def decide_recusal(
    no: str, *, by: User, granted: bool, reason: str, mediator: str | None = None
) -> Case:
    """Grant it and name another mediator, or refuse it; mediation goes on."""
    with acts.begin(no, "decide_recusal", by) as act:
        current = act.case.mediations.filter(ended_at=None).first()
        named = _named(act.case, mediator)
        if granted and (named is None or current and named.pk == current.mediator_id):
            raise Invalid({"mediator": [_("Name another mediator.")]})
        act.decide(Decisions.RECUSAL, ground="granted" if granted else "refused", text=reason)
        if granted:
            begin_mediation(act, mediator=named)
            if current and act.case.handler_id == current.mediator_id:
                name_handler(act, named)
        act.take_effect()
        act.record(Kinds.RECUSAL_DECIDED, granted=granted)
    return act.case


def settle(
    no: str, *, by: User, agreement: str, recovered_amount: Decimal, due_on: date | None = None,
    paper: str = "",
) -> Case:  # fmt: skip
    """The parties agree: what, how much is recovered (yuan), and by when.

    What a firm settles with its own customer is recovered once that is confirmed (cases/promises.py).
    Whether they keep to it is asked for after ``due_on``; None: at once. ``paper``
    (Agreement.Paper): whether a mediation document is made of it, which both sign.
    """
    with acts.begin(no, "settle", by) as act:
        if due_on and due_on < day_of(act.at):
            raise Invalid({"due_on": [_("This day has passed.")]})
        if due_on and paper == Agreement.Paper.AT_ONCE:
            raise Invalid({"due_on": [_("What is performed at once has no term.")]})
        if act.case.kind == Kind.COMPLAINT:
            citizens.check_alone(act.case)
        set_aside(act.case, act.at)
        Agreement.objects.create(
            case=act.case, text=agreement, amount=recovered_amount, due_on=due_on,
            paper=paper, made_at=act.at, by=by,
        )  # fmt: skip
        _end_mediation(act)
        recovered: Decimal | None = recovered_amount
        if act.case.state == State.ODR_NEGOTIATING:
            if referrals.settled(act).unit.kind == Unit.Kind.ODR:
                recovered = None  # the firm's own word alone
        else:
            term = due_on and datetime.combine(due_on, time.max, SHANGHAI)
            act.happen(Milestone.SETTLED, starts_at=term)
        if act.case.kind == Kind.COMPLAINT:
            act.end(Result.SETTLED, recovered=recovered)
        act.take_effect()
        act.record(Kinds.SETTLED)
    return act.case


def confirm_performance(
    no: str, *, by: User, amount: Decimal, evidence_note: str, why_more: str = "",
    performed_on: date | None = None,
) -> Case:  # fmt: skip
    """The agreement was performed: how much was paid, when, and what proves it.

    ``why_more`` than was agreed; it is kept with the proof.
    """
    with acts.begin(no, "confirm_performance", by) as act:
        agreement = act.case.agreements.order_by("pk").last()
        if act.case.state == State.SETTLED and agreement.performed_at:
            raise RuleViolation(_("That it was performed is known already."))
        _check_day(act, agreement, performed_on)
        if Decimal(amount) > agreement.amount and not why_more:
            told = {"amount": f"{agreement.amount:,.2f}"}
            raise Invalid(
                {"why_more": [_("%(amount)s yuan were agreed: say why it is more.") % told]}
            )
        agreement.performed_on = performed_on
        agreement.evidence_note = "\n".join(filter(None, [evidence_note, why_more]))
        perform(act, agreement, amount)
        if act.case.state == State.SETTLED:
            referrals.hear_citizen(act, kept=True)
        act.cancel_unbegun(Milestone.PERFORMANCE_KNOWN, reason="performed_early")
        act.take_effect()
        act.record(Kinds.PERFORMED)
    return act.case


def perform(act: Act, agreement: Agreement, amount: Decimal) -> None:
    """So much was paid: that is recovered from now on."""
    agreement.performed_at, agreement.performed_amount = act.at, amount
    agreement.save()
    if agreement.made_at == act.case.ended_at:  # not one made after it was reopened
        act.case.result, act.case.recovered_amount = Result.PERFORMED, amount


def unperform(act: Act, agreement: Agreement) -> None:
    """It was said and is said no more: it is a promise still, an outlet's word as before."""
    agreement.performed_at = agreement.performed_amount = None
    agreement.save()
    if agreement.made_at == act.case.ended_at:
        act.case.result = Result.SETTLED
        act.case.recovered_amount = None if is_of_firm(agreement) else agreement.amount


def _check_day(act: Act, agreement: Agreement, performed_on: date | None) -> None:
    """Not before there was an agreement, nor after today."""
    made_on = day_of(agreement.made_at)
    if performed_on and performed_on > day_of(act.at):
        raise Invalid({"performed_on": [_("This day is still to come.")]})
    if performed_on and performed_on < made_on:
        said = _("They agreed on %(day)s: name no earlier day.") % {"day": made_on}
        raise Invalid({"performed_on": [said]})


def record_non_performance(
    no: str, *, by: User, explanation: str, notified_by: str = "", recording: str = "",
    ticket: str | None = None,
) -> Case:  # fmt: skip
    """The agreement was broken: nothing is recovered, until it is performed after all.

    The complainant is told of court and arbitration: at once with ``notified_by``
    (PartyNotice.How), ``ticket`` and the ``recording`` of that call, else ``notify`` is still owed.
    """
    with acts.begin(no, "record_non_performance", by) as act:
        agreement = act.case.agreements.order_by("pk").last()
        if agreement.due_on and agreement.due_on >= day_of(act.at):
            raise RuleViolation(_("Its term has not passed yet."))
        agreement.broken_at, agreement.broken_note = act.at, explanation
        agreement.save()
        if agreement.made_at == act.case.ended_at:  # not one made after it was reopened
            act.case.recovered_amount = Decimal(0)
        decision = act.decide(Decisions.NOT_PERFORMED, text=explanation)
        act.take_effect()
        act.record(Kinds.NOT_PERFORMED)
        tell_at_once(act, decision, how=notified_by, recording=recording, ticket=ticket)
    return act.case


OF_THE_CLUE = "clue.verify"
SIXTY_DAYS = "complaint.mediate"
"""The law's limit, and with a suffix the one of the old order; no topic's and no council's."""

BEFORE_CONSENT = {"T1", "T2", "T6", "T7", "T8"}
"""Grounds that need no mediation to have begun."""


def terminate(no: str, *, by: User, ground: str, explanation: str, party: str = "") -> Case:
    """Propose to end the mediation without agreement, on one of the grounds T1–T8. §23.

    ``party`` (PartyNotice.Party): who has died or ceased to exist, for T7.
    """
    with acts.begin(no, "terminate", by) as act:
        _check_ground(act.case, ground, act.at)
        _check_whose(act.case, ground, party)
        submit(act, ground=ground, explanation=explanation, party=party)
    return act.case


def _check_whose(case: Case, ground: str, party: str) -> None:
    """With a respondent that is gone every mediation ends; with a complainant, that one's."""
    if ground == "T7" and party != PartyNotice.Party.RESPONDENT:
        citizens.check_alone(case)


def grounds_now(case: Case, at: datetime) -> list[str]:
    """Those of T1–T8 that fit the case at ``at``: where it stands, and whose it is."""
    return [ground for ground in TERMINATIONS if _fits(case, ground, at)]


def _fits(case: Case, ground: str, at: datetime) -> bool:
    try:
        _check_ground(case, ground, at)
    except RuleViolation:
        return False
    return True


def _check_ground(case: Case, ground: str, at: datetime) -> None:
    citizens.check_ground(case, ground)
    if case.state == State.ACCEPTED and ground not in BEFORE_CONSENT:
        raise RuleViolation(_("No mediation has begun: this ground does not fit."))
    if ground == "T5":
        _check_time_is_up(case, at)


def _check_time_is_up(case: Case, at: datetime) -> None:
    """The law's own limit has come to its last day; a shorter one of ours ends nothing."""
    limits = case.deadlines.open().filter(rule__code__startswith=SIXTY_DAYS)
    limit = limits.order_by("due_at").first()
    if limit and limit.paused_at:
        raise RuleViolation(_("The time of the appraisal does not count: resume first."))
    due_at = limit.due_at if limit else _counted_anew(case)
    if due_at is None:
        raise RuleViolation(_("No such limit binds this case: this ground does not fit."))
    if day_of(due_at) > day_of(at):
        told = {"day": day_of(due_at)}
        raise RuleViolation(_("The mediation may still last until %(day)s.") % told)


def _counted_anew(case: Case) -> datetime | None:
    """Sixty days from the latest acceptance, for a case reopened: its clock has ended."""
    accepted = case.decisions.filter(kind=Decisions.ACCEPTED).order_by("pk").last()
    return accepted and clocks.limit_of(case, SIXTY_DAYS, accepted.at)


@effect_of("terminate")
def _terminate(act: Act, ground: str, explanation: str, party: str = "") -> None:
    citizens.check_ground(act.case, ground)
    _check_whose(act.case, ground, party)
    act.decide(Decisions.TERMINATED, ground=ground, text=explanation)
    act.end(Result.FAILED)
    _end_mediation(act)
    act.take_effect()
    act.record(Kinds.TERMINATED, ground=ground)


def withdraw(no: str, *, by: User, reason: str, self_settled: bool = False) -> Case:
    """The complainant takes it back, or both settled by themselves (T1); nothing more is owed."""
    with acts.begin(no, "withdraw", by) as act:
        citizens.check_alone(act.case)
        act.decide(Decisions.WITHDRAWN, ground="T1", text=reason)
        act.end(Result.SELF_SETTLED if self_settled else Result.WITHDRAWN)
        act.cancel(Milestone.DECISION_TOLD, reason="withdrawn")
        act.cancel(Milestone.IDENTITY_RECORDED, reason=LAPSED)
        _end_mediation(act)
        act.take_effect()
        if act.move.frm & BEFORE_REVIEW and clocks.is_accepted(act.case):
            act.happen(Milestone.TERMINATED)  # it was reopened
        act.record(Kinds.WITHDRAWN)
    return act.case


def record_clue(no: str, *, by: User, note: str) -> Case:
    """Mediation shows signs of an unlawful act: it is verified within its own clock. §27."""
    with acts.begin(no, "record_clue", by) as act:
        act.decide(Decisions.CLUE, ground="found", text=note)
        act.take_effect()
        _ask_to_verify(act)
        act.record(Kinds.CLUE_RECORDED)
    return act.case


def _ask_to_verify(act: Act) -> None:
    """Tell who may verify it; none of their own, and nobody where none must (a council's case)."""
    if act.case.deadlines.open().filter(rule__met_by=Milestone.CLUE_VERIFIED).exists():
        for role in sorted({Role.ENFORCER, Role.CHIEF} - {act.by.role}):
            act.tell(role)


def verify_clue(no: str, *, by: User, filed: bool, note: str) -> Case:
    """The clue was verified: propose to file a case, or none. 处罚程序规定 §§18–20.

    The penalty case is kept elsewhere: docs/rules.md, section "Four eyes".
    """
    with acts.begin(no, "verify_clue", by) as act:
        if not act.case.deadlines.open().filter(rule__met_by=Milestone.CLUE_VERIFIED):
            raise RuleViolation(_("No clue waits for verification here."))
        submit(act, filed=filed, note=note)
    return act.case


@effect_of("verify_clue")
def _verify_clue(act: Act, filed: bool, note: str) -> None:
    asked = act.case.proposals.filter(verb="extend", decided_at=None, data__rule=OF_THE_CLUE)
    for proposal in asked:
        drop(act, proposal, _("The clue is verified: no more time is needed for it."))
    act.decide(Decisions.CLUE, ground="filed" if filed else "not_filed", text=note)
    act.take_effect()
    act.record(Kinds.CLUE_VERIFIED, filed=filed)
