"""The bell, as a page."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from agency.core.admin.base import GuardedAdmin, ReadOnly
from agency.core.models import Delivery
from agency.core.notifications.api import entries
from agency.core.notifications.bell import bell_of, mark_read

ON_A_PAGE = 30
MOST_SHOWN = 600


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, GuardedAdmin):
    """What one was told, newest first, in words made for the reader; nobody else's."""

    def get_queryset(self, request):
        return bell_of(request.user)

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            mark_read(request.user)
            return HttpResponseRedirect(request.path)
        newest = list(bell_of(request.user).order_by("-pk")[:MOST_SHOWN])
        page = Paginator(newest, ON_A_PAGE).get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request), "title": _("Notifications"), "page": page,
            "notices": entries(list(page), to=request.user),
            "unread": any(delivery.read_at is None for delivery in newest),
        }  # fmt: skip
        return render(request, "core/notices.html", context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """A notice has no page of its own: it leads to what it is about."""
        raise PermissionDenied
