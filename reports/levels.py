"""Quantities that are no rows of the period: how many were in post, and how many of them trained."""

from decimal import Decimal
from fractions import Fraction

from django.db.models import Q, QuerySet, Sum

from reports.models import Staffing
from reports.periods import Period


def _of(period: Period, units: Q) -> QuerySet:
    first = period.from_on.replace(day=1)
    return Staffing.objects.filter(units, month__gte=first, month__lte=period.to_on)


def persons(period: Period, units: Q) -> Fraction | None:
    """Average persons in post over the months that are given; None where none is."""
    months = _of(period, units).values_list("month").annotate(there=Sum("persons")).order_by()
    counted = [Fraction(there) for _month, there in months]
    return sum(counted) / len(counted) if counted else None


def _latest(period: Period, units: Q) -> tuple[Decimal | None, Decimal | None]:
    """Law-trained, and of how many, in the last month of the period that says so."""
    known = _of(period, units).exclude(law_trained=None)
    month = known.order_by("-month").values_list("month", flat=True).first()
    found = known.filter(month=month).aggregate(trained=Sum("law_trained"), there=Sum("persons"))
    return found["trained"], found["there"]


def law_trained(period: Period, units: Q) -> Fraction | None:
    trained = _latest(period, units)[0]
    return None if trained is None else Fraction(trained)


def of_whom(period: Period, units: Q) -> Fraction | None:
    there = _latest(period, units)[1]
    return None if there is None else Fraction(there)
