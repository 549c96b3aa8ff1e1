"""What a search reads, beside the rows it speaks of: filled after the fact (cases/search/index.py).

The rows are the queue: whoever writes a case leaves a stale row here, in the same transaction
and by trigger, so that no door can forget it. docs/decisions/0013-search.md says why it is so.
"""

# ruff: noqa: S608 – nothing in these statements comes from outside

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Reverse


def grams(field: str) -> Func:
    """The pairs of neighbouring characters, as the index holds them."""
    return Func(F(field), function="bigrams", output_field=ArrayField(models.TextField()))


class Indexed(models.Model):
    """One row beside each row that is searched; ``is_stale``: its words are still to be written."""

    is_stale = models.BooleanField(default=True)

    class Meta:
        abstract = True


class CaseSearch(Indexed):
    """The words of a case as everybody who sees it may read them (cases/search/words.py)."""

    case = models.OneToOneField("cases.Case", models.CASCADE, primary_key=True, related_name="+")
    words = models.TextField(default="", db_default="", db_collation="C")

    class Meta:
        indexes = [
            # Serves what is still to be indexed, the newest first.
            models.Index(fields=["case"], name="case_search_stale", condition=Q(is_stale=True)),
            # Serves the search: two characters are one key. Without a list of pending entries,
            # which every search would have to read.
            GinIndex(
                grams("words"), name="case_search_words", condition=Q(is_stale=False),
                fastupdate=False,
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.case_id)


class MerchantSearch(Indexed):
    """A merchant's name by sound, " yong jia lai fu" and the initials "yjlf", and by what is left
    of it without legal form and branch (cases/search/names.py).
    """

    merchant = models.OneToOneField(
        "cases.Merchant", models.CASCADE, primary_key=True, related_name="+"
    )
    syllables = models.TextField(default="", db_default="", db_collation="C")
    initials = models.TextField(default="", db_default="", db_collation="C")
    core = models.TextField(default="", db_default="", db_collation="C")
    branch = models.TextField(default="", db_default="", db_collation="C")

    class Meta:
        indexes = [
            # Serves "who else is written like this".
            models.Index(fields=["core"], name="merchant_search_core", condition=~Q(core="")),
            # Serves "whose name ends with this": the ending of a word begins it turned round.
            models.Index(
                OpClass(Reverse("core"), name="text_pattern_ops"), name="merchant_search_ending",
                condition=~Q(core=""),
            ),
            models.Index(
                fields=["merchant"], name="merchant_search_stale", condition=Q(is_stale=True)
            ),
            GinIndex(
                grams("initials"), name="merchant_search_initials", condition=Q(is_stale=False),
                fastupdate=False,
            ),
            # Serves "whose name holds this", in the merchants' list.
            GinIndex(
                grams("core"), name="merchant_search_names", condition=Q(is_stale=False),
                fastupdate=False,
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.merchant_id)


# -- who leaves a stale row ---------------------------------------------------------------


def _added(table: str, key: str) -> pgtrigger.Trigger:
    """Once a statement, however many rows it brings."""
    return pgtrigger.Trigger(
        name="to_be_indexed",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="fresh"),
        func=f"INSERT INTO {table} ({key}, is_stale) SELECT id, true FROM fresh; RETURN NULL;",
    )


def _changed(*fields: str, func: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="to_be_indexed_anew",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf(*fields),
        condition=pgtrigger.AnyChange(*fields),
        func=f"{func} RETURN NULL;",
    )


STALE = "UPDATE cases_casesearch SET is_stale = true WHERE NOT is_stale AND case_id"

OF_CASE = [
    _added("cases_casesearch", "case_id"),
    _changed(
        "kind", "title", "narrative", "demand", "consumer_id", "reporter_id", "merchant_id",
        func=f"{STALE} = NEW.id;",
    ),
]  # fmt: skip
OF_TICKET = [
    # A further round speaks on a case that stands.
    pgtrigger.Trigger(
        name="to_be_indexed",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="fresh"),
        func=f"{STALE} IN (SELECT case_id FROM fresh); RETURN NULL;",
    ),
    # Whom a text may name depends on every case the ticket was ever on.
    _changed(
        "case_id", "consumer_id", "narrative", "demand",
        func=f"""
            {STALE} IN (NEW.case_id, OLD.case_id);
            {STALE} IN (SELECT case_id FROM cases_caseevent WHERE ticket_id = NEW.id);""",
    ),
]  # fmt: skip
OF_CONSUMER = [
    # A sealed name can only be compared as it is sealed.
    pgtrigger.Trigger(
        name="to_be_indexed_anew",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("name", "also"),
        condition=pgtrigger.Condition(
            "OLD.name IS DISTINCT FROM NEW.name OR OLD.also IS DISTINCT FROM NEW.also"
        ),
        func=f"{STALE} IN (SELECT id FROM cases_case WHERE consumer_id = NEW.id); RETURN NULL;",
    ),
]
OF_MERCHANT = [
    _added("cases_merchantsearch", "merchant_id"),
    _changed(
        "name",
        func=f"""
            UPDATE cases_merchantsearch SET is_stale = true WHERE merchant_id = NEW.id;
            {STALE} IN (SELECT id FROM cases_case WHERE merchant_id = NEW.id);""",
    ),
]
