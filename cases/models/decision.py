from datetime import datetime, time
from typing import Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agency.core.calendar import SHANGHAI
from agency.core.clock import AgencyNow
from cases.lifecycle import Kind as CaseKind
from cases.models.contact import Call
from cases.models.texts import CaseLine, CaseText

NUMBERED = ~Q(reference="") & Q(kind__in=("accepted", "refused", "replied", "decided"))
"""Those whose ``reference`` is the number of a document of ours."""


class Decision(models.Model):
    """What was decided of a case, why and by whom; written once, never changed.

    ``ground`` is a code of cases/grounds.py, ``factors`` are those of Order 121 §17.
    ``approved_by`` is None where the verb needs no second pair of eyes; ``at`` is the moment
    of the approval then.
    """

    class Kind(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", _("not accepted")
        TERMINATED = "terminated", _("mediation terminated")
        WITHDRAWN = "withdrawn", _("withdrawn")
        NOT_PERFORMED = "not_performed", _("not performed")
        FILED = "filed", _("filed")
        NOT_FILED = "not_filed", _("not filed")
        NO_JURISDICTION = "no_jurisdiction", _("no jurisdiction")
        TRANSFERRED = "transferred", _("transferred")
        DUPLICATE = "duplicate", _("duplicate")
        DECIDED = "decided", _("case decided")
        REWARDED = "rewarded", _("reward granted")
        ANSWERED = "answered", _("answered")
        ROUTED = "routed", _("routed to its legal way")
        OBJECTED = "objected", _("objected to")
        REPLIED = "replied", _("answered")
        REVIEWED = "reviewed", _("review answered")
        FINALLY_REVIEWED = "finally_reviewed", _("final review answered")
        RECUSAL = "recusal", _("recusal decided")
        CLUE = "clue", _("clue verified")
        PUBLICITY = "publicity", _("publicity decided")
        IDENTITY = "identity", _("identity recorded")
        DISPUTE = "dispute", _("jurisdiction disputed")
        EXTENDED = "extended", _("extended")
        REOPENED = "reopened", _("reopened")
        ARCHIVED = "archived", _("archived")

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="decisions")
    kind = models.CharField(_("decision"), max_length=16, choices=Kind)
    ground = models.CharField(_("ground"), max_length=20, blank=True)
    text = CaseText(_("explanation"), ours=True, blank=True)
    factors = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    reference = CaseLine(_("number or authority"), ours=True, max_length=200, blank=True)
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    approved_by = models.ForeignKey("core.User", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("by")),
                name="decision_approved_by_another",
            ),
        ]
        indexes = [
            # Serves the figures of a day; what is only added lies in its moments' order.
            BrinIndex(fields=["at"], name="decision_moment", autosummarize=True),
            # Serves the queue: rewards are few, and of whom nobody was told is asked every 2 s.
            models.Index(fields=["case"], name="decision_reward", condition=Q(kind="rewarded")),
            # Serves the numbers typed by hand: is this one taken?
            models.Index(fields=["reference"], name="decision_number", condition=NUMBERED),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"

    @property
    def untold(self) -> set[str]:
        """The parties who have not been told of it. Asks anew each time."""
        own = self.notices.counting().filter(ticket=None)
        return set(PartyNotice.Party.values) - set(own.values_list("party", flat=True))


class PartyNotices(models.QuerySet):
    def counting(self) -> Self:
        """Those that tell of a decision as the law wants it (``PartyNotice.counts``)."""
        return self.exclude(how=PartyNotice.How.PHONE, case__kind=CaseKind.PETITION)


class PartyNotice(Call):
    """A party was told 告知: who, how, what and when. ``decision``: the one it was told of.

    ``ticket``: whose it was, where another citizen was told than the case's own. ``received_on``:
    the day a letter came there, where somebody has said it.
    """

    class Party(models.TextChoices):
        COMPLAINANT = "complainant", _("complainant")
        RESPONDENT = "respondent", _("respondent")

    class How(models.TextChoices):
        PHONE = "phone", _("telephone")
        SMS = "sms", _("text message")
        LETTER = "letter", _("letter")
        INTERNET = "internet", _("internet")
        EMAIL = "email", _("e-mail")
        IN_PERSON = "in_person", _("in person")

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="party_notices")
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, related_name="notices")
    party = models.CharField(_("party"), max_length=12, choices=Party)
    ticket = models.ForeignKey("cases.Ticket", models.PROTECT, null=True, related_name="+")
    how = models.CharField(_("how"), max_length=10, choices=How)
    text = CaseText(_("what was said"), ours=True, blank=True)
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())
    received_on = models.DateField(_("received on"), null=True)

    objects = PartyNotices.as_manager()

    class Meta:
        verbose_name = _("notice to a party")
        verbose_name_plural = _("notices to parties")

    def __str__(self) -> str:
        return f"{self.case_id} {self.party}"

    @property
    def came_at(self) -> datetime:
        """From when the time of whoever was told counts."""
        return (
            datetime.combine(self.received_on, time(12), SHANGHAI) if self.received_on else self.at
        )

    @property
    def counts(self) -> bool:
        """A petitioner is told in writing; a call is kept, and stops nothing. 信访工作条例 §§22–35."""
        return self.how != self.How.PHONE or self.case.kind != CaseKind.PETITION


IN_WRITING = [choice for choice in PartyNotice.How.choices if choice[0] != PartyNotice.How.PHONE]
"""How a petitioner is told of what was decided."""
