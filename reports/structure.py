"""What a period looks like inside: when tickets come, how far complaints get, who is complained of, what lies how long."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay
from django.utils.translation import gettext as _

from agency.core.calendar import SHANGHAI
from agency.core.models import Unit
from cases.lifecycle import Kind
from cases.models import Case, Merchant
from cases.models.merchant import identity
from reports.figures import Counting
from reports.indicators import BY_CODE, Indicator

STEPS = ("tickets_received", "cases_accepted", "mediation_ended", "mediation_settled")
MOST = 20
AGES = (7, 30, 60)
"""Days; what is older than the last is a class of its own."""
SHADES = 5


@dataclass(frozen=True)
class Cell:
    """An hour of a weekday; ``shade`` from 0 to SHADES, by the busiest hour."""

    number: int
    shade: int


def heat(counting: Counting) -> list[list[Cell]]:
    """Tickets of the period by weekday, Monday first, and hour in Shanghai."""
    [source] = BY_CODE["tickets_received"].top(counting.at)
    moment = source.moment
    rows = counting.behind(source, counting.period).annotate(
        weekday=ExtractIsoWeekDay(moment, tzinfo=SHANGHAI), hour=ExtractHour(moment, tzinfo=SHANGHAI)
    )  # fmt: skip
    told = rows.order_by().values_list("weekday", "hour").annotate(number=Count("pk"))
    found = {(weekday, hour): number for weekday, hour, number in told}
    most = max(found.values(), default=0)
    return [
        [_cell(found.get((weekday, hour), 0), most) for hour in range(24)]
        for weekday in range(1, 8)
    ]


def _cell(number: int, most: int) -> Cell:
    return Cell(number, -(-number * SHADES // most) if most else 0)


def funnel(counting: Counting) -> list[tuple[Indicator, int, int]]:
    """How many complaints came to each step in the period, and in percent of the first.

    Each step by its own moment: what is settled in the period may have arrived before it.
    """
    numbers = [_complaints(counting, BY_CODE[code]) for code in STEPS]
    first = numbers[0]
    return [
        (BY_CODE[code], number, round(100 * number / first) if first else 0)
        for code, number in zip(STEPS, numbers, strict=True)
    ]


def _complaints(counting: Counting, indicator: Indicator) -> int:
    found = counting.counted(indicator.top, counting.period, "kind")
    return int(found.get(Kind.COMPLAINT, 0))


def merchants(counting: Counting) -> list[tuple[str, int, int]]:
    """Whom most complaints of the period are about, and how many were settled; what counts as one is one."""
    within = counting.period.holds("arrived_at", is_day=False)
    rows = Case.objects.filter(within, _theirs(counting), kind=Kind.COMPLAINT).exclude(
        merchant=None
    )
    settled = Count("pk", filter=Q(result__in=["settled", "performed"]))
    told = rows.annotate(business=identity("merchant")).order_by().values_list("business")
    most = list(
        told.annotate(number=Count("pk"), settled=settled).order_by("-number", "business")[:MOST]
    )
    names = Merchant.objects.in_bulk([business for business, *_numbers in most])
    return [(names[business].name, number, good) for business, number, good in most]


def ages(counting: Counting) -> list[tuple[str, int]]:
    """What lies open now, by the days since it arrived."""
    edges = [counting.at - timedelta(days=days) for days in AGES]
    bounds = list(zip([None, *edges], [*edges, None], strict=True))
    counts = {
        f"class_{place}": Count("pk", filter=_between(before, after))
        for place, (before, after) in enumerate(bounds)
    }
    found = Case.objects.open().filter(_theirs(counting)).order_by().aggregate(**counts)
    return list(zip(_named(), found.values(), strict=True))


def _between(before, after) -> Q:
    """Arrived at ``after`` or later, and earlier than ``before``; None: no bound."""
    bound = Q() if before is None else Q(arrived_at__lt=before)
    return bound if after is None else bound & Q(arrived_at__gte=after)


def _named() -> list[str]:
    first, *_others, last = AGES
    spans = [
        _("%(from)d to %(to)d days") % {"from": a + 1, "to": b}
        for a, b in zip(AGES, AGES[1:], strict=False)
    ]
    return [_("up to %d days") % first, *spans, _("more than %d days") % last]


def _theirs(counting: Counting) -> Q:
    whole = counting.unit.parent_id is None
    return Q() if whole else Q(unit__in=Unit.objects.subtree(counting.unit))
