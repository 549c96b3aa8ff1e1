import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from cases.models.texts import CaseText


class Note(models.Model):
    """What staff tell each other on a case: written once, and nothing that leaves the house."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="notes")
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())
    text = CaseText(_("note"))

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.by_id}"
