from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from cases.models.texts import CaseText


class Responsibility(models.Model):
    """三级负责: the leader who answers for a petition, who handles it, and who calls back.

    The latest row counts.
    """

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="responsibilities")
    leader = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    core_handler = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    callback = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("three-level responsibility")
        verbose_name_plural = _("three-level responsibilities")
        constraints = [
            models.CheckConstraint(
                condition=~Q(leader=F("core_handler"))
                & ~Q(leader=F("callback"))
                & ~Q(core_handler=F("callback")),
                name="responsibility_of_three_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.leader_id}"


class PetitionRecord(models.Model):
    """见人见事: the petitioner was met, the matter was seen, a hearing was held; why a review is asked for."""

    class Kind(models.TextChoices):
        VISIT = "visit", _("petitioner met")
        INSPECTION = "inspection", _("matter inspected")
        HEARING = "hearing", _("hearing held")
        REVIEW = "review", _("review asked for")

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="petition_records")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    note = CaseText(_("note"))
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("petition record")
        verbose_name_plural = _("petition records")

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"
