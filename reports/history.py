"""What is usual: the weeks before, yesterday, and the same day last year; every ten minutes.

None of it changes while a supervisor looks, so it is no part of each second's board.
"""

from datetime import date, datetime, timedelta

from django.db.models import Count
from django.db.models.functions import ExtractHour, TruncDate

from agency.core.calendar import SHANGHAI
from agency.core.models import DeadlineRule
from agency.core.models.deadline import IN_TIME, decided
from cases.models import CaseDeadline, Ticket
from reports.board import start_of_day
from reports.shared import Shared

WEEKS = 8
"""Enough for a band, few enough to follow the season."""


def compute(at: datetime) -> dict:
    today = start_of_day(at)
    days = {"yesterday": today - timedelta(days=1), "last_year": _a_year_before(today)}
    return {
        "arrivals": _arrivals(today),
        "rates": [[which, *row] for which, start in days.items() for row in _rates(start, at)],
        "days": {which: start.date() for which, start in days.items()},
    }


def _a_year_before(day: datetime) -> datetime:
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leap else day.day)


def _arrivals(today: datetime) -> list[dict]:
    """Per unit and channel: ``heat`` by weekday and hour (168, Monday first), and ``weeks``,
    the same weekday of each earlier week by hour; tickets of the last WEEKS weeks.
    """
    counted = (
        Ticket.objects.filter(arrived_at__gte=today - timedelta(weeks=WEEKS), arrived_at__lt=today)
        .values_list(
            "case__unit_id", "channel_id",
            TruncDate("arrived_at", tzinfo=SHANGHAI), ExtractHour("arrived_at", tzinfo=SHANGHAI),
        )
        .annotate(tickets=Count("id"))
    )  # fmt: skip
    found: dict[tuple, dict] = {}
    for unit, channel, day, hour, tickets in counted:
        row = found.setdefault((unit, channel), _nothing(unit, channel))
        row["heat"][day.weekday() * 24 + hour] += tickets
        if (week := _weeks_before(day, today.date())) is not None:
            row["weeks"][week][hour] += tickets
    return list(found.values())


def _nothing(unit: int, channel: int) -> dict:
    weeks = [[0] * 24 for _ in range(WEEKS)]
    return {"unit": unit, "channel": channel, "heat": [0] * 168, "weeks": weeks}


def _weeks_before(day: date, today: date) -> int | None:
    """0 for a week ago, …; None where it is another weekday."""
    weeks, rest = divmod((today - day).days, 7)
    return None if rest else weeks - 1


def _rates(start: datetime, at: datetime):
    """``unit, channel, rule, due, in_time`` of the day that begins at ``start``."""
    rules = list(DeadlineRule.objects.values_list("pk", flat=True))
    due = CaseDeadline.objects.filter(
        decided(at), due_at__gte=start, due_at__lt=start + timedelta(days=1), rule__in=rules
    )
    return due.values_list("answerable_id", "channel_id", "rule__code").annotate(
        due=Count("id"), in_time=Count("id", filter=IN_TIME)
    )


shared = Shared("history", compute, timedelta(minutes=10))
