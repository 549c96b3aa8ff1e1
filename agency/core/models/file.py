import uuid

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow


class StoredFile(models.Model):
    """A file under ``VAR_DIR/media``, written once (agency/core/files.py).

    Its name there is ``id`` and nothing else; what it is called lies with what owns it.
    """

    class Type(models.TextChoices):
        PDF = "application/pdf", "PDF"
        JPEG = "image/jpeg", "JPEG"
        PNG = "image/png", "PNG"
        DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "DOCX"
        XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "XLSX"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    type = models.CharField(_("type"), max_length=80, choices=Type)
    size = models.BigIntegerField(_("size"), help_text=_("in bytes"))
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def ending(self) -> str:
        """``pdf``, ``jpeg``, …"""
        return self.get_type_display().lower()
