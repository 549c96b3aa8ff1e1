"""What the public reports count of interviews, and how: sessions, attendances, letters, repairs.

``reports`` asks these; each is a count over a period [begin, end) in a set of units.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from agency.core.models import Unit
from cases.models.merchant import identity
from interviews.models import Attendance, Notice, Pledge, Rectification, Session


def counted(begin: datetime, end: datetime, units: Iterable[Unit]) -> dict[str, int]:
    """By the codes of the contract: sessions 场次, attendances 家次, merchants 家, notices 份, …

    ``interviewed_merchants`` and ``notices_served_merchants`` count a merchant under all its names
    once.
    """
    within = [unit.pk for unit in units]
    sessions = Session.objects.filter(
        held_at__gte=begin, held_at__lt=end, interview__unit__in=within
    )
    came = _distinct(Attendance.objects.filter(session__in=sessions))
    return {
        "interview_sessions": sessions.count(),
        "interview_attendances": Attendance.objects.filter(session__in=sessions).count(),
        "interviewed_merchants": came,
        "notices_served_merchants": _served(begin, end, within),
        "pledges_signed": _pledges(begin, end, within),
        "rectifications_raised": _repairs(within, raised_at__gte=begin, raised_at__lt=end),
        "rectifications_verified": _repairs(within, verified_at__gte=begin, verified_at__lt=end),
    }


def _distinct(attendances) -> int:
    return attendances.annotate(who=identity("merchant")).values("who").distinct().count()


def _served(begin: datetime, end: datetime, units: list[int]) -> int:
    """Merchants whose notice was issued in the period."""
    issued = Notice.objects.filter(issued_at__gte=begin, issued_at__lt=end)
    mine = Attendance.objects.filter(notices__in=issued, interview__unit__in=units)
    return _distinct(mine)


def _pledges(begin: datetime, end: datetime, units: list[int]) -> int:
    signed = Q(signed_at__gte=begin, signed_at__lt=end)
    return Pledge.objects.filter(signed, attendance__interview__unit__in=units).count()


def _repairs(units: list[int], **when) -> int:
    rows = Rectification.objects.filter(**when)
    return rows.filter(attendance__interview__unit__in=units).count()
