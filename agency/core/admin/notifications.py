from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from agency.core.admin.base import GuardedAdmin, ReadOnly
from agency.core.models import Delivery


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, GuardedAdmin):
    """What one was told, newest first; nobody else's."""

    list_display = ["topic", "told_at", "read_at"]
    list_display_links = None
    ordering = ["-pk"]

    def get_queryset(self, request):
        mine = super().get_queryset(request).filter(recipient=request.user)
        return mine.filter(channel=Delivery.Channel.IN_APP).select_related("notification")

    @admin.display(description=_("what"))
    def topic(self, delivery):
        return delivery.notification.topic

    @admin.display(description=_("when"))
    def told_at(self, delivery):
        return delivery.notification.created_at
