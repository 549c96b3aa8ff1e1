"""What a case still needs before it may be closed: acts, not data a citizen may not have given.

Source: docs/rules.md, section "What closing needs".
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Case

NEEDS = {
    "responded": gettext_lazy("somebody must respond to every ticket"),
    "contacted": gettext_lazy("the citizen must be reached where a clock demands it"),
}


def missing(case: Case) -> list[str]:
    """Codes of NEEDS, in the order in which they are usually done; empty when complete."""
    found = []
    if case.tickets.filter(responded_at=None).exists():
        found.append("responded")
    if case.deadlines.open().filter(rule__met_by="contact").exists():
        found.append("contacted")
    return found


def sentence(codes: Sequence[str]) -> str:
    """The needs as one sentence for people."""
    return _("Before closing: %(needs)s.") % {
        "needs": _("; ").join(str(NEEDS[code]) for code in codes)
    }
