from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from agency.core.sealing import SecretField, SecretRow
from agency.core.text import mask_name, mask_phone


class Staff(SecretRow):
    """Somebody who serves consumers at an outlet. A liaison answers for it towards the agency."""

    outlet = models.ForeignKey("outlets.Outlet", models.PROTECT, related_name="staff")
    name = SecretField(_("name"))
    phone = SecretField(_("phone"))
    is_liaison = models.BooleanField(_("liaison"), default=False)
    since = models.DateField(_("serves since"), null=True)
    left_on = models.DateField(_("left on"), null=True)
    by = models.ForeignKey("core.User", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("outlet staff")
        verbose_name_plural = _("outlet staff")
        ordering = ["pk"]

    def __str__(self) -> str:
        return mask_name(self.name)

    def masked(self) -> dict[str, str]:
        return {"name": mask_name(self.name), "phone": mask_phone(self.phone)}

    def plain(self) -> dict[str, str]:
        return {"name": self.name, "phone": self.phone}


class Training(models.Model):
    """A training of somebody at an outlet, and whether the test was passed."""

    staff = models.ForeignKey(Staff, models.PROTECT, related_name="trainings")
    held_on = models.DateField(_("held on"))
    topic = models.CharField(_("training topic"), max_length=200)
    passed = models.BooleanField(_("passed"))
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("outlet training")
        verbose_name_plural = _("outlet trainings")
        constraints = [
            models.CheckConstraint(condition=~Q(topic=""), name="outlet_training_has_a_topic"),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.held_on}"
