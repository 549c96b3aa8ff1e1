"""Who read what is secret, and took what out: for the auditor, within the own subtree of people."""

from collections import defaultdict

from django.apps import apps
from django.contrib import admin
from django.db.models import Model, Q
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from agency.core.admin.base import Beside, GuardedAdmin, ReadOnly
from agency.core.models import Access
from cases.admin.audit import ByCase, day_of, people_of, span_of
from cases.admin.audited import name_of
from cases.admin.filters import KnownValues
from cases.admin.secret import LABELS
from cases.models import Case, Ticket
from cases.others import know_others

WHAT = {
    **LABELS,
    "cases": _("List of cases"),
    "outlets": _("List of outlets"),
    "bundle": _("Evidence bundle"),
    "plain": _("in plain"),
    "file": _("Evidence or document"),
    "photo": _("Picture of a visit"),
    "paper": _("Paper of an ODR enterprise"),
}
OWNERS = {"consumer": _("Consumer"), "reporter": _("Reporter"), "bundle": _("Evidence bundle")}


class OperationFilter(KnownValues):
    title, parameter_name = _("operation"), "kind"

    def lookups(self, request, model_admin):
        return Access.Kind.choices


@admin.register(Access)
class AccessAdmin(ByCase, Beside, ReadOnly, GuardedAdmin):
    list_display = [
        "at",
        "who",
        "operation",
        "field",
        "of_what",
        "why",
        "filtered",
        "found",
        "hash_of_file",
    ]
    list_display_links = None
    list_filter = [OperationFilter]
    search_fields = ["pk"]
    search_help_text = _("Case, person or day (2026-01-31)")
    list_select_related = ["by__unit"]
    ordering = ["-at", "-pk"]
    when_empty = _("Nobody has read anything secret or exported anything yet.")

    def get_queryset(self, request):
        return Access.objects.filter(by__unit__path__startswith=request.user.unit.path)

    def get_search_results(self, request, queryset, search_term):
        """Each word narrows: a day, a case, else a person."""
        for word in search_term.split():
            queryset = queryset.filter(self._meant(request, word))
        return queryset, False

    def _meant(self, request, word: str) -> Q:
        if day := day_of(word):
            return Q(at__range=span_of(day))
        case = Case.objects.visible_to(request.user).filter(no=word).first()
        if case is None:
            return Q(by__in=people_of(word))
        tickets = list(case.tickets.values_list("pk", flat=True))
        of_tickets = Q(subject=Ticket._meta.label_lower, subject_id__in=tickets)
        # Not of what became a report: what was found with it would tell who brought that.
        looked_up = Q() if case.is_secret else Q(found_ids__contains=[case.pk])
        return Q(subject=Case._meta.label_lower, subject_id=case.pk) | of_tickets | looked_up

    def read_beside(self, rows, request):
        """What it was of, whichever app's that is."""
        meant = defaultdict(list)
        for row in rows:
            meant[row.subject].append(row)
        for subject, of_it in meant.items():
            found = _rows(subject, {row.subject_id for row in of_it}) if subject else {}
            for row in of_it:
                row.of = found.get(row.subject_id)
        _read_reasons(rows)

    @admin.display(description=_("who"))
    def who(self, access):
        return f"{access.by.name} · {access.by.unit.name}"

    @admin.display(description=_("operation"))
    def operation(self, access):
        return access.get_kind_display()

    @admin.display(description=_("what was read or taken"))
    def field(self, access):
        owner, _dot, name = access.what.rpartition(".")
        return " ".join(str(part) for part in (OWNERS.get(owner, ""), WHAT[name]) if part)

    @admin.display(description=_("reason"), ordering="reason")
    def why(self, access):
        return getattr(access, "reason_told", access.reason)

    @admin.display(description=_("filters of the list"), empty_value="—")
    def filtered(self, access):
        return access.which

    @admin.display(description=_("check value of the file"), empty_value="—")
    def hash_of_file(self, access):
        """In two lines: whole, for it is compared."""
        told = access.sha256 and (access.sha256, access.sha256[:32], access.sha256[32:])
        return told and format_html('<small title="{}">{}<br>{}</small>', *told)

    @admin.display(description=_("what it is of"), empty_value="—")
    def of_what(self, access):
        """A case or ticket by its number, anything else with what it is."""
        if access.of is None or isinstance(access.of, Case | Ticket):
            return access.of
        return f"{name_of(type(access.of))} · {access.of}"


def _rows(subject: str, keys: set[int]) -> dict[int, Model]:
    model = apps.get_model(subject)
    rows = model._default_manager.all()
    has_unit = any(field.name == "unit" for field in model._meta.fields)  # it gives them their name
    return (rows.select_related("unit") if has_unit else rows).in_bulk(keys)


def _read_reasons(rows) -> None:
    """Each as its case may be told of now: it may have become a report since."""
    keys = {row: _key_of_case(row.of) for row in rows if row.of}
    found = Case.objects.filter(pk__in=set(keys.values())).select_related("consumer", "reporter")
    cases = {case.pk: case for case in know_others(found.prefetch_related("tickets__consumer"))}
    for row, key in keys.items():
        if case := cases.get(key):
            row.reason_told = case.shown(row.reason)


def _key_of_case(subject) -> int | None:
    return subject.pk if isinstance(subject, Case) else getattr(subject, "case_id", None)
