import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from agency.core.text import HIDDEN, mask_address
from cases.models.texts import CaseText


class Supplement(models.Model):
    """A field of a case told better after its registration 补充登记: what stood there, and what does.

    Of a person nothing stands in ``was`` and ``now``: the rows they were keep it sealed. ``field``
    is called as in the verb's body.
    """

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="supplements")
    field = models.CharField(_("field"), max_length=30)
    was = CaseText(_("before"), blank=True)
    now = CaseText(_("since then"), blank=True)
    was_person = models.ForeignKey("cases.Consumer", models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey("cases.Consumer", models.PROTECT, null=True, related_name="+")
    reason = CaseText(_("reason"), blank=True)
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("supplement")
        verbose_name_plural = _("supplements")
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.field}"

    @property
    def told(self) -> tuple[str, str]:
        """Before and since, masked where it is a person's, wholly where they reported; texts as
        they were written.
        """
        if self.field == "merchant_address":
            return mask_address(self.was), mask_address(self.now)
        if self.person is None:
            return self.was, self.now
        if self.case.is_secret:
            return HIDDEN, HIDDEN
        before = self.was_person.masked() if self.was_person else {}
        return before.get(self.field, ""), self.person.masked()[self.field]
