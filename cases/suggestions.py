"""Unit and category, proposed with the reason; a person chooses, and what they chose is kept.

Nothing of it is asked while a ticket comes in by machine: only a form that somebody looks at asks.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from agency.core import clock
from agency.core.models import Unit, User
from cases.earlier import beside, like, pairs
from cases.models import Case, Category, Merchant, Suggestion
from cases.search.words import folded

Source, What = Suggestion.Source, Suggestion.What

YEAR = timedelta(days=365)
READ = 1000
"""So many of a merchant's latest cases speak; and so many titles are compared."""
LEAST, MAJORITY = 3, 0.5
"""Fewer cases say nothing, nor do as many for one as for the others."""
NEAREST, ALIKE = 7, 0.35
"""As many cases vote whose titles are most like it, if they are so much."""
SHORTEST = 3
"""A title of fewer pairs of characters says nothing."""


@dataclass(frozen=True)
class Proposal:
    """``target``: a unit or a category; ``why`` in words."""

    what: str
    source: str
    target: Unit | Category
    why: str

    @property
    def code(self) -> str:
        """As a form sends it back."""
        return f"{self.what}:{self.source}:{self.target.code}"


@dataclass(frozen=True)
class Told:
    """What is known so far of a case that is registered or dispatched."""

    kind: str
    title: str = ""
    place: str = ""
    merchant: Merchant | None = None


def of(told: Told, user: User, *whats: str) -> list[Proposal]:
    """What may be proposed of ``whats``, by what ``user`` sees; one of each source at most."""
    seen = beside(user, told.kind)
    found = []
    if What.UNIT in whats:
        found += [*_by_place(told.place, user), *_unit_by_merchant(told.merchant, seen, user)]
    if What.CATEGORY in whats:
        found += [*_category_by_merchant(told.merchant, seen), *_by_words(told.title, seen)]
    return found


def of_case(case: Case, user: User) -> list[Proposal]:
    """Where a case that waits for its dispatch may belong."""
    place = case.merchant_address
    return of(Told(case.kind, place=place, merchant=case.merchant), user, What.UNIT)


def keep(case: Case, shown: Iterable[str], *, by: User) -> None:
    """Put down what was shown to ``by``, beside what they chose; what they left open is none."""
    codes = list(dict.fromkeys(shown))[: len(What) * len(Source)]
    rows = [row for code in codes if (row := _row(case, code, by))]
    Suggestion.objects.bulk_create(rows)


def _row(case: Case, code: str, by: User) -> Suggestion | None:
    what, source, target = (*code.split(":"), "", "", "")[:3]
    if source not in Source or what not in What:
        return None
    model = Unit if what == What.UNIT else Category
    proposed = model.objects.filter(code=target[:40].replace("\0", "")).first()
    chosen = case.category if what == What.CATEGORY else case.unit if case.unit.parent_id else None
    if proposed is None or chosen is None:
        return None
    told = {what: proposed, f"chosen_{what}": chosen}
    return Suggestion(case=case, what=what, source=source, by=by, at=clock.now(), **told)


# -- the unit ---------------------------------------------------------------------------------


def _by_place(place: str, user: User) -> Iterator[Proposal]:
    """The longest word of an address that lies in one unit alone, where that is the user's to name."""
    told = folded(place)
    areas = Unit.objects.exclude(areas=[]) if told else ()
    named = [(word, unit) for unit in areas for word in unit.areas if folded(word) in told]
    longest = max((len(word) for word, _unit in named), default=0)
    best = {unit: word for word, unit in named if len(word) == longest}
    if len(best) == 1:
        [(unit, word)] = best.items()
        if unit.path.startswith(user.unit.path):
            why = _("The address names %(word)s, which lies in %(unit)s.")
            yield Proposal(What.UNIT, Source.ADDRESS, unit, why % {"word": word, "unit": unit.name})


def _unit_by_merchant(
    merchant: Merchant | None, seen: QuerySet[Case], user: User
) -> Iterator[Proposal]:
    sent = seen.exclude(unit__parent=None)
    if found := _usual(_lately(merchant, sent), "unit"):
        key, most, total = found
        unit = Unit.objects.subtree(user.unit).filter(pk=key).first()
        if unit and not unit.is_external:
            why = _("Of this merchant's %(total)s cases within a year, %(most)s went to %(unit)s.")
            told = {"total": total, "most": most, "unit": unit.name}
            yield Proposal(What.UNIT, Source.MERCHANT, unit, why % told)


def _lately(merchant: Merchant | None, cases: QuerySet[Case]) -> QuerySet[Case]:
    if merchant is None:
        return cases.none()
    return cases.filter(merchant__in=merchant.same, arrived_at__gt=clock.now() - YEAR)


def _usual(cases: QuerySet[Case], field: str) -> tuple[int, int, int] | None:
    """What most of the latest of ``cases`` have there: its key, how many, of how many."""
    keys = cases.exclude(**{field: None}).order_by("-arrived_at").values_list(field, flat=True)
    return _majority(list(keys[:READ]))


def _majority(keys: list[int]) -> tuple[int, int, int] | None:
    if len(keys) < LEAST:
        return None
    [(key, most)] = Counter(keys).most_common(1)
    return (key, most, len(keys)) if most / len(keys) > MAJORITY else None


# -- the category -----------------------------------------------------------------------------


def _category_by_merchant(merchant: Merchant | None, seen: QuerySet[Case]) -> Iterator[Proposal]:
    if found := _usual(_lately(merchant, seen), "category"):
        why = _("Of this merchant's %(total)s cases within a year, %(most)s are of this category.")
        yield from _category(found, Source.MERCHANT, why)


def _by_words(title: str, seen: QuerySet[Case]) -> Iterator[Proposal]:
    """By the vote of those whose titles are most like this one."""
    own = pairs(title)
    if own.total() < SHORTEST:
        return
    told = seen.exclude(category=None).order_by("-arrived_at", "-pk")
    rated = [
        (like(own, pairs(text)), key) for key, text in told.values_list("category", "title")[:READ]
    ]
    nearest = sorted((pair for pair in rated if pair[0] >= ALIKE), reverse=True)[:NEAREST]
    if found := _majority([key for _share, key in nearest]):
        why = _("Of %(total)s earlier cases with similar words, %(most)s are of this category.")
        yield from _category(found, Source.WORDS, why)


def _category(found: tuple[int, int, int], source: str, why: str) -> Iterator[Proposal]:
    key, most, total = found
    category = Category.objects.filter(pk=key, is_active=True).first()
    if category:
        yield Proposal(What.CATEGORY, source, category, why % {"most": most, "total": total})
