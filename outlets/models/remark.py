import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _


class Remark(models.Model):
    """Why something was done to an outlet, in words: an event holds none."""

    outlet = models.ForeignKey("outlets.Outlet", models.PROTECT, related_name="remarks")
    event = models.OneToOneField("outlets.OutletEvent", models.PROTECT, related_name="remark")
    text = models.CharField(_("text"), max_length=500)

    class Meta:
        verbose_name = _("remark")
        verbose_name_plural = _("remarks")
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return str(self.event_id)
