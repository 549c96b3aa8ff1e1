from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from cases.models.texts import CaseLine, CaseText


class Method(models.TextChoices):
    """In which manner the parties meet."""

    ON_SITE = "on_site", _("on site")
    PHONE = "phone", _("telephone")
    VIDEO = "video", _("video")
    WRITTEN = "written", _("in writing")


class Mediation(models.Model):
    """Mediation of a case, from both parties' consent to its end.

    ``organisation`` is empty where the agency mediates itself, and names who was entrusted
    otherwise, in the agency's name and ``until`` a day. ``consented`` is None where nobody
    said whether both agree; ``method``, ``meeting_at`` and ``place`` are what was arranged
    then, a session tells what became of it. Source: SAMR Order 121 §§18–19.
    """

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="mediations")
    mediator = models.ForeignKey(
        "core.User", models.PROTECT, null=True, related_name="+", verbose_name=_("mediator")
    )
    organisation = CaseLine(_("entrusted to"), ours=True, max_length=200, blank=True)
    scope = CaseLine(_("what is entrusted"), ours=True, max_length=200, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)
    consented = models.BooleanField(_("both parties agree"), null=True)
    method = models.CharField(_("method"), max_length=10, choices=Method, blank=True)
    meeting_at = models.DateTimeField(_("meeting at"), null=True)
    place = CaseLine(_("place"), ours=True, max_length=200, blank=True)
    started_at = models.DateTimeField(_("started at"), db_default=AgencyNow())
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name = _("mediation")
        verbose_name_plural = _("mediations")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at=None), name="mediation_one_current_per_case"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")),
                name="mediation_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.mediator_id or self.organisation}"


class MediationSession(models.Model):
    """One meeting of the parties: where, when, who came, and what was said."""

    Method = Method

    mediation = models.ForeignKey(Mediation, models.PROTECT, related_name="sessions")
    method = models.CharField(_("method"), max_length=10, choices=Method)
    held_at = models.DateTimeField(_("held at"))
    place = CaseLine(_("place"), keeper="mediation.case", ours=True, max_length=200, blank=True)
    complainant_came = models.BooleanField(_("complainant came"), default=True)
    respondent_came = models.BooleanField(_("respondent came"), default=True)
    minutes = CaseText(_("minutes"), keeper="mediation.case", ours=True, blank=True)
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("recorded at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("mediation session")
        verbose_name_plural = _("mediation sessions")

    def __str__(self) -> str:
        return f"{self.mediation_id} {self.held_at:%F}"


class Agreement(models.Model):
    """What the parties agreed, with its amount and term, and what became of it. Yuan.

    ``paper``: whether a document is made of it; "" where nobody said. ``performed_on``: the day
    it was performed, where that was said; ``performed_at``, when that was written down. ``kept``:
    what the citizen said last of what an outlet or firm had settled, None where nothing was said.
    ``set_aside_at``: since when it stands no longer, as the case was taken back, opened again or
    settled anew; None while the case stands with it.
    """

    class Paper(models.TextChoices):
        WRITTEN = "written", _("a mediation document, signed by both parties")
        AT_ONCE = "at_once", _("none: performed at once")
        WAIVED = "waived", _("none: both parties agree to that")

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="agreements")
    text = CaseText(_("agreement"), ours=True)
    amount = models.DecimalField(_("recovered amount"), max_digits=12, decimal_places=2)
    due_on = models.DateField(_("to be performed by"), null=True, blank=True)
    paper = models.CharField(_("mediation document"), max_length=10, choices=Paper, blank=True)
    made_at = models.DateTimeField(_("agreed at"), db_default=AgencyNow())
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    performed_at = models.DateTimeField(_("performed at"), null=True)
    performed_on = models.DateField(_("performed on"), null=True, blank=True)
    performed_amount = models.DecimalField(
        _("performed amount"), max_digits=12, decimal_places=2, null=True
    )
    evidence_note = CaseText(_("proof of performance"), ours=True, blank=True)
    broken_at = models.DateTimeField(_("found not performed at"), null=True)
    broken_note = CaseText(_("how it was broken"), ours=True, blank=True)
    kept = models.BooleanField(_("what was settled out there was done"), null=True)
    set_aside_at = models.DateTimeField(_("set aside at"), null=True)

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="agreement_amount_is_not_negative"),
            models.CheckConstraint(
                condition=Q(performed_at=None, performed_amount=None)
                | Q(performed_at__gte=F("made_at"), performed_amount__gte=0),
                name="agreement_performed_with_its_amount",
            ),
            models.CheckConstraint(
                condition=Q(kept=None) | Q(kept=True) | Q(performed_at=None) | ~Q(evidence_note=""),
                name="agreement_denied_is_not_performed",
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(set_aside_at=None), name="agreement_one_stands_per_case"
            ),
        ]  # fmt: skip
        indexes = [
            # Serves the supervisors' queue: few deny what a case was closed with.
            models.Index(
                fields=["case"], name="agreement_denied",
                condition=Q(kept=False, set_aside_at=None),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.case_id} {self.amount}"


class FollowUp(models.Model):
    """A call back by somebody who did not handle the case, and how satisfied they were.

    ``kept``: whether what an outlet or firm had settled was done, None where nothing was said of it.
    ``is_rating``: no call, but what a petitioner says in the national system, of the unit that
    answered and, in ``office``, of the petition department.
    """

    class Satisfaction(models.TextChoices):
        VERY_SATISFIED = "very_satisfied", _("very satisfied")
        SATISFIED = "satisfied", _("satisfied")
        BASICALLY_SATISFIED = "basically_satisfied", _("basically satisfied")
        DISSATISFIED = "dissatisfied", _("dissatisfied")
        UNREACHED = "unreached", _("not reached")

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="follow_ups")
    satisfaction = models.CharField(_("satisfaction"), max_length=20, choices=Satisfaction)
    is_rating = models.BooleanField(_("rated in the national system"), default=False)
    office = models.CharField(
        _("satisfaction with the petition department"), max_length=20, choices=Satisfaction,
        blank=True,
    )  # fmt: skip
    kept = models.BooleanField(_("what was settled out there was done"), null=True)
    note = CaseText(_("note"), blank=True)
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("call back")
        verbose_name_plural = _("call backs")

    def __str__(self) -> str:
        return f"{self.case_id} {self.satisfaction}"


RATINGS = [c for c in FollowUp.Satisfaction.choices if c[0] != FollowUp.Satisfaction.UNREACHED]
"""What a citizen may say of us; that nobody answered is no rating."""
