"""The numbers of documents that are typed by hand: none is of two decisions.

The forms refuse one that is taken; what a machine sends by the API is its own list's, and stands as it is.
"""

from django.db.models import Q
from django.utils.translation import gettext as _

from agency.core import clock
from agency.core.models import User
from agency.core.notifications.words import moment
from cases.models import Case, Decision
from cases.models.decision import NUMBERED

HAVE_A_NUMBER = {"accept", "refuse", "reply", "decide_case"}
"""The verbs whose ``document_no`` is that of a decision."""


def taken(case: Case, document_no: str, by: User) -> str:
    """On which earlier decision of this case, or of another of its unit, it stands; else empty."""
    if not (number := case.kept(document_no, ours=True)):
        return ""
    known = Decision.objects.filter(NUMBERED, _not_of_the_same_penalty(case), reference=number)
    known = known.filter(Q(case=case) | Q(case__unit=case.unit))
    found = known.select_related("case").order_by("-pk").first()
    return _stands_on(found, case, by) if found else ""


def _not_of_the_same_penalty(case: Case) -> Q:
    """One penalty may end several reports about one merchant, under one number."""
    same = case.merchant.same if case.merchant else ()
    others = Q(kind=Decision.Kind.DECIDED, case__merchant__in=same) & ~Q(case=case)
    return ~others


def _stands_on(found: Decision, case: Case, by: User) -> str:
    at = moment(found.at, clock.now())
    told = {"what": found.get_kind_display(), "at": at, "no": found.case.no}
    if found.case_id == case.pk:
        said = _("This number stands on an earlier decision of this case (%(what)s, %(at)s).")
    elif Case.objects.visible_to(by).filter(pk=found.case_id).exists():
        said = _("This number stands on a decision of %(no)s (%(what)s, %(at)s).")
    else:
        said = _("This number stands on a decision of another case of this unit.")
    return said % told
