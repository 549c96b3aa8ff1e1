from django.db import models
from django.utils.translation import gettext_lazy as _


class Heartbeat(models.Model):
    """One process that keeps the rhythm; written by itself alone, after good work only."""

    name = models.CharField(max_length=120, primary_key=True)
    last_ok_at = models.DateTimeField(_("last good run"))
    runs = models.BigIntegerField(_("runs"), default=0)
    last_batch = models.IntegerField(_("rows in the last run"), default=0)
    version = models.CharField(_("code version"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name


class SystemGap(models.Model):
    """A hole in the watch: no good sweep between ``from_at`` and ``to_at``.

    ``to_at`` is None while the first sweep after the hole still catches up.
    """

    from_at = models.DateTimeField(_("from"), unique=True)
    to_at = models.DateTimeField(_("to"), null=True)

    class Meta:
        verbose_name = _("gap in the watch")
        verbose_name_plural = _("gaps in the watch")
        ordering = ["-from_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(to_at=None) | models.Q(to_at__gt=models.F("from_at")),
                name="gap_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return f"{self.from_at:%F %T}"
