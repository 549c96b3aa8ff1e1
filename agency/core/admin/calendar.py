"""The days that differ from their weekday."""

from django.contrib import admin

from agency.core.admin.base import GuardedAdmin
from agency.core.models import WorkDay


@admin.register(WorkDay)
class WorkDayAdmin(GuardedAdmin):
    """Holidays and make-up working days; a whole year comes by ``load_calendar``."""

    list_display = ["date", "name", "kind", "is_workday", "source_url"]
    list_filter = ["kind"]
    ordering = ["-date"]

    def get_readonly_fields(self, request, obj=None):
        return ["date"] if obj else []
