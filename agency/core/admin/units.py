"""The tree of units, on which every scope hangs."""

import re

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from agency.core.admin.base import GuardedAdmin
from agency.core.models import Unit


class Words(forms.CharField):
    """Words with commas between, of either width."""

    def prepare_value(self, value):
        return "，".join(value) if isinstance(value, list) else value

    def clean(self, value):
        words = re.split("[,，、;；\\n]", super().clean(value))
        return list(dict.fromkeys(filter(None, map(str.strip, words))))


class UnitForm(forms.ModelForm):
    areas = Words(
        label=_("areas"), required=False, widget=UnfoldAdminTextInputWidget,
        help_text=Unit._meta.get_field("areas").help_text,
    )  # fmt: skip

    class Meta:
        model = Unit
        fields = ["code", "name", "kind", "org_profile", "parent", "areas", "letter_prefix"]

    def clean_parent(self):
        """One root: every scope hangs on this tree."""
        parent, unit = self.cleaned_data["parent"], self.instance
        if parent is None and not (unit.pk and unit.parent_id is None):
            raise forms.ValidationError(_("Say which unit it belongs to."))
        return parent


@admin.register(Unit)
class UnitAdmin(GuardedAdmin):
    form = UnitForm
    list_display = ["name", "code", "kind", "org_profile", "parent"]
    list_filter = ["kind", "org_profile"]
    list_select_related = ["parent"]
    search_fields = ["code", "name"]

    def get_readonly_fields(self, request, obj=None):
        """The code is what platforms and files call the unit by; accounts fit its kind."""
        if obj is None:
            return []
        return ["code", "kind"] if obj.is_used else ["code"]
