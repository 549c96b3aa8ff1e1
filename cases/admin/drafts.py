"""Texts that need not be typed anew: drafted from what was decided, to be read and mended."""

from django.conf import settings
from django.utils.translation import gettext as _

from agency.core.models import Unit
from cases import citizens, clocks, letters
from cases.admin import words
from cases.letters.facts import WAYS, issuer_of
from cases.lifecycle import Kind
from cases.models import Agreement, Case, Decision, PartyNotice
from cases.workflow.review import told_of

Kinds, Party = Decision.Kind, PartyNotice.Party

CLOSINGS = {Kinds.REFUSED, Kinds.TERMINATED, Kinds.NOT_PERFORMED}
"""After these the parties of a complaint are told of the other ways the law gives. 消费者权益保护法 §39."""


def latest(case: Case) -> Decision | None:
    """The decision that a notice would be about."""
    return told_of(case).last()


def party_to_tell(case: Case) -> str:
    """Of a complaint who has not been told of the latest decision yet, whoever complains first.

    Only complaints have two parties: nobody is led to tell a merchant of a petition or a report.
    """
    decision = latest(case) if case.kind == Kind.COMPLAINT else None
    if decision is None or not decision.untold or citizens.untold(case, decision):
        return Party.COMPLAINANT
    return Party.RESPONDENT


def notice(case: Case) -> str:
    """What a party is told of the latest decision: what, why, and what they may do."""
    decision = latest(case)
    if decision is None:
        return ""
    said = {"no": case.no, "title": case.shown(case.title), "what": _what(decision)}
    lines = [_("On the matter “%(title)s” (%(no)s) it was decided: %(what)s.") % said]
    if why := _why(case, decision):
        lines.append(_("Ground: %(ground)s.") % {"ground": why})
    if decision.text:
        lines.append(case.shown(decision.text, ours=True))
    if decision.kind == Kinds.ACCEPTED and case.handler:
        who = {"name": case.handler.name, "phone": settings.AGENCY_PHONE}
        lines.append(_("Contact: %(name)s, telephone %(phone)s.") % who)
    if decision.kind in CLOSINGS and case.kind == Kind.COMPLAINT:
        said = _("By §39 of the Consumer Protection Law the dispute may be settled thus: %(ways)s.")
        lines.append(said % {"ways": WAYS[issuer_of(case).org_profile]})
    return "\n".join(lines)


def _what(decision: Decision) -> str:
    """Of a filed case by what it ended with, and the number of that document; of a reward how much."""
    if decision.kind == Kinds.REWARDED:
        return _("a reward of %(amount)s") % {"amount": decision.reference}
    if decision.kind != Kinds.DECIDED:
        return words.step(decision)
    said = {"what": words.ground(decision), "no": decision.reference}
    return _("%(what)s (document %(no)s)") % said if decision.reference else said["what"]


def _why(case: Case, decision: Decision) -> str:
    """The ground with law and article, not our code. A council's has none of these: its text says why."""
    if decision.kind in {Kinds.DECIDED, Kinds.REPLIED}:
        return ""  # what it ended with, or what is thought of it, is no ground
    if decision.kind == Kinds.WITHDRAWN and not clocks.is_decided(case):
        return ""  # no mediation was ended: nothing was accepted
    if not (cited := letters.cited(decision.ground)):
        return words.ground(decision)
    is_regulators = issuer_of(case).org_profile == Unit.Profile.AMR
    return "；".join([cited] * is_regulators + words.factors(decision))


def reply(case: Case) -> str:
    """The answer agreed for every platform; before there is one, what came of the case."""
    agreement = case.agreements.order_by("pk").last()
    said = case.agreed_answer or case.conclusion or (agreement and _kept(agreement))
    return case.shown(said, ours=True)


def _kept(agreement: Agreement) -> str:
    """What the parties agreed, and whether it was kept: a promise no longer where that is known."""
    said = {"agreement": agreement.text, "amount": f"{agreement.performed_amount or 0:,.2f}"}
    if agreement.performed_amount and agreement.performed_on:
        told = _("The parties agreed: %(agreement)s\nOn %(day)s it was performed: %(amount)s yuan.")
        return told % (said | {"day": agreement.performed_on})
    if agreement.performed_amount:
        return _("The parties agreed: %(agreement)s\nIt was performed: %(amount)s yuan.") % said
    if agreement.performed_at:
        return _("The parties agreed: %(agreement)s\nIt was performed.") % said
    if agreement.broken_at:
        return _("The parties agreed: %(agreement)s\nIt was not performed in time.") % said
    return agreement.text


def agreed_amount(case: Case) -> str:
    """What the parties agreed on last."""
    agreement = case.agreements.order_by("pk").last()
    return str(agreement.amount) if agreement else ""
