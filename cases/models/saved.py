from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedFilter(models.Model):
    """How somebody likes to see the list of cases: a name for what stands in the address.

    ``query`` holds filters of the list and its order, and nothing that was typed.
    """

    owner = models.ForeignKey("core.User", models.PROTECT, related_name="saved_filters")
    name = models.CharField(_("name"), max_length=20)
    query = models.CharField(max_length=300)

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="savedfilter_name_once")
        ]

    def __str__(self) -> str:
        return self.name
