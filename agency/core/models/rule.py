from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from agency.core import calendar, vocabulary
from agency.core.clock import AgencyNow
from agency.core.models.unit import Unit
from agency.core.text import listed

PERCENTS = range(1, 100)
"""Warnings come before the due moment."""

SHORTEST_REPEAT = timedelta(minutes=1)
"""The last rung is not called more often."""

PINNED = (
    "code", "kinds", "channels", "requires_contact", "profile", "topics", "starts_on", "met_by",
    "amount", "unit", "extension", "pauses", "roll", "window_from", "window_to", "in_force_from",
)  # fmt: skip
"""What a rule binds and how it counts: never changed after the first clock was opened."""

SAMPLE = datetime(2026, 3, 2, 9, tzinfo=calendar.SHANGHAI)
"""A start on which a rule is tried before a citizen's ticket is."""


DAYS_IN_FORCE = Func(
    F("in_force_from"), F("in_force_to"), Value("[]"), function="daterange",
    output_field=DateRangeField(),
)  # fmt: skip


# Whatever refers to a rule is a table of clocks: core knows none of them by name.
REFUSE_IF_APPLIED = """
    FOR clocks IN SELECT conrelid::regclass FROM pg_constraint
        WHERE confrelid = TG_RELID AND contype = 'f'
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE rule_id = $1)', clocks)
            INTO is_applied USING OLD.id;
        IF is_applied THEN
            RAISE EXCEPTION 'rule % is pinned by its clocks in %', OLD.id, clocks
                USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    NEW.changed_at = agency_now();
    RETURN NEW;
"""


class DeadlineRuleQuerySet(models.QuerySet):
    def in_force(self, on):
        """Rules in force on the day ``on`` (Asia/Shanghai)."""
        return self.filter(in_force_from__lte=on).filter(
            Q(in_force_to=None) | Q(in_force_to__gte=on)
        )

    def in_force_within(self, begin, end):
        """Rules in force on any day from ``begin`` to ``end``, or from ``begin`` on."""
        begun = Q(in_force_from__lte=end) if end else Q()
        return self.filter(begun).exclude(in_force_to__lt=begin)


