"""The staff admin as a whole: its door, and what stands beside every page."""

from functools import wraps

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite


class Site(UnfoldAdminSite):
    """One login for the whole house; who is logged in and may not enter is told so."""

    index_title = _("My queue")
    enable_nav_sidebar = True

    def each_context(self, request):
        return {**super().each_context(request), "words": words()}

    def admin_view(self, view, cacheable=False):
        """Every page's door: behind it no text holds what the database cannot store."""

        @wraps(view)
        def storable(request, *args, **kwargs):
            sent = [*request.GET.lists(), *request.POST.lists(), ("", map(str, kwargs.values()))]
            if any("\0" in value for _name, values in sent for value in values):
                raise BadRequest(gettext("A text holds a character that cannot be stored."))
            return view(request, *args, **kwargs)

        return super().admin_view(storable, cacheable)

    def login(self, request, extra_context=None):
        if request.user.is_authenticated:
            raise PermissionDenied
        query = urlencode({"next": request.GET.get("next", resolve_url("admin:index"))})
        return HttpResponseRedirect(f"{resolve_url('login')}?{query}")

    def password_change(self, request, extra_context=None):
        """One place for it, for those who may not enter here too."""
        return HttpResponseRedirect(resolve_url("own_password"))

    password_change_done = password_change

    def search(self, request, extra_context=None):
        """unfold's search over everything: it would count tables and keep results in a cache."""
        raise PermissionDenied


def watch_words() -> dict[str, str]:
    """How the watch fares, in the very sentences of the dashboard and its wall."""
    return {
        "swept": gettext("Sweep normal · {seconds} s ago").format(seconds="%(seconds)s"),
        "slow": gettext("Sweep delayed · {seconds} s").format(seconds="%(seconds)s"),
        "silent": gettext("Deadline monitoring has stopped since {time}").format(time="%(time)s"),
        "neverswept": gettext("Deadline monitoring has never run"),
    }


def words() -> dict[str, str]:
    """What core/admin.js says; the same sentences as the server's own countdowns."""
    return {
        "left": gettext("%(time)s left"),
        "late": gettext("%(time)s late"),
        "waits": gettext("awaits approval %(time)s"),
        "hours": gettext("%(hours)s h %(minutes)s min"),
        "day": gettext("1 day"),
        "days": gettext("%(days)s days"),
        **watch_words(),
        "arrived": gettext("%(number)s more in your queue, shown when the form is closed"),
        "expired": gettext("You are logged out. Log in in another tab, then send this again."),
        "discard": gettext("Not sent yet. Press Esc once more to drop what you typed."),
        "scrolls": gettext("Scrolling area"),
        "keyless": gettext("The key “%(key)s” does nothing here."),
        "failed": gettext("This could not be sent. What you typed is still here; try again."),
    }
