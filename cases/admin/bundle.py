"""The evidence bundle from a case's page: a reason, masked or in plain, and the file."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core.errors import Forbidden, NotThere, RuleViolation
from cases import bundle, bundle_api
from cases.models import Case
from cases.serializers import Reason

REASONS = (
    gettext_lazy("For administrative reconsideration"), gettext_lazy("For a lawsuit"),
    gettext_lazy("For an inspection of the file"),
)  # fmt: skip


def view(request, no: str, site) -> HttpResponse:
    """GET the form; POST the ZIP."""
    if request.user.role not in bundle.BUNDLERS:
        raise PermissionDenied
    case = Case.objects.visible_to(request.user).filter(no=no).first()
    if case is None:
        raise Http404
    told = {"case": case, "reasons": REASONS, "title": f"{case.no} · {_('Evidence bundle')}"}
    told["may_have_plain"] = bundle.may_have_plain(case, request.user)
    told["reason"] = request.POST.get("reason", "")
    if request.method == "POST":
        body = Reason(data={"reason": told["reason"]})
        if body.is_valid():
            try:
                return _made(request, no, **body.validated_data)
            except RuleViolation as error:
                told["errors"] = [error]
        else:
            told["errors"] = body.errors["reason"]
    page = {**site.each_context(request), **told}
    return render(request, "cases/bundle.html", page, status=409 if "errors" in told else 200)


def _made(request, no: str, reason: str) -> HttpResponse:
    plain = request.POST.get("plain") == "true"
    try:
        return bundle_api.response(bundle.make(no, by=request.user, reason=reason, plain=plain))
    except Forbidden:
        raise PermissionDenied from None
    except NotThere:
        raise Http404 from None
