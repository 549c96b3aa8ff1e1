"""Why a case is worked on again: what whoever has it now is to make good (重办要求)."""

from datetime import datetime

from django.utils.translation import gettext as _

from cases.admin import clocks, words
from cases.lifecycle import Kind, State
from cases.lifecycle.petition import IN_HAND, LATER
from cases.models import Case, Decision
from cases.workflow.petitions import revoked_by

OF_LATER = {(Kind.PETITION, state) for state in LATER}
"""What was opened again before that was answered since."""


def reason(case: Case, at: datetime) -> str:
    """What a review revoked, or why it was opened again; "" where nobody said, or neither is so."""
    is_in_hand = case.kind == Kind.PETITION and case.state in IN_HAND | {State.ACCEPTED}
    if review := is_in_hand and revoked_by(case):
        said = _("%(review)s revoked the opinion: another one is owed. %(why)s")
        return said % {"review": words.step(review), "why": case.shown(review.text)}
    reopened = case.decisions.filter(kind=Decision.Kind.REOPENED).select_related("by")
    latest = reopened.order_by("pk").last()
    if latest is None or not latest.text or (case.kind, case.state) in OF_LATER:
        return ""
    told = {
        "who": latest.by.name, "at": clocks.short(latest.at, at), "why": case.shown(latest.text),
    }  # fmt: skip
    return _("To be worked on again (%(who)s %(at)s): %(why)s") % told
