from django.db import models
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow


class Follow(models.Model):
    """Somebody keeps an eye on a case and is told of what others do with it."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="follows")
    user = models.ForeignKey("core.User", models.PROTECT, related_name="follows")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("followed case")
        verbose_name_plural = _("followed cases")
        constraints = [models.UniqueConstraint(fields=["user", "case"], name="follow_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.case_id}"
