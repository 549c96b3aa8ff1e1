from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from agency.core.models import Deadline, DeadlineChange, DeadlineExcuse, DeadlinePause
from agency.core.models.deadline import OPEN, DeadlineQuerySet
from agency.core.scope import ScopedQuerySet
from cases.models.case import Case, CaseQuerySet


class CaseDeadlineQuerySet(ScopedQuerySet, DeadlineQuerySet):
    """Clocks, in the scope of their cases."""

    given_key = "case"
    given_to = staticmethod(CaseQuerySet.given_to)

    @staticmethod
    def hidden_from(user) -> Q | None:
        hidden = CaseQuerySet.hidden_from(user)
        return hidden and Q(case__in=Case.objects.filter(hidden))


class CaseDeadline(Deadline):
    """A clock on a case; ``ticket`` is set for the ticket's own clocks (1030).

    ``unit`` and ``handler`` follow the case, ``answerable`` until it is late; ``channel`` is
    the ticket's and never changes: the board counts a million rows without a join.
    """

    subject = "case"

    case = models.ForeignKey(
        "cases.Case", models.PROTECT, related_name="deadlines", verbose_name=_("case")
    )
    ticket = models.ForeignKey(
        "cases.Ticket", models.PROTECT, null=True, related_name="deadlines",
        verbose_name=_("ticket"),
    )  # fmt: skip
    channel = models.ForeignKey(
        "cases.Channel", models.PROTECT, related_name="+", verbose_name=_("channel")
    )

    objects = CaseDeadlineQuerySet.as_manager()

    class Meta(Deadline.Meta):
        abstract = False
        constraints = [
            *Deadline.Meta.constraints,
            models.UniqueConstraint(
                fields=["ticket", "rule"], condition=Q(cancelled_at=None),
                name="casedeadline_once_per_ticket_and_rule",
            ),
            models.UniqueConstraint(
                fields=["case", "rule"], condition=Q(ticket=None) & OPEN,
                name="casedeadline_one_open_per_case_and_rule",
            ),
        ]  # fmt: skip
        indexes = [
            # Serves the sweep: the moments at which a row needs it, and nothing else.
            models.Index(
                fields=["attention_at"], name="casedeadline_attention",
                condition=Q(attention_at__isnull=False),
            ),
            # Serve board and queues: what is owed, soonest first: in whose hands, whose figure.
            models.Index(fields=["due_at"], name="casedeadline_open_due", condition=OPEN),
            models.Index(fields=["unit", "due_at"], name="casedeadline_open_unit", condition=OPEN),
            models.Index(
                fields=["answerable", "due_at"], name="casedeadline_open_answerable",
                condition=OPEN,
            ),
            models.Index(
                fields=["handler", "due_at"], name="casedeadline_open_handler", condition=OPEN
            ),
            # Serves on-time rates: what fell due in a period.
            models.Index(fields=["rule", "due_at"], name="casedeadline_rule_due"),
            # Serves "just breached", newest first.
            models.Index(
                fields=["-noticed_at"], name="casedeadline_noticed",
                condition=Q(noticed_at__isnull=False),
            ),
        ]  # fmt: skip

    @classmethod
    def lock_subjects(cls, pks) -> None:
        """Lock the cases, in the order in which every verb does."""
        cases = Case.objects.filter(pk__in=cls.objects.filter(pk__in=pks).values("case"))
        list(cases.select_for_update(no_key=True).order_by("pk").values_list("pk"))

    @classmethod
    def after_recount(cls, deadlines) -> None:
        """Keep the cases' next due moment true."""
        soonest = cls.objects.running().filter(case=OuterRef("pk")).order_by("due_at")
        Case.objects.filter(pk__in={deadline.case_id for deadline in deadlines}).update(
            next_due_at=Subquery(soonest.values("due_at")[:1])
        )


class CaseDeadlineChange(DeadlineChange):
    """Why a case's clock moved."""

    deadline = models.ForeignKey(CaseDeadline, models.PROTECT, related_name="changes")

    def __str__(self) -> str:
        return f"{self.deadline_id} {self.cause}"


class CaseDeadlinePause(DeadlinePause):
    """While the case's clock stood still."""

    deadline = models.ForeignKey(CaseDeadline, models.PROTECT, related_name="pauses")

    def __str__(self) -> str:
        return f"{self.deadline_id} {self.reason}"


class CaseDeadlineExcuse(DeadlineExcuse):
    """Why a breach on a case is not held against anybody."""

    deadline = models.ForeignKey(CaseDeadline, models.PROTECT, related_name="excuses")

    def __str__(self) -> str:
        return f"{self.deadline_id}"
