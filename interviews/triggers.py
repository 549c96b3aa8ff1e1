"""Signals: which merchants' and trades' complaints call for an interview, with the cases behind each.

The rules are rows of interviews/data/triggers.csv; what each measures stands here. Left out of the
count are complaints that were refused, taken back, or with a factor of Order 121 §17: both counts are
told. What an interview was held on already is not counted again.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.utils.translation import get_language

from agency.core import clock
from agency.core.models import User
from cases.lifecycle import Kind
from cases.models import Case, CaseEvent, Category, Decision, Merchant, MerchantMerge, Result
from cases.models.merchant import identity
from interviews.lifecycle import State
from interviews.models import Attendance, Interview

FILE = Path(__file__).parent / "data" / "triggers.csv"
MOST = 50
"""So many merchants are suggested by one rule, those with the most first."""
A_TIME = 100
"""So many merchants are looked at at once."""
MOST_CASES = 100
"""So many cases are named behind a suggestion, the newest first."""
CHAIN = 3
"""A chain is suggested at so many times the number, or where one of its branches reaches it alone."""
UNCOUNTED = (Result.REFUSED, Result.WITHDRAWN)
LEFT_OUT = Q(result__in=UNCOUNTED)
STAYED_AWAY = "T2"
"""The ground of Order 121 §23: did not come without a reason, or refused."""


@dataclass(frozen=True)
class Trigger:
    """A rule: so much of a measure within so many days. ``among``: only among so many at least."""

    code: str
    name_zh: str
    name_en: str
    measure: str
    at_least: int
    days: int
    among: int
    problems: tuple[str, ...]
    basis: str

    @property
    def name(self) -> str:
        return self.name_en if (get_language() or "zh").startswith("en") else self.name_zh


@dataclass(frozen=True)
class Suggestion:
    """What calls for an interview: of one merchant, or of a trade's merchants with the most."""

    trigger: Trigger
    merchants: list[Merchant]
    trade: Category | None
    counted: int
    found: int
    """With what was left out of the count."""
    cases: list[str]


@cache
def read() -> tuple[Trigger, ...]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(_trigger(row) for row in csv.DictReader(file))


def _trigger(row: dict[str, str]) -> Trigger:
    numbers = {name: int(row.pop(name)) for name in ("at_least", "days", "among")}
    return Trigger(problems=tuple(row.pop("problems").split()), **numbers, **row)


def suggestions(user: User) -> list[Suggestion]:
    """What ``user`` sees complaints of, by the rules in the order of their file."""
    at, found = clock.now(), []
    for trigger in read():
        found += MEASURES[trigger.measure](trigger, user, at)
    return found


def _complaints(trigger: Trigger, user: User, since: datetime) -> QuerySet[Case]:
    """The complaints of the window, of whichever merchant, as ``user`` may see them."""
    seen = Case.objects.visible_to(user).filter(kind=Kind.COMPLAINT, arrived_at__gt=since)
    seen = seen.filter(merchant__isnull=False)
    return seen.filter(problem__code__in=trigger.problems) if trigger.problems else seen


def _excused(rows: QuerySet[Case]) -> QuerySet[Case]:
    """Without what does not count against anybody."""
    return rows.exclude(LEFT_OUT).exclude(_weighed())


def _weighed() -> Exists:
    """Whether a case was decided on with a factor of §17."""
    return Exists(Decision.objects.filter(case=OuterRef("pk")).exclude(factors=[]))


# -- of merchants -------------------------------------------------------------------------


def _by_merchant(trigger: Trigger, user: User, at: datetime, which: Q) -> list[Suggestion]:
    """Merchants with ``at_least`` complaints of the window that are ``which``."""
    rows = _complaints(trigger, user, at - timedelta(days=trigger.days)).filter(which)
    counts = rows.exclude(LEFT_OUT).order_by().values(who=identity("merchant"))
    likely = counts.annotate(n=Count("pk")).filter(n__gte=trigger.at_least)
    return _sifted(trigger, list(likely.values_list("who", "n")), rows)


def _sifted(
    trigger: Trigger, likely: list[tuple[int, int]], rows: QuerySet[Case]
) -> list[Suggestion]:
    """Of the likely merchants, each with at most how many, those with the most once what is left out is.

    Those with the most come first, and are gone through until no other can have more: of ten
    thousand that may reach the number only a few are looked at.
    """
    likely.sort(key=lambda pair: -pair[1])
    found: list[Suggestion] = []
    for first in range(0, len(likely), A_TIME):
        if len(found) >= MOST and found[MOST - 1].counted >= likely[first][1]:
            break
        found += _looked_at(trigger, [who for who, _n in likely[first : first + A_TIME]], rows)
        found.sort(key=lambda suggestion: -suggestion.counted)
    return found[:MOST]


def _looked_at(trigger: Trigger, some: list[int], behind: QuerySet[Case]) -> list[Suggestion]:
    heads = Merchant.objects.in_bulk(some)
    behind = behind.filter(_counts_as(heads)).annotate(who=identity("merchant"))
    told = behind.annotate(weighed=_weighed()).order_by("-arrived_at")
    settled, chains = _interviewed(heads), _chains(heads)
    of: dict[int, list[tuple]] = defaultdict(list)
    for who, at, *case in told.values_list(
        "who", "arrived_at", "no", "merchant", "result", "weighed"
    ):
        if who not in settled or at > settled[who]:
            of[who].append(case)
    found = [_suggestion(trigger, heads[who], cases, who in chains) for who, cases in of.items()]
    return list(filter(None, found))


