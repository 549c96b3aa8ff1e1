"""One's own account: password, second factor, and where one is logged in."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import PasswordChangeView
from django.http import Http404
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agency.core.accounts import factor, guard, sessions
from agency.core.accounts.login import come
from agency.core.accounts.passwords import ChangeForm
from agency.core.accounts.second_step import asked


@require_safe
@login_required
def account(request):
    """What there is to know and to do about one's own account."""
    here = request.session.digest
    shown = [
        {"place": row.get_decoded().get(sessions.PLACE, ["", ""]), "row": row, "is_here": row.pk == here}
        for row in sessions.of(request.user)
    ]  # fmt: skip
    context = {
        "sessions": shown, "has_others": any(not row["is_here"] for row in shown),
        "asks_for_code": settings.SECOND_FACTOR and factor.has_factor(request.user),
        "codes_left": factor.codes_left(request.user),
    }  # fmt: skip
    return render(request, "accounts/account.html", context)


@require_POST
@login_required
def end_others(request):
    sessions.end_others(request.user, request.session)
    messages.success(request, _("You are logged in here alone."))
    return redirect("own_account")


class Password(PasswordChangeView):
    """A new password; whoever else is logged in with the account is logged out."""

    template_name = "accounts/change_password.html"
    form_class = ChangeForm

    def form_valid(self, form):
        guard.tell_own(self.request.user, "password_changed")
        return super().form_valid(form)

    def get_success_url(self):
        messages.success(
            self.request, _("The password is changed; it counts everywhere from now on.")
        )
        return resolve_url("own_account")


def with_factor(view):
    """For who is logged in and has a phone set up."""

    def guarded(request):
        if not factor.has_factor(request.user):
            raise Http404
        return view(request)

    guarded = sensitive_post_parameters("code")(login_required(guarded))
    return require_http_methods(["GET", "HEAD", "POST"])(guarded)


@with_factor
def recovery_codes(request):
    """Ten new ones for who types a code."""

    def told(_said):
        codes = factor.new_recovery_codes(request.user)
        context = {"codes": codes, "to": resolve_url("own_account")}
        return render(request, "accounts/recovery_codes.html", context)

    words = {"title": _("New recovery codes"), "explained": _("Those you have end with it.")}
    return asked(
        request, "accounts/own_code.html", words,
        lambda typed: factor.verify(request.user, typed, request), told,
    )  # fmt: skip


@with_factor
def other_phone(request):
    """Who types a code of the old phone, or a recovery code, sets up a new one at once."""

    def told(_said):
        user = request.user
        factor.reset(user)
        guard.tell_own(user, "phone_changed")
        come(request, user, to=resolve_url("own_account"))
        return redirect("login_phone")

    words = {
        "title": _("Another phone"),
        "explained": _("The old one shows no valid codes any more. You are logged out elsewhere."),
    }
    return asked(
        request, "accounts/own_code.html", words,
        lambda typed: factor.verify(request.user, typed, request), told,
    )  # fmt: skip
