"""One secret field on the page: a small form asks why, and its answer goes after a minute."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.text import dialled
from cases import reveal
from cases.lifecycle import Kind
from cases.models import Case
from cases.serializers import Reveal
from cases.workflow.allowed import Sight

LABELS = {
    "phone": gettext_lazy("Telephone"), "name": pgettext_lazy("person", "Name"),
    "id_number": gettext_lazy("Identity number"), "address": gettext_lazy("Address"), "told": gettext_lazy("Own words"),
}  # fmt: skip
REASONS = (
    gettext_lazy("To reach the citizen"),
    gettext_lazy("To prove the identity"),
    gettext_lazy("To serve a letter"),
)
FORGET_AFTER = 60
"""Seconds after which the page no longer shows it."""


def view(request, no: str) -> HttpResponse:
    """GET the form, as far as something may be revealed; POST answers the plain value."""
    case = Case.objects.visible_to(request.user).filter(no=no).first()
    if case is None:
        raise Http404
    ticket = case.tickets.select_related("consumer").filter(no=_ticket(request)).first()
    offered = reveal.may_reveal(Sight(case, request.user), ticket)
    told = {"case": case, "fields": [(f, LABELS[f.partition(".")[2]]) for f in offered]}
    told |= {"reasons": REASONS, "forget": FORGET_AFTER, "ticket": _ticket(request)}
    told["whose"] = ticket.label if ticket and case.kind != Kind.REPORT else case.no
    if request.method != "POST":
        return render(request, "cases/_reveal.html", told)
    if request.user.role not in reveal.ASKERS:
        return HttpResponse(_("Your role may not do this."), status=403)
    return _answered(request, no, told)


def _ticket(request) -> str:
    """Whose citizen is meant, where not the case's own."""
    return request.POST.get("ticket") or request.GET.get("ticket", "")


def _answered(request, no: str, told: dict) -> HttpResponse:
    typed = {name: request.POST[name] for name in ("field", "ticket") if name in request.POST}
    typed["reason"] = request.POST.get("other", "").strip() or request.POST.get("reason", "")
    body = Reveal(data=typed)
    if not body.is_valid():
        said = [text for texts in body.errors.values() for text in texts]
        if not typed["reason"]:
            said = [_("Say why you need to see it.")]
        return render(request, "cases/_reveal.html", {**told, "errors": said}, status=400)
    try:
        value = reveal.reveal(no, by=request.user, **body.validated_data)
    except (Invalid, RuleViolation) as error:
        return render(request, "cases/_reveal.html", {**told, "errors": [error]}, status=409)
    except Forbidden:
        return HttpResponse(_("Your role may not do this."), status=403)
    except NotThere:
        raise Http404 from None
    label = LABELS[typed["field"].partition(".")[2]]
    if typed["field"].endswith(".phone"):
        value = dialled(value)
    return render(request, "cases/_revealed.html", {**told, "label": label, "value": value})
