"""What was pledged is watched: complaints that repeat are found, and handler and chief told.

Beat calls it; the rows are the queue, and any number may look at once.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from agency.core import clock
from agency.core.roles import Role
from cases.lifecycle import Kind, State
from cases.models import Case
from interviews import acts, effect
from interviews.acts import Act, Kinds
from interviews.lifecycle import MOVE
from interviews.models import Attendance, Repeat
from interviews.triggers import LEFT_OUT

FRESH = timedelta(days=30)
"""What arrived earlier is no news: history that is brought in alarms nobody."""
A_DAY = timedelta(days=1)
"""Of one merchant nobody is told more often."""


def watch_pledges() -> int:
    """Find what is complained of again; returns how many complaints were found.

    Source: docs/rules.md, section "Interviews". Complaints of the interview's own units, within
    ``PLEDGE_WATCH_DAYS`` of the signing.
    """
    at = clock.now()
    since = at - timedelta(days=settings.PLEDGE_WATCH_DAYS)
    pledged = Attendance.objects.filter(
        pledges__signed_at__gt=since, interview__external_no=""
    ).distinct()  # fmt: skip
    rows = pledged.select_related("interview__unit", "merchant").order_by("pk")
    return sum(_tell(attendance) for attendance in list(rows) if again(attendance, at).exists())


def again(attendance: Attendance, at: datetime) -> QuerySet[Case]:
    """The complaints that repeat what this merchant pledged, and were not found yet."""
    seen = Case.objects.filter(
        kind=Kind.COMPLAINT, arrived_at__gt=at - FRESH, merchant__in=attendance.merchant.same,
        unit__in=attendance.interview.unit.keys_below,
    ).exclude(LEFT_OUT).exclude(state=State.MERGED)  # fmt: skip
    known = Repeat.objects.filter(attendance=attendance).values("case")
    return effect.repeated(attendance, seen).exclude(pk__in=known)


@transaction.atomic
def _tell(attendance: Attendance) -> int:
    """Write down what is new, and put it into the outbox: once a day of one merchant."""
    interview = acts.lock(attendance.interview_id)
    act = Act(interview, None, clock.now(), MOVE["check_pledge"])
    found = list(again(attendance, act.at).order_by("pk").values_list("pk", flat=True))
    if not found:
        return 0
    was_told = attendance.repeats.filter(at__gt=act.at - A_DAY).exists()
    Repeat.objects.bulk_create(
        Repeat(attendance=attendance, case_id=case, at=act.at) for case in found
    )
    attendance.refresh_from_db(fields=["state"])
    act.record(Kinds.PLEDGE_REPEATED, attendance=attendance, cases=found)
    if not was_told:
        act.tell("user", topic="pledge_repeated", handler=interview.handler)
        if interview.handler is None or interview.handler.role != Role.CHIEF:
            act.tell(Role.CHIEF, topic="pledge_repeated")
    return len(found)
