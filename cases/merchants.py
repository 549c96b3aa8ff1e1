"""One business, one row: what was said of a merchant finds the row it means."""

from collections.abc import Iterable
from operator import itemgetter

from django.db.models import Exists, OuterRef, QuerySet

from agency.core.models import User
from cases.models import Case, Merchant, MerchantMerge, MerchantSearch
from cases.search import names


def key_of(data: dict | None) -> tuple[str, str] | None:
    """What makes two mentions one merchant: the credit code, else the name."""
    if not data:
        return None
    return ("uscc", data["uscc"]) if data.get("uscc") else ("name", data["name"])


def find_or_add(mentions: Iterable[dict | None]) -> dict:
    """Key → Merchant for every mention. Looks first: a burst is usually about one merchant.

    New ones are added in one order everywhere: two batches never wait for each other in a ring.
    """
    wanted = {key_of(data): data for data in mentions if data}
    found = _find(wanted)
    missing = [
        Merchant(**{name: value or "" for name, value in data.items()})
        for key, data in sorted(wanted.items(), key=itemgetter(0))
        if key not in found
    ]
    if missing:
        Merchant.objects.bulk_create(missing, ignore_conflicts=True)
        found = _find(wanted)
    return found


def _find(wanted: Iterable[tuple[str, str]]) -> dict:
    codes = [value for kind, value in wanted if kind == "uscc"]
    names = [value for kind, value in wanted if kind == "name"]
    by_code = Merchant.objects.filter(uscc__in=codes) if codes else ()
    by_name = Merchant.objects.filter(uscc="", name__in=names) if names else ()
    return {("uscc", m.uscc): m for m in by_code} | {("name", m.name): m for m in by_name}


def meant(name: str, uscc: str) -> Merchant | None:
    """Which merchant a registration that is being typed would find, or one written like it."""
    if uscc and (coded := Merchant.objects.filter(uscc=uscc).first()):
        return coded
    exact = Merchant.objects.filter(name=name).order_by("-uscc", "pk").first() if name else None
    core = names.of(name).core
    if exact or not core:
        return exact
    alike = MerchantSearch.objects.filter(core=core, is_stale=False).select_related("merchant")
    return next((row.merchant for row in alike.order_by("pk")[:1]), None)


def seen_by(user: User) -> QuerySet[Merchant]:
    """Merchants that a case names which ``user`` sees, or that one counts as."""
    cases = Case.objects.visible_to(user)
    named = Exists(cases.filter(merchant=OuterRef("pk")))
    counted = Exists(cases.filter(merchant__head=OuterRef("pk")))
    return Merchant.objects.filter(named | counted)


def codes_of(head: Merchant) -> set[str]:
    """The credit codes of what was found to be this very business; its branches have their own."""
    apart = MerchantMerge.objects.filter(
        into__in=head.same, relation=MerchantMerge.Relation.BRANCH, parting=None
    )
    branches = {pk for moved in apart.values_list("moved", flat=True) for pk in moved}
    rows = head.same.exclude(pk__in=branches).exclude(uscc="")
    return set(rows.values_list("uscc", flat=True))
