import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agency.core.models import Event


class CaseEventQuerySet(models.QuerySet):
    def of(self, case):
        """The story of ``case``: its own events, and those of the clocks that came to it.

        A clock moves with its ticket, an event stays where it was written. Told in keys:
        a join beside the "or" would read every event there is.
        """
        clocks = list(case.deadlines.values_list("pk", flat=True))
        return self.filter(Q(case=case) | Q(deadline__in=clocks))


class CaseEvent(Event):
    """What happened to a case: written once, never changed."""

    class Kind(models.TextChoices):
        REGISTERED = "registered", _("registered")
        TICKET_RECEIVED = "ticket_received", _("ticket received again")
        DISPATCHED = "dispatched", _("dispatched")
        RETURNED = "returned", _("returned")
        RESPONDED = "responded", _("responded")
        CONTACTED = "contacted", _("contacted")
        CONTACT_FAILED = "contact_failed", _("contact tried")
        REPLIED = "replied", _("replied to the platform")
        TICKET_LINKED = "ticket_linked", _("ticket linked")
        MERGED = "merged", _("merged")
        CLOSE_PROPOSED = "close_proposed", _("closing proposed")
        DISAPPROVED = "disapproved", _("not approved")
        CLOSED = "closed", _("closed")
        DEADLINE_WARNED = "deadline_warned", _("deadline near")
        DEADLINE_BREACHED = "deadline_breached", _("deadline missed")
        DEADLINE_ESCALATED = "deadline_escalated", _("escalated")

    kind = models.CharField(_("what"), max_length=40, choices=Kind)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="events")
    ticket = models.ForeignKey("cases.Ticket", models.PROTECT, null=True, related_name="events")
    deadline = models.ForeignKey(
        "cases.CaseDeadline", models.PROTECT, null=True, related_name="events"
    )

    objects = CaseEventQuerySet.as_manager()

    class Meta(Event.Meta):
        abstract = False
        verbose_name = _("event")
        verbose_name_plural = _("events")
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"