class DeadlineRule(models.Model):
    """A limit with its legal source and the dates it is in force.

    Loaded from agency/core/rules.csv, changed in the admin. A deadline stays under the row
    it was opened under, and pins it: what was counted by a row can be read from it for ever.
    """

    class Length(models.TextChoices):
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
    profile = models.CharField(
        _("only for units of this profile"), max_length=10, choices=Unit.Profile, blank=True
    )
    topics = ArrayField(
        models.CharField(max_length=20), verbose_name=_("topics"), blank=True, default=list,
        help_text=_("Empty: whatever it is about."),
    )  # fmt: skip
    starts_on = models.CharField(_("starts on"), max_length=40)
    met_by = models.CharField(_("met by"), max_length=40)
    amount = models.PositiveIntegerField(_("amount"))
    unit = models.CharField(_("unit"), max_length=10, choices=Length)
    extension = models.PositiveIntegerField(
        _("may be extended by"), default=0, help_text=_("In the same unit; counted from the start.")
    )
    pauses = ArrayField(
        models.CharField(max_length=20), verbose_name=_("is paused by"), blank=True, default=list
    )
    roll = models.CharField(_("last day off"), max_length=12, choices=Roll, default=Roll.OFF_DAY)
    window_from = models.TimeField(_("counts from"), null=True, blank=True)
    window_to = models.TimeField(_("counts to"), null=True, blank=True)
    warn_percents = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("warning points (%)"), default=list,
        blank=True,
    )  # fmt: skip
    ladder_targets = ArrayField(
        models.CharField(max_length=10, choices=Target), verbose_name=_("ladder"), default=list,
        blank=True,
    )  # fmt: skip
    ladder_after = ArrayField(
        models.DurationField(), verbose_name=_("ladder delays"), default=list, blank=True,
        help_text=_("After the breach was noticed, one for each rung."),
    )  # fmt: skip
    repeat_after = models.DurationField(_("repeat the last rung every"), null=True, blank=True)
    basis = models.CharField(_("legal basis"), max_length=200)
    in_force_from = models.DateField(_("in force from"))
    in_force_to = models.DateField(
        _("in force to"), null=True, blank=True,
        help_text=_(
            "Once a clock was opened under it, what a rule binds and how it counts stays. To"
            " change that, give the rule its last day here, and add a new one from the next."
        ),
    )  # fmt: skip
    note = models.CharField(_("note"), max_length=300, blank=True)
    changed_at = models.DateTimeField(db_default=AgencyNow(), editable=False)
    """Since when it binds what it binds: what came in before owes it nothing."""

    objects = DeadlineRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("deadline rule")
        verbose_name_plural = _("deadline rules")
        ordering = ["code", "in_force_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "in_force_from"], name="rule_once_per_code_and_start"
            ),
            ExclusionConstraint(
                name="rule_one_in_force_at_a_time",
                expressions=[
                    (F("code"), RangeOperators.EQUAL),
                    (DAYS_IN_FORCE, RangeOperators.OVERLAPS),
                ],
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
            models.CheckConstraint(
                condition=Q(warn_percents__contained_by=list(PERCENTS)),
                name="rule_warns_between_start_and_due",
            ),
            models.CheckConstraint(
                condition=Func(
                    F("ladder_after"), template="interval '0' <= ALL(%(expressions)s)",
                    output_field=models.BooleanField(),
                ),
                name="rule_ladder_climbs_after_the_breach",
            ),
            models.CheckConstraint(
                condition=Q(repeat_after=None) | Q(repeat_after__gt=timedelta()),
                name="rule_repeats_after_a_while",
            ),
            models.CheckConstraint(
                # of a window that lacks one end the last part alone is neither true nor false
                condition=Q(window_from=None, window_to=None)
                | Q(window_from__isnull=False, window_to__isnull=False, window_from__lt=F("window_to")),
                name="rule_window_opens_before_it_closes",
            ),
        ]  # fmt: skip
        triggers = [
            pgtrigger.Trigger(
                name="pinned_by_its_clocks",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(*PINNED),
                declare=[("clocks", "regclass"), ("is_applied", "boolean")],
                func=REFUSE_IF_APPLIED,
            ),
            pgtrigger.Trigger(
                name="in_force_again",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("in_force_to"),
                func="""
                    IF OLD.in_force_to < (agency_now() AT TIME ZONE 'Asia/Shanghai')::date THEN
                        NEW.changed_at = agency_now();
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_en if (get_language() or "zh").startswith("en") else self.name_zh

    def clean(self) -> None:
        """Refuse a rule under which no clock could be opened, or one would never fall silent.

        Intake opens clocks under every rule that binds: one that cannot be counted would
        stop it for everybody.
        """
        super().clean()
        errors = {**self._unknown_words(), **self._untimely_warnings(), **self._uncountable()}
        if self.is_applied:
            # what stays was right when it was saved, whatever is known today
            errors = {name: said for name, said in errors.items() if name not in PINNED}
            errors |= self._pinned()
        errors |= self._in_force_twice()
        if errors:
            raise ValidationError(errors)

    @property
    def is_applied(self) -> bool:
        """Whether a clock was ever opened under it."""
        clocks = (f for f in self._meta.get_fields(include_hidden=True) if f.one_to_many)
        return any(f.related_model.objects.filter(rule=self.pk).exists() for f in clocks)

    def _pinned(self) -> dict[str, str]:
        stored = DeadlineRule.objects.get(pk=self.pk)
        told = gettext("Clocks were opened under this rule: end it, and add a new one.")
        return {name: told for name in PINNED if getattr(self, name) != getattr(stored, name)}

    def _in_force_twice(self) -> dict[str, str]:
        """Two rows of one code on one day would open two clocks for one ticket."""
        if self.in_force_from is None:
            return {}  # told already
        others = DeadlineRule.objects.exclude(pk=self.pk).filter(code=self.code)
        other = others.in_force_within(self.in_force_from, self.in_force_to).first()
        if other is None:
            return {}
        told = gettext("From %(begin)s to %(end)s a rule of this code is in force already.")
        days = {"begin": other.in_force_from, "end": other.in_force_to or "…"}
        return {"in_force_from" if self._state.adding else "in_force_to": told % days}

    def _unknown_words(self) -> dict[str, str]:
        named = {
            "kinds": self.kinds or [], "channels": self.channels or [],
            "starts_on": [self.starts_on], "met_by": [self.met_by],
            "topics": self.topics or [], "pauses": self.pauses or [],
        }  # fmt: skip
        unknown = {
            name: set(words) - vocabulary.known(name).keys() for name, words in named.items()
        }
        return {
            name: gettext("%(words)s: not among %(known)s.")
            % {
                "words": listed(sorted(map(str, words))),
                "known": listed(sorted(vocabulary.known(name))),
            }
            for name, words in unknown.items()
            if words - {"", None}
        }

    def _untimely_warnings(self) -> dict[str, str]:
        delays, errors = self.ladder_after or [], {}
        if set(self.warn_percents or []) - set(PERCENTS):
            errors["warn_percents"] = gettext(
                "A warning comes between 1 and 99 percent of the time."
            )
        if len(delays) != len(self.ladder_targets or []):
            errors["ladder_after"] = gettext("Each rung has one delay.")
        elif delays != sorted(delays) or min(delays, default=timedelta()) < timedelta():
            errors["ladder_after"] = gettext(
                "No rung comes before the breach or the rung before it."
            )
        if self.repeat_after is not None and self.repeat_after < SHORTEST_REPEAT:
            errors["repeat_after"] = gettext("At least one minute lies between two repetitions.")
        return errors

    def _uncountable(self) -> dict[str, str]:
        if (self.window_from is None) != (self.window_to is None):
            return {"window_to": gettext("A window has a beginning and an end.")}
        if self.window_from and self.window_to and self.window_from >= self.window_to:
            return {"window_to": gettext("The window must open before it closes.")}
        if self.amount is None or self.unit not in self.Length or self.roll not in self.Roll:
            return {}  # told already, field by field
        try:
            self.due(SAMPLE, calendar.WorkCalendar.of([]))
        except (ValueError, OverflowError) as error:
            return {"amount": str(error)}
        return {}

    def binds(
        self,
        *,
        kind: str,
        channel: str,
        contactable: bool,
        profile: str,
        topics: Collection[str] = (),
    ) -> bool:
        """Whether the rule opens a clock for this kind of matter from this channel.

        ``profile`` is that of the unit that owes it, ``topics`` the codes the case carries.
        """
        return (
            kind in self.kinds
            and (not self.channels or channel in self.channels)
            and (contactable or not self.requires_contact)
            and self.profile in {"", profile}
            and (not self.topics or not set(self.topics).isdisjoint(topics))
        )

    def is_in_force(self, on: date) -> bool:
        """Whether it binds what starts on the day ``on`` (Asia/Shanghai)."""
        return self.in_force_from <= on <= (self.in_force_to or on)

    def due(
        self, starts_at: datetime, work_calendar, *, extension: int = 0,
        pauses: Iterable[calendar.Pause] = (),
    ) -> "calendar.Due":  # fmt: skip
        """When a clock started at ``starts_at`` is due, and how that was counted.

        An extension is counted from the start with the amount, never from the first due day.
        """
        window: tuple[time, time] | None = None
        if self.window_from and self.window_to:
            window = (self.window_from, self.window_to)
        return calendar.due(
            starts_at, self.amount + extension, self.unit, calendar=work_calendar, roll=self.roll,
            window=window, pauses=pauses,
        )  # fmt: skip
