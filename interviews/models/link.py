import uuid

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow


class ReportLink(models.Model):
    """The link by which a merchant without an account reports what it repaired: for one report.

    ``digest`` is of its token, which is shown once to who made it and kept nowhere. It is over when it
    was used, when another was made (``ended_at``), and from ``until`` on.
    """

    attendance = models.ForeignKey("interviews.Attendance", models.PROTECT, related_name="links")
    digest = models.CharField(max_length=64, unique=True)
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("made at"), db_default=AgencyNow())
    until = models.DateTimeField(_("until"))
    used_at = models.DateTimeField(_("used at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name = _("report link")
        verbose_name_plural = _("report links")
        ordering = ["pk"]  # in the order in which they came
        constraints = [
            models.UniqueConstraint(
                fields=["attendance"], condition=Q(used_at=None, ended_at=None),
                name="report_link_one_open_per_merchant",
            ),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(ended_at=None), name="report_link_is_used_or_ended"
            ),
        ]  # fmt: skip
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.pk)

    def is_over(self, at) -> bool:
        """Whether it opens no report any more."""
        return bool(self.used_at or self.ended_at or at >= self.until)


class Evidence(models.Model):
    """A file that came with a merchant's report of a repair: kept as it came, written once.

    ``name``: as the merchant called it. ``link``: by which it came.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    rectification = models.ForeignKey(
        "interviews.Rectification", models.PROTECT, related_name="evidence"
    )
    link = models.ForeignKey(ReportLink, models.PROTECT, related_name="evidence")
    file = models.OneToOneField("core.StoredFile", models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=200)
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("evidence of a repair")
        verbose_name_plural = _("evidence of repairs")
        ordering = ["at", "name"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return str(self.pk)
