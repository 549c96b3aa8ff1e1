import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from cases.models.texts import CaseText


class Supervision(models.Model):
    """Somebody above pressed for what was overdue 督办: who, when, and what they said.

    It names no clock: it presses for all of the case that were late ``at`` that moment.
    """

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="supervisions")
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())
    note = CaseText(_("note"), blank=True)

    class Meta:
        verbose_name = _("supervision")
        verbose_name_plural = _("supervisions")
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.by_id}"
