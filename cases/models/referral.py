from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from agency.core.roles import OUTSIDERS
from cases.models.decision import Decision
from cases.models.texts import CaseLine, CaseText


class ReferralQuerySet(models.QuerySet):
    def open(self):
        return self.filter(ended_at=None)

    def unsettled(self):
        """What the outlet or firm gave up, let run out, or had not settled after all, since the
        case was opened last.
        """
        reopened = Decision.objects.filter(kind=Decision.Kind.REOPENED, case=OuterRef("case"))
        again = Exists(reopened.filter(at__gt=OuterRef("ended_at")))
        return self.filter(~again, outcome__in=UNSETTLED)

    def of(self, user):
        """To the unit whose operator ``user`` is; none for staff: their scope is their unit's."""
        return self.filter(unit=user.unit_id) if user.role in OUTSIDERS else self.none()


class Referral(models.Model):
    """A complaint that an outlet or a firm tries to settle, with the citizen's consent 绿色通道.

    The case stays its unit's, and so do its clocks. ``came_from``: the state it had, and has
    again when it comes home. ``answer``: what the operator proposed to the citizen.
    """

    class Outcome(models.TextChoices):
        SETTLED = "settled", _("settled")
        HANDED_UP = "handed_up", _("handed up")
        SILENT = "silent", _("came home by itself")
        RECALLED = "recalled", _("taken back")
        DENIED = "denied", _("settlement denied by the citizen")
        CAME_AGAIN = "came_again", _("sent again after it was settled")
        ENDED = "ended", _("the case ended otherwise")

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="referrals")
    unit = models.ForeignKey(
        "core.Unit", models.PROTECT, related_name="referrals", verbose_name=_("referred to")
    )
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    came_from = models.CharField(_("state before"), max_length=20)
    referred_at = models.DateTimeField(_("referred at"), db_default=AgencyNow())
    accepted_at = models.DateTimeField(_("taken at"), null=True)
    answered_at = models.DateTimeField(_("answered at"), null=True)
    answer = CaseText(_("what was proposed"), ours=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, blank=True)
    reason = CaseLine(_("reason"), max_length=500, blank=True)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at=None), name="referral_one_open_per_case"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, outcome="") | Q(ended_at__isnull=False) & ~Q(outcome=""),
                name="referral_ended_has_an_outcome",
            ),
            models.CheckConstraint(
                condition=(Q(accepted_at=None) | Q(accepted_at__gte=F("referred_at")))
                & (Q(answered_at=None) | Q(answered_at__gte=F("accepted_at")))
                & (Q(ended_at=None) | Q(ended_at__gte=F("referred_at"))),
                name="referral_moments_in_order",
            ),
        ]
        indexes = [
            # Serves the operators' scope: every page of theirs asks what was referred to them.
            models.Index(fields=["unit", "case"], name="referral_of_unit"),
            # Serves the look after every good sweep: which outlets left too many unanswered.
            models.Index(
                fields=["ended_at"], name="referral_silent", condition=Q(outcome="silent")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}→{self.unit_id}"


TAKEN_BACK = (Referral.Outcome.DENIED, Referral.Outcome.CAME_AGAIN)
"""It had been settled there, and the agency took it back."""
BY_US = (Referral.Outcome.RECALLED, *TAKEN_BACK)
"""It came home by our own hand."""
UNSETTLED = (Referral.Outcome.HANDED_UP, Referral.Outcome.SILENT, *TAKEN_BACK)
"""It ended there, and the agency goes on with it."""
