"""Which clocks a milestone of an interview starts and stops: what the rules say, and nothing else.

The engine that counts and watches them: agency/core/deadlines.py.
"""

from datetime import date, datetime, time

from agency.core import calendar, deadlines, workdays
from agency.core.calendar import SHANGHAI
from agency.core.models import DeadlineRule, User
from interviews.lifecycle import Milestone
from interviews.models import Interview, InterviewDeadline


def start(
    interview: Interview, milestone: Milestone, *, starts_at: datetime, at: datetime,
    by: User, due_at: datetime | None = None, **about,
) -> list[InterviewDeadline]:  # fmt: skip
    """Open the clocks that start on ``milestone``; one that runs of the same thing goes on.

    ``about``: ``attendance``, ``pledge_item`` or ``rectification``. ``due_at``: as a document says,
    instead of by the rule; one that lies before ``at`` is left to the rule.
    """
    things = {"attendance": None, "pledge_item": None, "rectification": None} | about
    owed = interview.deadlines.open().filter(**things).values("rule__code")
    rules = _binding(interview, milestone, starts_at).exclude(code__in=owed)
    opened = _opened(interview, rules, starts_at=starts_at, at=at, **things)
    InterviewDeadline.objects.bulk_create(opened)
    if due_at and due_at >= at and opened:
        mine = InterviewDeadline.objects.filter(pk__in=[clock.pk for clock in opened])
        deadlines.set_due(mine, due_at, cause="as_in_the_notice", at=at, by=by)
    return opened


def _binding(interview: Interview, milestone: Milestone, starts_at: datetime):
    rules = DeadlineRule.objects.filter(starts_on=milestone, kinds__contains=[interview.kind])
    profiles = ["", interview.unit.org_profile]
    return rules.in_force(starts_at.astimezone(SHANGHAI).date()).filter(profile__in=profiles)


def _opened(interview: Interview, rules, *, starts_at, at, **things) -> list[InterviewDeadline]:
    rules = list(rules)
    work_calendar = deadlines.work_calendar_of(rules)
    return [
        deadlines.build(
            InterviewDeadline, rule, starts_at=starts_at, at=at, work_calendar=work_calendar,
            interview=interview, unit=interview.unit, handler=interview.handler, **things,
        )
        for rule in rules
    ]  # fmt: skip


def stop(interview: Interview, milestone: Milestone, *, at: datetime, **about) -> None:
    """Meet what ``milestone`` meets; what does not count yet is cancelled: it was done before."""
    owed = interview.deadlines.filter(rule__met_by=milestone, **about)
    deadlines.cancel(owed.filter(starts_at__gt=at), at=at, reason="done_before")
    deadlines.meet(owed, at=at)


def cancel(interview: Interview, *, at: datetime, reason: str, **which) -> None:
    """End what ``which`` names, unmet: nobody owes it any more."""
    deadlines.cancel(interview.deadlines.filter(**which), at=at, reason=reason)


def end_of(day: date) -> datetime:
    """The last moment of a day in Shanghai."""
    return datetime.combine(day, time.max, tzinfo=SHANGHAI)


def lead_before(hold_at: datetime) -> datetime | None:
    """Until when a notice reaches its merchant in good time; None where no rule says so.

    Source: the rule of ``Milestone.SERVED``, its working days counted backwards from the session.
    """
    rule = DeadlineRule.objects.filter(met_by=Milestone.SERVED).order_by("-in_force_from").first()
    if rule is None:
        return None
    counted = calendar.due(hold_at, rule.amount, "workday_before", calendar=workdays.load())
    return end_of(counted.due_on)


def is_short(served_at: datetime, hold_at: datetime | None) -> bool:
    """Whether a merchant has less time to prepare than it should."""
    until = lead_before(hold_at) if hold_at else None
    return until is not None and served_at > until
