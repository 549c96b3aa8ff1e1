from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from agency.core import clock
from agency.core.clock import AgencyNow
from agency.core.models.trail import Trail


class AccessQuerySet(models.QuerySet):
    def lately(self, by, kind: str):
        """Of ``by``, within the hour."""
        return self.filter(by=by, kind=kind, at__gt=clock.now() - timedelta(hours=1))

    def is_enough(self, by, kind: str, most: int, **which) -> bool:
        """Whether ``by`` has done so ``most`` times within the hour; of those alone that are ``which``.

        Locks the account, until the row that is written now stands: of two at once the second counts the first.
        """
        get_user_model().objects.select_for_update(no_key=True).get(pk=by.pk)
        return self.lately(by, kind).filter(**which).count() >= most


class Access(Trail):
    """That somebody read what is secret or took it out: who, of what, why and when. Written once.

    ``subject`` and ``subject_id`` name the row, as in a notification; ``what`` the field or
    the question. Nothing of what was read stands here.
    """

    class Kind(models.TextChoices):
        REVEALED = "revealed", _("revealed")
        LOOKED_UP = "looked_up", _("looked up")
        EXPORTED = "exported", _("exported")
        BUNDLED = "bundled", _("bundled")
        OPENED = "opened", _("file opened")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), db_default=AgencyNow())
    subject = models.CharField(max_length=60, blank=True)
    subject_id = models.BigIntegerField(null=True)
    what = models.CharField(_("what"), max_length=60)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    found = models.PositiveIntegerField(_("how many"), null=True)
    found_ids = ArrayField(models.BigIntegerField(), null=True)
    """Keys of what a look-up found. Together they are one citizen's: no page names them side by side."""
    which = models.CharField(_("which of them"), max_length=500, null=True)
    """What an export was narrowed by, in words; no word that was searched for."""
    sha256 = models.CharField(_("hash"), max_length=64, null=True)
    """Of the file that left."""

    objects = AccessQuerySet.as_manager()

    class Meta(Trail.Meta):
        abstract = False
        verbose_name = _("access")
        verbose_name_plural = _("accesses")
        indexes = [
            *Trail.Meta.indexes,
            models.Index(fields=["by", "kind", "at"], name="access_by"),
            models.Index(fields=["subject", "subject_id"], name="access_subject"),
            GinIndex(fields=["found_ids"], name="access_found"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.what}"

    def save(self, *args, **options):
        """A mask may be longer than what it hides: the reason ends where its column does."""
        self.reason = self.reason[: self._meta.get_field("reason").max_length]
        super().save(*args, **options)
