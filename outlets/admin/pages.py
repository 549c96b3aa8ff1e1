"""The outlets side by side: the ranking of a month, and the map."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.utils.translation import gettext as _

from agency.core import clock
from cases.calendar import day_of
from outlets import ranking
from outlets.models import Outlet


def ranking_view(request, site):
    """GET the month that ``month`` names, else the last that is over."""
    _check(request)
    month = _month(request.GET.get("month", ""))
    page = {
        **site.each_context(request), "title": _("Monthly ranking"), "month": month,
        "places": ranking.of_month(request.user, month),
    }  # fmt: skip
    return render(request, "outlets/ranking.html", page)


def map_view(request, site):
    """GET where the outlets stand that serve now: drawn here, asked of nobody."""
    _check(request)
    serving = Outlet.objects.visible_to(request.user).active().select_related("unit__parent")
    outlets = list(serving)
    page = {
        **site.each_context(request), "title": _("Map of outlets"), "outlets": outlets,
        "drawing": ranking.drawing(outlets), "width": ranking.WIDTH,
    }  # fmt: skip
    return render(request, "outlets/map.html", page)


def _check(request) -> None:
    if request.method not in ("GET", "HEAD") or not request.user.has_perm("outlets.view_outlet"):
        raise PermissionDenied


def _month(told: str) -> date:
    """What cannot be read means the last month that is over."""
    today = day_of(clock.now())
    try:
        return min(date.fromisoformat(f"{told}-01"), today.replace(day=1))
    except ValueError:
        return date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1)
