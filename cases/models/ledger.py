from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.case import Result
from cases.models.mediation import FollowUp


class LedgerEntry(models.Model):
    """What a ledger of earlier years says of a ticket beyond the case that was made of it.

    It stands where a case that lived here has its clocks, decisions and call backs: nothing of it
    ever alarms anybody. The three due moments are those of the rules in force on the day of
    arrival; None where none bound it, or the year's calendar is not loaded. The other moments are
    as told: the ticket has the first two as well, the case ``result`` and ``ended_at`` where both
    are known.
    """

    case = models.OneToOneField(
        "cases.Case", models.PROTECT, primary_key=True, related_name="ledger"
    )
    respond_due_at = models.DateTimeField(null=True)
    contact_due_at = models.DateTimeField(null=True)
    accept_due_at = models.DateTimeField(null=True)
    responded_at = models.DateTimeField(_("responded at"), null=True)
    contacted_at = models.DateTimeField(_("contacted at"), null=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    result = models.CharField(_("result"), max_length=12, choices=Result, blank=True)
    satisfaction = models.CharField(
        _("satisfaction"), max_length=20, choices=FollowUp.Satisfaction, blank=True
    )
    national_satisfaction = models.BooleanField(
        _("counts for the national satisfaction survey"), default=False
    )
    outlet = models.ForeignKey(
        "core.Unit", models.PROTECT, null=True, related_name="+", verbose_name=_("outlet")
    )

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        indexes = [
            # Serves the figures of a day; years that lie in order need no more, and it costs no import.
            BrinIndex(
                fields=["respond_due_at", "contact_due_at", "accept_due_at", "accepted_at", "ended_at"],
                name="ledger_moments", autosummarize=True,
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.case_id)
