"""A moment by which a unit owes something. The engine that moves it: agency/core/deadlines.py."""

from datetime import datetime, timedelta

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow

OPEN = Q(met_at=None, cancelled_at=None)
IN_TIME = Q(met_at__lte=F("due_at"))
"""The one definition: the due moment itself is still in time."""

MOMENT_AFTER = timedelta(microseconds=1)
"""PostgreSQL's grain: the first moment that is late."""


def overdue(at: datetime) -> Q:
    """Still owed at ``at`` and late by then, whether or not a sweep has noticed."""
    return OPEN & Q(due_at__lt=at)


def at_risk(at: datetime) -> Q:
    """Still in time at ``at`` and past the first warning point."""
    return OPEN & Q(due_at__gte=at, warn_at__lte=at)


def decided(at: datetime) -> Q:
    """In time or late, at ``at`` nobody can change it any more: met, or due before ``at``.

    What was cancelled before it was due is neither.
    """
    in_force = Q(cancelled_at=None) | Q(cancelled_at__gt=F("due_at"))
    return in_force & (Q(met_at__isnull=False) | Q(due_at__lt=at))


class DeadlineQuerySet(models.QuerySet):
    def open(self):
        return self.filter(OPEN)

    def overdue(self, at: datetime):
        return self.filter(overdue(at))

    def at_risk(self, at: datetime):
        return self.filter(at_risk(at))


class Deadline(models.Model):
    """One obligation: what rule, from when, until when, and when it was met.

    Moments are stored, verdicts are derived. ``attention_at`` is the next moment at which
    the sweep owes this row something (a warning, the breach, a rung of the ladder); None
    when nothing more will happen by itself. ``warn_at`` is the first warning point.
    ``noticed_at`` is when the breach was recorded; the breach itself is at ``due_at``.
    ``gap`` is set when it was found late because nobody swept.
    """

    subject = "subject"
    """Name of the foreign key to what the obligation is about; a concrete model says."""

    rule = models.ForeignKey(
        "core.DeadlineRule", models.PROTECT, related_name="+", verbose_name=_("rule")
    )
    unit = models.ForeignKey("core.Unit", models.PROTECT, related_name="+", verbose_name=_("unit"))
    handler = models.ForeignKey(
        "core.User", models.PROTECT, null=True, related_name="+", verbose_name=_("handler")
    )
    starts_at = models.DateTimeField(_("starts at"))
    due_at = models.DateTimeField(_("due at"))
    warn_at = models.DateTimeField(null=True)
    provisional = models.BooleanField(_("provisional"), default=False)
    met_at = models.DateTimeField(_("met at"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True)
    cancel_reason = models.CharField(_("why cancelled"), max_length=40, blank=True)
    noticed_at = models.DateTimeField(_("breach noticed at"), null=True)
    gap = models.ForeignKey("core.SystemGap", models.PROTECT, null=True, related_name="+")
    attention_at = models.DateTimeField(null=True)
    warned_percent = models.PositiveSmallIntegerField(default=0)
    ladder_step = models.PositiveSmallIntegerField(default=0)
    sweep_errors = models.PositiveSmallIntegerField(default=0)

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        abstract = True
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at__gte=F("starts_at")), name="%(class)s_due_after_start"
            ),
            models.CheckConstraint(
                condition=Q(met_at=None) | Q(cancelled_at=None),
                name="%(class)s_met_or_cancelled_not_both",
            ),
            models.CheckConstraint(
                condition=Q(met_at=None) | Q(met_at__gte=F("starts_at")),
                name="%(class)s_met_after_start",
            ),
            models.CheckConstraint(
                condition=Q(noticed_at=None) | Q(noticed_at__gt=F("due_at")),
                name="%(class)s_breach_noticed_after_due",
            ),
            models.CheckConstraint(
                condition=Q(noticed_at=None) | Q(met_at=None) | Q(met_at__gt=F("due_at")),
                name="%(class)s_breached_is_not_met_in_time",
            ),
            models.CheckConstraint(
                condition=Q(met_at=None) | IN_TIME | Q(noticed_at__isnull=False),
                name="%(class)s_met_late_is_breached",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at=None)
                | Q(cancelled_at__lte=F("due_at"), noticed_at=None)
                | Q(cancelled_at__gt=F("due_at"), noticed_at__isnull=False),
                name="%(class)s_cancelled_late_is_breached",
            ),
            models.CheckConstraint(
                condition=OPEN | Q(attention_at=None), name="%(class)s_ended_needs_no_attention"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="breach_is_for_ever",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__noticed_at__isnull=False)
                & (
                    pgtrigger.Q(old__noticed_at__df=pgtrigger.F("new__noticed_at"))
                    | pgtrigger.Q(old__due_at__df=pgtrigger.F("new__due_at"))
                ),
            ),
            pgtrigger.Trigger(
                name="due_moves_with_a_change_row",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("due_at"),
                condition=pgtrigger.Q(old__due_at__df=pgtrigger.F("new__due_at")),
                func=pgtrigger.Func(
                    """
                    IF NOT EXISTS (
                        SELECT 1 FROM {meta.db_table}change c WHERE c.deadline_id = NEW.id
                        AND c.old_due_at = OLD.due_at AND c.new_due_at = NEW.due_at
                    ) THEN
                        RAISE EXCEPTION 'due_at of {meta.db_table} % moves without a change row', OLD.id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                    """
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.due_at:%F %T}"

    def state_at(self, at: datetime) -> str:
        """``running met met_late breached cancelled`` at ``at``: never waits for a sweep."""
        if self.cancelled_at:
            return "cancelled"
        if self.met_at:
            return "met" if self.met_at <= self.due_at else "met_late"
        return "breached" if self.due_at < at else "running"

    @classmethod
    def lock_subjects(cls, pks: "list[int]") -> None:
        """Called before the rows ``pks`` are locked: a model whose acts lock what the rows
        belong to before the rows does the same here, or the two wait for each other."""

    @classmethod
    def after_recount(cls, deadlines: "list[Deadline]") -> None:
        """Called with rows that were counted again: a model that keeps their due moment
        elsewhere follows."""

    @property
    def breached_at(self) -> datetime | None:
        """The true moment of a recorded breach; None while there is none."""
        return self.due_at if self.noticed_at else None


class DeadlineChange(models.Model):
    """Why a due moment moved: the database refuses the move without this row.

    A concrete model is named after its deadline's model (CaseDeadlineChange) and adds
    ``deadline``. ``by`` is None when the system did it (a calendar was loaded).
    """

    old_due_at = models.DateTimeField(_("due before"))
    new_due_at = models.DateTimeField(_("due after"))
    cause = models.CharField(_("cause"), max_length=40)
    by = models.ForeignKey("core.User", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        abstract = True
