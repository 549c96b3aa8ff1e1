import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from agency.core.models import Unit
from interviews.letters.forms import Form


class LetterTemplate(models.Model):
    """A version of what a letter says, written by one person and put in force by another.

    In force is what was approved last, else the file of the house (interviews/letters/). ``rows``: label
    and text of each. Once decided on it stays as it is; letters issued stay as they were issued.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")

    profile = models.CharField(_("whose letter"), max_length=10, choices=Unit.Profile)
    form = models.CharField(_("form"), max_length=20, choices=Form)
    title = models.CharField(_("title"), max_length=100)
    addressee = models.CharField(_("addressee"), max_length=100, blank=True)
    text = models.TextField(_("text"), blank=True)
    rows = models.JSONField(_("rows of the table"), default=list, blank=True)
    end = models.TextField(_("text after the table"), blank=True)
    signatures = models.JSONField(_("who signs"), default=list, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    reason = models.CharField(_("what is changed, and why"), max_length=500)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PROPOSED)
    by = models.ForeignKey(
        "core.User", models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    at = models.DateTimeField(_("proposed at"), db_default=AgencyNow())
    decided_by = models.ForeignKey(
        "core.User", models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    opinion = models.CharField(_("opinion"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("letter template")
        verbose_name_plural = _("letter templates")
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("by")),
                name="template_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by=None, decided_at=None)
                | ~Q(state="proposed") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="template_decided_has_its_moment",
            ),
            models.UniqueConstraint(
                fields=["profile", "form"], condition=Q(state="proposed"),
                name="template_one_proposed_of_each",
            ),
        ]  # fmt: skip
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="stays_as_decided", operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_form_display()} · {self.get_profile_display()} · {self.version}"

    @property
    def version(self) -> str:
        """What letters written by it are marked with."""
        return f"{self.at:%Y-%m}.{self.pk}"
