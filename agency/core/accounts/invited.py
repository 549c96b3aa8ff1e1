"""The pages of who has no password, or no longer knows it."""

from django import forms
from django.contrib import messages
from django.contrib.auth.views import PasswordResetConfirmView
from django.db import transaction
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from agency.core.accounts import brake, guard, links
from agency.core.accounts.login import minute_after, refused
from agency.core.accounts.passwords import ChooseForm
from agency.core.models import User


class Opened(PasswordResetConfirmView):
    """A link was opened: choose a password. The token goes from the address into the session."""

    template_name = "accounts/choose_password.html"
    form_class = ChooseForm

    def get_user(self, uidb64):
        user = super().get_user(uidb64)
        return user if user and links.is_for_people(user) else None

    @transaction.atomic
    def form_valid(self, form):
        """Of two browsers that open it at once, the second finds it used."""
        user = User.objects.select_for_update(no_key=True).get(pk=self.user.pk)
        if user.password != self.user.password:
            return redirect(self.request.path)
        if user.has_usable_password():
            guard.tell_own(user, "password_changed")
        return super().form_valid(form)

    def get_success_url(self):
        messages.success(self.request, _("Your password is set. Log in with it now."))
        return resolve_url("login")

    def get_context_data(self, **kwargs):
        is_invitation = self.token_generator is links.INVITATION
        account = self.user if self.validlink else None
        return super().get_context_data(is_invitation=is_invitation, account=account, **kwargs)


class ForgottenForm(forms.Form):
    username = forms.CharField(
        label=gettext_lazy("User name"), max_length=150,
        error_messages={"required": gettext_lazy("Type your user name.")},
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request):
    """Asks for the name; answers the same whether or not there is such an account."""
    form = ForgottenForm(request.POST or None)
    is_sent, until = False, None
    if request.method == "POST" and form.is_valid():
        if until := brake.count(brake.limits_of_place("forgotten", request)):
            sentence = _("Asked for too often. Try again after %(time)s.")
            form.add_error("username", sentence % {"time": minute_after(until)})
        else:
            links.forgotten(form.cleaned_data["username"])
            is_sent = True
    page = render(request, "accounts/forgotten.html", {"form": form, "is_sent": is_sent})
    return refused(page, until) if until else page
