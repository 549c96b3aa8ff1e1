"""Who is this? Beside a case, and beside what is being typed at registration."""

import re

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.debug import sensitive_post_parameters

from agency.core.errors import RuleViolation
from agency.core.models import User
from agency.core.text import clean
from cases import earlier, lookup, merchants, suggestions, workflow
from cases.admin import page
from cases.admin.found import gathered
from cases.earlier import Finding
from cases.imports.cleaning import half_width
from cases.lifecycle import Kind
from cases.models import Case, Suggestion
from cases.serializers import Lookup
from cases.suggestions import Told

NUMBERS = ("phone", "id_number")
PLACED = 1000
"""So much of a narrative is looked through for a place, where the address says none."""


def of_case(request, no: str) -> HttpResponse:
    """Beside a case: nothing is asked that the case itself does not say, so nothing is recorded."""
    case = page.find(request.user, no=no)
    findings = earlier.of_case(case, request.user)
    offers = _offers(case, request.user) if findings else ""
    return _page(request, findings, case=case, offers=offers)


def _page(request, findings: list[Finding], **more) -> HttpResponse:
    """What was found and why, each case once."""
    told = {"findings": findings, "rows": gathered(findings), **more}
    return render(request, "cases/_earlier.html", told)


def _offers(case: Case, user: User) -> str:
    """The verb that brings two together, where it may be done here."""
    wanted = "mark_duplicate" if case.kind == Kind.REPORT else "link_ticket"
    return wanted if wanted in workflow.allowed(case, user) else ""


def caller(request) -> HttpResponse:
    """POST: the cases of whose number is typed, looked up on record; of a report nobody's."""
    if not request.user.has_perm("cases.look_up_case") or request.method != "POST":
        raise PermissionDenied
    told, fault = [], ""
    if request.POST.get("kind") != Kind.REPORT:
        try:
            told = [found for asked in NUMBERS if (found := _of_number(request, asked))]
        except RuleViolation as error:
            fault = str(error)
    return _page(request, told, fault=fault)


def _of_number(request, asked: str) -> Finding | None:
    typed = re.sub(r"\s", "", half_width(request.POST.get(f"consumer.{asked}", "")[:40]))
    body = Lookup(data={asked: typed})
    if not typed or not body.is_valid():
        return None
    return earlier.of_numbers(lookup.cases_of(by=request.user, **body.validated_data), asked)


def merchant(request) -> HttpResponse:
    """POST: the cases of whom is being complained of, and what may be chosen."""
    if not request.user.has_perm("cases.add_case") or request.method != "POST":
        raise PermissionDenied
    typed = {
        name: clean(request.POST.get(f"merchant.{name}", "")[:200])
        for name in ("name", "uscc", "address")
    }
    meant = merchants.meant(typed["name"], half_width(typed["uscc"]).upper())
    found = meant and earlier.of_merchant(meant, request.POST.get("kind", ""), request.user)
    place = typed["address"] or clean(request.POST.get("narrative", "")[:PLACED])
    told = Told(
        request.POST.get("kind", ""), clean(request.POST.get("title", "")[:200]), place, meant
    )
    proposed = suggestions.of(told, request.user, *Suggestion.What.values)
    return _page(request, [found] if found else [], proposed=proposed)


def urls(wrap) -> list:
    """Their places among the pages of the cases."""
    unlogged = sensitive_post_parameters()
    return [
        path("caller/", wrap(unlogged(caller)), name="cases_case_caller"),
        path("merchant/", wrap(unlogged(merchant)), name="cases_case_merchant"),
        path("<slug:no>/earlier/", wrap(of_case), name="cases_case_earlier"),
    ]
