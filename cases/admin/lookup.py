"""A citizen calls again: their cases by telephone or identity number, asked for in a body only."""

import re

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from agency.core import clock
from agency.core.errors import RuleViolation
from cases import lookup
from cases.admin import clocks
from cases.imports.cleaning import half_width
from cases.serializers import Lookup

MOST = 50
ID_NUMBER = re.compile(r"[0-9]{15}|[0-9]{17}[0-9Xx]")


def view(request) -> HttpResponse:
    """GET the form; POST the cases of whose number it is, the newest first."""
    if not request.user.has_perm("cases.look_up_case"):
        raise PermissionDenied
    told = _found(request) if request.method == "POST" else {}
    page = {**admin.site.each_context(request), "title": _("Find a citizen"), **told}
    return render(request, "cases/lookup.html", page, status=400 if "errors" in told else 200)


def _found(request) -> dict:
    number = half_width(request.POST.get("number", "")[:40]).strip()
    compact = re.sub(r"\s", "", number)
    asked = {"id_number": compact} if ID_NUMBER.fullmatch(compact) else {"phone": number}
    body = Lookup(data=asked)
    if not body.is_valid():
        return {"errors": [text for texts in body.errors.values() for text in texts]}
    try:
        cases = lookup.cases_of(by=request.user, **body.validated_data)
    except RuleViolation as error:
        return {"errors": [error]}
    shown = cases.select_related("unit", "handler", "consumer", "reporter")
    shown = list(shown.order_by("-arrived_at", "-pk")[: MOST + 1])
    at = clock.now()
    rows = [(case, case.shown(case.title), clocks.short(case.arrived_at, at)) for case in shown]
    return {"rows": rows[:MOST], "is_more": len(rows) > MOST, "most": MOST, "is_answer": True}
