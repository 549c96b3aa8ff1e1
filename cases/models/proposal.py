from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from agency.core.roles import Role
from cases.models.texts import CaseText


class Proposal(models.Model):
    """A verb that waits for a second pair of eyes. The decision's moment is the approval's.

    ``deciders``: the roles of which one decides. ``approved`` is None while it waits; ``data`` are the verb's own arguments.
    ``stood`` is what else was so, and shown, when it was decided (codes and days, not today's); None
    while it waits.
    ``holds``: the case stays as it is until this is decided; an excuse stands beside it instead.
    """

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="proposals")
    verb = models.CharField(max_length=20)
    data = models.JSONField(default=dict)
    stood = models.JSONField(null=True)
    deciders = ArrayField(models.CharField(max_length=20, choices=Role), default=list)
    holds = models.BooleanField(default=True)
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=AgencyNow())
    approved = models.BooleanField(null=True)
    decided_by = models.ForeignKey("core.User", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = CaseText(ours=True, blank=True)

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(decided_at=None, holds=True),
                name="proposal_one_pending_per_case",
            ),
            models.UniqueConstraint(
                fields=["case", "verb"], condition=Q(decided_at=None),
                name="proposal_one_pending_per_verb",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("by")),
                name="proposal_decided_by_another",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.case_id} {self.verb}"
