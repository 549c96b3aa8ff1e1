from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Channel(models.Model):
    """Where tickets come from: a platform, the hotline, the counter."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=60)
    client = models.OneToOneField(
        "core.User", models.PROTECT, related_name="channel", verbose_name=_("client account")
    )
    is_trusted = models.BooleanField(
        _("states the moment of arrival"), default=False,
        help_text=_("Its arrived_at counts; of other channels the database's clock does."),
    )  # fmt: skip
    is_on_the_spot = models.BooleanField(
        _("the citizen stands there"), default=False,
        help_text=_("Response and contact are met at registration."),
    )  # fmt: skip
    has_line = models.BooleanField(_("names the hotline dialled"), default=False)
    reply_limit = models.PositiveIntegerField(
        _("longest reply"), null=True, blank=True,
        help_text=_("Characters the platform takes; empty: any number."),
    )  # fmt: skip
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_en if (get_language() or "zh").startswith("en") else self.name_zh
