"""Django's admin, on the site of this house."""

from django.contrib.admin.apps import AdminConfig


class StaffAdmin(AdminConfig):
    default_site = "agency.core.site.Site"
