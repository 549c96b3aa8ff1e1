"""The wizard for somebody who leaves: who takes over what, then step by step to the end."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from agency.core.admin.base import GuardedAdmin, ReadOnly
from agency.core.errors import Invalid
from agency.core.models import Unit, User
from cases.lifecycle import Kind
from cases.models import Case, Departure
from cases.workflow import departures
from cases.workflow.departures import Share
from cases.workflow.load import with_load

LINES = range(6)
"""So many shares fit on the page."""
SHOWN = 20
"""So many cases are named that nobody takes."""


@admin.register(Departure)
class DepartureAdmin(ReadOnly, GuardedAdmin):
    """Chiefs and leaders hand over what somebody of their units has in hand."""

    list_display = ["person", "begun_at", "done_at"]
    list_select_related = ["person"]

    def get_queryset(self, request):
        return departures.visible(request.user)

    def has_add_permission(self, request):
        return request.user.role in departures.MANAGERS

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        errors: dict[str, list[str]] = {}
        if request.method == "POST":
            try:
                begun = departures.begin(by=request.user, **_asked(request))
                return HttpResponseRedirect(
                    reverse("admin:cases_departure_change", args=[begun.pk])
                )
            except Invalid as error:
                errors = error.errors
        context = {
            **self.admin_site.each_context(request), "title": _("Hand over and leave"),
            "errors": [text for texts in errors.values() for text in texts],
            "typed": request.POST or request.GET, "lines": _lines(request.POST),
            "leavers": _people(departures.leavers(request.user)),
            "takers": _people(departures.takers(request.user)),
            "units": Unit.objects.subtree(request.user.unit), "kinds": Kind.choices,
        }  # fmt: skip
        status = 400 if errors else 200
        return render(request, "cases/departure_form.html", context, status=status)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """GET shows how far it is; POST takes one step, beyond ``after``."""
        found = self.get_queryset(request).select_related("person")
        departure = found.filter(pk=object_id[:18]).first() if object_id.isdecimal() else None
        if departure is None:
            raise Http404
        after: int | None = 0
        if request.method == "POST" and departure.done_at is None:
            told = request.POST.get("after", "0")
            after = departures.step(
                departure.pk, by=request.user, after=int(told[:18]) if told.isdecimal() else 0
            )
            departure.refresh_from_db()
        is_asked = request.method == "POST"
        context = {
            **self.admin_site.each_context(request), "title": _("Hand over and leave"),
            "departure": departure, "left": departures.left(departure.person).count(),
            "after": after, "is_asked": is_asked,
        }  # fmt: skip
        if after is None or not is_asked:
            context |= _stuck(departure, request.user)
        template = "cases/_departure.html" if request.htmx else "cases/departure.html"
        return render(request, template, context)


def _asked(request) -> dict:
    """What was typed, as the workflow wants it; a line without a person is none."""
    typed = request.POST
    shares = [
        Share(typed[f"heir-{n}"], typed.get(f"unit-{n}", ""), typed.get(f"kind-{n}", ""))
        for n in LINES
        if typed.get(f"heir-{n}")
    ]
    return {
        "person": typed.get("person", ""), "shares": shares, "switch_off": "switch_off" in typed
    }  # fmt: skip


def _stuck(departure: Departure, user: User) -> dict:
    """What those named cannot take; told by number where ``user`` may see it."""
    stuck = departures.stranded(departure, by=user) if departure.done_at is None else []
    named = Case.objects.visible_to(user).filter(pk__in=[case.pk for case in stuck])
    named = named.select_related("consumer", "reporter").order_by("pk")[:SHOWN]
    seen = [(case, case.shown(case.title)) for case in named]
    return {"stuck": len(stuck), "seen": seen, "most": departures.LOOKED_AT}


def _lines(typed) -> list[dict[str, str]]:
    names = ("heir", "unit", "kind")
    return [{"n": str(n)} | {name: typed.get(f"{name}-{n}", "") for name in names} for n in LINES]


def _people(people: QuerySet[User]) -> list[tuple[str, str]]:
    return [
        (u.username, _("%(name)s (%(unit)s), load %(load)d") % {
            "name": u.name, "unit": u.unit.name, "load": u.load,
        })
        for u in with_load(people).select_related("unit").order_by("unit__path", "name")
    ]  # fmt: skip
