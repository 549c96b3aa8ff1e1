"""Who is this? Cases that may have to do with one another, each with why it was found.

Nothing follows from it by itself: what stands here are factors to be verified. Found is only
what the viewer sees; a report never beside anything else, and never by who sent it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Left
from django.utils.translation import gettext as _

from agency.core import clock
from agency.core.models import User
from cases.lifecycle import Kind, State
from cases.models import Case, Consumer, Merchant, Ticket
from cases.search.words import folded

SHOWN, COUNTED = 3, 99
"""So many cases are shown of each, and counted at most."""
LATELY, YEAR = timedelta(days=30), timedelta(days=365)
COMPARED, READ = 60, 600
"""So many cases' words are compared, as far as so many characters."""
LEAST = 12
"""Of a text shorter than this nothing is concluded."""
SAME, NEARLY = 0.95, 0.6


@dataclass(frozen=True)
class Finding:
    """``why`` in words; ``total`` is capped. ``cases``: the latest of ``every``. ``merchant``: the key
    its list is found by.
    """

    why: str
    total: int
    cases: list[Case]
    every: QuerySet[Case]
    merchant: int | None = None
    aside: list[str] = field(default_factory=list)

    @property
    def more(self) -> int:
        return self.total - len(self.cases)

    def among(self, keys: Iterable[int]) -> set[int]:
        """Which of these cases it is true of, shown or not."""
        shown = {case.pk for case in self.cases}
        rest = set(keys) - shown
        if not (self.more and rest):
            return shown & set(keys)
        return shown | set(self.every.filter(pk__in=rest).values_list("pk", flat=True))


def of_case(case: Case, user: User) -> list[Finding]:
    """What may have to do with ``case``, as far as ``user`` sees it; with what became a report, nothing."""
    if case.became_id:
        return []
    seen = beside(user, case.kind).exclude(pk=case.pk).exclude(merged_into=case)
    persons = citizens(case.consumer, seen)
    rows = [_by(seen, asked, people, case.consumer) for asked, people in persons.items()]
    rows += [_about(seen, case.merchant)] if case.merchant else []
    rows += [alike(case, seen.filter(_near(case, persons)))] if case.kind != Kind.REPORT else []
    return [row for row in rows if row]


def of_numbers(cases: QuerySet[Case], asked: str) -> Finding | None:
    """The same of a number that is being registered; ``cases`` were looked up by it, on record."""
    return found(cases.exclude(kind=Kind.REPORT), WHY[asked]())


def of_merchant(merchant: Merchant, kind: str, user: User) -> Finding | None:
    """The same of a merchant that is being registered."""
    return _about(beside(user, kind), merchant)


def beside(user: User, kind: str) -> QuerySet[Case]:
    """What may stand beside one of this kind: of a report the other reports; beside anything else
    neither a report nor what became one is ever named, for the same words would tell whose it is.
    """
    seen = Case.objects.visible_to(user)
    if kind == Kind.REPORT:
        return seen.filter(kind=kind)
    return seen.filter(became=None).exclude(kind=Kind.REPORT)


WHY = {
    "phone": lambda: _("The same telephone"),
    "id_number": lambda: _("The same identity number"),
    "door": lambda: _("The same address"),
}


def citizens(person: Consumer | None, seen: QuerySet[Case]) -> dict[str, list[Consumer]]:
    """Who came with this telephone, this identity number, from this door, to cases ``seen``."""
    return {
        asked: _who_came(Consumer.objects.filter(**{f"{asked}_index": number}), seen)
        for asked in WHY
        if (number := getattr(person, asked, ""))
    }


def _who_came(people: QuerySet[Consumer], seen: QuerySet[Case]) -> list[Consumer]:
    keys = list(people.values_list("pk", flat=True))
    there = set(seen.filter(consumer__in=keys).values_list("consumer", flat=True))
    linked = Ticket.objects.filter(consumer__in=keys, case__in=seen)
    return list(people.filter(pk__in=there | set(linked.values_list("consumer", flat=True))))


def _by(seen: QuerySet[Case], asked: str, people: list[Consumer], own: Consumer) -> Finding | None:
    names = names_of([own, *people])
    aside = [_("Under %(n)s names.") % {"n": len(names)}] if len(names) > 1 else []
    return found(seen.filter(of_people(people)), WHY[asked](), aside=aside)


def names_of(people: Iterable[Consumer]) -> set[str]:
    return {person.name for person in people if person.name}


def of_people(people: Iterable[Consumer]) -> Q:
    """Of a query: their cases. Told in keys: a join beside the "or" would read every case there is."""
    keys = [person.pk for person in people]
    linked = Ticket.objects.filter(consumer__in=keys).values_list("case", flat=True)
    return Q(consumer__in=keys) | Q(pk__in=list(linked))


def _about(seen: QuerySet[Case], merchant: Merchant) -> Finding | None:
    lately = seen.filter(merchant__in=merchant.same, arrived_at__gt=clock.now() - LATELY)
    return found(lately, _("The same merchant within 30 days"), merchant=merchant.pk)


def found(cases: QuerySet[Case], why: str, **more) -> Finding | None:
    """The latest of ``cases`` and how many there are; None where there is none."""
    latest = cases.select_related("unit", "consumer", "reporter").prefetch_related("tickets")
    shown = list(latest.order_by("-arrived_at", "-pk")[:SHOWN])
    total = len(shown) if len(shown) < SHOWN else cases.order_by()[:COUNTED].count()
    return Finding(why, total, shown, cases, **more) if shown else None


# -- by their words ---------------------------------------------------------------------------


def _near(case: Case, persons: dict[str, list[Consumer]]) -> Q:
    """Whose words are compared at all: the same merchant's cases, the same citizen's, the same door's."""
    near = of_people([person for people in persons.values() for person in people])
    return near | Q(merchant__in=case.merchant.same) if case.merchant else near


def alike(case: Case, near: QuerySet[Case]) -> Finding | None:
    """Those of ``near`` that say the same as ``case``, or nearly so."""
    own = pairs(case.title + case.narrative[:READ])
    if own.total() < LEAST:
        return None
    since = case.arrived_at - YEAR
    others = near.filter(arrived_at__gt=since).exclude(state=State.MERGED)
    told = others.order_by("-arrived_at", "-pk").values_list("pk", "title", Left("narrative", READ))
    likeness = {pk: like(own, pairs(title + text)) for pk, title, text in told[:COMPARED]}
    keys = [pk for pk, share in likeness.items() if share >= NEARLY]
    is_same = all(likeness[pk] >= SAME for pk in keys)
    why = _("The same words") if is_same else _("Nearly the same words")
    return found(Case.objects.filter(pk__in=keys), why) if keys else None


def pairs(text: str) -> Counter[str]:
    """Each two neighbouring characters, as often as they stand there."""
    plain = "".join(filter(str.isalnum, folded(text)))
    return Counter(plain[n : n + 2] for n in range(len(plain) - 1))


def like(one: Counter[str], other: Counter[str]) -> float:
    """What share of their pairs two texts have in common (Dice)."""
    both = one.total() + other.total()
    return 2 * (one & other).total() / both if both else 0.0
