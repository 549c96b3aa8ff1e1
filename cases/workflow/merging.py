"""Merchants found to be one business, and the way back: nothing of a case is changed by it.

Why it is so: docs/decisions/0016-merchants-as-one.md.
"""

from django.db import connection, transaction
from django.utils.translation import gettext as _

from agency.core import clock
from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.models import User
from cases import merchants
from cases.models import Merchant, MerchantMerge, MerchantParting

MERGERS = "cases.merge_merchant"
LOCK = 20260416
"""One merging at a time, of any merchants: they are few, and none waits for another in a ring."""


@transaction.atomic
def merge_merchants(
    into: int, merged: int, *, by: User, relation: str, reason: str
) -> MerchantMerge:
    """Let ``merged``, with all that counts as it, count as ``into`` from now on.

    Either stands for all that count as it. Two credit codes are never the same business.
    """
    head, other = _admitted(by, into), _admitted(by, merged)
    if head == other:
        raise RuleViolation(_("They count as one already."))
    if relation not in MerchantMerge.Relation:
        raise Invalid({"relation": [_("Say whether it is the same business, or a branch of it.")]})
    if relation == MerchantMerge.Relation.SAME:
        _check_codes(head, other)
    moved = list(other.same.select_for_update().order_by("pk").values_list("pk", flat=True))
    Merchant.objects.filter(pk__in=moved).update(head=head)
    return MerchantMerge.objects.create(
        into=head, merged=other, relation=relation, moved=moved, reason=_said(reason), by=by,
        at=clock.now(),
    )  # fmt: skip


@transaction.atomic
def part_merchants(merge: int, *, by: User, reason: str) -> MerchantParting:
    """Undo a merging: exactly the rows that came with it go back to what they counted as."""
    found = MerchantMerge.objects.filter(pk=merge).first()
    if found is None:
        raise NotThere
    _admitted(by, found.into_id)
    _admitted(by, found.merged_id)
    rows = Merchant.objects.select_for_update().filter(pk__in=found.moved).order_by("pk")
    if MerchantParting.objects.filter(merge=found).exists():
        raise RuleViolation(_("This was undone already."))
    if any(row.head_id != found.into_id for row in rows):
        raise RuleViolation(_("These were merged once more since: undo that first."))
    rows.exclude(pk=found.merged_id).update(head=found.merged_id)
    Merchant.objects.filter(pk=found.merged_id).update(head=None)
    return MerchantParting.objects.create(merge=found, reason=_said(reason), by=by, at=clock.now())


def _admitted(by: User, pk: int) -> Merchant:
    """As which merchant it counts, once ``by`` may say so and it is nobody else's turn."""
    if not by.has_perm(MERGERS):
        raise Forbidden
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    named = merchants.seen_by(by).filter(pk=pk).select_related("head").first()
    if named is None:
        raise NotThere
    return named.head or named


def _check_codes(head: Merchant, other: Merchant) -> None:
    """One business has one credit code; a branch may have its own."""
    codes = merchants.codes_of(head) | merchants.codes_of(other)
    if len(codes) > 1:
        raise RuleViolation(
            _("Two credit codes are two businesses: %(codes)s. One may be a branch of the other.")
            % {"codes": " ".join(sorted(codes))}
        )


def _said(reason: str) -> str:
    if not reason.strip():
        raise Invalid({"reason": [_("This field is required.")]})
    return reason.strip()
