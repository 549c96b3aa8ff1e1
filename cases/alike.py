"""Which merchants may be one business, and why one may think so. Nobody is merged by it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Reverse
from django.utils.translation import gettext as _

from agency.core.models import User
from cases import merchants
from cases.models import Case, Merchant, MerchantSearch
from cases.models.merchant import identity

MOST = 20
DISTINCT = 4
"""A name of so many characters, found within another, says something."""
CALLED = 500
"""So many of a merchant's latest cases are read for its telephones."""


@dataclass(frozen=True)
class Likeness:
    """A merchant that may be the one looked at; ``reasons`` in words to be verified."""

    merchant: Merchant
    reasons: list[str]


def alike(merchant: Merchant, user: User) -> list[Likeness]:
    """Merchants ``user`` knows of that may be the same business, or a branch of it."""
    own = list(MerchantSearch.objects.filter(merchant__in=merchant.same).exclude(core=""))
    if not own:
        return []
    rows = MerchantSearch.objects.alias(turned=Reverse("core")).exclude(core="")
    near = rows.filter(_near({row.core for row in own}), is_stale=False)
    seen = merchants.seen_by(user).exclude(pk__in=merchant.same)
    found = near.filter(merchant__in=seen).select_related("merchant__head").order_by("pk")[:MOST]
    phones = _phones([merchant, *(row.merchant for row in found)], user)
    return [
        Likeness(row.merchant, [*_by_name(own, row), *_by_code(merchant, row), *_by_phone(phones, merchant, row)])
        for row in found
    ]  # fmt: skip


def with_twins(rows: QuerySet[Merchant], user: User) -> QuerySet[Merchant]:
    """Those of ``rows`` whose name, but for its form, is also that of one counted apart, as far as
    ``user`` knows of that one.
    """
    mine = MerchantSearch.objects.filter(pk=OuterRef("pk"))
    known = MerchantSearch.objects.filter(merchant__in=merchants.seen_by(user))
    others = known.alias(one=identity("merchant"))
    twins = others.filter(core=OuterRef("core")).exclude(
        one=Coalesce(OuterRef("head"), OuterRef("pk"))
    )
    return rows.alias(core=Subquery(mine.values("core"))).exclude(core="").filter(Exists(twins))


def _near(cores: set[str]) -> Q:
    """The same core, or one that ends with the other: a town's name often stands before it."""
    found = Q(core__in=cores)
    for core in cores:
        if len(core) >= DISTINCT:
            found |= Q(core__in=[core[n:] for n in range(len(core) - DISTINCT + 1)])
            found |= Q(turned__startswith=core[::-1])
    return found


def _by_name(own: list[MerchantSearch], other: MerchantSearch) -> Iterable[str]:
    same = [row for row in own if row.core == other.core]
    if not same:
        yield _("One name ends with the other: %(core)s.") % {
            "core": min(own[0].core, other.core, key=len)
        }
    elif other.branch:
        yield _("By its name a branch: %(branch)s.") % {"branch": other.branch}
    elif branch := next((row.branch for row in same if row.branch), ""):
        yield _("By its name this one is a branch (%(branch)s): merge it on the other's page.") % {
            "branch": branch
        }
    else:
        yield _("The same name but for brackets, blanks and legal form.")


def _by_code(merchant: Merchant, other: MerchantSearch) -> Iterable[str]:
    codes = {code for code in (merchant.uscc, other.merchant.uscc) if code}
    if len(codes) > 1:
        yield _("Another credit code: not the same business, but perhaps its branch.")
    elif codes:
        yield _("Only one of them was named with a credit code.")


def _by_phone(
    phones: dict[int, set[str]], merchant: Merchant, other: MerchantSearch
) -> Iterable[str]:
    if shared := phones[merchant.pk] & phones[other.merchant_id]:
        yield _("Cases of both give the telephone %(phone)s.") % {"phone": min(shared)}


def _phones(named: list[Merchant], user: User) -> dict[int, set[str]]:
    """The telephones that the latest cases ``user`` sees give of each."""
    cases = Case.objects.visible_to(user).filter(merchant__in=named).exclude(merchant_phone="")
    found: dict[int, set[str]] = defaultdict(set)
    for merchant, phone in cases.order_by("-pk").values_list("merchant", "merchant_phone")[:CALLED]:
        found[merchant].add(phone)
    return found
