from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agency.core.models import Deadline, DeadlineChange, DeadlineExcuse, DeadlinePause
from agency.core.models.deadline import OPEN, DeadlineQuerySet
from agency.core.scope import ScopedQuerySet
from outlets.models.outlet import Outlet


class OutletDeadlineQuerySet(ScopedQuerySet, DeadlineQuerySet):
    """Clocks of outlets, in the scope of their units."""


class OutletDeadline(Deadline):
    """A clock on an outlet; ``report`` is set for a month that is to be reported."""

    subject = "outlet"

    outlet = models.ForeignKey(
        "outlets.Outlet", models.PROTECT, related_name="deadlines", verbose_name=_("outlet")
    )
    report = models.ForeignKey(
        "outlets.MonthlyReport", models.PROTECT, null=True, related_name="deadlines",
        verbose_name=_("monthly report"),
    )  # fmt: skip

    objects = OutletDeadlineQuerySet.as_manager()

    class Meta(Deadline.Meta):
        abstract = False
        constraints = [
            *Deadline.Meta.constraints,
            models.UniqueConstraint(
                fields=["report", "rule"], condition=Q(cancelled_at=None),
                name="outletdeadline_once_a_month",
            ),
            models.UniqueConstraint(
                fields=["outlet", "rule"], condition=Q(report=None) & OPEN,
                name="outletdeadline_one_open_per_rule",
            ),
        ]  # fmt: skip
        indexes = [
            # Serves the sweep: the moments at which a row needs it, and nothing else.
            models.Index(
                fields=["attention_at"], name="outletdeadline_attention",
                condition=Q(attention_at__isnull=False),
            ),
            # Serves list and portal: what is owed, soonest first.
            models.Index(fields=["due_at"], name="outletdeadline_open_due", condition=OPEN),
        ]  # fmt: skip

    @classmethod
    def lock_subjects(cls, pks) -> None:
        """Lock the outlets, in the order in which every verb does."""
        found = Outlet.objects.filter(pk__in=cls.objects.filter(pk__in=pks).values("outlet"))
        list(found.select_for_update(no_key=True).order_by("pk").values_list("pk"))


class OutletDeadlineChange(DeadlineChange):
    """Why an outlet's clock moved."""

    deadline = models.ForeignKey(OutletDeadline, models.PROTECT, related_name="changes")

    def __str__(self) -> str:
        return f"{self.deadline_id} {self.cause}"


class OutletDeadlinePause(DeadlinePause):
    """While the outlet's clock stood still."""

    deadline = models.ForeignKey(OutletDeadline, models.PROTECT, related_name="pauses")

    def __str__(self) -> str:
        return f"{self.deadline_id} {self.reason}"


class OutletDeadlineExcuse(DeadlineExcuse):
    """Why a breach of an outlet is not held against anybody."""

    deadline = models.ForeignKey(OutletDeadline, models.PROTECT, related_name="excuses")

    def __str__(self) -> str:
        return f"{self.deadline_id}"
