"""The calendar of sessions: who is called in when, and what was held, day by day; one query."""

from calendar import Calendar
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q
from django.db.models.functions import Coalesce

from agency.core.calendar import SHANGHAI
from agency.core.models import User
from interviews.lifecycle import Course, State
from interviews.models import Attendance, Interview

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Meeting:
    """One interview at one moment: with several where merchants come at times of their own.

    ``merchants`` are called in then; of them so many ``came``, did not come (``missed``), and still
    wait for their notice to be served (``unserved``).
    """

    interview: int
    no: str
    subject: str
    place: str
    state: str
    handler: str
    at: datetime
    merchants: int
    came: int
    missed: int
    unserved: int

    @property
    def is_proposed(self) -> bool:
        return self.state == State.PROPOSED


def between(user: User, first: date, last: date) -> dict[date, list[Meeting]]:
    """What ``user`` sees from the first to the last day, both included, by day in Shanghai."""
    begin, end = (datetime.combine(d, time.min, tzinfo=SHANGHAI) for d in (first, last))
    rows = Attendance.objects.filter(interview__in=Interview.objects.visible_to(user))
    rows = rows.exclude(state=Course.REJECTED).annotate(at=Coalesce("session__held_at", "hold_at"))
    told = rows.filter(at__gte=begin, at__lt=end + timedelta(days=1)).values_list(
        "interview", "interview__no", "interview__subject", "interview__place", "interview__state",
        "interview__handler__name", "at",
    )  # fmt: skip
    counted = told.annotate(
        merchants=Count("pk"), came=Count("session"), missed=Count("pk", filter=Q(state=Course.NO_SHOW)),
        unserved=Count("pk", filter=Q(state__in=[Course.APPROVED, Course.NOTICED])),
    )  # fmt: skip
    days: dict[date, list[Meeting]] = defaultdict(list)
    for row in counted.order_by("at", "interview"):
        meeting = Meeting(*row)
        days[meeting.at.astimezone(SHANGHAI).date()].append(meeting)
    return days


def weeks_of(month: date) -> list[list[date]]:
    """The weeks, from Monday on, that the month of this day touches."""
    return Calendar().monthdatescalendar(month.year, month.month)


def week_of(day: date) -> list[date]:
    """Its seven days from Monday on."""
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=n) for n in range(7)]
