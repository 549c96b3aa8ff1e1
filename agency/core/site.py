"""The staff admin as a whole: its door, and what stands beside every page."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite


class Site(UnfoldAdminSite):
    """One login for the whole house; who is logged in and may not enter is told so."""

    index_title = _("My queue")
    enable_nav_sidebar = True

    def login(self, request, extra_context=None):
        if request.user.is_authenticated:
            raise PermissionDenied
        query = urlencode({"next": request.GET.get("next", resolve_url("admin:index"))})
        return HttpResponseRedirect(f"{resolve_url('login')}?{query}")

    def search(self, request, extra_context=None):
        """unfold's search over everything: it would count tables and keep results in a cache."""
        raise PermissionDenied
