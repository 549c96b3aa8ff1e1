"""What stands between the password and the session: a code of one's phone, its first code, a new password."""

from django import forms
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from agency.core.accounts import factor, guard, passwords
from agency.core.accounts.login import (
    asked_for,
    come,
    go_on,
    minute_after,
    refused,
    step_of,
    who_comes,
)
from agency.core.accounts.passwords import RenewForm
from agency.core.models import Factor, User

PHONE = "phone"
"""Where the browser's session holds which secret it was shown."""


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"), max_length=30, strip=True,
        error_messages={"required": gettext_lazy("Type the six digits that your phone shows.")},
    )  # fmt: skip

    def refuse(self, refusal: factor.Refused) -> None:
        if refusal.until:
            sentence = _("Too many wrong codes. Try again after %(time)s.")
            self.add_error("code", sentence % {"time": minute_after(refusal.until)})
        else:
            wrong = _("This code is wrong, or it was used already. Wait for the next one.")
            self.add_error("code", wrong)


def coming(view):
    """For who has given the password, when it is this step's turn; others go where they are."""
    name = f"login_{view.__name__}"

    def guarded(request):
        user = who_comes(request)
        if user is None:
            return redirect("login")
        return view(request, user) if step_of(request, user) == name else go_on(request, user)

    return require_http_methods(["GET", "HEAD", "POST"])(sensitive_post_parameters()(guarded))


@coming
def code(request, user: User):
    """Asks for this moment's code."""
    return asked(
        request, "accounts/code.html", {}, lambda typed: factor.verify(user, typed, request),
        lambda _said: go_on(request, user, is_verified=True),
    )  # fmt: skip


@coming
def phone(request, user: User):
    """Shows a new secret as a picture, and asks for the first code made of it."""
    shown = _shown(request, user)

    def told(codes):
        to = go_on(request, user, is_verified=True)
        page = render(request, "accounts/recovery_codes.html", {"codes": codes, "to": to.url})
        page.cookies = to.cookies
        return page

    return asked(
        request, "accounts/phone.html",
        {"picture": factor.picture_of(shown), "spelled": factor.spelled(shown),
         "address": factor.address_of(shown)},
        lambda typed: factor.confirm(user, typed, request), told,
    )  # fmt: skip


@coming
def password(request, user: User):
    """Another password in place of one that is too old."""
    form = RenewForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        guard.tell_own(user, "password_changed")
        passwords.renew(user, form.cleaned_data["new_password1"])
        come(request, user, to=asked_for(request), is_verified=True)
        return go_on(request, user)
    return render(request, "accounts/renew_password.html", {"form": form})


def asked(request, template: str, context: dict, check, done):
    """A page with one code to type: ``check`` looks at it, ``done`` answers what it has said."""
    form = CodeForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            return done(check(form.cleaned_data["code"]))
        except factor.Refused as error:
            refusal = error
            form.refuse(error)
    page = render(request, template, {"form": form, **context})
    return refused(page, refusal.until) if refusal and refusal.until else page


def _shown(request, user: User) -> Factor:
    """The secret this browser was shown on this way in; a new one for a new way."""
    mine = Factor.objects.filter(user=user, pk=request.session.get(PHONE), confirmed_at=None)
    shown = mine.select_related("user").first() or factor.prepare(user)
    request.session[PHONE] = shown.pk
    return shown
