import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from interviews.lifecycle import Repair


class Rectification(models.Model):
    """A problem that a merchant has to repair until a day: an item of the list 整改清单."""

    attendance = models.ForeignKey(
        "interviews.Attendance", models.PROTECT, related_name="rectifications"
    )
    problem = models.CharField(_("problem"), max_length=1000, blank=True)
    measure = models.CharField(_("what is demanded"), max_length=1000, blank=True)
    due_on = models.DateField(_("due on"), null=True)
    state = models.CharField(_("state"), max_length=10, choices=Repair, default=Repair.OPEN)
    raised_at = models.DateTimeField(_("raised at"), null=True)
    reported_at = models.DateTimeField(_("reported at"), null=True)
    report = models.TextField(_("report"), blank=True)
    extended_at = models.DateTimeField(_("extended at"), null=True)
    verified_at = models.DateTimeField(_("verified at"), null=True)

    class Meta:
        verbose_name = _("rectification")
        verbose_name_plural = _("rectifications")
        ordering = ["pk"]  # in the order in which they came
        constraints = [
            models.CheckConstraint(
                condition=Q(verified_at=None) | Q(state=Repair.PASSED),
                name="rectification_verified_has_passed",
            ),
        ]
        indexes = [
            # Serves the board: what is still to be repaired, soonest first.
            models.Index(
                fields=["due_on"], name="rectification_open", condition=~Q(state=Repair.PASSED)
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.pk)


class Recheck(models.Model):
    """What two people found when they looked again. Written once, by two different people."""

    class Result(models.TextChoices):
        PASSED = "passed", _("passed")
        PARTLY = "partly", _("partly passed")
        FAILED = "failed", _("failed")

    rectification = models.ForeignKey(Rectification, models.PROTECT, related_name="rechecks")
    result = models.CharField(_("result"), max_length=10, choices=Result)
    note = models.TextField(_("note"), blank=True)
    method = models.CharField(_("how it was checked"), max_length=100, blank=True)
    checker = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    second_checker = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())
    document = models.OneToOneField(
        "interviews.Document", models.PROTECT, null=True, related_name="recheck"
    )

    class Meta:
        verbose_name = _("re-check")
        verbose_name_plural = _("re-checks")
        constraints = [
            models.CheckConstraint(
                condition=~Q(second_checker=F("checker")), name="recheck_by_two_people"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.rectification_id} {self.result}"
