"""Asking: which of somebody's cases a text finds."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

from agency.core import clock
from agency.core.errors import Invalid
from agency.core.text import LONG_NUMBER, clean
from cases.models import Case, CaseSearch, Channel, Merchant, MerchantSearch, Ticket
from cases.models.search import grams
from cases.search import index, names, sound
from cases.search.words import Words, folded

LENGTH = 100
MOST = 1000
"""As many cases are found, the newest; beyond, one adds a word."""
FEW = 2 * MOST
"""As many keys are put in order at once, with what the list asks beside."""
SAMPLE, COMMON = 300, 9
"""A word in so many of the newest cases is common: below, all of its cases are quickly sorted."""
MERCHANTS = 200
"""As many merchants may sound alike."""


class TooSlow(Invalid):
    """The search was ended; what to do about it, in a sentence."""

    def __init__(self) -> None:
        sentence = _("This search takes too long: add a word, or narrow the list first.")
        super().__init__({"search": [sentence]})

    def __str__(self) -> str:
        return self.errors["search"][0]


def among(cases: QuerySet[Case], text: str, *, since: datetime | None = None) -> QuerySet[Case]:
    """Those of ``cases`` with ``text``: the newest MOST, where it is found often, or whose number it is.

    ``cases`` bounds the search: scope and filters belong into it. By words is found what arrived
    after ``since`` (else within the last SEARCH_MONTHS) or is still open. Raises TooSlow.
    """
    text = clean(text)[:LENGTH]
    numbered = set(_numbered(text))
    wanted = Words.of(text)
    if not wanted.grams:
        return _of(cases, numbered)
    within = cases.filter(Q(arrived_at__gte=since or default_since()) | Q(closed_at=None))
    found = {*_worded(within, wanted), *_sounding(within, text)}
    found.update(pk for pk, told in index.waiting().items() if wanted.are_in(told))
    if not numbered:
        return _of(within, found)
    return _of(cases, numbered.union(_newest(_of(within, found))))


def _of(rows: QuerySet, keys: set[int]) -> QuerySet:
    """Those of ``rows``. The keys go as one array: a thousand by themselves take longer to plan than to find."""
    if not keys:
        return rows.none()
    key = rows.model._meta.pk
    return rows.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", [list(keys)], key))  # noqa: S611 – no text of anybody's in it


def default_since() -> datetime:
    return clock.now() - timedelta(days=settings.SEARCH_MONTHS * 365 // 12)


def hint(text: str) -> str:
    """Why a search may find less than somebody expects; "" where it may not."""
    text = clean(text)
    if LONG_NUMBER.search(text):
        return _(
            "A number of five digits or more is looked for as the number of a case or ticket only."
        )
    if text and not Words.of(text).grams:
        return _("Type two characters or more: a single one finds numbers only.")
    return ""


# -- the parts ----------------------------------------------------------------------------


def _numbered(text: str) -> Iterable[int]:
    """Cases whose own number this is, or a ticket's, or the platform's."""
    by_platform = Ticket.objects.filter(channel__in=Channel.objects.values("pk"), external_no=text)
    own = Case.objects.filter(no=text).values_list("pk", flat=True)
    tickets = (Ticket.objects.filter(no=text), by_platform)
    return own.union(*(found.values_list("case", flat=True) for found in tickets))


def _worded(cases: QuerySet[Case], wanted: Words) -> list[int]:
    """Cases with the words: where the index knows few, all of them, whoever may see them; else the
    newest of ``cases``. What half the texts say is read in the order it is wanted in, until enough
    is found: the index would bring all of it first.
    """
    if _is_common(wanted):
        beside = _saying(CaseSearch.objects.filter(pk=OuterRef("pk")), wanted)
        held = beside.values(is_there=Value(True))
        return _newest(cases.alias(holds=Subquery(held)).filter(holds=True))
    indexed = CaseSearch.objects.alias(grams=grams("words")).filter(grams__contains=wanted.grams)
    rows = _saying(indexed, wanted, all_parts=False).values_list("pk", flat=True)
    few = _in_time(rows[: FEW + 1])
    return few if len(few) <= FEW else _newest(cases.filter(pk__in=rows))


def _is_common(wanted: Words) -> bool:
    said = Q(*(Q(words__contains=part) for part in wanted.parts), is_stale=False)
    newest = CaseSearch.objects.order_by("-pk")[:SAMPLE]
    return newest.aggregate(n=Count("pk", filter=said))["n"] >= COMMON


def _saying(rows: QuerySet, wanted: Words, *, all_parts: bool = True) -> QuerySet:
    """Rows that hold each part; the index finds two characters exactly, and needs no reading."""
    for part in wanted.parts:
        if all_parts or len(part) != 2:
            rows = rows.filter(words__contains=part)
    return rows.filter(is_stale=False)


def _sounding(cases: QuerySet[Case], typed: str) -> list[int]:
    """Cases of merchants whose name sounds so."""
    merchants = sounding(typed)
    return _newest(cases.filter(merchant__in=merchants)) if merchants else []


def sounding(typed: str) -> list[int]:
    """Merchants whose name sounds like ``typed``; none where it is no sound."""
    typed = folded(typed)
    if not sound.is_sound(typed):
        return []
    rows = MerchantSearch.objects.filter(is_stale=False).alias(grams=grams("initials"))
    alike = Q()
    for initials in sound.initials_of(typed):
        pairs = [initials[n : n + 2] for n in range(len(initials) - 1)]
        alike |= Q(grams__contains=pairs) if pairs else Q(syllables__contains=f" {typed}")
    rows = rows.filter(alike, syllables__regex=sound.pattern_of(typed))
    return list(rows.values_list("pk", flat=True)[:MERCHANTS])


# -- merchants ----------------------------------------------------------------------------


def merchants_among(merchants: QuerySet[Merchant], text: str) -> QuerySet[Merchant]:
    """Those of ``merchants`` whose credit code it is, or whose name holds it or sounds so: the newest
    MOST by name, read from what is kept beside them, never row by row.
    """
    text = clean(text)[:LENGTH]
    wanted = Words(tuple(filter(None, (names.of(word).core for word in text.split()))))
    found = set(sounding(text))
    found.update(
        merchants.filter(uscc=folded(text).upper()).exclude(uscc="").values_list("pk", flat=True)
    )
    if wanted.grams:
        kept = MerchantSearch.objects.alias(grams=grams("core")).filter(
            grams__contains=wanted.grams
        )
        named = merchants.filter(pk__in=_written(kept, wanted).values("pk")).order_by("-pk")
        found.update(named.values_list("pk", flat=True)[:MOST])
        fresh = MerchantSearch.objects.filter(is_stale=True).order_by("-pk")[: index.WAITING]
        told = fresh.values_list("pk", "merchant__name")
        found.update(pk for pk, name in told if wanted.are_in(names.of(name).core))
    return _of(merchants, found)


def _written(rows: QuerySet, wanted: Words) -> QuerySet:
    for part in wanted.parts:
        rows = rows.filter(core__contains=part)
    return rows.filter(is_stale=False)


BOUNDS = "SET LOCAL statement_timeout = %d; SET LOCAL max_parallel_workers_per_gather = 0"
"""No helpers: to start them takes longer than what they would help with."""


def _newest(cases: QuerySet[Case]) -> list[int]:
    return _in_time(cases.order_by("-arrived_at", "-pk").values_list("pk", flat=True)[: MOST + 1])


def _in_time(keys: QuerySet) -> list[int]:
    """These, as far as the time for it goes."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(BOUNDS % settings.SEARCH_TIMEOUT_MS)
            return list(keys)
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow from error
        raise
