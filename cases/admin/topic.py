"""Priority topics, campaigns and emergencies."""

from django.contrib import admin

from agency.core.admin.base import GuardedAdmin
from cases.models import Topic


@admin.register(Topic)
class TopicAdmin(GuardedAdmin):
    """What cases may be about beside their category; rules and figures name one by its code."""

    list_display = ["name_zh", "code", "kind", "from_on", "to_on", "is_active"]
    list_filter = ["kind", "is_active"]
    search_fields = ["code", "name_zh", "name_en"]

    def get_readonly_fields(self, request, obj=None):
        return ["code", "kind"] if obj else []
