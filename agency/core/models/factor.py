from django.db import models
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from agency.core.sealing import SecretField, SecretRow


class Factor(SecretRow):
    """Somebody's second factor: what their phone and we both know (RFC 6238).

    ``confirmed_at`` is empty until the phone has shown its first code. ``last_step`` is the
    thirty seconds whose code was used last: none is taken twice.
    """

    user = models.OneToOneField("core.User", models.CASCADE, related_name="factor")
    secret = SecretField()
    created_at = models.DateTimeField(db_default=AgencyNow())
    confirmed_at = models.DateTimeField(_("since"), null=True)
    last_step = models.BigIntegerField(default=-1)

    class Meta:
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")

    def __str__(self) -> str:
        return f"{self.user_id}"


class RecoveryCode(models.Model):
    """A code on paper for the day without the phone; it opens once. Only its digest is kept."""

    factor = models.ForeignKey(Factor, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        constraints = [
            models.UniqueConstraint(fields=["factor", "digest"], name="recovery_code_once"),
        ]

    def __str__(self) -> str:
        return f"{self.factor_id}:{self.digest[:8]}"
