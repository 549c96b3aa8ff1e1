"""The ODR enterprises' list and pages; each verb goes through the workflow, as from everywhere."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core import clock, files
from agency.core.admin.base import GuardedAdmin, ReadOnly
from agency.core.api import flatten
from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.models import Unit
from cases.admin.filters import KnownValues
from cases.calendar import day_of
from cases.workflow.papers import READERS_OF_FILES
from outlets import lifecycle, odr_figures
from outlets.admin import forms
from outlets.admin.forms import Form, field_of
from outlets.models import OdrEnterprise, OdrPaper
from outlets.odr_lifecycle import MOVES, WORKING, State
from outlets.odr_serializers import BODIES, OdrApplication
from outlets.serializers import MASKED_TO
from outlets.workflow import firms

VERBS = {
    "review": gettext_lazy("Record a review"),
    "admit": gettext_lazy("Admit"),
    "reject": gettext_lazy("Do not admit"),
    "guide": gettext_lazy("Record training or guidance"),
    "warn": gettext_lazy("Warn"),
    "suspend": gettext_lazy("Suspend"),
    "restore": gettext_lazy("Restore"),
    "exit": gettext_lazy("Let it exit"),
}
PAPER = "add_paper"


class OdrStateFilter(KnownValues):
    title, parameter_name = gettext_lazy("state"), "state"

    def lookups(self, request, model_admin):
        return [("working", _("serving now")), *State.choices]

    def narrow(self, enterprises, value):
        states = WORKING if value == "working" else [value]
        return enterprises.filter(state__in=states)


@admin.register(OdrEnterprise)
class OdrEnterpriseAdmin(ReadOnly, GuardedAdmin):
    """What exists in one's own units; nothing is typed into a row, everything is a verb."""

    list_display = ["unit", "above", "state", "origin", "uscc", "admitted_on", "exited_on"]
    list_filter = [OdrStateFilter]
    list_select_related = ["unit__parent"]
    search_fields = ["unit__name", "unit__code", "uscc"]

    @admin.display(description=gettext_lazy("unit above"))
    def above(self, firm):
        return firm.unit.parent.name

    def get_queryset(self, request):
        return OdrEnterprise.objects.visible_to(request.user)

    def has_add_permission(self, request):
        return request.user.has_perm("outlets.add_odrenterprise")

    def get_urls(self):
        page = self.admin_site.admin_view(self.invite_view)
        return [path("invite/", page, name="outlets_odrenterprise_invite"), *super().get_urls()]

    def invite_view(self, request):
        """GET the merchants that are worth inviting."""
        if request.method not in ("GET", "HEAD") or not request.user.has_perm(
            "outlets.view_odrenterprise"
        ):
            raise PermissionDenied
        page = {
            **self.admin_site.each_context(request), "title": _("Firms worth inviting"),
            "found": odr_figures.worth_inviting(request.user),
        }  # fmt: skip
        return render(request, "outlets/invite.html", page)

    def add_view(self, request, form_url="", extra_context=None):
        """GET the application; POST writes it down."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = _application(request.user)
        if request.method == "POST" and (firm := _applied(form, request)):
            return HttpResponseRedirect(_page(firm))
        page = {**self.admin_site.each_context(request), "title": form.label, "form": form}
        status = 400 if form.is_wrong else 200
        return render(request, "outlets/application.html", page, status=status)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """GET the page; POST does the verb that ``verb`` names, or hands in a paper."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_queryset(request).select_related("unit__parent", "contact")
        firm = found.filter(pk=object_id[:18]).first() if object_id.isdecimal() else None
        if firm is None:
            raise Http404
        may = lifecycle.allowed(firm.state, request.user.role, MOVES)
        asked = [_verb_form(verb) for verb in may if verb != PAPER]
        paper = _paper_form() if PAPER in may else None
        if request.method == "POST":
            _check_any(request.user)
            status = _asked(request, firm, [*asked, *filter(None, [paper])])
            if status == 302:
                return HttpResponseRedirect(_page(firm))
        else:
            status = 200
        page = {**self.admin_site.each_context(request), **_context(firm, request.user)}
        return render(request, "outlets/enterprise.html", page | {"forms": asked, "paper": paper}, status=status)  # fmt: skip


def _page(firm: OdrEnterprise) -> str:
    return reverse("admin:outlets_odrenterprise_change", args=[firm.pk])


def _check_any(user) -> None:
    """Who may never do anything with a firm is refused, whatever they send."""
    if not any(user.role in move.roles for move in MOVES):
        raise PermissionDenied


def _application(user) -> Form:
    near = Unit.objects.subtree(user.unit).exclude(kind__in=Unit.EXTERNAL)
    offered = {"unit": [(unit.code, unit.name) for unit in near]}
    asked = [field_of(n, told, offered.get(n, [])) for n, told in OdrApplication().fields.items()]
    return Form("apply", _("Apply for an ODR enterprise"), asked)


def _applied(form: Form, request) -> OdrEnterprise | None:
    told = OdrApplication(data=forms.body_of(OdrApplication, request.POST))
    try:
        if told.is_valid():
            return firms.apply_odr(by=request.user, **told.validated_data)
        form.show(request.POST, flatten(told.errors))
    except Invalid as error:
        form.show(request.POST, error.errors)
    return None


def _verb_form(verb: str) -> Form:
    asked = [field_of(name, told, []) for name, told in BODIES[verb]().fields.items()]
    return Form(verb, str(VERBS[verb]), asked)


def _paper_form() -> Form:
    kinds = [("", "—"), *((str(code), str(label)) for code, label in OdrPaper.Kind.choices)]
    return Form(PAPER, _("Hand in a paper"), [forms.FormField("kind", str(forms.LABELS["kind"]), "choice", required=True, options=kinds)])  # fmt: skip


def _asked(request, firm: OdrEnterprise, asked: list[Form]) -> int:
    """Does what was asked for; 302 where it is done, 400 where the form says what is wrong."""
    form = next((form for form in asked if form.name == request.POST.get("verb", "")), None)
    if form is None:
        return 409
    try:
        if form.name == PAPER:
            _hand_in(request, firm, form)
        else:
            forms.do(form, firm.code, request.POST, by=request.user, bodies=BODIES, verbs=firms.VERBS)  # fmt: skip
    except Forbidden:
        raise PermissionDenied from None
    except NotThere:
        raise Http404 from None
    return 400 if form.is_wrong else 302


def _hand_in(request, firm: OdrEnterprise, form: Form) -> None:
    try:
        kind, upload = request.POST.get("kind", ""), files.uploaded(request)
        firms.add_paper(firm.code, by=request.user, kind=kind, upload=upload)
    except Invalid as error:
        form.show(request.POST, error.errors)
    except RuleViolation as error:
        form.show(request.POST, {"": [str(error)]})


def _context(firm: OdrEnterprise, user) -> dict:
    person = getattr(firm, "contact", None)
    is_masked = user.role in MASKED_TO
    return {
        "title": firm.unit.name, "firm": firm, "lacking": firms.missing_papers(firm),
        "contact": person and (person.masked() if is_masked else person.plain()),
        "papers": firm.papers.select_related("by").order_by("at"),
        "opens": user.role in READERS_OF_FILES,
        "review": firm.reviews.select_related("by").order_by("pk").last(),
        "guidances": firm.guidances.all()[:24],
        "figures": odr_figures.of_a_year(firm.unit_id, day_of(clock.now())),
        "events": firm.events.select_related("actor", "remark").order_by("-pk")[:50],
    }  # fmt: skip
