"""The board of what is to be repaired, soonest first; the verbs stand on the interview's page."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from agency.core.admin.base import GuardedAdmin, ReadOnly
from cases.admin.filters import KnownValues
from interviews.lifecycle import Repair
from interviews.models import Interview, Rectification


class RepairFilter(KnownValues):
    title, parameter_name = _("state"), "state"

    def lookups(self, request, model_admin):
        return [("left", _("still to be repaired")), *Repair.choices]

    def narrow(self, rows, value):
        return rows.exclude(state=Repair.PASSED) if value == "left" else rows.filter(state=value)


@admin.register(Rectification)
class RectificationAdmin(ReadOnly, GuardedAdmin):
    """Of the interviews of one's own units; history has no days, and stands last."""

    list_display = ["due_on", "whose", "problem", "measure", "state", "of"]
    list_filter = [RepairFilter]
    list_select_related = ["attendance__merchant", "attendance__interview"]
    search_fields = ["problem", "attendance__merchant__name"]
    ordering = ["due_on", "pk"]
    fields = ["due_on", "problem", "measure", "state", "raised_at", "reported_at", "verified_at"]

    def get_queryset(self, request):
        mine = Interview.objects.visible_to(request.user)
        return Rectification.objects.filter(attendance__interview__in=mine)

    @admin.display(description=_("merchant"))
    def whose(self, item):
        return item.attendance.merchant.name

    @admin.display(description=_("interview"))
    def of(self, item):
        interview = item.attendance.interview
        page = reverse("admin:interviews_interview_change", args=[interview.pk])
        return format_html('<a href="{}">{}</a>', page, interview.no)
