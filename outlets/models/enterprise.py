import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from agency.core.models import Event
from agency.core.models.trail import Trail
from agency.core.scope import ScopedQuerySet
from agency.core.sealing import SecretField, SecretRow
from agency.core.text import mask_name, mask_phone
from outlets.models.inspection import WRITTEN_ONCE
from outlets.odr_lifecycle import State


class OdrEnterprise(models.Model):
    """A firm that answers consumers directly, before the agency does ODR企业.

    Its unit is what accounts, referrals and scope hang on; its code is the unit's.
    """

    class Origin(models.TextChoices):
        SELF = "self", _("applied by itself")
        RECOMMENDED = "recommended", _("recommended by the agency")

    unit = models.OneToOneField(
        "core.Unit", models.PROTECT, related_name="odr_enterprise", verbose_name=_("unit")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.APPLIED)
    origin = models.CharField(_("how it came"), max_length=12, choices=Origin)
    uscc = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    account = models.CharField(_("account on the national platform"), max_length=100, blank=True)
    admitted_on = models.DateField(_("admitted on"), null=True)
    exited_on = models.DateField(_("exited on"), null=True)
    added_at = models.DateTimeField(_("added at"), db_default=AgencyNow())

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("ODR enterprise")
        verbose_name_plural = _("ODR enterprises")
        ordering = ["unit__path"]
        constraints = [
            models.UniqueConstraint(
                fields=["uscc"], condition=~Q(uscc="") & ~Q(state__in=["rejected", "exited"]),
                name="odrenterprise_once_per_credit_code",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["applied", "rejected"], admitted_on=None)
                | ~Q(state__in=["applied", "rejected"]) & Q(admitted_on__isnull=False),
                name="odrenterprise_admitted_says_when",
            ),
            models.CheckConstraint(
                condition=Q(state="exited", exited_on__gte=F("admitted_on"))
                | ~Q(state="exited") & Q(exited_on=None),
                name="odrenterprise_exited_says_when",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.unit.name

    @property
    def code(self) -> str:
        return self.unit.code


class OdrContact(SecretRow):
    """Whom the agency turns to at the firm."""

    enterprise = models.OneToOneField(
        OdrEnterprise, models.PROTECT, related_name="contact", verbose_name=_("ODR enterprise")
    )
    name = SecretField(_("name"))
    phone = SecretField(_("phone"))

    class Meta:
        verbose_name = _("ODR contact")
        verbose_name_plural = _("ODR contacts")

    def __str__(self) -> str:
        return mask_name(self.name)

    def masked(self) -> dict[str, str]:
        return {"name": mask_name(self.name), "phone": mask_phone(self.phone)}

    def plain(self) -> dict[str, str]:
        return {"name": self.name, "phone": self.phone}


class OdrPaper(models.Model):
    """What a firm handed in; of one kind the latest counts."""

    class Kind(models.TextChoices):
        """Source: the admission of ODR enterprises as county authorities published it."""

        APPLICATION = "application", _("application form")
        PLEDGE = "pledge", _("pledge to handle complaints in time")
        LICENCE = "licence", _("copy of the business licence")
        DESCRIPTION = "description", _("description of the firm")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enterprise = models.ForeignKey(OdrEnterprise, models.PROTECT, related_name="papers")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    file = models.OneToOneField("core.StoredFile", models.PROTECT, related_name="+")
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("paper of an ODR enterprise")
        verbose_name_plural = _("papers of ODR enterprises")
        triggers = WRITTEN_ONCE

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.kind}"


class OdrReview(models.Model):
    """Whether a firm meets the five conditions, as somebody of the agency found."""

    CONDITIONS = ("has_place", "has_staff", "has_computer", "has_phone", "has_system")

    enterprise = models.ForeignKey(OdrEnterprise, models.PROTECT, related_name="reviews")
    has_place = models.BooleanField(_("a fixed place"))
    has_staff = models.BooleanField(_("somebody who handles complaints"))
    has_computer = models.BooleanField(_("a computer"))
    has_phone = models.BooleanField(_("a telephone"))
    has_system = models.BooleanField(_("rules for handling complaints"))
    note = models.CharField(_("note"), max_length=500, blank=True)
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("review of an ODR enterprise")
        verbose_name_plural = _("reviews of ODR enterprises")
        triggers = WRITTEN_ONCE

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.at:%Y-%m-%d}"

    @property
    def found(self) -> list[tuple[str, bool]]:
        """Each condition in words, and whether it is met."""
        return [
            (str(self._meta.get_field(name).verbose_name), getattr(self, name))
            for name in self.CONDITIONS
        ]

    @property
    def passed(self) -> bool:
        return all(getattr(self, name) for name in self.CONDITIONS)


class OdrGuidance(models.Model):
    """That the firm's people were trained, or guided in their work."""

    class Kind(models.TextChoices):
        TRAINING = "training", _("training")
        GUIDANCE = "guidance", _("guidance on the spot")

    enterprise = models.ForeignKey(OdrEnterprise, models.PROTECT, related_name="guidances")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    held_on = models.DateField(_("held on"))
    topic = models.CharField(_("training topic"), max_length=200)
    attended = models.PositiveSmallIntegerField(_("how many attended"))
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("guidance of an ODR enterprise")
        verbose_name_plural = _("guidances of ODR enterprises")
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(topic=""), name="odrguidance_has_a_topic"),
        ]
        triggers = WRITTEN_ONCE

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.held_on}"


class OdrEvent(Event):
    """What happened to a firm: written once, never changed. It has no clocks of its own."""

    class Kind(models.TextChoices):
        APPLIED = "applied", _("applied for")
        PAPER_ADDED = "paper_added", _("paper handed in")
        REVIEWED = "reviewed", _("reviewed")
        ADMITTED = "admitted", _("admitted")
        REJECTED = "rejected", _("not admitted")
        GUIDED = "guided", _("trained or guided")
        WARNED = "warned", _("warned")
        SUSPENDED = "suspended", _("suspended")
        RESTORED = "restored", _("restored")
        EXITED = "exited", _("exited")

    kind = models.CharField(_("what"), max_length=40, choices=Kind)
    enterprise = models.ForeignKey(OdrEnterprise, models.PROTECT, related_name="events")

    class Meta(Trail.Meta):
        abstract = False
        verbose_name = _("event of an ODR enterprise")
        verbose_name_plural = _("events of ODR enterprises")

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.kind}"


class OdrRemark(models.Model):
    """Why something was done to a firm, in words: an event holds none."""

    enterprise = models.ForeignKey(OdrEnterprise, models.PROTECT, related_name="remarks")
    event = models.OneToOneField(OdrEvent, models.PROTECT, related_name="remark")
    text = models.CharField(_("text"), max_length=500)

    class Meta:
        verbose_name = _("remark on an ODR enterprise")
        verbose_name_plural = _("remarks on ODR enterprises")
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return str(self.event_id)
