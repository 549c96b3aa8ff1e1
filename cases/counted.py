"""How a clock's day was counted, in words: the same beside every due date, at every door."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from agency.core.calendar import WorkCalendar
from agency.core.deadlines import work_calendar_of
from agency.core.models import Deadline
from cases.lifecycle import Milestone

AS_IN_THE_NOTICE = "as_in_the_notice"
"""Cause of a change: a notice, or what the parties agreed, says until when (Act.set_due)."""

READ_WITH = ("pauses",)
"""What ``explain`` reads of each clock: whoever shows many fetches it beforehand."""


def explain(deadline: Deadline, calendar: WorkCalendar) -> str:
    """How its day was counted; of one that a document names, that. ``calendar`` is
    ``work_calendar_of`` the rules of all that are shown.
    """
    due = deadline.count(calendar)
    if due.due_at == deadline.due_at:
        return due.explanation
    if not _says_a_paper(deadline):
        return ""
    if deadline.rule.met_by == Milestone.ENTRUST_REPORTED:
        return _("The day is named in the entrustment.")
    said = _("The day is named in the notice; by the rule alone: %(count)s")
    return said % {"count": due.explanation}


def is_named(deadline: Deadline, calendar: WorkCalendar) -> bool:
    """Whether a document, and not its rule, says until when."""
    return deadline.count(calendar).due_at != deadline.due_at and _says_a_paper(deadline)


def _says_a_paper(deadline: Deadline) -> bool:
    return AS_IN_THE_NOTICE in {change.cause for change in deadline.changes.all()}


def explain_each(deadlines: QuerySet[Deadline]) -> dict[int, str]:
    """How the day of each was counted, by its pk; the calendar is loaded once, where it is needed."""
    found = list(deadlines.select_related("rule").prefetch_related(*READ_WITH, "changes"))
    calendar = work_calendar_of(deadline.rule for deadline in found)
    return {deadline.pk: explain(deadline, calendar) for deadline in found}
