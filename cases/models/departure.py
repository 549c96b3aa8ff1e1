from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from cases.lifecycle.states import Kind


class Departure(models.Model):
    """Somebody leaves: what they have in hand goes to others, step by step, until it is done."""

    person = models.ForeignKey(
        "core.User", models.PROTECT, related_name="departures", verbose_name=_("person")
    )
    switch_off = models.BooleanField(_("switch the account off afterwards"), default=False)
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(_("begun at"), db_default=AgencyNow())
    done_at = models.DateTimeField(_("done at"), null=True)

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(done_at=None), name="departure_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(done_at__gte=F("begun_at")),
                name="departure_done_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.begun_at:%F}"


class Heir(models.Model):
    """Who takes over: of one unit and one kind, or of any where these are empty.

    The narrowest that fits counts; among several as narrow the one with the least in hand.
    """

    departure = models.ForeignKey(Departure, models.PROTECT, related_name="heirs")
    person = models.ForeignKey(
        "core.User", models.PROTECT, related_name="+", verbose_name=_("who takes over")
    )
    unit = models.ForeignKey(
        "core.Unit", models.PROTECT, null=True, related_name="+", verbose_name=_("unit")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, blank=True)

    class Meta:
        verbose_name = _("who takes over")
        verbose_name_plural = _("who take over")

    def __str__(self) -> str:
        return f"{self.departure_id} {self.person_id}"

    @property
    def narrowness(self) -> int:
        return bool(self.unit_id) * 2 + bool(self.kind)
