"""How a merchant's course ends that does not repair, and the interview itself."""

from django.db.models import Q
from django.utils.translation import gettext as _

from agency.core.errors import RuleViolation
from agency.core.models import User
from agency.core.text import listed
from interviews import acts
from interviews.acts import Act, Kinds
from interviews.lifecycle import ENDS, Course, Milestone, Repair
from interviews.models import Attendance, Interview

TWICE = 2
"""Not before the second absence: the second notice says what follows (docs/rules.md)."""


def escalate(no: str, *, by: User, merchant: int, measure: str) -> Interview:
    """Go on by other means against who did not come twice, or does not repair in time."""
    with acts.begin(no, "escalate", by) as act:
        attendance = act.merchant(merchant)
        _check_reason(act, attendance)
        attendance.measure = measure
        act.lead(attendance)
        act.cancel(reason="escalated", attendance=attendance)
        act.record(Kinds.ESCALATED, attendance=attendance)
        act.tell("user", topic="interview_escalated", handler=act.interview.handler)
    return act.interview


def _check_reason(act: Act, attendance: Attendance) -> None:
    if attendance.state == Course.NO_SHOW:
        if attendance.absences < TWICE:
            raise RuleViolation(_("A second notice comes before a measure."))
        return
    items = attendance.rectifications.exclude(state=Repair.PASSED)
    late = items.filter(deadlines__in=act.interview.deadlines.overdue(act.at))
    if not items.filter(Q(state__in=[Repair.FAILED, Repair.PARTLY]) | Q(pk__in=late)).exists():
        raise RuleViolation(_("Nothing is late or has failed: there is still time to repair."))


def close(no: str, *, by: User) -> Interview:
    """End it once no merchant has anything to do any more but what it pledged."""
    with acts.begin(no, "close", by) as act:
        _check_done(act)
        act.take_effect()
        act.interview.closed_at = act.at
        # What was pledged is asked for when its day comes, whenever the interview was closed.
        rest = act.interview.deadlines.exclude(rule__met_by=Milestone.PLEDGE_CHECKED)
        act.cancel(pk__in=rest.open().values("pk"))
        act.record(Kinds.CLOSED)
    return act.interview


def _check_done(act: Act) -> None:
    left = act.interview.merchants.exclude(state__in=ENDS).select_related("merchant")
    if names := [f"{a.merchant.name}（{a.get_state_display()}）" for a in left.order_by("pk")]:
        said = _("It goes on with %(names)s.")
        raise RuleViolation(said % {"names": listed(names)})
