import uuid

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from agency.core.models import Numbered
from cases.models.texts import CaseLine


class Attachment(models.Model):
    """Evidence: a file that came from outside, checked and kept as it came.

    ``name`` is what its sender called it and may tell of people: it is shown through
    ``Case.shown`` alone, and no file is kept or served under it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="attachments")
    file = models.OneToOneField("core.StoredFile", models.PROTECT, related_name="+")
    name = CaseLine(_("name"), max_length=200)
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Document(Numbered):
    """A document as it was issued, in its two shapes; never rendered again.

    ``version`` is its template's. ``party`` is whom it is addressed to, "" for none. Copies of
    one decision for both parties bear one number.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="documents")
    form = models.CharField(_("form"), max_length=20)
    version = models.CharField(_("version"), max_length=20)
    party = models.CharField(_("party"), max_length=12, blank=True)
    pdf = models.OneToOneField("core.StoredFile", models.PROTECT, related_name="+")
    docx = models.OneToOneField("core.StoredFile", models.PROTECT, related_name="+")
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(_("issued at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            models.UniqueConstraint(
                fields=["number", "party"], condition=~Q(number=""), name="document_number_once_a_party"
            ),
            ExclusionConstraint(
                expressions=[("number", "="), ("case", "<>")], condition=~Q(number=""),
                name="document_number_of_one_case",
            ),
        ]  # fmt: skip
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.number or str(self.pk)
