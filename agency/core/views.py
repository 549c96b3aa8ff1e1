"""The doors before every other door: the way to one's own page, and what failed."""

import sys

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.defaults import page_not_found

from agency.core import clock
from agency.core.api import AWAY, RETRY_AFTER, away, problem_body
from agency.core.notifications.bell import unread


@login_required
def home(request):
    return redirect(request.user.landing)


@require_safe
def bell(request):
    """The sign beside one's notices; a page that asks for it by itself is not led to the login."""
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    now = int(clock.now().timestamp() * 1000)  # what every page's countdowns are set by
    return HttpResponse(
        unread(request.user), headers={"HX-Trigger": f'{{"heard": {{"now": {now}}}}}'}
    )


def stale_form(request, reason=""):
    """A form from before a login in another tab: its page, opened again, works."""
    if request.path == resolve_url("login") and request.user.is_authenticated:
        return redirect(request.user.landing)
    return render(request, "stale.html", status=403)


def bad_request(request, exception):
    """What cannot be read; why, only where a door of ours has said it."""
    said = str(exception) if isinstance(exception, BadRequest) else ""
    if _is_machines(request):
        return _problem(400, said or _("The request cannot be read."))
    return render(request, "400.html", {"said": said}, status=400)


def not_found(request, exception):
    """No such address: a problem to a machine, the page to a person."""
    if _is_machines(request):
        return _problem(404, _("This is not there."))
    return page_not_found(request, exception)


def server_error(request):
    """What nobody caught, told in words: a problem to a machine, a page to a person.

    The page is rendered without the request: its user and session live in the database.
    """
    error = sys.exception()
    if isinstance(error, AWAY):
        return _away(request, error)
    if _is_machines(request):
        return _problem(500, _("Something went wrong on our side; it was logged."))
    return HttpResponse(render_to_string("500.html"), status=500)


def _away(request, error: Exception) -> HttpResponse:
    """Also where a middleware asked the database: its exceptions come here alone."""
    said = away(error, request.path)
    if _is_machines(request):
        answer = _problem(503, said)
    else:
        answer = HttpResponse(render_to_string("503.html"), status=503)
    answer.headers["Retry-After"] = RETRY_AFTER
    answer._has_been_logged = True  # Django would add the whole traceback
    return answer


def _is_machines(request) -> bool:
    return request.path.startswith("/api/")


def _problem(status: int, detail: str) -> JsonResponse:
    return JsonResponse(
        problem_body(status, detail), status=status, content_type="application/problem+json"
    )
