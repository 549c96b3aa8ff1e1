"""The door of outlet operators and ODR firms: their own cases, on a phone, nothing else."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from agency.core import clock
from agency.core.models import User
from agency.core.roles import OUTSIDERS
from cases import operators
from cases.models import Case

PAGE = 50


@login_required
@require_safe
def home(request):
    """What is in one's hands, soonest due first; at most PAGE of them."""
    if request.user.role not in OUTSIDERS:
        raise PermissionDenied
    mine = Case.objects.in_hands_of(request.user).open().select_related("consumer")
    rows = [_row(case, request.user) for case in mine.order_by("next_due_at", "-arrived_at")[:PAGE]]
    return render(request, "outlets/portal.html", {"rows": rows, "now": clock.now()})


def _row(case: Case, user: User) -> dict:
    """Due is what they owe themselves: the agency's own limits are none of theirs."""
    person = case.consumer.masked() if case.consumer else {}
    due_at = operators.next_due_at(case, user)
    return {"case": case, "title": case.shown(case.title), "person": person, "due_at": due_at}


urls = [path("", home, name="portal")]
