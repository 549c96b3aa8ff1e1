"""The named lists above the list of cases: open, keep and delete them."""

from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from agency.core.errors import Invalid
from cases import saved
from cases.admin.filters import KnownValues

ORDER = "o"


def lists(request, filters: list[type[KnownValues]]) -> list[dict]:
    """What is offered; ``is_here`` where the list shows that one."""
    here = chosen(request.GET.urlencode(), filters)
    return [
        {**one, "is_here": here == dict(parse_qsl(one["query"]))}
        for one in saved.offered(request.user)
    ]


def view(request, filters: list[type[KnownValues]]):
    """POST keeps what stands in the address under a name, or deletes one; back to the list."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.user.has_perm("cases.view_case"):
        raise PermissionDenied
    if (drop := request.POST.get("drop", "")).isdecimal():
        saved.forget(request.user, int(drop[:18]))
        return _back("")
    here = chosen(request.POST.get("query", ""), filters)
    try:
        kept = saved.keep(request.user, request.POST.get("name", ""), here)
    except Invalid as error:
        messages.error(request, str(error))
        return _back(urlencode(here))
    word = dict(parse_qsl(request.POST.get("query", "")[:600])).get(SEARCH_VAR)
    if not word:
        return _back(kept.query)
    messages.warning(request, _("Kept without what was searched for: it may name somebody."))
    return _back(urlencode(here | {SEARCH_VAR: word}))  # the list stays as it was


def chosen(query: str, filters: list[type[KnownValues]]) -> dict[str, str]:
    """The filters of the list, and its order; what was searched for may name somebody."""
    known = {narrowing.parameter_name for narrowing in filters} - {"only"} | {ORDER}
    told = dict(parse_qsl(query[:600]))
    return {
        name: value[:60] for name, value in told.items() if name in known and value.isprintable()
    }


def _back(query: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('admin:cases_case_changelist')}?{query}")
