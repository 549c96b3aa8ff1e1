"""Which clocks a milestone of an interview starts and stops: what the rules say, and nothing else.

The engine that counts and watches them: agency/core/deadlines/.
"""

from datetime import date, datetime, time

from agency.core import calendar, deadlines, workdays
from agency.core.calendar import SHANGHAI
from agency.core.models import DeadlineRule
from interviews.lifecycle import Milestone
from interviews.models import Interview, InterviewDeadline

NOTHING = {"attendance": None, "pledge_item": None, "rectification": None}


def start(
    interview: Interview, milestone: Milestone, *about: dict, starts_at: datetime, at: datetime,
    due_at: datetime | None = None,
) -> None:  # fmt: skip
    """Open the clocks that start on ``milestone``, of each of ``about``; one that runs goes on.

    ``about``: a dict of ``attendance``, ``pledge_item`` or ``rectification``; empty for the
    interview itself. ``due_at``: as a document says, instead of by the rule; one that lies before
    ``at`` is left to the rule.
    """
    rules = list(_binding(interview, milestone, starts_at))
    owed = interview.deadlines.open().filter(rule__code__in={rule.code for rule in rules})
    running = {(_key(_of(clock)), clock.rule_id) for clock in owed}
    work_calendar = deadlines.work_calendar_of(rules)
    InterviewDeadline.objects.bulk_create(
        deadlines.build(
            InterviewDeadline, rule, starts_at=starts_at, at=at, work_calendar=work_calendar,
            due_at=due_at if due_at and due_at >= at else None, interview=interview,
            unit=interview.unit, handler=interview.handler, **NOTHING | things,
        )
        for things in about or ({},)
        for rule in rules
        if (_key({name: thing and thing.pk for name, thing in things.items()}), rule.pk) not in running
    )  # fmt: skip


def _key(keys: dict[str, int | None]) -> tuple:
    return tuple(keys.get(name) for name in NOTHING)


def _of(clock: InterviewDeadline) -> dict[str, int | None]:
    """Of what it is, in keys."""
    return {name: getattr(clock, f"{name}_id") for name in NOTHING}


def _binding(interview: Interview, milestone: Milestone, starts_at: datetime):
    rules = DeadlineRule.objects.filter(starts_on=milestone, kinds__contains=[interview.kind])
    profiles = ["", interview.unit.org_profile]
    return rules.in_force(starts_at.astimezone(SHANGHAI).date()).filter(profile__in=profiles)


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
