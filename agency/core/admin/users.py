"""Accounts, and nothing that could make more of them than their role says."""

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from agency.core.admin.base import GuardedAdmin
from agency.core.models import User
from agency.core.roles import OUTSIDERS, Role

admin.site.unregister(Group)


class Words:
    """What both forms call things; the login calls them so too."""

    model = User
    labels = {"username": _("User name"), "name": pgettext_lazy("person", "Name")}
    help_texts = {
        "username": _("For the login: letters, digits and @ . + - _"),
        "is_active": _("Off: this person can no longer log in. No account is ever deleted."),
    }
    error_messages = {"username": {"unique": _("This account is there already.")}}


class RoleFits:
    """Outsiders sit at an outlet or a firm, staff do not: the scope depends on it."""

    def clean(self):
        data = super().clean()
        role, unit = data.get("role"), data.get("unit")
        if role and unit and (role in OUTSIDERS) != unit.is_external:
            raise forms.ValidationError(
                {"unit": _("Outlet and firm accounts belong to an outlet or firm, staff do not.")}
            )
        return data


class NewUserForm(RoleFits, UserCreationForm):
    class Meta(Words):
        fields = ["username", "name", "role", "unit", "email"]


class UserForm(RoleFits, UserChangeForm):
    class Meta(Words):
        fields = ["username", "name", "role", "unit", "email", "is_active"]


@admin.register(User)
class UserAdmin(DjangoUserAdmin, GuardedAdmin):
    """Accounts: who, in which role, where. Rights come from the role alone."""

    form, add_form, change_password_form = UserForm, NewUserForm, AdminPasswordChangeForm
    add_form_template = None
    fieldsets = [
        (None, {"fields": ["username", "password", "name", "role", "unit", "email", "is_active"]}),
        (_("Traces"), {"fields": ["last_login", "created_at"]}),
    ]
    add_fieldsets = [
        (
            None,
            {"fields": ["username", "name", "role", "unit", "email", "password1", "password2"]},
        )
    ]
    readonly_fields = ["last_login", "created_at"]
    filter_horizontal = ()
    list_display = ["account", "person", "role", "unit", "email", "is_active", "last_login"]
    list_filter = ["role", "is_active", "unit"]
    list_select_related = ["unit"]
    search_fields = ["username", "name"]
    ordering = ["unit__path", "username"]
    change_form_outer_before_template = "core/tokens_link.html"

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        """A channel's account comes with its channel."""
        field = super().formfield_for_choice_field(db_field, request, **kwargs)
        field.choices = [choice for choice in field.choices if choice[0] != Role.CHANNEL]
        return field

    def get_readonly_fields(self, request, obj=None):
        """Nobody changes the own role: an administrator cannot let itself into the cases."""
        own = ["role", "unit", "is_active"] if obj == request.user else []
        machine = ["username", "role"] if obj and obj.role == Role.CHANNEL else []
        return [*self.readonly_fields, *own, *machine]

    def get_urls(self):
        tokens = self.admin_site.admin_view(self.tokens_view)
        return [path("<int:pk>/tokens/", tokens, name="core_user_tokens"), *super().get_urls()]

    def tokens_view(self, request, pk: int):
        """Asks; then ends every token of the account."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        user = get_object_or_404(User, pk=pk)
        if request.method == "POST":
            user.end_tokens()
            self.log_change(request, user, "tokens")
            self.message_user(request, _("The tokens of this account have ended."))
            return redirect("admin:core_user_change", pk)
        context = {
            **self.admin_site.each_context(request), "title": _("Tokens"),
            "account": user, "opts": self.opts,
        }  # fmt: skip
        return render(request, "core/tokens.html", context)

    @admin.display(description=Words.labels["username"], ordering="username")
    def account(self, user):
        return user.username

    @admin.display(description=Words.labels["name"], ordering="name")
    def person(self, user):
        return user.name

    def lookup_allowed(self, lookup, value, request):
        return GuardedAdmin.lookup_allowed(self, lookup, value, request)
