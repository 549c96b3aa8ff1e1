"""The doors before every other door: login, the way to one's own page, and what failed."""

import logging
import sys
from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.defaults import page_not_found

from agency.core import brake
from agency.core.api import AWAY, RETRY_AFTER, away, problem_body
from agency.core.models import User
from agency.core.notifications.bell import unread

log = logging.getLogger(__name__)


class LoginForm(AuthenticationForm):
    """Django's, with the brake on guessing."""

    def clean(self):
        if self.errors:  # nothing was typed: no try
            return self.cleaned_data
        name = self.cleaned_data["username"]
        if until := brake.count_try(name):
            log.warning("login refused, too many wrong passwords: account %s", _key_of(name))
            until = timezone.localtime(until + timedelta(seconds=59))
            sentence = _("Too many wrong passwords. Try again after %(time)s.")
            raise ValidationError(sentence % {"time": f"{until:%H:%M}"})
        super().clean()
        brake.forget(name)
        return self.cleaned_data


def _key_of(username: str) -> int | None:
    return User.objects.filter(username=username).values_list("pk", flat=True).first()


class Login(LoginView):
    template_name = "login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def get_default_redirect_url(self):
        return self.request.user.landing


@login_required
def home(request):
    return redirect(request.user.landing)


@require_safe
def bell(request):
    """The sign beside one's notices; a page that asks for it by itself is not led to the login."""
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    return HttpResponse(unread(request.user))


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
