"""A moment by which a unit owes something. The engine that moves it: agency/core/deadlines/."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agency.core.calendar import Due, WorkCalendar
from agency.core.clock import AgencyNow
from agency.core.models.trail import Trail

OPEN = Q(met_at=None, cancelled_at=None)
RUNNING = OPEN & Q(paused_at=None)
"""Open, and its time goes by: a paused clock is neither near nor late."""
IN_TIME = Q(met_at__lte=F("due_at"))
"""The one definition: the due moment itself is still in time."""

MOMENT_AFTER = timedelta(microseconds=1)
"""PostgreSQL's grain: the first moment that is late."""


def overdue(at: datetime) -> Q:
    """Still owed at ``at`` and late by then, whether or not a sweep has noticed."""
    return RUNNING & Q(due_at__lt=at)


def stood_still(since: datetime, pauses: "Iterable[DeadlinePause]") -> timedelta:
    """How much of the time after ``since`` ended ``pauses`` left out. They may overlap: nothing
    is left out twice.
    """
    still, until = timedelta(), since
    for pause in sorted((p for p in pauses if p.to_at), key=lambda p: p.from_at):
        still += max(pause.to_at - max(pause.from_at, until), timedelta())
        until = max(until, pause.to_at)
    return still


LAPSED = "lapsed"
"""Why a clock was cancelled whose limit was not ours but a citizen's, who did not keep it."""


def at_risk(at: datetime) -> Q:
    """Still in time at ``at`` and past the first warning point."""
    return RUNNING & Q(due_at__gte=at, warn_at__lte=at)


def state_of(due_at: datetime, warn_at: datetime | None, at: datetime) -> str:
    """``overdue at_risk on_time``: what ``overdue`` and ``at_risk`` say of a running clock at
    ``at``, for who has its moments alone."""
    if due_at < at:
        return "overdue"
    return "at_risk" if warn_at and warn_at <= at else "on_time"


def decided(at: datetime) -> Q:
    """In time or late, at ``at`` nobody can change it any more: met, or due before ``at``.

    What was cancelled before it was due is neither, nor what somebody else let pass.
    """
    in_force = Q(cancelled_at=None) | Q(cancelled_at__gt=F("due_at")) & ~Q(cancel_reason=LAPSED)
    return in_force & Q(paused_at=None) & (Q(met_at__isnull=False) | Q(due_at__lt=at))


