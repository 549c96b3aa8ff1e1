"""Who has how much in hand: open cases, what is late, and what is due next, person by person."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from agency.core import clock
from agency.core.roles import WEIGHS
from cases.admin import clocks
from cases.workflow import load


def view(request) -> HttpResponse:
    """One's own units, the nearest first; in each who has the most in hand."""
    if request.user.role not in WEIGHS:
        raise PermissionDenied
    at = clock.now()
    people = [(person, _next(person, at)) for person in load.desks(request.user.unit, at)]
    told = {
        "people": people,
        "title": _("Load"),
        "most": max((p.load for p, _c in people), default=0),
    }
    return render(request, "cases/load.html", {**admin.site.each_context(request), **told})


def _next(person, at):
    return person.next_due_at and clocks.countdown(person.next_due_at, at)
