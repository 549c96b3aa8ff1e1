"""The days that differ from their weekday."""

from django.contrib import admin

from agency.core.admin.base import GuardedAdmin, ReadOnly
from agency.core.models import WorkDay


@admin.register(WorkDay)
class WorkDayAdmin(ReadOnly, GuardedAdmin):
    """Holidays and make-up working days, a whole year at a time by ``load_calendar``.

    A single day would make its year look loaded, and clocks are counted again by the file alone.
    """

    list_display = ["date", "name", "kind", "is_workday", "source_url"]
    list_filter = ["kind"]
    ordering = ["-date"]
