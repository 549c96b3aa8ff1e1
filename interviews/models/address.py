import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from agency.core.sealing import SecretField, SecretRow


class ServiceAddress(SecretRow):
    """Where and how a merchant takes letters 送达地址确认书, in its own word. Who takes them is sealed.

    The newest counts. ``electronic``: whether it agrees to electronic service.
    """

    attendance = models.ForeignKey(
        "interviews.Attendance", models.PROTECT, related_name="addresses"
    )
    address = models.CharField(_("address"), max_length=300)
    recipient = SecretField(_("recipient"))
    phone = SecretField(_("phone"))
    email = SecretField(_("e-mail"))
    wechat = SecretField(_("WeChat or SMS number"))
    electronic = models.BooleanField(_("agreed to electronic service"))
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())
    document = models.OneToOneField(
        "interviews.Document", models.PROTECT, related_name="service_address"
    )

    class Meta:
        verbose_name = _("address for service")
        verbose_name_plural = _("addresses for service")
        ordering = ["pk"]  # in the order in which they came
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.pk)