class DeadlineQuerySet(models.QuerySet):
    def open(self):
        return self.filter(OPEN)

    def running(self):
        return self.filter(RUNNING)

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
    ``unit`` and ``handler`` have it now, or had it when it ended. ``answerable`` is the unit
    whose figure it is: the same one while it is in time; whoever let it pass once it is late,
    wherever it goes afterwards.
    ``paused_at`` is set while its time does not count; ``due_at`` is then the moment it had
    before, and moves when it resumes. ``extension`` is what was granted on top of the rule's
    amount, in the rule's unit. ``is_named``: due as a document says, not by its rule.
    ``alarm_at``: the morning of the last day by the count, where
    the due day was moved on from it; None where it was not.
    """

    subject = "subject"
    """Name of the foreign key to what the obligation is about; a concrete model says."""

    rule = models.ForeignKey(
        "core.DeadlineRule", models.PROTECT, related_name="+", verbose_name=_("rule")
    )
    unit = models.ForeignKey("core.Unit", models.PROTECT, related_name="+", verbose_name=_("unit"))
    answerable = models.ForeignKey(
        "core.Unit", models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("unit answerable"),
    )  # fmt: skip
    handler = models.ForeignKey(
        "core.User", models.PROTECT, null=True, related_name="+", verbose_name=_("handler")
    )
    starts_at = models.DateTimeField(_("starts at"))
    due_at = models.DateTimeField(_("due at"))
    warn_at = models.DateTimeField(null=True)
    alarm_at = models.DateTimeField(null=True)
    extension = models.PositiveSmallIntegerField(_("extension"), default=0)
    paused_at = models.DateTimeField(_("paused at"), null=True)
    provisional = models.BooleanField(_("provisional"), default=False)
    is_named = models.BooleanField(_("due as a document says"), default=False)
    met_at = models.DateTimeField(_("met at"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True)
    cancel_reason = models.CharField(_("why cancelled"), max_length=40, blank=True)
    noticed_at = models.DateTimeField(_("breach noticed at"), null=True)
    gap = models.ForeignKey("core.SystemGap", models.PROTECT, null=True, related_name="+")
    attention_at = models.DateTimeField(null=True)
    warned_percent = models.PositiveSmallIntegerField(default=0)
    ladder_step = models.PositiveIntegerField(default=0)
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
                condition=RUNNING | Q(attention_at=None), name="%(class)s_only_running_is_watched"
            ),
            models.CheckConstraint(
                condition=Q(paused_at=None) | OPEN & Q(noticed_at=None, paused_at__lte=F("due_at")),
                name="%(class)s_paused_is_open_and_in_time",
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
            pgtrigger.Protect(
                name="answerable_stays",
                operation=pgtrigger.UpdateOf("answerable_id"),
                condition=pgtrigger.Q(old__answerable__df=pgtrigger.F("new__answerable"))
                & (
                    pgtrigger.Q(old__noticed_at__isnull=False)
                    | pgtrigger.Q(old__met_at__isnull=False)
                    | pgtrigger.Q(old__cancelled_at__isnull=False)
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
        """``running paused met met_late breached cancelled`` at ``at``: never waits for a sweep."""
        if self.cancelled_at:
            return "cancelled"
        if self.met_at:
            return "met" if self.met_at <= self.due_at else "met_late"
        if self.paused_at:
            return "paused"
        return "breached" if self.due_at < at else "running"

    def count(self, work_calendar: WorkCalendar) -> Due:
        """When it is due by its rule, its extension and its ended pauses, and how that is counted."""
        pauses = [(pause.from_at, pause.to_at) for pause in self.pauses.all() if pause.to_at]
        return self.rule.due(self.starts_at, work_calendar, extension=self.extension, pauses=pauses)

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


class DeadlinePause(models.Model):
    """A stretch of time that does not count. ``to_at`` is None while it lasts.

    A concrete model is named after its deadline's model (CaseDeadlinePause) and adds
    ``deadline`` with related_name ``pauses``. ``reason``: a code the rule may be paused for.
    """

    from_at = models.DateTimeField(_("from"))
    to_at = models.DateTimeField(_("to"), null=True)
    reason = models.CharField(_("reason"), max_length=20)
    note = models.CharField(_("note"), max_length=200, blank=True)
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(to_at=None) | Q(to_at__gte=F("from_at")),
                name="%(class)s_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["deadline"], condition=Q(to_at=None), name="%(class)s_one_at_a_time"
            ),
        ]


class DeadlineExcuse(models.Model):
    """Why a recorded breach is not held against anybody. It stands beside the breach.

    A concrete model adds ``deadline``. Two people: who asks and who decides.
    """

    reason = models.TextField(_("reason"))
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    decided_by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=~Q(decided_by=F("by")), name="%(class)s_decided_by_another"
            ),
            models.UniqueConstraint(fields=["deadline"], name="%(class)s_once"),
        ]


class DeadlineChange(Trail):
    """Why a due moment moved: the database refuses the move without this row.

    A concrete model is named after its deadline's model (CaseDeadlineChange) and adds
    ``deadline``. ``by`` is None when the system did it (a calendar was loaded).
    """

    old_due_at = models.DateTimeField(_("due before"))
    new_due_at = models.DateTimeField(_("due after"))
    cause = models.CharField(_("cause"), max_length=40)
    by = models.ForeignKey("core.User", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta(Trail.Meta):
        abstract = True
