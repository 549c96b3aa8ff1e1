"""Whose evidence a case has. What was brought to a question or petition that became a report is the
report's: it may show who reported, and is opened as the report's own is.
"""

from django.db.models import QuerySet

from cases.lifecycle import Kind
from cases.models import Attachment, Case


def of(case: Case) -> QuerySet[Attachment]:
    """Each row still says where it was brought: show its name through ``case``."""
    if case.became_id:
        return Attachment.objects.none()
    is_report = case.kind == Kind.REPORT
    seen = [one.pk for one in case.all_of_it if is_report or not one.became_id]
    return Attachment.objects.filter(case__in=seen)
