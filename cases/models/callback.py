from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow


class Callback(models.Model):
    """An ended case drawn to be called back by somebody who did not handle it.

    ``ended_on`` is the day (Asia/Shanghai) it was drawn for; ``done_at`` None while it waits.
    """

    case = models.OneToOneField("cases.Case", models.PROTECT, related_name="callback")
    ended_on = models.DateField(_("ended on"))
    drawn_at = models.DateTimeField(_("drawn at"), db_default=AgencyNow())
    done_at = models.DateTimeField(_("called back at"), null=True)

    class Meta:
        verbose_name = _("drawn call back")
        verbose_name_plural = _("drawn call backs")
        indexes = [
            # Serves the call-back officers' start page.
            models.Index(fields=["case"], name="callback_waiting", condition=Q(done_at=None)),
            # Serves the draw: which days were drawn for.
            models.Index(fields=["ended_on"], name="callback_of_day"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.ended_on}"
