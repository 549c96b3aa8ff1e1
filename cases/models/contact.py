from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from cases.models.texts import CaseLine, CaseText


class ContactAttempt(models.Model):
    """One try to reach the citizen, and what came of it. Only ``reached`` meets the clock."""

    class Outcome(models.TextChoices):
        REACHED = "reached", _("reached")
        NO_ANSWER = "no_answer", _("no answer")
        REFUSED = "refused", _("refused to talk")

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="contacts")
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    appointment_at = models.DateTimeField(_("appointment"), null=True)
    no_meeting_reason = CaseLine(_("why no meeting"), max_length=200, blank=True)
    note = CaseText(_("note"), blank=True)

    class Meta:
        verbose_name = _("contact attempt")
        verbose_name_plural = _("contact attempts")
        constraints = [
            models.CheckConstraint(
                condition=~Q(outcome="reached")
                | Q(appointment_at__isnull=False)
                | ~Q(no_meeting_reason=""),
                name="contact_reached_says_when_or_why_not",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.outcome}"
