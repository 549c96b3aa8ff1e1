"""The list of cases, and the way to the other pages. Nothing of a case is edited here."""

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from agency.core import clock
from agency.core.admin.base import Beside, GuardedAdmin
from agency.core.text import clean, in_one
from cases import search
from cases.admin import (
    bulk,
    bundle,
    clocks,
    earlier,
    export,
    feed,
    filters,
    joint,
    load,
    lookup,
    page,
    papers,
    queue,
    register,
    saved,
    secret,
    verbs,
)
from cases.exports import CASES
from cases.models import Case, CaseDeadline
from cases.models.case import DUE_OR_NEVER

SOONEST = "7"
"""The column of the list that a link to it orders by: the next due moment."""


@admin.register(Case)
class CaseAdmin(Beside, GuardedAdmin):
    """Every row is read through ``visible_to``; every write goes through a verb."""

    list_display = [
        "number", "kind", "state_label", "what", "unit", "handler_name", "next_clock", "arrived",
    ]  # fmt: skip
    list_display_links = ["number"]
    list_filter = [
        filters.KindFilter, filters.StateFilter, filters.OverdueFilter, filters.UnitFilter,
        filters.ChannelFilter, filters.LineFilter, filters.TopicFilter,
        filters.ArrivedFilter, filters.MerchantFilter, filters.HandlerFilter,
        filters.FollowedFilter, filters.TickedFilter,
    ]  # fmt: skip
    list_select_related = ["unit", "handler", "consumer", "reporter"]
    list_filter_sheet = True
    preserve_filters = False  # nothing is saved here that would lead back to the list
    ordering = ["-is_first", "-arrived_at", "-pk"]
    sortable_by = ["arrived", "next_clock"]
    search_fields = ["no"]  # shows the box; get_search_results says what it searches
    search_help_text = _("Number, merchant, pinyin or words")

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("queue/", wrap(queue.poll), name="cases_case_queue"),
            path("bulk/<slug:verb>/", wrap(self.bulk_view), name="cases_case_bulk"),
            path(
                "lookup/", wrap(sensitive_post_parameters()(lookup.view)), name="cases_case_lookup"
            ),
            *earlier.urls(wrap),
            path("load/", wrap(load.view), name="cases_case_load"),
            path("saved/", wrap(self.saved_view), name="cases_case_saved"),
            path("export/", wrap(self.export_view), name="cases_case_export"),
            path("import/", wrap(self.import_view), name="cases_case_import"),
            path("import/template/", wrap(feed.template), name="cases_case_import_template"),
            path("lines/", wrap(joint.by_line), name="cases_case_lines"),
            path("topic/", wrap(joint.index), name="cases_case_topics"),
            path("topic/<slug:code>/", wrap(joint.listing), name="cases_case_joint"),
            path("topic/<slug:code>/brief/", wrap(joint.brief), name="cases_case_brief"),
            path("<int:pk>/news/", wrap(page.news), name="cases_case_news"),
            path("<slug:no>/follow/", wrap(page.follow), name="cases_case_follow"),
            path("<slug:no>/verb/<slug:verb>/", wrap(verbs.view), name="cases_case_verb"),
            path("<slug:no>/reveal/", wrap(secret.view), name="cases_case_reveal"),
            path("<slug:no>/bundle/", wrap(self.bundle_of), name="cases_case_bundle"),
            path("<slug:no>/attachments/", wrap(papers.attach), name="cases_case_attach"),
            path(
                "<slug:no>/attachments/<uuid:pk>/",
                wrap(papers.attachment),
                name="cases_case_attachment",
            ),
            path(
                "<slug:no>/documents/<uuid:pk>/", wrap(papers.document), name="cases_case_document"
            ),
            *super().get_urls(),
        ]

    def get_actions(self, request):
        """The verbs that say the same of many cases; each is still done one by one."""
        return bulk.actions(request.user)

    def bulk_view(self, request, verb):
        return bulk.view(request, verb, self.admin_site)

    def saved_view(self, request):
        return saved.view(request, self.list_filter)

    def bundle_of(self, request, no):
        return bundle.view(request, no, self.admin_site)

    def import_view(self, request):
        return feed.view(request, self.admin_site)

    def export_view(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied
        changelist = super(Beside, self).get_changelist_instance(request)
        return export.view(request, changelist, self.admin_site, CASES)

    def get_paginator(self, request, *args, **kwargs):
        paginator = super().get_paginator(request, *args, **kwargs)
        if request.GET.get("q"):
            paginator.most = search.MOST
        return paginator

    def get_queryset(self, request):
        """Soonest due first goes by its index, where rows that share a moment come the other way."""
        last = "pk" if request.GET.get("o") == SOONEST else "-pk"
        return Case.objects.visible_to(request.user).order_by(last)

    def get_changelist_instance(self, request):
        changelist = super().get_changelist_instance(request)
        changelist.said = _said(request, changelist.query)
        changelist.saved = saved.lists(request, self.list_filter)
        return changelist

    def read_beside(self, cases, request):
        """The moment, and when its next clock begins to warn."""
        at = clock.now()
        owed = CaseDeadline.objects.running().filter(case__in=cases).order_by("-due_at")
        warnings = dict(owed.values_list("case_id", "warn_at"))
        for case in cases:
            case.at, case.warn_at = at, warnings.get(case.pk)

    def get_search_results(self, request, queryset, search_term):
        """Among what the filters left; what went wrong, or may surprise, is said in words."""
        if not search_term:
            return queryset, False
        try:
            return search.among(queryset, search_term, since=filters.since(request)), False
        except search.TooSlow as error:
            messages.warning(request, error)
            return queryset.none(), False

    def lookup_allowed(self, lookup, value, request):
        """The filters' own parameters, which they check themselves; nothing else."""
        return lookup in {narrowing.parameter_name for narrowing in self.list_filter}

    def has_change_permission(self, request, obj=None):
        """Never: what may be done to a case is a verb."""
        return False

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        return register.view(request, self.admin_site.each_context(request))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if request.method not in {"GET", "HEAD"} or not self.has_view_permission(request):
            raise PermissionDenied
        if not object_id.isdecimal():
            return self._by_number(request, object_id)
        case = page.find(request.user, pk=int(object_id[:18]))
        return page.view(request, case, self.admin_site.each_context(request))

    def _by_number(self, request, no: str):
        pk = Case.objects.visible_to(request.user).filter(no=clean(no)).values_list("pk", flat=True)
        if not pk:
            raise Http404
        return HttpResponseRedirect(reverse("admin:cases_case_change", args=[pk[0]]))

    # -- the columns ----------------------------------------------------------------------

    @admin.display(description=_("number"))
    def number(self, case):
        return case.no

    @admin.display(description=_("state"))
    def state_label(self, case):
        return case.get_state_display()

    @admin.display(description=_("title"))
    def what(self, case):
        sign = format_html('<b class="badge">{}</b> ', _("priority")) if case.is_first else ""
        return format_html("{}{}", sign, case.shown(case.title))

    @admin.display(description=_("handler"), empty_value="—")
    def handler_name(self, case):
        return case.handler and case.handler.name

    @admin.display(description=_("next due"), ordering=DUE_OR_NEVER)
    def next_clock(self, case):
        if case.next_due_at is None:
            return "—"
        left = clocks.countdown(case.next_due_at, case.at, warn_at=case.warn_at)
        return format_html(
            '<span class="clock state {}" data-due="{}" data-warn="{}" title="{}">{}</span>',
            left.state, left.due_ms, left.warn_ms, left.moment, left.text,
        )  # fmt: skip

    @admin.display(description=_("arrived"), ordering="arrived_at")
    def arrived(self, case):
        return clocks.short(case.arrived_at, case.at)


def _said(request, text: str) -> str:
    """What a search went through, or why it may have found less than expected."""
    if not text or search.hint(text):
        return search.hint(text)
    since = gettext(
        "Searched: what arrived within %(months)s months, and all that is open. “Arrived” goes further back."
    ) % {"months": settings.SEARCH_MONTHS}
    reports = gettext("Of a report only its number and its merchant are searched.")
    return in_one([reports] if filters.since(request) else [since, reports])
