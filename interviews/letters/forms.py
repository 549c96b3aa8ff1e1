"""Which letters and records an interview has, by their public names."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Form(models.TextChoices):
    """A document of an interview."""

    APPROVAL = "approval", _("approval sheet")
    NOTICE = "notice", _("interview notice")
    SERVICE_RECORD = "service_record", _("record of service")
    MINUTES = "minutes", _("interview minutes")
    PLEDGE = "pledge", _("pledge letter")
    RECTIFICATION_LIST = "rectification_list", _("rectification list")
    RECHECK_RECORD = "recheck_record", _("re-check record")
    ADDRESS_CONFIRMATION = "address_confirmation", _("confirmation of the address for service")
    GUIDANCE = "guidance", _("guidance letter")
    REMINDER = "reminder", _("reminder letter")


WORDS = {Form.NOTICE: "约", Form.GUIDANCE: "导", Form.REMINDER: "提"}
"""What stands in the number of what leaves the house (厦消约〔2026〕1号); the others bear the
interview's."""
