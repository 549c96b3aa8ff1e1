import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from agency.core.sealing import SecretField, SecretRow


class Pledge(models.Model):
    """A merchant's letter of commitment 承诺书, signed at a day."""

    attendance = models.ForeignKey("interviews.Attendance", models.PROTECT, related_name="pledges")
    signed_at = models.DateTimeField(_("signed at"), null=True)
    """None where a file only said that there is one."""
    publish = models.BooleanField(_("agrees to be published"), default=False)
    by = models.ForeignKey("core.User", models.PROTECT, null=True, related_name="+")
    document = models.OneToOneField(
        "interviews.Document", models.PROTECT, null=True, related_name="pledge"
    )

    class Meta:
        verbose_name = _("pledge")
        verbose_name_plural = _("pledges")
        ordering = ["pk"]  # in the order in which they came
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.pk)


class PledgeItem(SecretRow):
    """One matter of a pledge: what is done until when, and who answers for it (sealed).

    ``kept``: what was found; None while nobody has looked.
    """

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="items")
    matter = models.CharField(_("matter"), max_length=500)
    measure = models.CharField(_("measure"), max_length=1000)
    due_on = models.DateField(_("due on"))
    person = SecretField(_("person"))
    kept = models.BooleanField(_("kept"), null=True)
    checked_at = models.DateTimeField(_("checked at"), null=True)
    note = models.CharField(_("note"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("pledge item")
        verbose_name_plural = _("pledge items")
        ordering = ["pk"]  # in the order in which they came
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kept=None, checked_at=None)
                | models.Q(kept__isnull=False, checked_at__isnull=False),
                name="pledge_item_is_checked_at_a_moment",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.pk)
