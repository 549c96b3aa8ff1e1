"""Mediation by an organisation in our name. Source: SAMR Order 121 §19."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext as _

from agency.core.calendar import SHANGHAI
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import Unit, User
from cases import acts
from cases.acts import Act
from cases.calendar import day_of
from cases.letters.facts import issuer_of
from cases.lifecycle import Milestone, State
from cases.models import Appraisal, Case, CaseEvent, Mediation
from cases.workflow.mediation import begin_mediation, check_consent, last_to_mediate

Kinds = CaseEvent.Kind


def entrust(
    no: str, *, by: User, to: str, until: date, scope: str = "", consented: bool | None = None
) -> Case:
    """Entrust the mediation to an organisation until a day; the sixty days run on. §19.

    Its result is due at the end of that day (Shanghai).
    ``consented``: whether both parties said so to it, None where nobody asked; ``scope``: what of
    the dispute.
    """
    with acts.begin(no, "entrust", by) as act:
        check_consent(consented)
        if refusal := not_entrusted(act.case):
            raise RuleViolation(refusal)
        if until < day_of(act.at):
            raise Invalid({"until": [_("This day has passed.")]})
        last = last_to_mediate(act.case)
        if last and until > day_of(last):
            told = {"day": day_of(last)}
            sentence = _("The mediation lasts until %(day)s, entrusted or not: name no later day.")
            raise Invalid({"until": [sentence % told]})
        mediation = begin_mediation(
            act, organisation=to, until=until, scope=scope, consented=consented
        )
        act.take_effect()
        _owe_until(act, until)
        act.record(Kinds.ENTRUSTED, mediation=mediation.pk, until=until.isoformat())
    return act.case


def not_entrusted(case: Case) -> str | None:
    """Why its mediation goes to nobody else; None where it may. Whoever was entrusted passes it
    on no further (不得再委托): a council mediates itself. §19.
    """
    if not case.consents_to_entrust:
        return _("The complainant has not agreed to entrusted mediation.")
    if issuer_of(case).org_profile == Unit.Profile.COUNCIL:
        return _("A council mediates itself: what it was entrusted with goes to nobody else.")
    return None


def let_rest(act: Act) -> None:
    """A finding is waited for: nobody owes a result until it is there."""
    act.cancel(Milestone.ENTRUST_REPORTED, reason="appraisal")


def bring_back(act: Act, sent: Appraisal | None, came_at: datetime) -> dict[str, str]:
    """The finding is there: who was entrusted goes on, for as much longer as that took (§22).

    Returns what the event says of it; nothing where we mediate ourselves.
    """
    theirs = act.case.mediations.filter(ended_at=None).exclude(organisation="").first()
    if theirs is None:
        return {}
    act.move = replace(act.move, to=State.ENTRUSTED)
    theirs.until = _longer(act, theirs, sent, day_of(came_at))
    theirs.save(update_fields=["until"])
    act.happen(Milestone.ENTRUSTED)
    _owe_until(act, theirs.until)
    return {"until": theirs.until.isoformat()}


def _longer(act: Act, theirs: Mediation, sent: Appraisal | None, came_on: date) -> date:
    """Without the days of the finding; never over before they know, nor after the law's limit."""
    sent_on = (sent.entrusted_on or day_of(sent.at)) if sent else came_on
    out = came_on - max(sent_on, day_of(theirs.started_at))
    until, last = theirs.until + max(out, timedelta()), last_to_mediate(act.case)
    return max(day_of(act.at), min(until, day_of(last)) if last else until)


def _owe_until(act: Act, until: date) -> None:
    act.set_due(Milestone.ENTRUST_REPORTED, datetime.combine(until, time.max, SHANGHAI))
