"""Texts that need not be typed anew: drafted from what was decided, to be read and mended."""

from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core.models import Unit
from cases import citizens, clocks, letters
from cases.admin import words
from cases.calendar import calendar_day, day_of, length
from cases.completeness import is_extension_untold
from cases.letters.facts import WAYS, issuer_of
from cases.lifecycle import Kind, State
from cases.models import Agreement, Case, Decision, PartyNotice
from cases.promises import is_denied, is_doubted, standing_answer
from cases.workflow.review import told_of

Kinds, Party = Decision.Kind, PartyNotice.Party

CLOSINGS = {Kinds.REFUSED, Kinds.TERMINATED, Kinds.NOT_PERFORMED}
"""After these the parties of a complaint are told of the other ways the law gives. 消费者权益保护法 §39."""
OPINIONS = {
    Kinds.REPLIED: gettext_lazy("opinion on the petition “%(opinion)s”"),
    Kinds.REVIEWED: gettext_lazy("opinion of the review “%(opinion)s”"),
    Kinds.FINALLY_REVIEWED: gettext_lazy("opinion of the final review “%(opinion)s”"),
}
"""How an answer to a petition is called: what is thought of it is no ground."""
REVIEWS = {
    Kinds.REPLIED: (
        "petition.review_request",
        gettext_lazy(
            "Who does not agree with this opinion may ask the authority above ours for a review within"
            " %(length)s from the receipt of this written answer (§35 of the Regulations on Petitions)."
        ),
    ),
    Kinds.REVIEWED: (
        "petition.final_review_request",
        gettext_lazy(
            "Who does not agree with it may ask the authority above the one that reviewed for the final"
            " review within %(length)s from the receipt of this written answer (§36 of the Regulations"
            " on Petitions)."
        ),
    ),
}
"""The rule of the right that follows an answer, and its instruction 复查、复核权利告知."""


def decision_of(case: Case, about: str = "") -> Decision | None:
    """The decision that a notice would be about: the last of that kind; else the last of all, or
    more time, where all know of that and not yet of it.
    """
    if about:
        return told_of(case).filter(kind=about).last()
    last = told_of(case).last()
    is_longer = case.kind == Kind.PETITION and last and is_extension_untold(case)
    if is_longer and not citizens.untold(case, last):
        return decision_of(case, Kinds.EXTENDED)
    return last


def party_to_tell(case: Case) -> str:
    """Of a complaint who has not been told of the latest decision yet, whoever complains first.

    Only complaints have two parties: nobody is led to tell a merchant of a petition or a report.
    """
    decision = decision_of(case) if case.kind == Kind.COMPLAINT else None
    if decision is None or not decision.untold or citizens.untold(case, decision):
        return Party.COMPLAINANT
    return Party.RESPONDENT


def notice(case: Case, about: str = "") -> str:
    """What a party is told of a decision: what, why, and what they may do. ``about`` as in ``decision_of``."""
    decision = decision_of(case, about)
    if decision is None:
        return ""
    said = {"no": case.no, "title": case.shown(case.title), "what": _what(decision)}
    lines = [_("On the matter “%(title)s” (%(no)s) it was decided: %(what)s.") % said]
    if why := _why(case, decision):
        lines.append(_("Ground: %(ground)s.") % {"ground": why})
    if said := letters.weighed(decision.factors, issuer_of(case).org_profile):
        lines.append(said)
    if decision.text:
        said = _("Reason: %(reason)s") if decision.kind == Kinds.EXTENDED else "%(reason)s"
        lines.append(said % {"reason": case.shown(decision.text, ours=True)})
    return "\n".join([*lines, *_what_follows(case, decision)])


def is_drafted(case: Case, text: str) -> bool:
    """Whether ``text`` is what was drafted of some decision here, and nobody wrote in it."""
    kinds = set(told_of(case).values_list("kind", flat=True))
    return text.split() in [[], *(notice(case, about).split() for about in kinds)]


