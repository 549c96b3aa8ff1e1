import uuid

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from agency.core.models import Numbered


class Document(Numbered):
    """A letter or a record: ordered, then written once in its two shapes, and kept as issued.

    ``form``: a value of interviews/letters/forms.py. ``attendance``: whose; None for the interview's
    own. ``interview`` is None of a letter without a meeting. ``unit`` signs it. ``version``: its template's. Who wants it no more before it is written cancels it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey("core.Unit", models.PROTECT, related_name="+")
    interview = models.ForeignKey(
        "interviews.Interview", models.PROTECT, null=True, related_name="documents"
    )
    attendance = models.ForeignKey(
        "interviews.Attendance", models.PROTECT, null=True, related_name="documents"
    )
    form = models.CharField(_("form"), max_length=20)
    number = models.CharField(_("number"), max_length=100, blank=True)
    version = models.CharField(_("version"), max_length=20, blank=True)
    pdf = models.OneToOneField("core.StoredFile", models.PROTECT, null=True, related_name="+")
    docx = models.OneToOneField("core.StoredFile", models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField(_("ordered at"), db_default=AgencyNow())
    issued_at = models.DateTimeField(_("issued at"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True)
    failures = models.PositiveSmallIntegerField(_("failures"), default=0)

    class Meta:
        verbose_name = _("interview document")
        verbose_name_plural = _("interview documents")
        constraints = [
            models.UniqueConstraint(
                fields=["number"], condition=~Q(number=""), name="interview_document_number_once"
            ),
            models.CheckConstraint(
                condition=Q(issued_at=None, pdf=None, docx=None, number="")
                | Q(issued_at__isnull=False, pdf__isnull=False, docx__isnull=False, cancelled_at=None),
                name="interview_document_is_written_whole",
            ),
        ]  # fmt: skip
        indexes = [
            # Serves the writer: what waits to be written, oldest first.
            models.Index(
                fields=["ordered_at"], name="interview_document_waits",
                condition=Q(issued_at=None, cancelled_at=None),
            ),
        ]  # fmt: skip
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="stays_as_issued", operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__issued_at__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number or str(self.pk)


WAITING = Q(issued_at=None, cancelled_at=None)
"""Ordered, and not written yet."""
