from django.db import models
from django.utils.translation import gettext_lazy as _

from agency.core.models import Deadline, DeadlineChange, DeadlineExcuse, DeadlinePause
from agency.core.models.deadline import OPEN, DeadlineQuerySet
from agency.core.scope import ScopedQuerySet
from interviews.models.interview import Interview


class InterviewDeadlineQuerySet(ScopedQuerySet, DeadlineQuerySet):
    """Clocks, in the scope of their interviews' unit."""


class InterviewDeadline(Deadline):
    """A clock on an interview: on a merchant's course, on one matter pledged, on one repair."""

    subject = "interview"

    interview = models.ForeignKey(
        Interview, models.PROTECT, related_name="deadlines", verbose_name=_("interview")
    )
    attendance = models.ForeignKey(
        "interviews.Attendance", models.PROTECT, null=True, related_name="deadlines"
    )
    pledge_item = models.ForeignKey(
        "interviews.PledgeItem", models.PROTECT, null=True, related_name="deadlines"
    )
    rectification = models.ForeignKey(
        "interviews.Rectification", models.PROTECT, null=True, related_name="deadlines"
    )

    objects = InterviewDeadlineQuerySet.as_manager()

    class Meta(Deadline.Meta):
        abstract = False
        verbose_name = _("interview deadline")
        verbose_name_plural = _("interview deadlines")
        constraints = [
            *Deadline.Meta.constraints,
            models.UniqueConstraint(
                fields=["interview", "attendance", "pledge_item", "rectification", "rule"],
                condition=OPEN, nulls_distinct=False,
                name="interviewdeadline_one_open_of_each",
            ),
        ]  # fmt: skip
        indexes = [
            # Serves the sweep: the moments at which a row needs it, and nothing else.
            models.Index(
                fields=["attention_at"], name="interviewdeadline_attention",
                condition=models.Q(attention_at__isnull=False),
            ),
            # Serve queue and board: what is owed, soonest first, and in whose hands.
            models.Index(fields=["unit", "due_at"], name="interviewdeadline_open_unit", condition=OPEN),
            models.Index(
                fields=["handler", "due_at"], name="interviewdeadline_open_handler", condition=OPEN
            ),
        ]  # fmt: skip

    @classmethod
    def lock_subjects(cls, pks) -> None:
        """Lock the interviews, in the order in which every verb does."""
        mine = cls.objects.filter(pk__in=pks).values("interview")
        rows = Interview.objects.select_for_update(no_key=True).filter(pk__in=mine)
        list(rows.order_by("pk").values_list("pk"))


class InterviewDeadlineChange(DeadlineChange):
    """Why an interview's clock moved."""

    deadline = models.ForeignKey(InterviewDeadline, models.PROTECT, related_name="changes")

    def __str__(self) -> str:
        return f"{self.deadline_id} {self.cause}"


class InterviewDeadlinePause(DeadlinePause):
    """While an interview's clock stood still."""

    deadline = models.ForeignKey(InterviewDeadline, models.PROTECT, related_name="pauses")

    def __str__(self) -> str:
        return f"{self.deadline_id} {self.reason}"


class InterviewDeadlineExcuse(DeadlineExcuse):
    """Why a breach on an interview is not held against anybody."""

    deadline = models.ForeignKey(InterviewDeadline, models.PROTECT, related_name="excuses")

    def __str__(self) -> str:
        return f"{self.deadline_id}"
