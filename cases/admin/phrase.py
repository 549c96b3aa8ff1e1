"""The phrases people put into texts by a short code, and what their pages offer while they type."""

from django import forms
from django.contrib import admin
from django.http import JsonResponse
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from agency.core.admin.base import GuardedAdmin
from agency.core.models import Unit
from agency.core.roles import Role
from cases.models import Phrase

MANAGERS = {Role.CHIEF, Role.LEADER}
"""Who keeps the phrases of their units, beside their own."""


class PhraseForm(forms.ModelForm):
    """Without a unit it is one's own."""

    def clean_code(self) -> str:
        return self.cleaned_data["code"].lower()

    def clean(self):
        said = super().clean()
        unit = said.get("unit")
        self.instance.owner = None if unit else self.user
        whose = {"unit": unit} if unit else {"owner": self.user}
        same = Phrase.objects.filter(code=said.get("code"), **whose).exclude(pk=self.instance.pk)
        if same.exists():
            self.add_error("code", gettext("There is a phrase with this code already."))
        return said


@admin.register(Phrase)
class PhraseAdmin(GuardedAdmin):
    """Everybody's own; chiefs and leaders keep those of their units."""

    form = PhraseForm
    list_display = ["code", "short_text", "whose", "is_active"]
    list_filter = ["is_active"]
    list_select_related = ["unit", "owner"]
    search_fields = ["code", "text"]
    when_empty = _("No phrase is kept here. Add what you write again and again, with a short code.")

    def get_urls(self):
        mine = self.admin_site.admin_view(self.mine)
        return [path("mine/", mine, name="cases_phrase_mine"), *super().get_urls()]

    def mine(self, request) -> JsonResponse:
        """What cases/choose.js offers while this person types."""
        is_allowed = self.has_view_permission(request)
        phrases = Phrase.objects.offered_to(request.user) if is_allowed else []
        told = [{"code": phrase.code, "text": phrase.text} for phrase in phrases]
        return JsonResponse({"phrases": told})

    def get_queryset(self, request):
        return super().get_queryset(request).filter(pk__in=Phrase.objects.known_to(request.user))

    def has_change_permission(self, request, obj=None):
        mine = Phrase.objects.kept_by(request.user, for_units=_keeps_units(request))
        is_mine = obj is None or mine.filter(pk=obj.pk).exists()
        return super().has_change_permission(request, obj) and is_mine

    def get_fields(self, request, obj=None):
        shown = ["unit"] if _keeps_units(request) or (obj and obj.unit_id) else []
        return ["code", "text", *shown, "is_active"]

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"user": request.user})

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        kwargs["queryset"] = Unit.objects.subtree(request.user.unit)
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        field.empty_label = gettext("for me alone")  # the theme has an own word for nothing
        return field

    @admin.display(description=_("text"))
    def short_text(self, phrase):
        return f"{phrase.text[:60]}…" if len(phrase.text) > 60 else phrase.text

    @admin.display(description=_("whose"))
    def whose(self, phrase):
        return phrase.unit.name if phrase.unit else gettext("for me alone")


def _keeps_units(request) -> bool:
    return request.user.role in MANAGERS
