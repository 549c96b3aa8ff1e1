"""The deadline rules."""

from django import forms
from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.db.models import Field
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from agency.core import vocabulary
from agency.core.admin.base import GuardedAdmin
from agency.core.models import DeadlineRule
from agency.core.models.rule import PINNED

TICKED = {"kinds", "channels", "topics", "pauses"}
"""Chosen among the words there are; nobody types a code."""


@admin.register(DeadlineRule)
class DeadlineRuleAdmin(GuardedAdmin):
    """Limits with their source. What clocks were counted by is shown and no longer changed."""

    formfield_overrides = {ArrayField: {"widget": UnfoldAdminTextInputWidget}}
    list_display = ["named", "code", "length", "basis", "in_force_from", "in_force_to"]
    list_filter = ["unit"]
    search_fields = ["code", "name_zh", "name_en"]
    fieldsets = [
        (None, {"fields": ["code", "name_zh", "name_en", "basis", "note"]}),
        (_("In force"), {"fields": [("in_force_from", "in_force_to")]}),
        (_("Binds"), {"fields": ["kinds", "channels", "topics", "profile", "requires_contact"]}),
        (
            _("Clock"),
            {
                "fields": [
                    ("starts_on", "met_by"),
                    ("amount", "unit", "roll"),
                    ("window_from", "window_to"),
                    "extension",
                    "pauses",
                ]
            },
        ),
        (
            _("Warnings and ladder"),
            {"fields": ["warn_percents", "ladder_targets", "ladder_after", "repeat_after"]},
        ),
    ]

    def get_readonly_fields(self, request, obj=None):
        return ["code", "in_force_from"] if obj else []

    def get_form(self, request, obj=None, change=False, **kwargs):
        """A page from before the first clock still sends what is pinned: the rule then refuses."""
        form = super().get_form(request, obj, change, **kwargs)
        if obj and obj.is_applied and request.POST.keys().isdisjoint(PINNED):
            for name in form.base_fields.keys() & set(PINNED):
                form.base_fields[name].disabled = True
        return form

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name not in TICKED:
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        # Past ArrayField's own form field, which is one text with commas.
        return Field.formfield(
            db_field, forms.MultipleChoiceField, widget=UnfoldAdminCheckboxSelectMultipleWidget,
            choices=vocabulary.known(db_field.name).items(),
        )  # fmt: skip

    @admin.display(description=_("name"))
    def named(self, rule):
        return rule.name

    @admin.display(description=_("length"))
    def length(self, rule):
        return f"{rule.amount} {rule.get_unit_display()}"
