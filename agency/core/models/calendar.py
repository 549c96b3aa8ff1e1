from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class WorkDay(models.Model):
    """A day that differs from its weekday: a holiday, or a make-up working day.

    Source: the State Council's yearly notice. A year is loaded when it has a row.
    """

    class Kind(models.TextChoices):
        HOLIDAY_OFF = "holiday_off", _("public holiday")
        MAKEUP_WORK = "makeup_work", _("make-up working day")

    date = models.DateField(_("date"), primary_key=True)
    is_workday = models.BooleanField(_("working day"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    name = models.CharField(_("name"), max_length=40)
    source_url = models.URLField(_("source"), blank=True)

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")
        ordering = ["date"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="makeup_work", is_workday=True)
                | Q(kind="holiday_off", is_workday=False),
                name="workday_is_worked_if_made_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"
