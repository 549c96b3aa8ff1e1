from django.db import models
from django.utils.translation import gettext_lazy as _

from agency.core.models import Event


class InterviewEvent(Event):
    """What happened to an interview, or to one merchant in it: written once, never changed."""

    class Kind(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")
        NOTICE_ORDERED = "notice_ordered", _("notice ordered")
        NOTICES_STOPPED = "notices_stopped", _("notices stopped")
        NOTICE_ISSUED = "notice_issued", _("notice issued")
        ADDRESS_CONFIRMED = "address_confirmed", _("address for service confirmed")
        SERVED = "served", _("notice served")
        POSTPONED = "postponed", _("postponed")
        HELD = "held", _("session held")
        ATTENDED = "attended", _("attended")
        NO_SHOW = "no_show", _("did not come")
        PLEDGED = "pledged", _("pledge signed")
        PLEDGE_CHECKED = "pledge_checked", _("pledge checked")
        PLEDGE_REPEATED = "pledge_repeated", _("pledged matter complained of again")
        RECTIFICATION_RAISED = "rectification_raised", _("rectification demanded")
        RECTIFICATION_REPORTED = "rectification_reported", _("rectification reported")
        REPORT_LINK_MADE = "report_link_made", _("report link made")
        RECTIFICATION_EXTENDED = "rectification_extended", _("rectification extended")
        RECHECKED = "rechecked", _("re-checked")
        ESCALATED = "escalated", _("escalated to a measure")
        CLOSED = "closed", _("closed")
        IMPORTED = "imported", _("brought in as history")
        DEADLINE_WARNED = "deadline_warned", _("deadline near")
        DEADLINE_BREACHED = "deadline_breached", _("deadline missed")
        DEADLINE_ESCALATED = "deadline_escalated", _("escalated")

    kind = models.CharField(_("what"), max_length=40, choices=Kind)
    interview = models.ForeignKey("interviews.Interview", models.PROTECT, related_name="events")
    attendance = models.ForeignKey(
        "interviews.Attendance", models.PROTECT, null=True, related_name="events"
    )
    deadline = models.ForeignKey(
        "interviews.InterviewDeadline", models.PROTECT, null=True, related_name="events"
    )

    class Meta(Event.Meta):
        abstract = False
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.interview_id} {self.kind}"
