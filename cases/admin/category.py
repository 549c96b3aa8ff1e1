"""The classes of goods, services and problems."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from agency.core.admin.base import GuardedAdmin
from cases.models import Category

SCHEMES = {
    "goods": _("goods"),
    "service": _("services"),
    "complaint_problem": _("problems of complaints"),
    "report_violation": _("violations reported"),
    "cca_major_class": _("consumer association: classes"),
    "cca_nature": _("consumer association: natures"),
}


@admin.register(Category)
class CategoryAdmin(GuardedAdmin):
    """Classes of goods, services and problems; new ones come with ``load_categories``."""

    list_display = ["code", "name_zh", "name_en", "scheme_name", "is_active"]
    list_filter = ["scheme", "is_active"]
    search_fields = ["code", "name_zh"]

    @admin.display(description=_("scheme"), ordering="scheme")
    def scheme_name(self, category):
        return SCHEMES.get(category.scheme, category.scheme)

    def get_readonly_fields(self, request, obj=None):
        return ["code", "parent", "scheme", "level", "source"]
