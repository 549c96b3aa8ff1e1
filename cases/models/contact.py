from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from cases.models.texts import CaseLine, CaseText


class Call(models.Model):
    """What is kept of a call on the telephone: under which number its recording is found, where
    that was said, and which number was dialled, masked. Of a report's sender no number is kept.
    """

    recording = CaseLine(_("recording"), ours=True, max_length=64, blank=True)
    dialled = models.CharField(_("number dialled"), max_length=30, blank=True)

    class Meta:
        abstract = True

    @property
    def proof(self) -> str:
        """Both, as they are shown; empty where neither is known."""
        return " · ".join(filter(None, [self.dialled, self.case.shown(self.recording, ours=True)]))


class ContactAttempt(Call):
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
