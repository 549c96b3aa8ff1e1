"""The numbers of documents that are typed by hand: none is of two decisions."""

from django.db.models import Q
from django.utils.translation import gettext as _

from agency.core.errors import Invalid
from agency.core.notifications.words import moment
from cases.acts import Act
from cases.models import Case, Decision
from cases.models.decision import NUMBERED


def check_number(act: Act, document_no: str) -> None:
    """Invalid where an earlier decision of this case has it, or one of another case of its unit."""
    number = act.case.kept(document_no, ours=True)
    if not number:
        return
    taken = Decision.objects.filter(NUMBERED, _not_of_the_same_penalty(act.case), reference=number)
    taken = taken.filter(Q(case=act.case) | Q(case__unit=act.case.unit))
    found = taken.select_related("case").order_by("-pk").first()
    if found:
        raise Invalid({"document_no": [_stands_on(found, act)]})


def _not_of_the_same_penalty(case: Case) -> Q:
    """One penalty may end several reports about one merchant, under one number."""
    same = case.merchant.same if case.merchant else ()
    others = Q(kind=Decision.Kind.DECIDED, case__merchant__in=same) & ~Q(case=case)
    return ~others


def _stands_on(found: Decision, act: Act) -> str:
    told = {"what": found.get_kind_display(), "at": moment(found.at, act.at), "no": found.case.no}
    if found.case_id == act.case.pk:
        said = _("This number stands on an earlier decision of this case (%(what)s, %(at)s).")
    elif Case.objects.visible_to(act.by).filter(pk=found.case_id).exists():
        said = _("This number stands on a decision of %(no)s (%(what)s, %(at)s).")
    else:
        said = _("This number stands on a decision of another case of this unit.")
    return said % told
