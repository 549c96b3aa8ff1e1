"""What only one kind is registered with, beside the case itself."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.texts import CaseLine

MOST_REPRESENTATIVES = 5
"""So many speak for a group that comes in person. Source: 信访工作条例 §20."""


class PetitionSheet(models.Model):
    """How a petition came and what is wanted, as the petition system asks. None: nobody said.

    Source: 信访工作条例 §§20–21, 29–31.
    """

    class Form(models.TextChoices):
        LETTER = "letter", _("letter sent")
        VISIT = "visit", _("visit in person")
        INTERNET = "internet", _("petition on the internet")
        CALL = "call", _("call to the petition office")
        FAX = "fax", _("fax")
        OTHER = "other", _("other form")

    class Wish(models.TextChoices):
        SUGGESTION = "suggestion", _("opinion or suggestion")
        ACCUSATION = "accusation", _("accusation")
        REDRESS = "redress", _("request for redress")

    case = models.OneToOneField("cases.Case", models.PROTECT, related_name="petition_sheet")
    form = models.CharField(_("form of the petition"), max_length=10, choices=Form, blank=True)
    is_first = models.BooleanField(_("first petition on this matter"), null=True)
    people = models.PositiveIntegerField(_("number of petitioners"), null=True)
    representatives = models.PositiveSmallIntegerField(_("representatives"), null=True)
    wish = models.CharField(_("kind of wish"), max_length=12, choices=Wish, blank=True)
    national_satisfaction = models.BooleanField(
        _("counts for the national satisfaction survey"), null=True
    )

    class Meta:
        verbose_name = _("petition sheet")
        verbose_name_plural = _("petition sheets")
        constraints = [
            models.CheckConstraint(
                condition=Q(representatives=None) | Q(representatives__lte=MOST_REPRESENTATIVES),
                name="petition_of_few_representatives",
            ),
            models.CheckConstraint(
                condition=Q(representatives=None)
                | Q(people=None)
                | Q(representatives__lte=F("people")),
                name="petition_represented_by_petitioners",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.form}"


class ReportSheet(models.Model):
    """Where what is reported was done, and how much the reporter has to fear.

    The level opens and shuts no door: every reporter is kept secret (SAMR Order 121 §37).
    """

    class Secrecy(models.TextChoices):
        ORDINARY = "ordinary", _("ordinary: secret as the law has it")
        SPECIAL = "special", _("special: revenge is to be feared")

    case = models.OneToOneField("cases.Case", models.PROTECT, related_name="report_sheet")
    place = CaseLine(_("place of the conduct"), max_length=300, blank=True)
    secrecy = models.CharField(
        _("level of secrecy"), max_length=10, choices=Secrecy, default=Secrecy.ORDINARY
    )

    class Meta:
        verbose_name = _("report sheet")
        verbose_name_plural = _("report sheets")

    def __str__(self) -> str:
        return f"{self.case_id} {self.secrecy}"
