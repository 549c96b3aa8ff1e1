"""Whose evidence a case has. What was brought to a question or petition that became a report is the
report's: it may show who reported, and is opened as the report's own is.
"""

from collections.abc import Collection

from django.db.models import QuerySet

from cases.models import Attachment, Case
from cases.models.case import MAY_BECOME_A_REPORT


def of(case: Case) -> QuerySet[Attachment]:
    """Each row still says where it was brought: show its name through ``case``."""
    if case.became:
        return Attachment.objects.none()
    return Attachment.objects.filter(case__in=with_merged([case.pk, *_before(case)]))


def _before(case: Case) -> list[int]:
    """What it was before it became this; what it was unlinked or split from is a matter of its own."""
    before = Case.objects.filter(pk=case.origin_id, kind__in=MAY_BECOME_A_REPORT)
    before = before.exclude(kind=case.kind)
    return list(before.values_list("pk", flat=True)) if case.origin_id else []


def with_merged(cases: Collection[int]) -> list[int]:
    """``cases`` and all that was merged into them, by their keys."""
    found = more = list(cases)
    while more := list(Case.objects.filter(merged_into__in=more).values_list("pk", flat=True)):
        found = [*found, *more]
    return found
