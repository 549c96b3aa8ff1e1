"""The deadline rules."""

from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from agency.core.admin.base import GuardedAdmin
from agency.core.models import DeadlineRule


@admin.register(DeadlineRule)
class DeadlineRuleAdmin(GuardedAdmin):
    """Limits with their source. A clock that runs keeps the row it was opened under."""

    formfield_overrides = {ArrayField: {"widget": UnfoldAdminTextInputWidget}}
    list_display = ["named", "code", "length", "basis", "in_force_from", "in_force_to"]
    list_filter = ["unit"]
    search_fields = ["code", "name_zh", "name_en"]
    fieldsets = [
        (None, {"fields": ["code", "name_zh", "name_en", "basis", "note"]}),
        (_("In force"), {"fields": [("in_force_from", "in_force_to")]}),
        (_("Binds"), {"fields": ["kinds", "channels", "requires_contact"]}),
        (
            _("Clock"),
            {
                "fields": [
                    ("starts_on", "met_by"),
                    ("amount", "unit", "roll"),
                    ("window_from", "window_to"),
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

    @admin.display(description=_("name"))
    def named(self, rule):
        return rule.name

    @admin.display(description=_("length"))
    def length(self, rule):
        return f"{rule.amount} {rule.get_unit_display()}"
