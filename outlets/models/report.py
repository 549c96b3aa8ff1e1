import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class MonthlyReport(models.Model):
    """What an outlet reports of a month, also where there was nothing 零报告.

    ``month``: its first day. What the cases tell is counted when it is reported, and stays;
    consultations and publicity events are the outlet's own word. None until it is reported.
    """

    outlet = models.ForeignKey("outlets.Outlet", models.PROTECT, related_name="reports")
    month = models.DateField(_("month"))
    received = models.PositiveIntegerField(_("received"), null=True)
    settled = models.PositiveIntegerField(_("settled"), null=True)
    handed_up = models.PositiveIntegerField(_("handed up"), null=True)
    recovered_amount = models.DecimalField(
        _("recovered amount"), max_digits=14, decimal_places=2, null=True
    )
    consultations = models.PositiveIntegerField(_("consultations"), null=True)
    publicity_events = models.PositiveIntegerField(_("publicity events"), null=True)
    by = models.ForeignKey("core.User", models.PROTECT, null=True, related_name="+")
    reported_at = models.DateTimeField(_("reported at"), null=True)

    class Meta:
        verbose_name = _("monthly report")
        verbose_name_plural = _("monthly reports")
        ordering = ["-month"]
        constraints = [
            models.UniqueConstraint(fields=["outlet", "month"], name="monthlyreport_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="monthlyreport_of_a_month"),
            models.CheckConstraint(
                condition=Q(reported_at=None)
                | Q(
                    received__isnull=False, settled__isnull=False, handed_up__isnull=False,
                    recovered_amount__isnull=False, consultations__isnull=False,
                    publicity_events__isnull=False, by__isnull=False,
                ),
                name="monthlyreport_reported_is_whole",
            ),
        ]  # fmt: skip
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="reported_stays", operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__reported_at__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.outlet_id} {self.month:%Y-%m}"
