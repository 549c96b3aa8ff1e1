import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from agency.core.scope import ScopedQuerySet


class GuidanceQuerySet(ScopedQuerySet):
    """Letters in the scope of their unit."""


class Guidance(models.Model):
    """A letter to a merchant without a meeting: guidance 行政指导 or a reminder 提醒函. Written once."""

    class Kind(models.TextChoices):
        GUIDANCE = "guidance", _("guidance letter")
        REMINDER = "reminder", _("reminder letter")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    unit = models.ForeignKey("core.Unit", models.PROTECT, related_name="+", verbose_name=_("unit"))
    merchant = models.ForeignKey(
        "cases.Merchant", models.PROTECT, related_name="guidance", verbose_name=_("merchant")
    )
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), db_default=AgencyNow())
    document = models.OneToOneField(
        "interviews.Document", models.PROTECT, related_name="guidance", verbose_name=_("document")
    )

    objects = GuidanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("guidance letter")
        verbose_name_plural = _("guidance letters")
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return str(self.pk)
