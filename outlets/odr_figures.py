"""How ODR enterprises do, counted from what was referred to them; and who is worth inviting.

Source: docs/rules.md, section "ODR enterprises".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from django.conf import settings
from django.db.models import Avg, Count, Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Coalesce

from agency.core import clock
from agency.core.models import Unit, User
from cases.lifecycle import Kind
from cases.models import Case, Merchant, Referral, Result
from cases.models.merchant import identity
from cases.models.referral import UNSETTLED
from outlets.figures import NOTHING, span
from outlets.models import OdrEnterprise
from outlets.odr_lifecycle import OPEN
from outlets.workflow.filing import month_after

Outcome = Referral.Outcome
DAY = timedelta(days=1)
TENTH = Decimal("0.1")
MOST = 50
"""So many merchants are suggested, those with the most complaints first."""


@dataclass(frozen=True)
class Figures:
    """What a firm did in a span of days. Rates are None where nothing ended, ``mean_days`` too.

    ``answered`` of what ended: settled, handed up, or told the consumer something before it ran
    out. ``again``: settled, and the same number complained of the same merchant afterwards.
    """

    received: int = 0
    ended: int = 0
    answered: int = 0
    settled: int = 0
    handed_up: int = 0
    silent: int = 0
    again: int = 0
    recovered_amount: Decimal = Decimal(0)
    mean: timedelta | None = None

    def _share(self, part: int, whole: int) -> Fraction | None:
        return Fraction(part, whole) if whole else None

    @property
    def response_rate(self) -> Fraction | None:
        return self._share(self.answered, self.ended)

    @property
    def settlement_rate(self) -> Fraction | None:
        return self._share(self.settled, self.ended)

    @property
    def again_rate(self) -> Fraction | None:
        return self._share(self.again, self.settled)

    @property
    def mean_days(self) -> Decimal | None:
        """From the referral to its end, to one decimal, halves up."""
        if self.mean is None:
            return None
        return Decimal(self.mean / DAY).quantize(TENTH, ROUND_HALF_UP)


def by_unit(first: date, until: date, units) -> dict[int, Figures]:
    """The figures of each of ``units`` with any, from ``first`` on and before ``until``."""
    begin, end = span(first, until)
    came = Q(referred_at__gte=begin, referred_at__lt=end)
    done = Q(ended_at__gte=begin, ended_at__lt=end)
    settled = done & Q(outcome=Outcome.SETTLED)
    ended = done & Q(outcome__in=[Outcome.SETTLED, *UNSETTLED])
    told = Q(answered_at__isnull=False) | ~Q(outcome=Outcome.SILENT)
    rows = Referral.objects.filter(came | done, unit__in=units).values("unit")
    counted = rows.annotate(
        received=Count("pk", filter=came),
        ended=Count("pk", filter=ended),
        answered=Count("pk", filter=ended & told),
        settled=Count("pk", filter=settled),
        handed_up=Count("pk", filter=done & Q(outcome=Outcome.HANDED_UP)),
        silent=Count("pk", filter=done & Q(outcome=Outcome.SILENT)),
        recovered_amount=Coalesce(Sum("case__recovered_amount", filter=settled), NOTHING),
        mean=Avg(F("ended_at") - F("referred_at"), filter=ended),
    )
    again = _again(Referral.objects.filter(settled, unit__in=units))
    return {
        row.pop("unit"): Figures(**row, again=again.get(unit, 0))
        for row in counted.order_by("unit")
        for unit in [row["unit"]]
    }


def _again(settled) -> dict[int, int]:
    """By unit, after how many of ``settled`` the same number complained of the same merchant."""
    number = "consumer__phone_index"
    later = Case.objects.filter(
        kind=Kind.COMPLAINT, arrived_at__gt=OuterRef("ended_at"),
        **{number: OuterRef(f"case__{number}")},
    )  # fmt: skip
    later = later.exclude(**{number: b""}).annotate(who=identity("merchant"))
    later = later.filter(who=identity("case__merchant", OuterRef))
    rows = settled.filter(Exists(later)).values("unit").annotate(n=Count("pk")).order_by("unit")
    return dict(rows.values_list("unit", "n"))


def of(unit_id: int, first: date, until: date) -> Figures:
    """The same of one unit, all zero where there was nothing."""
    return by_unit(first, until, [unit_id]).get(unit_id, Figures())


def of_a_year(unit_id: int, today: date) -> Figures:
    """Of the twelve months that end with the one ``today`` lies in."""
    until = month_after(today)
    return of(unit_id, until.replace(year=until.year - 1), until)


# -- worth inviting -----------------------------------------------------------------------


@dataclass(frozen=True)
class Invitation:
    """A merchant that settles most of its many complaints: it may as well do so directly."""

    merchant: Merchant
    complaints: int
    ended: int
    settled: int

    @property
    def share(self) -> Fraction:
        return Fraction(self.settled, self.ended)


def worth_inviting(user: User) -> list[Invitation]:
    """Among the merchants of the complaints that ``user`` sees; no firm that is one already.

    Without what was refused or taken back. All names of a merchant count as one.
    """
    since = clock.now() - timedelta(days=settings.ODR_INVITE_DAYS)
    seen = Case.objects.visible_to(user).filter(kind=Kind.COMPLAINT, arrived_at__gt=since)
    seen = seen.exclude(merchant=None).exclude(result__in=[Result.REFUSED, Result.WITHDRAWN])
    good = Q(result__in=[Result.SETTLED, Result.PERFORMED])
    rows = (
        seen.values(who=identity("merchant"))
        .annotate(
            complaints=Count("pk"),
            ended=Count("pk", filter=good | Q(result=Result.FAILED)),
            settled=Count("pk", filter=good),
        )
        .filter(
            complaints__gte=settings.ODR_INVITE_COMPLAINTS,
            ended__gt=0,
            settled__gte=F("ended") * settings.ODR_INVITE_SETTLED / 100.0,
        )
        .exclude(who__in=_firms())
        .order_by("-complaints", "who")
    )
    found = list(rows[:MOST])
    heads = Merchant.objects.in_bulk([row["who"] for row in found])
    return [Invitation(heads[row.pop("who")], **row) for row in found]


def _firms() -> set[int]:
    """As which merchants the firms count that are on the list, by credit code or name."""
    listed = OdrEnterprise.objects.filter(state__in=OPEN).values_list("uscc", "unit__name")
    codes, names = {c for c, _n in listed if c}, {n for _c, n in listed}
    same = Merchant.objects.filter(Q(uscc__in=codes) | Q(name__in=names))
    return set(same.values_list(Coalesce("head", "pk"), flat=True))


def codes_of(units: Iterable[Unit]) -> dict[int, str]:
    """Key of a firm's unit → its credit code, of those that have told it."""
    told = OdrEnterprise.objects.filter(unit__in=units).exclude(uscc="")
    return dict(told.values_list("unit", "uscc"))
