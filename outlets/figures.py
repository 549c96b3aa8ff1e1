"""What an outlet or firm has done, counted from what was referred to it or came to its counter."""

from datetime import date, datetime, time
from decimal import Decimal

from django.db.models import Count, DecimalField, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from agency.core.calendar import SHANGHAI
from cases.models import Referral
from cases.models.referral import UNSETTLED

NOTHING = Value(Decimal(0), DecimalField(max_digits=14, decimal_places=2))
Outcome = Referral.Outcome


def span(first: date, until: date) -> tuple[datetime, datetime]:
    """From the beginning of ``first`` to the beginning of ``until``, in Shanghai."""
    begin, end = (datetime.combine(day, time(), SHANGHAI) for day in (first, until))
    return begin, end


def by_unit(first: date, until: date, referrals: QuerySet[Referral] | None = None) -> QuerySet:
    """For each unit with any: ``received`` from ``first`` on and before ``until``; of those that
    ended then ``settled``, ``handed_up`` (also by silence, or denied) and ``recovered_amount``.
    """
    rows = Referral.objects.all() if referrals is None else referrals
    begin, end = span(first, until)
    came = Q(referred_at__gte=begin, referred_at__lt=end)
    ended = Q(ended_at__gte=begin, ended_at__lt=end)
    settled = ended & Q(outcome=Outcome.SETTLED)
    unsettled = ended & Q(outcome__in=UNSETTLED)
    return (
        rows.filter(came | ended)
        .values("unit")
        .annotate(
            received=Count("pk", filter=came),
            settled=Count("pk", filter=settled),
            handed_up=Count("pk", filter=unsettled),
            silent=Count("pk", filter=ended & Q(outcome=Outcome.SILENT)),
            recovered_amount=Coalesce(Sum("case__recovered_amount", filter=settled), NOTHING),
        )
        .order_by("unit")
    )


def of(unit_id: int, first: date, until: date) -> dict:
    """The same of one unit, all zero where there was nothing."""
    found = by_unit(first, until, Referral.objects.filter(unit=unit_id)).first()
    nothing = {"received": 0, "settled": 0, "handed_up": 0, "silent": 0}
    return found or {"unit": unit_id, **nothing, "recovered_amount": Decimal(0)}
