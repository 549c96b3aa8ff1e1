"""Did it help? Complaints a week before and after a merchant's session, beside its trade's.

Only what the viewer sees is counted; complaints alone, under all names of the merchant.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min, Q, QuerySet

from agency.core import clock
from agency.core.models import User
from cases.lifecycle import Kind
from cases.models import Case
from interviews.models import Attendance

WEEKS = 12
"""So many on either side of the session; after it only those that are over count."""
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Effect:
    """``before`` and ``after``: complaints of each week, the oldest first. ``trade``: a week's average
    of the other merchants of its trades before and after, None where it has none there.
    """

    before: list[int]
    after: list[int]
    trade_before: float | None
    trade_after: float | None
    repeated: int
    """Complaints since a pledge about the matter of the interview."""

    @property
    def change(self) -> float | None:
        """A week's average after as a ratio to before, less one: -0.5 is half of it."""
        before = _average(self.before)
        return _average(self.after) / before - 1 if before and self.after else None


def _average(counts: list[int]) -> float:
    return sum(counts) / len(counts) if counts else 0.0


def of(attendance: Attendance, *, user: User) -> Effect | None:
    """What came of a merchant's session as ``user`` may see it; None while none was held."""
    if attendance.session is None:
        return None
    held_at, at = attendance.session.held_at, clock.now()
    seen = Case.objects.visible_to(user).filter(
        kind=Kind.COMPLAINT, arrived_at__gt=held_at - WEEKS * WEEK, arrived_at__lte=held_at + WEEKS * WEEK
    )  # fmt: skip
    own = seen.filter(merchant__in=attendance.merchant.same)
    moments = list(own.values_list("arrived_at", flat=True))
    whole = min(WEEKS, max((at - held_at) // WEEK, 0))
    others = _others(attendance, seen, own)
    return Effect(
        _weeks(moments, held_at - WEEKS * WEEK, WEEKS), _weeks(moments, held_at, whole),
        _of_trade(others, Q(arrived_at__lte=held_at), WEEKS),
        _of_trade(others, Q(arrived_at__gt=held_at, arrived_at__lte=held_at + whole * WEEK), whole),
        repeated(attendance, own).count(),
    )  # fmt: skip


def _weeks(moments: list[datetime], since: datetime, weeks: int) -> list[int]:
    """How many lie in each week; its last moment belongs to it."""
    ends = [since + (n + 1) * WEEK for n in range(weeks)]
    return [sum(end - WEEK < moment <= end for moment in moments) for end in ends]


def _others(attendance: Attendance, seen, own):
    """The complaints about others in the trades that its own are about."""
    trades = list(
        own.exclude(category=None).order_by().values_list("category", flat=True).distinct()
    )
    if not trades:
        return None
    elsewhere = seen.filter(category__in=trades, merchant__isnull=False)
    return elsewhere.exclude(merchant__in=attendance.merchant.same)


def _of_trade(others, when: Q, weeks: int) -> float | None:
    """A week's average of one merchant of the trade."""
    if others is None or not weeks:
        return None
    rows = others.filter(when)
    merchants = others.order_by().values("merchant").distinct().count()
    return round(rows.count() / merchants / weeks, 3) if merchants else None


def repeated(attendance: Attendance, own: QuerySet[Case]) -> QuerySet[Case]:
    """Those of its ``own`` complaints that are about what it promised, since it did.

    The matter is the problems of the cases behind the interview; where they name none, any.
    """
    signed = attendance.pledges.exclude(signed_at=None).aggregate(at=Min("signed_at"))["at"]
    if signed is None:
        return own.none()
    since = own.filter(arrived_at__gt=signed)
    problems = attendance.interview.cases.exclude(problem=None).values("problem")
    return since.filter(problem__in=problems) if problems.exists() else since
