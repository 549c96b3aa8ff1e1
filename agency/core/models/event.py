from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from agency.core.models.trail import Trail


class Event(Trail):
    """A fact, written once in the transaction of the change it tells of.

    An app's own event model adds the real foreign keys: what it happened to, and
    ``deadline``. ``data`` holds ids, codes and moments, never personal data or free text,
    so that a person can be anonymised without touching history.
    ``actor`` is None when the clock did it. ``step`` is of a warning its percent (``steps.percent_of``), 0 for a
    breach, the rung of an escalation; None for acts.
    """

    kind = models.CharField(_("what"), max_length=40)
    at = models.DateTimeField(_("when"), db_default=AgencyNow())
    actor = models.ForeignKey(
        "core.User", models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    data = models.JSONField(default=dict)
    step = models.IntegerField(null=True)

    class Meta(Trail.Meta):
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["deadline", "kind", "step"],
                condition=Q(step__isnull=False),
                name="%(class)s_once_per_deadline_step",
            ),
        ]