def _counts_as(heads: Iterable[int]) -> Q:
    """By keys that the index of merchants is asked for, and no expression over all of them."""
    members = Merchant.objects.filter(Q(pk__in=heads) | Q(head__in=heads))
    return Q(merchant__in=list(members.values_list("pk", flat=True)))


def _suggestion(
    trigger: Trigger, head: Merchant, cases: list[tuple], is_chain: bool
) -> Suggestion | None:
    mine = [
        (no, merchant) for no, merchant, result, weighed in cases if not weighed and result not in UNCOUNTED
    ]  # fmt: skip
    alone = max(Counter(merchant for _no, merchant in mine).values(), default=0)
    needed = trigger.at_least * (CHAIN if is_chain and alone < trigger.at_least else 1)
    if len(mine) < needed:
        return None
    numbers = [no for no, _merchant in mine[:MOST_CASES]]
    return Suggestion(trigger, [head], None, len(mine), len(cases), numbers)


def _interviewed(heads: Iterable[int]) -> dict[int, datetime]:
    """Since when each was called in last: what came before is not gone through twice."""
    rows = Attendance.objects.exclude(interview__state=State.REJECTED)
    rows = rows.annotate(who=identity("merchant")).filter(who__in=list(heads))
    return dict(rows.values("who").values_list("who", Max("interview__proposed_at")))


def _chains(heads: Iterable[int]) -> set[int]:
    """Those with branches that count as one with them."""
    merged = MerchantMerge.objects.filter(
        into__in=list(heads), relation=MerchantMerge.Relation.BRANCH, parting=None
    )
    return set(merged.values_list("into", flat=True))


def _counted(trigger: Trigger, user: User, at: datetime) -> list[Suggestion]:
    return _by_merchant(trigger, user, at, Q())


def _no_shows(trigger: Trigger, user: User, at: datetime) -> list[Suggestion]:
    stayed = Decision.objects.filter(kind=Decision.Kind.TERMINATED, ground=STAYED_AWAY)
    return _by_merchant(trigger, user, at, Q(pk__in=stayed.values("case")))


def _broken(trigger: Trigger, user: User, at: datetime) -> list[Suggestion]:
    broken = CaseEvent.objects.filter(kind=CaseEvent.Kind.NOT_PERFORMED)
    since = at - timedelta(days=trigger.days)
    return _by_merchant(trigger, user, at, Q(pk__in=broken.filter(at__gt=since).values("case")))


def _failing(trigger: Trigger, user: User, at: datetime) -> list[Suggestion]:
    """Merchants of whose ended mediations too many came to nothing: ``at_least`` in percent."""
    rows = _complaints(trigger, user, at - timedelta(days=trigger.days))
    ended = rows.filter(result__in=[Result.SETTLED, Result.PERFORMED, Result.FAILED])
    shares = ended.values(who=identity("merchant")).annotate(
        n=Count("pk"), failed=Count("pk", filter=Q(result=Result.FAILED))
    )
    likely = shares.filter(n__gte=trigger.among, failed__gt=F("n") * trigger.at_least / 100)
    least = Trigger(**{**vars(trigger), "at_least": 1})
    failed = ended.filter(result=Result.FAILED)
    found = _sifted(least, list(likely.values_list("who", "failed")), failed)
    return [Suggestion(trigger, s.merchants, None, s.counted, s.found, s.cases) for s in found]


# -- of trades ----------------------------------------------------------------------------


def _growth(trigger: Trigger, user: User, at: datetime) -> list[Suggestion]:
    """Trades whose complaints of the window are ``at_least`` times those of the one before."""
    span = timedelta(days=trigger.days)
    rows = _complaints(trigger, user, at - 2 * span).filter(category__isnull=False)
    now = Q(arrived_at__gt=at - span)
    counts = rows.values("category").annotate(
        n=Count("pk", filter=now), before=Count("pk", filter=~now)
    )
    grown = counts.filter(n__gte=F("before") * trigger.at_least, before__gt=0).filter(
        n__gte=trigger.among
    )
    trades = Category.objects.in_bulk(list(grown.values_list("category", flat=True)))
    return [_of_trade(trigger, trade, rows.filter(now)) for trade in trades.values()]


def _of_trade(trigger: Trigger, trade: Category, rows: QuerySet[Case]) -> Suggestion:
    mine = rows.filter(category=trade)
    counted = _excused(mine)
    most = counted.values(who=identity("merchant")).annotate(n=Count("pk")).order_by("-n", "who")
    heads = Merchant.objects.in_bulk(list(most.values_list("who", flat=True)[:MOST]))
    numbers = list(counted.order_by("-arrived_at").values_list("no", flat=True)[:MOST_CASES])
    return Suggestion(trigger, list(heads.values()), trade, counted.count(), mine.count(), numbers)


MEASURES: dict[str, Callable[[Trigger, User, datetime], list[Suggestion]]] = {
    "complaints": _counted,
    "failed_percent": _failing,
    "no_shows": _no_shows,
    "broken": _broken,
    "growth": _growth,
}
"""What a rule counts."""

KIND = {True: Interview.Kind.COLLECTIVE, False: Interview.Kind.INDIVIDUAL}
"""Whether a trade is called in, or one merchant."""
