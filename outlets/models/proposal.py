from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow


class SuspensionProposal(models.Model):
    """That a rule speaks for suspending an outlet: a person decides. Never deleted.

    ``counted``: how many cases nobody answered, of that ground; None of the others.
    """

    class Ground(models.TextChoices):
        """Of docs/rules.md, section "Outlets"; a false ledger is found by people alone."""

        GRADE = "grade", _("graded D")
        SILENCE = "silence", _("cases not answered")
        STAFF = "staff", _("no liaison left")

    class Outcome(models.TextChoices):
        SUSPENDED = "suspended", _("suspended")
        DECLINED = "declined", _("not suspended")

    outlet = models.ForeignKey("outlets.Outlet", models.PROTECT, related_name="proposals")
    ground = models.CharField(_("ground"), max_length=10, choices=Ground)
    counted = models.PositiveIntegerField(_("how many"), null=True)
    at = models.DateTimeField(_("proposed at"), db_default=AgencyNow())
    decided_at = models.DateTimeField(_("decided at"), null=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    by = models.ForeignKey("core.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("proposal to suspend an outlet")
        verbose_name_plural = _("proposals to suspend outlets")
        constraints = [
            models.UniqueConstraint(
                fields=["outlet", "ground"], condition=Q(decided_at=None),
                name="proposal_one_open_per_ground",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, outcome="", by=None)
                | Q(decided_at__isnull=False, by__isnull=False) & ~Q(outcome=""),
                name="proposal_decided_is_whole",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.outlet_id} {self.ground}"
