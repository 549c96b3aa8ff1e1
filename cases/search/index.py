"""Filling what is searched: the rows are the queue, and any number of workers may take from it.

Done after every good sweep, for a tenth of a second at most (cases/apps.py); all at once by
``manage.py index_cases``. What waits is searched all the same, as far as ``waiting`` reaches.
"""

import time
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Prefetch

from cases.models import Case, CaseSearch, Merchant, MerchantSearch, Ticket
from cases.others import know_others
from cases.search import names, sound, words

AT_ONCE = 50
BUDGET = 0.1
"""Seconds between two sweeps that go into the index."""
WAITING = 100
"""As many cases are searched though they are not indexed yet: the newest."""


def index_pending() -> int:
    """Index what is new, newest first, as far as the budget goes; how many rows."""
    until, done = time.monotonic() + BUDGET, 0
    while time.monotonic() < until and (step := index_some()):
        done += step
    return done


def index_some(most: int = AT_ONCE) -> int:
    """One transaction's worth; 0 when nothing is left that nobody else has in hand."""
    return _index_merchants(most) + _index_cases(most)


@transaction.atomic
def _index_cases(most: int) -> int:
    rows = _taken(CaseSearch.objects.order_by("-case"), most)
    told = told_of([row.case_id for row in rows])
    for row in rows:
        row.words, row.is_stale = told[row.case_id], False
    _write(CaseSearch, rows, "case", "words")
    return len(rows)


@transaction.atomic
def _index_merchants(most: int) -> int:
    rows = _taken(MerchantSearch.objects.order_by("-merchant"), most)
    named = dict(Merchant.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", "name"))
    for row in rows:
        row.syllables, row.initials = sound.of(named[row.pk])
        name = names.of(named[row.pk])
        row.core, row.branch, row.is_stale = name.core, name.branch, False
    _write(MerchantSearch, rows, "merchant", "syllables", "initials", "core", "branch")
    return len(rows)


def _taken(rows, most: int) -> list:
    return list(rows.filter(is_stale=True).select_for_update(skip_locked=True, no_key=True)[:most])


def _write(model, rows: list, key: str, *fields: str) -> None:
    if rows:
        model.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=[key], update_fields=[*fields, "is_stale"]
        )


def waiting() -> dict[int, str]:
    """The words of the newest cases that are not indexed yet, by the case's key."""
    stale = CaseSearch.objects.filter(is_stale=True).order_by("-case")
    return told_of(list(stale.values_list("pk", flat=True)[:WAITING]))


def repair(after: int = 0, most: int = 500) -> tuple[int, int, int]:
    """Compare so many rows after this case with what they should say, and mend those that differ.

    The last case compared (0 at the end), how many were compared, how many were mended.
    """
    with transaction.atomic():
        rows = CaseSearch.objects.filter(pk__gt=after).order_by("pk")
        rows = list(rows.select_for_update(no_key=True)[:most])
        told = told_of([row.pk for row in rows])
        wrong = [row for row in rows if row.is_stale or row.words != told[row.pk]]
        for row in wrong:
            row.words, row.is_stale = told[row.pk], False
        _write(CaseSearch, wrong, "case", "words")
    return (rows[-1].pk if rows else 0), len(rows), len(wrong)


# -- reading ------------------------------------------------------------------------------


def told_of(keys: Sequence[int]) -> dict[int, str]:
    """What is searched of each of these cases, in a constant number of statements but for
    those that ever told of somebody else.
    """
    if not keys:
        return {}
    tickets = Prefetch("tickets", Ticket.objects.select_related("consumer"))
    cases = Case.objects.select_related("consumer", "reporter", "merchant")
    cases = know_others(cases.filter(pk__in=keys).prefetch_related(tickets))
    return {case.pk: words.of_case(case) for case in cases}
