"""Some of the complaints that ended are drawn to be called back, by who did not handle them."""

import math
import random
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from agency.core import clock
from agency.core.calendar import SHANGHAI
from agency.core.models import User
from cases.calendar import day_of
from cases.lifecycle import Kind, State
from cases.models import Assignment, Callback, Case, Decision

GONE = {State.MERGED, State.CONSULTATION_CLOSED}
"""What became another case, or a question that was answered: nobody calls back about it."""
CATCH_UP = 7
"""So many days back nothing is left out, where the draw did not run."""


@transaction.atomic
def draw() -> int:
    """Draw for each of the last days that was not drawn for yet; returns how many were drawn.

    Run again, it draws nothing more: a day is drawn for once.
    """
    today = day_of(clock.now())
    days = [today - timedelta(days=back) for back in range(CATCH_UP, 0, -1)]
    return sum(_draw_for(day) for day in days)


def _draw_for(day: date) -> int:
    # Whoever draws the same day at the same time waits here, and then finds it done.
    ended = list(
        _ended_on(day).select_for_update(of=("self",), no_key=True).values_list("pk", flat=True)
    )
    drawn_before = Callback.objects.filter(ended_on=day, case__kind=Kind.COMPLAINT)
    if not ended or drawn_before.exists():
        return 0
    wanted = max(1, math.ceil(len(ended) * settings.CALLBACK_SHARE / 100))
    drawn = random.SystemRandom().sample(ended, min(wanted, len(ended)))
    Callback.objects.bulk_create(
        [Callback(case_id=pk, ended_on=day) for pk in sorted(drawn)], ignore_conflicts=True
    )
    return len(drawn)


def _ended_on(day: date):
    """Complaints that ended that day and that nobody has called back."""
    begin = datetime.combine(day, time(), SHANGHAI)
    ended = Case.objects.filter(
        kind=Kind.COMPLAINT, ended_at__gte=begin, ended_at__lt=begin + timedelta(days=1)
    )
    return ended.exclude(state__in=GONE).filter(follow_ups=None, callback=None).order_by("pk")


def took_part(case: Case | OuterRef) -> QuerySet[User]:
    """Who may not call back: ever named in the case, or answered or decided something of it.

    Within a query about cases ``case`` is ``OuterRef(OuterRef("pk"))``.
    """
    person = OuterRef("pk")
    named = Assignment.objects.of(person).filter(case=case)
    decided = Decision.objects.filter(Q(by=person) | Q(approved_by=person), case=case)
    # Who puts it into the archive had no part in it.
    decided = decided.exclude(kind=Decision.Kind.ARCHIVED)
    return User.objects.filter(Exists(named) | Exists(decided))
