"""The outlets' list and pages; each verb goes through the workflow, as from everywhere."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core import clock
from agency.core.admin.base import GuardedAdmin, ReadOnly
from agency.core.api import flatten
from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.models import Unit, User
from cases.admin import export
from cases.admin.filters import KnownValues
from cases.calendar import day_of
from cases.workflow.papers import READERS_OF_FILES
from outlets import lifecycle, workflow
from outlets.admin import forms, pages
from outlets.exports import OUTLETS
from outlets.lifecycle import STANDING, State
from outlets.models import MonthlyReport, Outlet, OutletDeadline, Standard
from outlets.serializers import MASKED_TO, Application, liaison


class StateFilter(KnownValues):
    title, parameter_name = gettext_lazy("state"), "state"

    def lookups(self, request, model_admin):
        groups = [("active", _("serving now")), ("expired", _("term is over")), ("late", _("report is late")), ("proposed", _("suspension proposed")), ("unmanned", _("nobody has an account"))]  # fmt: skip
        return [*groups, *State.choices]

    def narrow(self, outlets, value):
        at = clock.now()
        if value == "active":
            return outlets.active()
        if value == "expired":
            return outlets.filter(state__in=STANDING, valid_until__lt=day_of(at))
        if value == "late":
            return outlets.filter(pk__in=OutletDeadline.objects.overdue(at).values("outlet"))
        if value == "proposed":
            return outlets.filter(proposals__decided_at=None, proposals__isnull=False).distinct()
        if value == "unmanned":
            people = User.objects.filter(is_active=True).values("unit")
            return outlets.filter(state__in=STANDING).exclude(unit__in=people)
        return outlets.filter(state=value)


class TypeFilter(KnownValues):
    title, parameter_name = gettext_lazy("type"), "type"

    def lookups(self, request, model_admin):
        return Outlet.Type.choices


class GradeFilter(KnownValues):
    title, parameter_name = gettext_lazy("grade"), "grade"

    def lookups(self, request, model_admin):
        return Outlet.Grade.choices


class UnitFilter(KnownValues):
    title, parameter_name = gettext_lazy("unit"), "unit"

    def lookups(self, request, model_admin):
        below = Unit.objects.subtree(request.user.unit).exclude(kind__in=Unit.EXTERNAL)
        return [(unit.code, unit.name) for unit in below]

    def narrow(self, outlets, value):
        """Of the unit and everything below it."""
        return outlets.filter(unit__in=Unit.objects.subtree(Unit.objects.get(code=value)))


@admin.register(Outlet)
class OutletAdmin(ReadOnly, GuardedAdmin):
    """What exists in one's own units; nothing is typed into a row, everything is a verb."""

    list_display = [
        "unit", "above", "type", "state", "number", "filed_on", "valid_until", "grade", "answerable",
    ]  # fmt: skip
    list_filter = [StateFilter, TypeFilter, GradeFilter, UnitFilter]
    list_select_related = ["unit__parent"]
    list_per_page = 25  # a row is 5 kB and 1.5 ms of the page
    search_fields = ["unit__name", "unit__code", "number", "host", "address"]

    @admin.display(description=gettext_lazy("unit above"))
    def above(self, outlet):
        return outlet.unit.parent.name

    @admin.display(description=gettext_lazy("liaison"))
    def answerable(self, outlet):
        found = liaison(outlet)
        return found.masked()["name"] if found else "—"

    def get_queryset(self, request):
        return Outlet.objects.visible_to(request.user).with_liaison()

    def has_add_permission(self, request):
        return request.user.has_perm("outlets.add_outlet")

    def get_urls(self):
        own = {
            "export": self.export_view,
            "ranking": lambda request: pages.ranking_view(request, self.admin_site),
            "map": lambda request: pages.map_view(request, self.admin_site),
        }
        view = self.admin_site.admin_view
        return [
            *(path(f"{n}/", view(v), name=f"outlets_outlet_{n}") for n, v in own.items()),
            *super().get_urls(),
        ]

    def add_view(self, request, form_url="", extra_context=None):
        """GET the application; POST writes it down."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = forms.application(request.user)
        if request.method == "POST":
            outlet = _applied(form, request)
            if outlet:
                return HttpResponseRedirect(_page(outlet))
        page = {**self.admin_site.each_context(request), "title": _("Apply for an outlet"), "form": form}  # fmt: skip
        status = 400 if form.is_wrong else 200
        return render(request, "outlets/application.html", page, status=status)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """GET the page; POST does the verb that ``verb`` names."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        seen = Outlet.objects.visible_to(request.user)
        found = seen.select_related("unit__parent").prefetch_related("staff__trainings")
        outlet = found.filter(pk=object_id[:18]).first() if object_id.isdecimal() else None
        if outlet is None:
            raise Http404
        may = lifecycle.allowed(outlet.state, request.user.role)
        at = clock.now()
        proposed = list(outlet.proposals.filter(decided_at=None).order_by("pk"))
        verbs = forms.offered(may, outlet, request.user, at, is_proposed=bool(proposed))
        status = 200
        if request.method == "POST":
            _check_any(request.user)
            status = _asked(request, outlet, verbs)
            if status == 302:
                return HttpResponseRedirect(_page(outlet))
        page = {**self.admin_site.each_context(request), **_context(outlet, request.user, at)}
        page |= {"forms": verbs, "proposed": proposed}
        return render(request, "outlets/outlet.html", page, status=status)

    def export_view(self, request):
        """The list as it is narrowed now: GET the form, POST the spreadsheet."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return export.view(request, self.get_changelist_instance(request), self.admin_site, OUTLETS)


def _page(outlet: Outlet) -> str:
    return reverse("admin:outlets_outlet_change", args=[outlet.pk])


def _check_any(user) -> None:
    """Who may never do anything with an outlet is refused, whatever they send."""
    if not any(user.role in move.roles for move in lifecycle.MOVES):
        raise PermissionDenied


def _asked(request, outlet: Outlet, verbs: list[forms.Form]) -> int:
    """Does what was asked for; 302 where it is done, 400 where the form says what is wrong."""
    verb = request.POST.get("verb", "")
    form = next((form for form in verbs if form.name == verb), None)
    if form is None:
        return 409
    try:
        if form.takes_file:
            forms.add_photo(form, outlet.code, request)
        else:
            forms.do(form, outlet.code, request.POST, by=request.user)
    except Forbidden:
        raise PermissionDenied from None
    except NotThere:
        raise Http404 from None
    return 400 if form.is_wrong else 302


def _applied(form: forms.Form, request) -> Outlet | None:
    told = Application(data=forms.body_of(Application, request.POST))
    try:
        if told.is_valid():
            return workflow.apply(by=request.user, **told.validated_data)
        form.show(request.POST, flatten(told.errors))
    except Invalid as error:
        form.show(request.POST, error.errors)
    except RuleViolation as error:
        form.show(request.POST, {"": [str(error)]})
    return None


def _context(outlet: Outlet, user, at) -> dict:
    people = [p for p in outlet.staff.all() if p.left_on is None]
    shown = [(p, p.masked() if user.role in MASKED_TO else p.plain()) for p in people]
    visit = outlet.inspections.select_related("first", "second").order_by("pk").last()
    year = outlet.assessments.order_by("pk").last()
    return {
        "title": outlet.unit.name, "outlet": outlet, "people": shown, "visit": visit, "year": year,
        "findings": visit.findings.select_related("item").prefetch_related("photos") if visit else [],
        "opens": user.role in READERS_OF_FILES,
        "scores": year.scores.select_related("item") if year else [],
        "standard": Standard.objects.in_force(day_of(at)).filter(code=outlet.standard).first(),
        "reports": MonthlyReport.objects.filter(outlet=outlet)[:12],
        "clocks": [(c, c.state_at(at)) for c in outlet.deadlines.open().select_related("rule", "report").order_by("due_at")],
        "events": outlet.events.select_related("actor", "remark").order_by("-pk")[:50],
    }  # fmt: skip
