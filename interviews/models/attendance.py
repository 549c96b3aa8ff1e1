from django.db import models
from django.utils.translation import gettext_lazy as _

from interviews.lifecycle import Course


class Attendance(models.Model):
    """One merchant's own course through an interview: the public ``merchant`` of the API.

    ``hold_at`` is the moment it was called in for, its own where it asked for another. ``absences``:
    how often it did not come. ``merchant`` is the one identity of cases/models/merchant.py.
    """

    interview = models.ForeignKey("interviews.Interview", models.PROTECT, related_name="merchants")
    merchant = models.ForeignKey(
        "cases.Merchant", models.PROTECT, related_name="attendances", verbose_name=_("merchant")
    )
    address = models.CharField(_("address"), max_length=300, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=Course, default=Course.PROPOSED)
    hold_at = models.DateTimeField(_("called in for"), null=True)
    postponed_at = models.DateTimeField(_("postponed at"), null=True)
    postponed_for = models.CharField(_("why postponed"), max_length=500, blank=True)
    absences = models.PositiveSmallIntegerField(_("absences"), default=0)
    session = models.ForeignKey(
        "interviews.Session", models.PROTECT, null=True, related_name="attendances"
    )
    measure = models.CharField(_("measure"), max_length=500, blank=True)
    """What is done where it did not come twice, or does not repair (升级处置)."""

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendances")
        ordering = ["pk"]  # in the order in which they came
        constraints = [
            models.UniqueConstraint(
                fields=["interview", "merchant"], name="attendance_once_per_interview_and_merchant"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.interview_id} {self.merchant_id}"

    @property
    def is_served(self) -> bool:
        """Whether it was told of the session that is next: since its last absence."""
        return self.served_at is not None

    @property
    def served_at(self):
        """When it was told of the session that is next; None where it was not. Before ``agency_now``
        or after: an announcement counts thirty days later."""
        round_ = self.absences + 1
        served = self.services.filter(round=round_).order_by("served_at", "pk").first()
        return served and served.served_at
