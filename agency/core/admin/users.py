"""Accounts, and nothing that could make more of them than their role says."""

import django.contrib.auth.admin  # noqa: F401 – registers groups, which nothing here asks
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agency.core.accounts import guard, links
from agency.core.admin.account_acts import AccountActs
from agency.core.admin.base import GuardedAdmin
from agency.core.models import User
from agency.core.roles import OUTSIDERS, Role

admin.site.unregister(Group)


class UserForm(forms.ModelForm):
    """Who, in which role, where. Nobody chooses another's password."""

    class Meta:
        model = User
        fields = ["username", "name", "role", "unit", "email", "is_active"]
        labels = {"username": _("User name"), "name": pgettext_lazy("person", "Name")}
        help_texts = {
            "username": _("For the login: letters, digits and @ . + - _"),
            "email": _("Links to a first or a new password, and notices, go there."),
            "is_active": _("Off: this person can no longer log in. No account is ever deleted."),
        }
        error_messages = {"username": {"unique": _("This account is there already.")}}

    def clean_username(self):
        """Nor in capitals: people would take one for the other."""
        name = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(self.Meta.error_messages["username"]["unique"])
        return name

    def clean(self):
        """Outsiders sit at an outlet or a firm, staff do not: the scope depends on it.

        A new account has no password: the person chooses one by a link.
        """
        data = super().clean()
        if self.instance.pk is None:
            self.instance.set_unusable_password()
        role, unit = data.get("role"), data.get("unit")
        if role and unit and (role in OUTSIDERS) != unit.is_external:
            raise forms.ValidationError(
                {"unit": _("Outlet and firm accounts belong to an outlet or firm, staff do not.")}
            )
        return data


@admin.register(User)
class UserAdmin(AccountActs, GuardedAdmin):
    """Accounts: who, in which role, where. Rights come from the role alone."""

    form = UserForm
    new = ["username", "name", "role", "unit", "email"]
    fieldsets = [
        (None, {"fields": [*new, "is_active"]}),
        (_("Traces"), {"fields": ["last_login", "created_at"]}),
    ]
    add_fieldsets = [(None, {"fields": new})]
    readonly_fields = ["last_login", "created_at"]
    list_display = ["account", "person", "role", "unit", "email", "is_active", "last_login"]
    list_filter = ["role", "is_active", "unit"]
    list_select_related = ["unit"]
    search_fields = ["username", "name"]
    ordering = ["unit__path", "username"]

    def get_fieldsets(self, request, obj=None):
        return self.fieldsets if obj else self.add_fieldsets

    def response_add(self, request, obj, post_url_continue=None):
        """The invitation is sent at once; without e-mail the administrator hands it over."""
        if not links.can_be_mailed(obj):
            return redirect("admin:core_user_act", obj.pk, "link")
        links.mail(obj)
        sentence = _("%(name)s is there. An invitation is on its way to %(email)s.")
        told = sentence % {"name": obj.name, "email": obj.email}
        self.message_user(request, told, messages.SUCCESS)
        return redirect("admin:core_user_changelist")

    def save_related(self, request, form, formsets, change):
        """Nobody is given what the few may read, or has it taken away, without others knowing."""
        super().save_related(request, form, formsets, change)
        if guard.TOUCHED & set(form.changed_data):
            guard.tell(form.instance, held=form.initial.get("role", ""))

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        """A channel's account comes with its channel."""
        field = super().formfield_for_choice_field(db_field, request, **kwargs)
        field.choices = [choice for choice in field.choices if choice[0] != Role.CHANNEL]
        return field

    def get_readonly_fields(self, request, obj=None):
        """Nobody changes the own role; into the cases leads another's account alone (guard.py)."""
        own = ["role", "unit", "is_active"] if obj == request.user else []
        machine = ["username", "role"] if obj and obj.role == Role.CHANNEL else []
        return [*self.readonly_fields, *own, *machine]

    @admin.display(description=UserForm.Meta.labels["username"], ordering="username")
    def account(self, user):
        return user.username

    @admin.display(description=UserForm.Meta.labels["name"], ordering="name")
    def person(self, user):
        return user.name
