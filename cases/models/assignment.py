from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from cases.lifecycle import Kind
from cases.models.decision import Decision
from cases.models.texts import CaseLine, CaseText


class AssignmentQuerySet(models.QuerySet):
    def of(self, user):
        """Assignments that ``user`` has or had: as one of the people named, or gave back."""
        return self.filter(Q.create([(post, user) for post in Assignment.PEOPLE], Q.OR))

    def returned(self):
        """Given back since the case was opened last: after a reopening its returns begin anew."""
        return self.exclude(return_reason="").exclude(_was_reopened())

    def of_before(self):
        """Over when the case was opened again last."""
        return self.filter(_was_reopened())


def _was_reopened() -> Exists:
    """Of an assignment: the case was opened again since it ended."""
    reopened = Decision.objects.filter(kind=Decision.Kind.REOPENED, at__gte=OuterRef("ended_at"))
    return Exists(reopened.filter(case=OuterRef("case")))


class Assignment(models.Model):
    """A case in the hands of a unit, from one dispatch to the next.

    三专 are ``by``, who dispatched it, ``contact`` and ``follow_up``: three people, unless somebody
    said that one holds two of the parts (``override``). ``ruling``: why a leader sent it here,
    where it was returned twice (裁定意见).
    """

    PEOPLE = ("handler", "contact", "follow_up", "returned_by")
    """Who have or had something to do with the case by it."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="assignments")
    unit = models.ForeignKey("core.Unit", models.PROTECT, related_name="+")
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    handler = models.ForeignKey("core.User", models.PROTECT, null=True, related_name="+")
    contact = models.ForeignKey("core.User", models.PROTECT, null=True, related_name="+")
    follow_up = models.ForeignKey("core.User", models.PROTECT, null=True, related_name="+")
    override = models.BooleanField(_("one person holds two parts"), default=False)
    assigned_at = models.DateTimeField(_("assigned at"), db_default=AgencyNow())
    ended_at = models.DateTimeField(_("ended at"), null=True)
    ruling = CaseText(_("ruling"), ours=True, blank=True)
    return_reason = CaseLine(_("return reason"), max_length=100, blank=True)
    return_explanation = CaseText(_("explanation"), blank=True)
    returned_by = models.ForeignKey("core.User", models.PROTECT, null=True, related_name="+")

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at=None), name="assignment_one_current_per_case"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("assigned_at")),
                name="assignment_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(return_reason="") | Q(ended_at__isnull=False),
                name="assignment_returned_has_ended",
            ),
            models.CheckConstraint(
                condition=Q(override=True)
                | ~Q(contact=F("by")) & ~Q(follow_up=F("by")) & ~Q(contact=F("follow_up")),
                name="assignment_three_people_or_said_so",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}→{self.unit_id}"

    @property
    def dispatcher(self):
        """Who sent the case there; None of a petition that was never sent: who names its three
        people (三级负责) begins an assignment, and dispatches nothing.
        """
        if self.case.kind != Kind.PETITION:
            return self.by
        first = Assignment.objects.filter(case=self.case_id, by=self.by_id).earliest("pk")
        named = self.case.responsibilities.filter(at=first.assigned_at)
        return None if named.exists() else self.by
