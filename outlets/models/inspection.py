import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow

WRITTEN_ONCE = [
    pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
]


class Inspection(models.Model):
    """A visit to an outlet by two people, who went through the checklist of its standard."""

    outlet = models.ForeignKey("outlets.Outlet", models.PROTECT, related_name="inspections")
    standard = models.ForeignKey("outlets.Standard", models.PROTECT, related_name="+")
    first = models.ForeignKey(
        "core.User", models.PROTECT, related_name="+", verbose_name=_("first inspector")
    )
    second = models.ForeignKey(
        "core.User", models.PROTECT, related_name="+", verbose_name=_("second inspector")
    )
    visited_on = models.DateField(_("visited on"))
    passed = models.BooleanField(_("passed"))
    note = models.CharField(_("note"), max_length=500, blank=True)
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("inspection")
        verbose_name_plural = _("inspections")
        constraints = [
            models.CheckConstraint(
                condition=~Q(first=F("second")), name="inspection_by_two_people"
            ),
        ]
        triggers = WRITTEN_ONCE

    def __str__(self) -> str:
        return f"{self.outlet_id} {self.visited_on}"


class Finding(models.Model):
    """What a visit found of one item of the checklist."""

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="findings")
    item = models.ForeignKey("outlets.StandardItem", models.PROTECT, related_name="+")
    is_met = models.BooleanField(_("met"))

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        constraints = [
            models.UniqueConstraint(fields=["inspection", "item"], name="finding_once_an_item"),
        ]
        triggers = WRITTEN_ONCE

    def __str__(self) -> str:
        return f"{self.inspection_id} {self.item_id}"


class Assessment(models.Model):
    """A year of an outlet, weighed item by item. ``score``: of 100, one decimal."""

    outlet = models.ForeignKey("outlets.Outlet", models.PROTECT, related_name="assessments")
    standard = models.ForeignKey("outlets.Standard", models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField(_("year"))
    score = models.DecimalField(_("score"), max_digits=4, decimal_places=1)
    grade = models.CharField(_("grade"), max_length=1)
    note = models.CharField(_("note"), max_length=500, blank=True)
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        constraints = [
            models.UniqueConstraint(fields=["outlet", "year"], name="assessment_once_a_year"),
            models.CheckConstraint(
                condition=Q(score__gte=0, score__lte=100), name="assessment_score_of_a_hundred"
            ),
        ]
        triggers = WRITTEN_ONCE

    def __str__(self) -> str:
        return f"{self.outlet_id} {self.year} {self.grade}"


class Score(models.Model):
    """How far one item of an assessment was reached: 0 to 100 points, which its weight multiplies."""

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="scores")
    item = models.ForeignKey("outlets.StandardItem", models.PROTECT, related_name="+")
    points = models.PositiveSmallIntegerField(_("points"))

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [
            models.UniqueConstraint(fields=["assessment", "item"], name="score_once_an_item"),
            models.CheckConstraint(condition=Q(points__lte=100), name="score_of_a_hundred"),
        ]
        triggers = WRITTEN_ONCE

    def __str__(self) -> str:
        return f"{self.assessment_id} {self.points}"
