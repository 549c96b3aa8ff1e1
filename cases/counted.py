"""How a clock's day was counted, in words: the same beside every due date, at every door."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from agency.core.calendar import WorkCalendar
from agency.core.deadlines import work_calendar_of
from agency.core.models import Deadline
from cases.lifecycle import Milestone

READ_WITH = ("pauses",)
"""What ``explain`` reads of each clock: whoever shows many fetches it beforehand."""


def explain(deadline: Deadline, calendar: WorkCalendar) -> str:
    """How its day was counted; of one that a document names, that. ``calendar`` is
    ``work_calendar_of`` the rules of all that are shown.
    """
    due = deadline.count(calendar)
    if due.due_at == deadline.due_at:
        return due.explanation
    if not deadline.is_named:
        said = _("Counted by the calendar of that time; by the one now loaded: %(count)s")
        return said % {"count": due.explanation}
    if deadline.rule.met_by == Milestone.ENTRUST_REPORTED:
        return _("The day is named in the entrustment.")
    said = _("The day is named in the notice; by the rule alone: %(count)s")
    return said % {"count": due.explanation}


def explain_each(deadlines: QuerySet[Deadline]) -> dict[int, str]:
    """How the day of each was counted, by its pk; the calendar is loaded once, where it is needed."""
    found = list(deadlines.select_related("rule").prefetch_related(*READ_WITH))
    calendar = work_calendar_of(deadline.rule for deadline in found)
    return {deadline.pk: explain(deadline, calendar) for deadline in found}
