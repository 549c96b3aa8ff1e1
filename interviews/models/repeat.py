import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow


class Repeat(models.Model):
    """That a merchant was complained of again on a matter it pledged: found once, never taken back."""

    attendance = models.ForeignKey("interviews.Attendance", models.PROTECT, related_name="repeats")
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("repeated complaint")
        verbose_name_plural = _("repeated complaints")
        constraints = [
            models.UniqueConstraint(
                fields=["attendance", "case"], name="repeat_once_per_merchant_and_case"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.attendance_id} {self.case_id}"