def _what(decision: Decision) -> str:
    """What, and the number of that document; of a reward how much, of what is another's whose."""
    match decision.kind:
        case Kinds.REWARDED:
            return _("a reward of %(amount)s") % {"amount": decision.reference}
        case Kinds.EXTENDED:
            return _longer(decision)
        case Kinds.ROUTED:
            said = {"what": words.step(decision), "way": words.ground(decision)}
            return _("%(what)s (%(way)s)") % said
        case Kinds.TRANSFERRED:
            said = {"what": words.step(decision), "way": decision.reference}
            return _("%(what)s (%(way)s)") % said
        case Kinds.NO_JURISDICTION:
            said = {"what": words.step(decision), "authority": decision.reference}
            return _("%(what)s (it is for %(authority)s)") % said
        case Kinds.REVIEWED | Kinds.FINALLY_REVIEWED if decision.reference:
            # which authority, who there and its number: as it was said, and no number alone
            said = {"what": _opinion(decision), "way": decision.reference}
            return _("%(what)s (%(way)s)") % said
        case Kinds.FILED:  # the number of its approval form is ours alone
            return words.step(decision)
        case Kinds.DECIDED:
            what = words.ground(decision)
        case kind if kind in OPINIONS:
            what = _opinion(decision)
        case _:
            what = words.step(decision)
    said = {"what": what, "no": decision.reference}
    return _("%(what)s (document %(no)s)") % said if decision.reference else what


def _opinion(decision: Decision) -> str:
    return OPINIONS[decision.kind] % {"opinion": words.ground(decision)}


def _longer(decision: Decision) -> str:
    """By how much, and until when: as the clock stands now."""
    found = decision.case.deadlines.filter(rule__code=decision.reference).exclude(extension=0)
    clock = found.select_related("rule").order_by("pk").last()
    if clock is None:
        return words.step(decision)
    day = calendar_day(day_of(clock.due_at), day_of(decision.at))
    said = _(
        "the time for it is extended by %(length)s, to %(day)s; the head of our office approved"
    )
    return said % {
        "length": length(clock.extension, clock.rule.unit, in_letter=True),
        "day": _("%(day)s (provisional)") % {"day": day} if clock.provisional else day,
    }


WITHOUT_GROUND = {Kinds.DECIDED, Kinds.ROUTED, *OPINIONS}
"""What it ended with, where it is led or what is thought of it is no ground."""


def _why(case: Case, decision: Decision) -> str:
    """The ground with law and article, not our code. A council's has none of these: its text says why."""
    if decision.kind in WITHOUT_GROUND:
        return ""
    if decision.kind == Kinds.EXTENDED:
        return _("§34 of the Regulations on Petitions")
    if decision.kind == Kinds.WITHDRAWN and not clocks.is_decided(case):
        return ""  # no mediation was ended: nothing was accepted
    if not (cited := letters.cited(decision.ground)):
        return words.ground(decision)
    return cited if issuer_of(case).org_profile == Unit.Profile.AMR else ""


def _what_follows(case: Case, decision: Decision) -> Iterator[str]:
    """Whom to call, and what may be done now."""
    if decision.kind == Kinds.ACCEPTED and case.handler:
        who = {"name": case.handler.name, "phone": settings.AGENCY_PHONE}
        yield _("Contact: %(name)s, telephone %(phone)s.") % who
    if decision.kind in CLOSINGS and case.kind == Kind.COMPLAINT:
        said = _("By §39 of the Consumer Protection Law the dispute may be settled thus: %(ways)s.")
        yield said % {"ways": WAYS[issuer_of(case).org_profile]}
    if decision.kind in REVIEWS:
        code, said = REVIEWS[decision.kind]
        if right := clocks.right_of(case, code, decision.at):
            yield said % {"length": length(right.rule.amount, right.rule.unit, in_letter=True)}
    if decision.kind == Kinds.FINALLY_REVIEWED:
        yield _(
            "The opinion of the final review ends the matter: what is asked again on the same facts"
            " and grounds is not accepted any more (§36 of the Regulations on Petitions)."
        )


def reply(case: Case) -> str:
    """The answer agreed for every platform; before there is one, what came of the case: nothing
    yet, of what was opened again, or was closed with what the citizen denies.
    """
    stands = case.closed_at and not is_denied(case)
    said = standing_answer(case) or (case.conclusion if stands else _settlement(case))
    return case.shown(said, ours=True)


STANDS = {State.AGREED, State.PERFORMED, State.BREACHED, State.SETTLED, State.MEDIATED}
"""Where what was agreed last is how the case stands; of what came again it may be long past."""


def _settlement(case: Case) -> str:
    """What was agreed, where it stands and nobody doubts that it was."""
    agreement = case.agreements.order_by("pk").last() if case.state in STANDS else None
    return _kept(agreement) if agreement and not is_doubted(case) else ""


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
