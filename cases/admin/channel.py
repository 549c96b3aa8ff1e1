"""Where tickets come from, and the token each channel knocks with."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from agency.core.admin.base import GuardedAdmin
from cases import channels
from cases.models import Channel


@admin.register(Channel)
class ChannelAdmin(GuardedAdmin):
    """A channel with its client account; its token is shown once, when it is made."""

    fields = [
        "code", "name_zh", "name_en", "is_trusted", "is_on_the_spot", "has_line", "reply_limit",
        "is_active",
    ]  # fmt: skip
    list_display = ["called", "code", "is_trusted", "is_on_the_spot", "has_line", "is_active"]
    change_form_outer_before_template = "cases/channel_token_link.html"

    @admin.display(description=_("name"))
    def called(self, channel):
        return channel.name

    def get_readonly_fields(self, request, obj=None):
        """Rules and figures name a channel by its code."""
        return ["code"] if obj else []

    def save_model(self, request, obj, form, change):
        channels.keep(obj)

    def get_urls(self):
        token = self.admin_site.admin_view(self.token_view)
        return [
            path("<int:pk>/token/", token, name="cases_channel_token"),
            *super().get_urls(),
        ]

    def token_view(self, request, pk: int):
        """Asks; then makes a new token, ends the earlier ones and shows it this once."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        channel = get_object_or_404(Channel.objects.select_related("client"), pk=pk)
        token = self._renew(request, channel) if request.method == "POST" else None
        context = {
            **self.admin_site.each_context(request), "title": _("Channel token"),
            "channel": channel, "token": token, "opts": self.opts,
        }  # fmt: skip
        return render(request, "cases/channel_token.html", context)

    @transaction.atomic
    def _renew(self, request, channel: Channel) -> str:
        self.log_change(request, channel, "token")
        return channels.renew_token(channel)
