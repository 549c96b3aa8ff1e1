from django.db import models
from django.utils.translation import gettext_lazy as _


class Notice(models.Model):
    """That a merchant is called in: the first notice, or the second after it did not come.

    Ordered first; numbered in the moment its letter is written, so that a run that stops leaves
    neither gap nor double. ``number`` is its document's; of a row that was brought in
    its file's, and of no series of ours.
    """

    attendance = models.ForeignKey("interviews.Attendance", models.PROTECT, related_name="notices")
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    number = models.CharField(_("number"), max_length=100, blank=True)
    hold_at = models.DateTimeField(_("called in for"), null=True)
    document = models.OneToOneField(
        "interviews.Document", models.PROTECT, null=True, related_name="notice"
    )
    by = models.ForeignKey("core.User", models.PROTECT, null=True, related_name="+")
    issued_at = models.DateTimeField(_("issued at"), null=True)

    class Meta:
        verbose_name = _("interview notice")
        verbose_name_plural = _("interview notices")
        ordering = ["pk"]  # in the order in which they came
        constraints = [
            models.UniqueConstraint(
                fields=["attendance", "round"], name="notice_once_per_merchant_and_round"
            ),
        ]

    def __str__(self) -> str:
        return self.number or str(self.pk)
