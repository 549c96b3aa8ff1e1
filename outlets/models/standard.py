from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class StandardQuerySet(models.QuerySet):
    def in_force(self, on: date):
        """In force on the day ``on`` (Asia/Shanghai): one version of each."""
        return self.filter(Q(in_force_to=None) | Q(in_force_to__gte=on), in_force_from__lte=on)


class Standard(models.Model):
    """What an outlet is built and assessed by, as data: one version of a national or local standard.

    Several stand side by side; an outlet says which one it is measured by. Loaded from
    outlets/data/standards.csv; what was applied is never changed, a new version is added.
    """

    code = models.CharField(_("code"), max_length=40)
    version = models.CharField(_("version"), max_length=20)
    name = models.CharField(_("name"), max_length=100)
    source = models.CharField(_("source"), max_length=200)
    in_force_from = models.DateField(_("in force from"))
    in_force_to = models.DateField(_("in force to"), null=True, blank=True)

    objects = StandardQuerySet.as_manager()

    class Meta:
        verbose_name = _("standard of outlets")
        verbose_name_plural = _("standards of outlets")
        ordering = ["code", "in_force_from"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="standard_version_once"),
            models.CheckConstraint(
                condition=Q(in_force_to=None) | Q(in_force_to__gte=F("in_force_from")),
                name="standard_ends_after_it_begins",
            ),
            ExclusionConstraint(
                name="standard_one_version_at_a_time",
                expressions=[
                    (F("code"), RangeOperators.EQUAL),
                    (
                        Func(
                            F("in_force_from"), F("in_force_to"), Value("[]"),
                            function="daterange", output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def checklist(self) -> "models.QuerySet[StandardItem]":
        """What a visit looks at: unified, dedicated, system."""
        return self.items.filter(part__in=StandardItem.BUILDING)

    @property
    def assessed(self) -> "models.QuerySet[StandardItem]":
        """What a year is weighed by; the weights make 100."""
        return self.items.filter(part=StandardItem.Part.ASSESSED)

    def grade_of(self, score) -> str:
        """The best grade whose threshold ``score`` reaches; the last one where it reaches none."""
        rungs = self.items.filter(part=StandardItem.Part.GRADE).order_by("-weight")
        grades = [(rung.weight, rung.code) for rung in rungs]
        return next((code for least, code in grades if score >= least), grades[-1][1])


class StandardItem(models.Model):
    """One line of a standard. ``weight``: of what is assessed its share of 100, of a grade the
    least score; of the checklist nothing.
    """

    class Part(models.TextChoices):
        """3 unified, 5 dedicated, 1 system, and what the yearly assessment weighs."""

        UNIFIED = "unified", _("unified")
        DEDICATED = "dedicated", _("dedicated")
        SYSTEM = "system", _("system")
        ASSESSED = "assessed", _("assessed")
        GRADE = "grade", _("grade")

    BUILDING = (Part.UNIFIED, Part.DEDICATED, Part.SYSTEM)

    standard = models.ForeignKey(Standard, models.PROTECT, related_name="items")
    part = models.CharField(_("part"), max_length=10, choices=Part)
    code = models.CharField(_("code"), max_length=20)
    name_zh = models.CharField(_("Chinese name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=60)
    weight = models.PositiveSmallIntegerField(_("weight"), default=0)
    hint = models.CharField(_("what is looked at"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("item of a standard")
        verbose_name_plural = _("items of a standard")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["standard", "code"], name="standard_item_once"),
            models.CheckConstraint(condition=Q(weight__lte=100), name="standard_item_weight"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_en if (get_language() or "zh").startswith("en") else self.name_zh
