from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow


class CallbackQuerySet(models.QuerySet):
    def waiting_for(self, user):
        """What ``user`` may be asked to call back: nobody else who is still there is named for it."""
        is_asked = Q(officer=None) | Q(officer=user) | Q(officer__is_active=False)
        return self.filter(is_asked, done_at=None)


class Callback(models.Model):
    """An ended case drawn to be called back by somebody who did not handle it; or a petition
    that was answered, by the ``officer`` whom its three-level responsibility names (专人回访).

    ``ended_on`` is the day (Asia/Shanghai) it was drawn for, or answered on; ``done_at`` None
    while it waits. ``officer`` None: whoever may.
    """

    case = models.OneToOneField("cases.Case", models.PROTECT, related_name="callback")
    officer = models.ForeignKey("core.User", models.PROTECT, null=True, related_name="+")
    ended_on = models.DateField(_("ended on"))
    drawn_at = models.DateTimeField(_("drawn at"), db_default=AgencyNow())
    done_at = models.DateTimeField(_("called back at"), null=True)

    objects = CallbackQuerySet.as_manager()

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
