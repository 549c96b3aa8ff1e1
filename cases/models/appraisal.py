from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from cases.lifecycle import PauseReason
from cases.models.texts import CaseLine, CaseText


class Appraisal(models.Model):
    """What was sent out, to whom and at whose cost, and what came back. Source: Order 121 §22.

    ``of_clue``: for a clue, beside the mediation. The clocks count on from ``ended_at``.
    """

    class Cost(models.TextChoices):
        COMPLAINANT = "complainant", _("the complainant")
        RESPONDENT = "respondent", _("the respondent")
        SHARED = "shared", _("both parties, as agreed")
        AGENCY = "agency", _("the agency")

    REASONS = {PauseReason.APPRAISAL, PauseReason.TESTING, PauseReason.IDENTIFICATION}
    """What else lets a clock stand still sends nothing out."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="appraisals")
    reason = models.CharField(_("reason"), max_length=20, choices=PauseReason)
    institution = CaseLine(_("institution"), ours=True, max_length=200)
    entrusted_on = models.DateField(_("sent on"), null=True)
    cost = models.CharField(_("cost borne by"), max_length=12, choices=Cost, blank=True)
    of_clue = models.BooleanField(default=False)
    received_on = models.DateField(_("received on"), null=True)
    finding = CaseText(_("finding"), ours=True, blank=True)
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name = _("appraisal")
        verbose_name_plural = _("appraisals")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "of_clue"], condition=Q(ended_at=None),
                name="appraisal_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(received_on=None) | Q(received_on__gte=F("entrusted_on"))
                | Q(entrusted_on=None),
                name="appraisal_received_after_it_was_sent",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.case_id} {self.institution}"
