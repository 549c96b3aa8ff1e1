from django.db import models
from django.utils.translation import gettext_lazy as _


class Snapshot(models.Model):
    """A picture all viewers share: computed by whoever asks first, read by everybody else.

    The table is unlogged: what is in it is worth a second, and is computed again after a
    crash. ``version`` names one computation; ``payload`` is JSON the database never reads.
    """

    name = models.CharField(max_length=20, primary_key=True)
    version = models.UUIDField()
    as_of = models.DateTimeField(_("as of"))
    payload = models.TextField()

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")

    def __str__(self) -> str:
        return f"{self.name} {self.as_of:%F %T}"
