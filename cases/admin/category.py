"""The classes of goods, services and problems."""

from django.contrib import admin

from agency.core.admin.base import GuardedAdmin
from cases.models import Category


@admin.register(Category)
class CategoryAdmin(GuardedAdmin):
    """Classes of goods, services and problems; new ones come with ``load_categories``."""

    list_display = ["code", "name_zh", "name_en", "scheme", "is_active"]
    list_filter = ["scheme", "is_active"]
    search_fields = ["code", "name_zh"]

    def get_readonly_fields(self, request, obj=None):
        return ["code", "parent", "scheme", "level", "source"]
