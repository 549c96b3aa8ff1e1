from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from cases.models.texts import CaseText


class Profile(models.Model):
    """What a mediator or an expert knows: the fields, and the law training behind them."""

    person = models.OneToOneField(
        "core.User", models.PROTECT, related_name="profile", verbose_name=_("person")
    )
    fields = models.ManyToManyField(
        "cases.Category", related_name="+", blank=True, verbose_name=_("fields")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("mediators and experts")

    def __str__(self) -> str:
        return str(self.person)


class Training(models.Model):
    """Law training somebody has had."""

    profile = models.ForeignKey(Profile, models.PROTECT, related_name="trainings")
    held_on = models.DateField(_("held on"))
    hours = models.DecimalField(_("hours"), max_digits=5, decimal_places=1)
    subject = models.CharField(_("subject"), max_length=200)

    class Meta:
        verbose_name = _("law training")
        verbose_name_plural = _("law trainings")
        constraints = [
            models.CheckConstraint(condition=Q(hours__gt=0), name="training_takes_time"),
        ]

    def __str__(self) -> str:
        return f"{self.held_on} {self.subject}"


class Recusal(models.Model):
    """A merchant whose cases somebody may not handle. ``ended_on``: the last day of it."""

    profile = models.ForeignKey(Profile, models.PROTECT, related_name="recusals")
    merchant = models.ForeignKey(
        "cases.Merchant", models.PROTECT, related_name="+", verbose_name=_("merchant")
    )
    reason = models.CharField(_("reason"), max_length=200)
    ended_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("recusal")
        verbose_name_plural = _("recusals")
        constraints = [
            models.UniqueConstraint(fields=["profile", "merchant"], name="recusal_once"),
        ]

    def __str__(self) -> str:
        return str(self.merchant)


class OpinionQuerySet(models.QuerySet):
    def open_to(self, expert):
        """What ``expert`` was asked and may look at still: its time has not run out."""
        return self.filter(expert=expert, until__gt=AgencyNow())


class Opinion(models.Model):
    """What an expert was asked about a case, and what they answered.

    Until ``until`` the expert sees the case, masked; afterwards it does not exist for them.
    """

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="opinions")
    expert = models.ForeignKey("core.User", models.PROTECT, related_name="opinions")
    question = CaseText(_("question"))
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"), db_default=AgencyNow())
    until = models.DateTimeField(_("until"))
    text = CaseText(_("opinion"), blank=True)
    given_at = models.DateTimeField(_("given at"), null=True)

    objects = OpinionQuerySet.as_manager()

    class Meta:
        verbose_name = _("expert opinion")
        verbose_name_plural = _("expert opinions")
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gt=F("asked_at")), name="opinion_leaves_time"
            ),
            models.CheckConstraint(
                condition=Q(given_at=None, text="")
                | ~Q(text="") & Q(given_at__gte=F("asked_at"), given_at__lt=F("until")),
                name="opinion_given_in_its_time",
            ),
        ]
        indexes = [
            # Serves an expert's scope: what they may look at still.
            models.Index(fields=["expert", "until"], name="opinion_of_expert"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.expert_id}"
