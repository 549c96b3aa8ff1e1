"""The way in, step by step. Nobody is logged in before the last step is done.

After the password the browser holds who is on the way, for fifteen minutes and no more; only
``finish`` makes a session of it. So no page can be reached by leaving out a step.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core import clock
from agency.core.accounts import brake, factor, passwords, sessions
from agency.core.accounts.addresses import address_of, browser_of
from agency.core.models import User

log = logging.getLogger(__name__)

COMING = "coming"
"""Where the browser's session holds who is on the way in."""


class LoginForm(AuthenticationForm):
    """Django's, with the brake on guessing."""

    rests_until: datetime | None = None
    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": gettext_lazy("This account and password do not fit. Mind capitals."),
    }

    def clean(self):
        if self.errors:  # nothing was typed: no try
            return self.cleaned_data
        name = self.cleaned_data["username"]
        user = User.objects.filter(username=name).first()
        limits = brake.limits_of_login(name, user, self.request)
        self.rests_until = brake.count(limits, user=user)
        if self.rests_until:
            log.warning(
                "login refused, too many wrong passwords: account %s", user.pk if user else None
            )
            sentence = _("Too many wrong passwords. Try again after %(time)s.")
            raise ValidationError(sentence % {"time": minute_after(self.rests_until)})
        super().clean()
        brake.forget(limits)
        return self.cleaned_data


def minute_after(until: datetime) -> str:
    """The first full minute in which a rest is over, in Shanghai."""
    return f"{timezone.localtime(until + timedelta(seconds=59)):%H:%M}"


def refused(response, until: datetime):
    """Too many tries: says to a program too when there may be the next."""
    response.status_code = 429
    response.headers["Retry-After"] = str(int((until - clock.now()).total_seconds()) + 1)
    return response


class Login(LoginView):
    """The first step: who, and the password."""

    template_name = "login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def get_default_redirect_url(self):
        return self.request.user.landing

    def form_valid(self, form):
        come(self.request, form.get_user(), to=self.get_redirect_url())
        return go_on(self.request, form.get_user())

    def form_invalid(self, form):
        page = super().form_invalid(form)
        return refused(page, form.rests_until) if form.rests_until else page


def come(request, user: User, *, to: str = "", is_verified: bool = False) -> None:
    """Somebody is on the way in; ``to`` is the page they asked for."""
    request.session.flush()
    request.session[COMING] = {
        "user": user.pk, "password": user.get_session_auth_hash(), "to": to,
        "is_verified": is_verified,
    }  # fmt: skip


def who_comes(request) -> User | None:
    """Who is on the way in; nobody whose account or password has changed since."""
    told = request.session.get(COMING)
    if not told:
        return None
    user = User.objects.select_related("unit").filter(pk=told["user"], is_active=True).first()
    is_same = user and constant_time_compare(user.get_session_auth_hash(), told["password"])
    return user if is_same else None


def asked_for(request) -> str:
    """The page who is on the way in wanted to see."""
    return request.session.get(COMING, {}).get("to", "")


def step_of(request, user: User) -> str | None:
    """The one step that is open now, by the name of its page; None when all are done."""
    if settings.SECOND_FACTOR and not request.session[COMING]["is_verified"]:
        return "login_code" if factor.has_factor(user) else "login_phone"
    return "login_password" if passwords.is_old(user) else None


def go_on(request, user: User, *, is_verified: bool = False):
    """To the next step, or in. ``is_verified``: the second factor has just been shown."""
    if is_verified:
        request.session[COMING] = request.session[COMING] | {"is_verified": True}
    step = step_of(request, user)
    return redirect(step) if step else finish(request, user)


def finish(request, user: User):
    """Every step is done: a session begins, on the page that was asked for."""
    to = asked_for(request)
    request.session.pop(COMING, None)
    login(request, user)
    request.session[sessions.PLACE] = [browser_of(request), address_of(request)]
    sessions.begin(request.session, user)
    response = redirect(to or user.landing)
    brake.remember_browser(response, user)
    return response
