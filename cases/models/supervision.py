import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from agency.core.roles import Role
from cases.models.texts import CaseText


class Supervision(models.Model):
    """Somebody above pressed for what was overdue 督办: who, when, and what they said.

    It names no clock: it presses for all of the case that were late ``at`` that moment.
    """

    TELLS = ("handler", Role.CHIEF, Role.LEADER)
    """Whom its notices may be meant for: each has one of its own."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="supervisions")
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())
    note = CaseText(_("note"), blank=True)

    class Meta:
        verbose_name = _("supervision")
        verbose_name_plural = _("supervisions")
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.by_id}"

    @classmethod
    def notice_key(cls, pk: int, target: str) -> str:
        """What the notice to this target is known by."""
        return f"supervision:{pk}:{target}"

    @classmethod
    def notice_keys(cls, pk: int) -> list[str]:
        """Of all its notices, written or not."""
        return [cls.notice_key(pk, target) for target in cls.TELLS]
