from django.db import models
from django.utils.translation import gettext_lazy as _

from agency.core.models import Event


class OutletEvent(Event):
    """What happened to an outlet: written once, never changed."""

    class Kind(models.TextChoices):
        APPLIED = "applied", _("applied for")
        INSPECTED = "inspected", _("inspected")
        FILED = "filed", _("put on file")
        REJECTED = "rejected", _("not set up")
        SUSPENDED = "suspended", _("suspended")
        RESUMED = "resumed", _("outlet resumed")
        RATED = "rated", _("graded")
        RENEWED = "renewed", _("goes on in the new year")
        WITHDRAWN = "withdrawn", _("taken off file")
        IMPORTED = "imported", _("imported")
        REPORTED = "reported", _("month reported")
        STAFF_ADDED = "staff_added", _("staff added")
        STAFF_LEFT = "staff_left", _("staff left")
        TRAINED = "trained", _("trained")
        PHOTO_ADDED = "photo_added", _("photo added")
        SUSPENSION_PROPOSED = "suspension_proposed", _("suspension proposed")
        SUSPENSION_DECLINED = "suspension_declined", _("suspension declined")
        DEADLINE_WARNED = "deadline_warned", _("deadline near")
        DEADLINE_BREACHED = "deadline_breached", _("deadline missed")
        DEADLINE_ESCALATED = "deadline_escalated", _("escalated")

    INSIDE = frozenset({Kind.SUSPENSION_PROPOSED, Kind.SUSPENSION_DECLINED})
    """What the outlet itself is not told: nobody has decided, or it was let be."""

    kind = models.CharField(_("what"), max_length=40, choices=Kind)
    outlet = models.ForeignKey("outlets.Outlet", models.PROTECT, related_name="events")
    deadline = models.ForeignKey(
        "outlets.OutletDeadline", models.PROTECT, null=True, related_name="events"
    )

    class Meta(Event.Meta):
        abstract = False
        verbose_name = _("outlet event")
        verbose_name_plural = _("outlet events")

    def __str__(self) -> str:
        return f"{self.outlet_id} {self.kind}"
