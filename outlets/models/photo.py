import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from outlets.models.inspection import WRITTEN_ONCE, Finding


class Photo(models.Model):
    """What a visit saw, as a picture of one item of the checklist."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    finding = models.ForeignKey(Finding, models.PROTECT, related_name="photos")
    file = models.OneToOneField("core.StoredFile", models.PROTECT, related_name="+")
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("photo of a visit")
        verbose_name_plural = _("photos of visits")
        triggers = WRITTEN_ONCE

    def __str__(self) -> str:
        return str(self.pk)
