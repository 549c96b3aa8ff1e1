from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _


class Post(models.TextChoices):
    """三专 and the handler: what somebody is on a ticket, and what one is on duty as."""

    DISPATCHER = "dispatcher", _("dispatcher")
    CONTACT = "contact", _("contact officer")
    FOLLOW_UP = "follow_up", _("follow-up officer")
    HANDLER = "handler", _("handler")


HOURS = Func(F("starts_at"), F("ends_at"), function="tstzrange", output_field=DateTimeRangeField())


class ShiftQuerySet(models.QuerySet):
    def between(self, start, end):
        """Shifts that begin from ``start`` on and before ``end``."""
        return self.filter(starts_at__gte=start, starts_at__lt=end)

    def at(self, moment):
        """Shifts that somebody is on at ``moment``."""
        return self.filter(starts_at__lte=moment, ends_at__gt=moment)


class Shift(models.Model):
    """Who is on duty for a unit, at which post, from when until when; around the clock."""

    unit = models.ForeignKey("core.Unit", models.PROTECT, related_name="+", verbose_name=_("unit"))
    post = models.CharField(_("post"), max_length=10, choices=Post)
    person = models.ForeignKey(
        "core.User", models.PROTECT, related_name="shifts", verbose_name=_("person")
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")

    objects = ShiftQuerySet.as_manager()

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("duty roster")
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="shift_ends_after_it_begins"
            ),
            ExclusionConstraint(
                name="shift_of_a_person_and_post_once_at_a_time",
                expressions=[
                    (F("person"), RangeOperators.EQUAL),
                    (F("post"), RangeOperators.EQUAL),
                    (HOURS, RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [
            # Serves the roster of a week, and who is on duty now.
            models.Index(fields=["unit", "post", "ends_at"], name="shift_of_unit_and_post"),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.post} {self.starts_at:%F %H:%M}"


class Substitute(models.Model):
    """Who stands in for a person that shows no sign of life, whatever the post."""

    person = models.OneToOneField(
        "core.User", models.PROTECT, related_name="substitute", verbose_name=_("person")
    )
    stand_in = models.ForeignKey(
        "core.User", models.PROTECT, related_name="stands_in_for", verbose_name=_("substitute")
    )
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("substitute")
        verbose_name_plural = _("substitutes")
        constraints = [
            models.CheckConstraint(
                condition=~Q(person=F("stand_in")), name="substitute_is_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}→{self.stand_in_id}"
