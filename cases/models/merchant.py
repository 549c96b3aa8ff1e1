import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from cases.models.search import OF_MERCHANT


def identity(path: str, ref=F) -> Coalesce:
    """Of a query: as which merchant the one at ``path`` counts. ``ref``: F, or OuterRef."""
    return Coalesce(ref(f"{path}__head"), ref(path))


class Merchant(models.Model):
    """A business as it was named: one row per credit code, or per name where none is known.

    Address and telephone are those of the first mention; what a case says of it stands there.
    Rows that people found to be one business count as one, under their ``head``
    (docs/decisions/0016-merchants-as-one.md).
    """

    name = models.CharField(_("name"), max_length=200)
    uscc = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    head = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="members",
        verbose_name=_("counted with"),
    )  # fmt: skip
    """The merchant it counts as; None for itself. One step only: a head has none."""

    class Meta:
        verbose_name = _("merchant")
        verbose_name_plural = _("merchants")
        constraints = [
            models.UniqueConstraint(
                fields=["uscc"], condition=~Q(uscc=""), name="merchant_once_per_credit_code"
            ),
            models.UniqueConstraint(
                fields=["name"], condition=Q(uscc=""), name="merchant_once_per_name_without_code"
            ),
            models.CheckConstraint(
                condition=Q(head=None) | ~Q(head=F("id")), name="merchant_is_not_its_own_head"
            ),
        ]
        triggers = OF_MERCHANT

    def __str__(self) -> str:
        return self.name

    @property
    def identity(self) -> int:
        """The key of the merchant it counts as."""
        return self.head_id or self.pk

    @property
    def same(self) -> models.QuerySet:
        """Every merchant that counts as this one, itself among them."""
        return Merchant.objects.filter(Q(pk=self.identity) | Q(head=self.identity))


class MerchantMerge(models.Model):
    """That merchants were found to be one: by whom, why, and which rows went along. Written once."""

    class Relation(models.TextChoices):
        SAME = "same", _("the same business")
        BRANCH = "branch", _("a branch of it")

    into = models.ForeignKey(Merchant, models.PROTECT, related_name="+")
    merged = models.ForeignKey(Merchant, models.PROTECT, related_name="merges")
    relation = models.CharField(_("relation"), max_length=10, choices=Relation)
    moved = ArrayField(models.BigIntegerField())
    """``merged`` and what counted as it: what an undoing gives back, and nothing else."""
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("merging of merchants")
        verbose_name_plural = _("mergings of merchants")
        indexes = [models.Index(fields=["into"], name="merge_into")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.merged_id}→{self.into_id}"


class MerchantParting(models.Model):
    """That a merging was undone: by whom and why. Written once."""

    merge = models.OneToOneField(MerchantMerge, models.PROTECT, related_name="parting")
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("parting of merchants")
        verbose_name_plural = _("partings of merchants")
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return str(self.merge_id)
