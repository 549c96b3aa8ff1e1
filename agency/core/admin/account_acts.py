"""What the administrator does with an account beside its form: each asks, does one thing, records it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agency.core.accounts import brake, factor, guard, links
from agency.core.models import User


@dataclass(frozen=True)
class Act:
    """``offers``: whether there is anything to do; ``does`` does it, ``said`` tells so after."""

    title: Promise
    explained: Promise
    button: Promise
    said: Promise
    offers: Callable[[User], object]
    does: Callable[[User], None]
    own: bool = True
    """Whether administrators may do it to their own account."""
    opens: bool = False
    """Whether somebody else could come in by it."""


ACTS = {
    "link": Act(
        _("Link to a password"),
        _("This person chooses the password with a link that opens once. Until then the one there is stays."),
        _("Send it by e-mail"),
        _("The link is on its way by e-mail."),
        links.is_for_people,
        links.mail,
        own=False,
        opens=True,
    ),
    "lift": Act(
        _("Let in again"),
        _("Too many wrong passwords or codes: this account rests for some minutes. Ask the person whether it was them."),
        _("Let in again at once"),
        _("This account may try again at once."),
        brake.rests_until,
        brake.lift,
    ),
    "factor": Act(
        _("Reset the second factor"),
        _("For who has lost phone and recovery codes: with the next login another phone is set up. Make sure that it is this person who asks. Whoever is logged in with the account is logged out."),
        _("Reset it"),
        _("The second factor is reset; the next login sets up a phone."),
        factor.has_factor,
        factor.reset_for,
        own=False,
        opens=True,
    ),
    "tokens": Act(
        _("End tokens"),
        _("Every token of this account ends at once: whatever program uses one is refused until it is given a new one. The password stays."),
        _("End all tokens"),
        _("The tokens of this account have ended."),
        lambda user: user.has_tokens,
        User.end_tokens,
    ),
    "sessions": Act(
        _("End all logins"),
        _("Whoever is logged in with this account is logged out, everywhere."),
        _("Log out everywhere"),
        _("This account is logged out everywhere."),
        lambda user: user.sessions.exists(),
        User.end_sessions,
    ),
}  # fmt: skip


class AccountActs:
    """For the accounts' admin: the acts' buttons and their one page."""

    change_form_outer_before_template = "core/account_acts.html"

    def get_urls(self):
        view = self.admin_site.admin_view(self.act_view)
        return [path("<int:pk>/act/<slug:act>/", view, name="core_user_act"), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        user = self.get_object(request, object_id)
        offered = [
            (code, act) for code, act in ACTS.items() if user and self._may(request, user, act)
        ]
        rests = timezone.localtime(until) if user and (until := brake.rests_until(user)) else None
        context = {"acts": offered, "rests_until": rests, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def act_view(self, request, pk: int, act: str):
        """Asks; then does it. A link is shown where the button for it was pressed, this once."""
        user = get_object_or_404(User.objects.select_related("unit"), pk=pk)
        if not self.has_change_permission(request):
            raise PermissionDenied
        if act not in ACTS or not self._may(request, user, ACTS[act]):
            raise Http404
        context = {
            **self.admin_site.each_context(request), "title": ACTS[act].title, "act": ACTS[act],
            "account": user, "opts": self.opts, "is_link": act == "link",
            "can_be_mailed": links.can_be_mailed(user), "can_be_shown": guard.may_be_shown(user),
        }  # fmt: skip
        if request.method != "POST":
            return render(request, "core/account_act.html", context)
        is_shown = act == "link" and "show" in request.POST
        if act == "link" and not context["can_be_shown" if is_shown else "can_be_mailed"]:
            raise Http404
        self.log_change(request, user, act)
        if ACTS[act].opens:
            guard.tell(user)
        if is_shown:
            return render(
                request, "core/account_act.html", context | {"link": links.link_for(user)}
            )
        ACTS[act].does(user)
        self.message_user(request, ACTS[act].said)
        return redirect("admin:core_user_change", pk)

    @staticmethod
    def _may(request, user: User, act: Act) -> bool:
        return (act.own or user != request.user) and bool(act.offers(user))
