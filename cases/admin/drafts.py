"""Texts that need not be typed anew: drafted from what was decided, to be read and mended."""

from django.utils.translation import gettext as _

from cases.admin import words
from cases.models import Case, Decision, PartyNotice
from cases.workflow.review import told_of, untold

Kinds, Party = Decision.Kind, PartyNotice.Party

CLOSINGS = {Kinds.REFUSED, Kinds.TERMINATED, Kinds.NOT_PERFORMED}
"""After these the parties are told of the other ways the law gives. Order 121 §39."""


def latest(case: Case) -> Decision | None:
    """The decision that a notice would be about."""
    return told_of(case).last()


def party_to_tell(case: Case) -> str:
    """Who has not been told of the latest decision yet; the complainant first."""
    decision = latest(case)
    left = untold(decision) if decision else set()
    return Party.COMPLAINANT if Party.COMPLAINANT in left or not left else Party.RESPONDENT


def notice(case: Case) -> str:
    """What a party is told of the latest decision: what, why, and what they may do."""
    decision = latest(case)
    if decision is None:
        return ""
    said = {"no": case.no, "title": case.shown(case.title), "what": words.step(decision)}
    lines = [_("On the matter “%(title)s” (%(no)s) it was decided: %(what)s.") % said]
    if why := words.ground(decision):
        lines.append(_("Ground: %(ground)s.") % {"ground": why})
    if decision.text:
        lines.append(case.shown(decision.text))
    if decision.kind in CLOSINGS:
        lines.append(_("The dispute may be brought to arbitration or to court by law."))
    return "\n".join(lines)


def reply(case: Case) -> str:
    """The answer agreed for every platform; before there is one, what came of the case."""
    agreement = case.agreements.order_by("pk").last()
    said = case.agreed_answer or case.conclusion or (agreement.text if agreement else "")
    return case.shown(said)


def agreed_amount(case: Case) -> str:
    """What the parties agreed on last."""
    agreement = case.agreements.order_by("pk").last()
    return str(agreement.amount) if agreement else ""
