import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from agency.core.scope import ScopedQuerySet
from interviews.lifecycle import State


class InterviewQuerySet(ScopedQuerySet):
    """Interviews in the scope of their unit."""


class Interview(models.Model):
    """That merchants are called in on a matter: proposed, decided, held, closed.

    What becomes of each merchant stands in its ``Attendance``. ``no`` is ours, ``external_no`` that
    of a file it was brought in from. ``basis``: as its letters cite it; "" for what the
    unit's profile usually cites (interviews/letters/facts.py). ``publicity``: whether the session is public (公开).
    """

    class Kind(models.TextChoices):
        INDIVIDUAL = "individual", _("individual")
        COLLECTIVE = "collective", _("collective")

    no = models.CharField(_("number"), max_length=20, unique=True)
    external_no = models.CharField(_("number in its file"), max_length=64, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.PROPOSED)
    unit = models.ForeignKey("core.Unit", models.PROTECT, related_name="+", verbose_name=_("unit"))
    subject = models.CharField(_("subject"), max_length=200)
    matters = models.TextField(_("matters"), blank=True)
    basis = models.CharField(_("legal basis"), max_length=200, blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True)
    hold_at = models.DateTimeField(_("to be held at"), null=True)
    publicity = models.BooleanField(_("public session"), default=False)
    trigger = models.CharField(_("signal"), max_length=40, blank=True)
    cases = models.ManyToManyField("cases.Case", related_name="interviews", blank=True)
    handler = models.ForeignKey(
        "core.User", models.PROTECT, null=True, related_name="+", verbose_name=_("handler")
    )
    proposed_by = models.ForeignKey(
        "core.User", models.PROTECT, null=True, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed at"), db_default=AgencyNow())
    decided_by = models.ForeignKey(
        "core.User", models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    opinion = models.TextField(_("opinion"), blank=True)
    held_at = models.DateTimeField(_("held at"), null=True)
    """When its first session took place."""
    closed_at = models.DateTimeField(_("closed at"), null=True)

    objects = InterviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("interview")
        verbose_name_plural = _("interviews")
        constraints = [
            models.UniqueConstraint(
                fields=["external_no"], condition=~Q(external_no=""),
                name="interview_once_per_number_of_its_file",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="interview_decided_by_another",
            ),
        ]  # fmt: skip
        indexes = [
            # Serves the list, newest first, within a unit's subtree.
            models.Index(fields=["unit", "-proposed_at"], name="interview_of_unit"),
            # Serves the figures: what was held in a period.
            models.Index(fields=["held_at"], name="interview_held", condition=Q(held_at__isnull=False)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.no

    @property
    def is_history(self) -> bool:
        """Whether it was brought in with its past: no clock ever ran for it."""
        return bool(self.external_no)


class Session(models.Model):
    """A meeting that took place: who led it, and what was said. Written once."""

    interview = models.ForeignKey(Interview, models.PROTECT, related_name="sessions")
    held_at = models.DateTimeField(_("held at"))
    until = models.DateTimeField(_("until"), null=True)
    place = models.CharField(_("place"), max_length=200, blank=True)
    host = models.ForeignKey(
        "core.User", models.PROTECT, null=True, related_name="+", verbose_name=_("host")
    )
    recorder = models.ForeignKey(
        "core.User", models.PROTECT, null=True, related_name="+", verbose_name=_("recorder")
    )
    minutes = models.TextField(_("minutes"), blank=True)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        constraints = [
            models.CheckConstraint(
                condition=Q(recorder=None) | Q(host=None) | ~Q(recorder=F("host")),
                name="session_is_recorded_by_another",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.interview_id} {self.held_at:%F}"
