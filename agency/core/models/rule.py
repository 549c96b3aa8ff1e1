from datetime import datetime, time

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from agency.core import calendar


class DeadlineRuleQuerySet(models.QuerySet):
    def in_force(self, on):
        """Rules in force on the day ``on`` (Asia/Shanghai)."""
        return self.filter(in_force_from__lte=on).filter(
            Q(in_force_to=None) | Q(in_force_to__gte=on)
        )


class DeadlineRule(models.Model):
    """A limit with its legal source and the dates it is in force.

    Loaded from agency/core/rules.csv, changed in the admin. A deadline is pinned to the
    row it was opened under: changing a row moves no clock that already runs.
    """

    class Unit(models.TextChoices):
        SECOND = "second", _("seconds")
        MINUTE = "minute", _("minutes")
        HOUR = "hour", _("hours")
        DAY = "day", _("days")
        WORKDAY = "workday", _("working days")

    class Roll(models.TextChoices):
        """What happens when the last calendar day is off (domain: three readings of the law)."""

        OFF_DAY = "off_day", _("any day off")
        HOLIDAY_ONLY = "holiday_only", _("public holidays only")
        NONE = "none", _("never")

    class Target(models.TextChoices):
        """A rung of the ladder: who is told."""

        HANDLER = "handler", _("handler")
        CHIEF = "chief", _("section chief")
        LEADER = "leader", _("leader")

    code = models.CharField(_("code"), max_length=60)
    name_zh = models.CharField(_("Chinese name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=100)
    kinds = ArrayField(models.CharField(max_length=20), verbose_name=_("kinds"))
    channels = ArrayField(
        models.CharField(max_length=20), verbose_name=_("channels"), blank=True, default=list,
        help_text=_("Empty: every channel."),
    )  # fmt: skip
    requires_contact = models.BooleanField(
        _("only where the citizen can be contacted"), default=False
    )
    starts_on = models.CharField(_("starts on"), max_length=40)
    met_by = models.CharField(_("met by"), max_length=40)
    amount = models.PositiveIntegerField(_("amount"))
    unit = models.CharField(_("unit"), max_length=10, choices=Unit)
    roll = models.CharField(_("last day off"), max_length=12, choices=Roll, default=Roll.OFF_DAY)
    window_from = models.TimeField(_("counts from"), null=True, blank=True)
    window_to = models.TimeField(_("counts to"), null=True, blank=True)
    warn_percents = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("warning points (%)"), default=list
    )
    ladder_targets = ArrayField(
        models.CharField(max_length=10, choices=Target), verbose_name=_("ladder"), default=list
    )
    ladder_after = ArrayField(
        models.DurationField(), verbose_name=_("ladder delays"), default=list,
        help_text=_("After the breach was noticed, one for each rung."),
    )  # fmt: skip
    repeat_after = models.DurationField(_("repeat the last rung every"), null=True, blank=True)
    basis = models.CharField(_("legal basis"), max_length=200)
    in_force_from = models.DateField(_("in force from"))
    in_force_to = models.DateField(_("in force to"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = DeadlineRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("deadline rule")
        verbose_name_plural = _("deadline rules")
        ordering = ["code", "in_force_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "in_force_from"], name="rule_once_per_code_and_start"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="rule_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(in_force_to=None) | Q(in_force_to__gte=F("in_force_from")),
                name="rule_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(ladder_targets__len=F("ladder_after__len"))
                | Q(ladder_targets=[], ladder_after=[]),
                name="rule_ladder_has_a_delay_for_each_rung",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_en if (get_language() or "zh").startswith("en") else self.name_zh

    def binds(self, *, kind: str, channel: str, contactable: bool) -> bool:
        """Whether the rule opens a clock for this kind of matter from this channel."""
        return (
            kind in self.kinds
            and (not self.channels or channel in self.channels)
            and (contactable or not self.requires_contact)
        )

    def due(self, starts_at: datetime, work_calendar) -> "calendar.Due":
        """When a clock started at ``starts_at`` is due, and how that was counted."""
        window: tuple[time, time] | None = None
        if self.window_from and self.window_to:
            window = (self.window_from, self.window_to)
        return calendar.due(
            starts_at, self.amount, self.unit, calendar=work_calendar, roll=self.roll, window=window
        )
