"""What is counted of interviews with merchants: sessions, who came, notices, pledges, repairs.

Merchants that were found to be one are one. Of an interview that a file brought in there is no
record of service: its notice counts by the day it was sent.
"""

from datetime import datetime

from django.db.models import Case, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce

from cases.models.merchant import identity
from interviews.models import Attendance, Notice, Pledge, Rectification, Service, Session
from reports.measures.source import Source

OF_MERCHANT = ("attendance__interview__no", "attendance__merchant__name")


def _source(rows, moment: str, interview: str, told: tuple[str, ...], **more) -> Source:
    unit = f"{interview}unit"
    keys = {"unit": f"{unit}__code", "handler": f"{interview}handler__username"}
    return Source(rows, moment, unit=unit, case="", told=told, keys=keys, **more)


def sessions(at: datetime) -> list[Source]:
    """A meeting that took place; an interview may have several."""
    return [
        _source(
            Session.objects.all(), "held_at", "interview__", ("interview__no", "interview__subject")
        )
    ]


def _came(**more) -> list[Source]:
    rows = Attendance.objects.exclude(session=None).annotate(business=identity("merchant"))
    told = ("interview__no", "merchant__name")
    return [_source(rows, "session__held_at", "interview__", told, **more)]


def attendances(at: datetime) -> list[Source]:
    """家次: each merchant each time."""
    return _came()


def merchants(at: datetime) -> list[Source]:
    """家: each merchant once."""
    return _came(distinct="business")


def notified(at: datetime) -> list[Source]:
    """Merchants a notice was served on, each once, by the day it counts as served."""
    served = Service.objects.filter(notice=OuterRef("pk")).order_by("served_at", "pk")
    sent = Case(When(~Q(attendance__interview__external_no=""), then=F("issued_at")))
    rows = Notice.objects.annotate(
        reached_at=Coalesce(Subquery(served.values("served_at")[:1]), sent),
        business=identity("attendance__merchant"),
    )
    return [
        _source(rows, "reached_at", "attendance__interview__", OF_MERCHANT, distinct="business")
    ]


def pledges(at: datetime) -> list[Source]:
    return [_source(Pledge.objects.all(), "signed_at", "attendance__interview__", OF_MERCHANT)]


def raised(at: datetime) -> list[Source]:
    return [
        _source(Rectification.objects.all(), "raised_at", "attendance__interview__", OF_MERCHANT)
    ]


def verified(at: datetime) -> list[Source]:
    return [
        _source(Rectification.objects.all(), "verified_at", "attendance__interview__", OF_MERCHANT)
    ]
