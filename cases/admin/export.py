"""A list as a spreadsheet: the same filters and the same order, asked for with a reason."""

from tempfile import TemporaryFile

from django.conf import settings
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core import exports
from agency.core.calendar import SHANGHAI
from agency.core.errors import RuleViolation
from agency.core.spreadsheet import TYPE
from agency.core.text import in_one
from cases.admin.filters import KnownValues
from cases.serializers import Reason

REASONS = (
    gettext_lazy("For the ledger"), gettext_lazy("For a meeting"),
    gettext_lazy("For a report to the authority above"),
)  # fmt: skip


def view(request, changelist: ChangeList, site, of: exports.List) -> HttpResponse:
    """GET the form: how many, and why; POST the file."""
    if not request.user.has_perm(of.right):
        raise PermissionDenied
    told = {
        "cl": changelist,
        "note": of.note,
        "which": _which(changelist),
        "most": settings.EXPORT_ROWS,
    }
    told |= {"reasons": REASONS, "title": _("Export to Excel"), "query": request.GET.urlencode()}
    body = Reason(data={"reason": request.POST.get("reason", "")})
    if request.method == "POST" and body.is_valid():
        try:
            return _file(request, changelist, of, body.validated_data["reason"])
        except RuleViolation as error:
            told["errors"] = [error]
    elif request.method == "POST":
        told["errors"] = body.errors["reason"]
    told["count"] = changelist.queryset.order_by()[: settings.EXPORT_ROWS + 1].count()
    told["reason"] = request.POST.get("reason", "")
    page = {**site.each_context(request), **told}
    return render(request, "cases/export.html", page, status=409 if "errors" in told else 200)


def _file(request, changelist: ChangeList, of: exports.List, reason: str) -> FileResponse:
    with translation.override("zh-hans"):
        which = _which(changelist)
    ordered = exports.order(of, changelist.queryset, by=request.user, which=which, reason=reason)
    file = TemporaryFile()  # noqa: SIM115 - closed with the response
    exports.write(ordered, file)
    file.seek(0)
    name = f"{ordered.at.astimezone(SHANGHAI):%Y%m%d-%H%M%S}.xlsx"
    answer = FileResponse(file, as_attachment=True, filename=name, content_type=TYPE)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _which(changelist: ChangeList) -> str:
    """The filters in words; of a search only that there was one: it may name somebody."""
    chosen = [
        f"{spec.title}: {label}"
        for spec in changelist.filter_specs
        if isinstance(spec, KnownValues)
        for value, label in spec.lookup_choices
        if str(value) == spec.value()
    ]
    searched = [_("found by a search")] if changelist.query else []
    return in_one([*chosen, *searched]) or _("all of them")
