from django.db import models
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from agency.core.scope import ScopedQuerySet


class Commendation(models.Model):
    """What a citizen brought to say thank you: a banner 锦旗 or a letter. Counted in the figures."""

    class Type(models.TextChoices):
        BANNER = "banner", _("banner")
        LETTER = "letter", _("thank-you letter")

    received_on = models.DateField(_("received on"))
    type = models.CharField(_("type"), max_length=10, choices=Type)
    unit = models.ForeignKey(
        "core.Unit", models.PROTECT, related_name="commendations", verbose_name=_("unit")
    )
    case = models.ForeignKey(
        "cases.Case", models.PROTECT, null=True, blank=True, related_name="commendations",
        verbose_name=_("case"),
    )  # fmt: skip
    by = models.ForeignKey("core.User", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("recorded at"), db_default=AgencyNow())

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("commendation")
        verbose_name_plural = _("commendations")
        ordering = ["-received_on", "-pk"]
        indexes = [
            # Serves the figures of a period, and the import, which knows what is there.
            models.Index(fields=["received_on"], name="commendation_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.received_on} {self.get_type_display()}"
