"""What is never an outlet's or a firm's to settle, whichever door it would take.

Source: docs/rules.md, section "Green channel".
"""

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from agency.core.errors import RuleViolation
from cases import citizens, clocks
from cases.lifecycle import Kind, State
from cases.models import Case, Topic


def not_sent_out(case: Case) -> str:
    """Why no outlet or firm may have the case now, in words; "" where it may be referred."""
    if clocks.is_decided(case):
        return _("It was decided on already: nobody settles it beforehand any more.")
    return kept_here(case)


def kept_here(case: Case) -> str:
    """Why the matter is none for an outlet, in words; "" where it is one."""
    codes = {c.code for c in (case.category, case.problem) if c}
    if any(code.startswith(tuple(settings.NEVER_REFERRED)) for code in codes):
        return _("Injuries and food poisoning are handled here.")
    if citizens.others(case) or case.topics.exclude(kind=Topic.Kind.PRIORITY).exists():
        return _("A matter of many citizens is handled here.")
    if not citizens.known(case.consumer):
        return _("Nobody is known whom the outlet could answer.")
    return _("This matter is handled here.") if is_split(case) else ""


def check_may_stay_out(case: Case) -> None:
    """Whatever is found out of a matter while it is out: what is handled here is taken back first.

    Raises RuleViolation.
    """
    if case.state == State.ODR_NEGOTIATING and (why := kept_here(case)):
        raise RuleViolation(_("%(why)s Take it back from the outlet first.") % {"why": why})


def is_split(case: Case) -> bool:
    """Whether a report came out of it, or it came out of one; of a report, a complaint."""
    return halves(case).filter(kind=other_half(case)).exists()


def other_half(case: Case) -> Kind:
    return Kind.REPORT if case.kind == Kind.COMPLAINT else Kind.COMPLAINT


def halves(case: Case) -> QuerySet[Case]:
    """What came out of the case, and what it came out of."""
    return Case.objects.filter(Q(origin=case) | Q(offspring=case))
