"""Who changed which row, and the seals over it: for the auditor alone."""

from datetime import date, datetime, time, timedelta

from django.contrib import admin, messages
from django.db.models import Q
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from agency.core import clock
from agency.core.admin.base import Beside, GuardedAdmin, ReadOnly
from agency.core.audit import seals, triggers
from agency.core.calendar import SHANGHAI
from agency.core.models import Audit, LoginTry, Seal, User
from agency.core.text import listed, mask_text
from cases.admin import why
from cases.admin.audited import MODELS, door, name_of, names_of_columns, program
from cases.admin.filters import KnownValues
from cases.models import Case

DAYS = {"1d": 1, "7d": 7, "31d": 31}
"""How far back one may look without naming a case, a day or a person."""
USUAL = "7d"
FURTHEST = "all"
NO_NUMBERS = _(
    "Nothing is found here by a telephone or identity number. Have whoever may look the number up under “Find a citizen”, which goes on record, then search here by the number of the case."
)
LOGINS = LoginTry._meta.db_table


class TableFilter(KnownValues):
    title, parameter_name = _("kind of object"), "table"

    def lookups(self, request, model_admin):
        named = ((model._meta.db_table, name_of(model)) for model in triggers.audited())
        return sorted(named, key=lambda pair: pair[1])

    def narrow(self, entries, value):
        return entries.filter(table_name=value)


class OperationFilter(KnownValues):
    title, parameter_name = _("operation"), "operation"

    def lookups(self, request, model_admin):
        return Audit.Operation.choices


class PeriodFilter(KnownValues):
    """The last days; all days only for what an index finds: a case, a person, a day."""

    title, parameter_name = _("period"), "since"

    def lookups(self, request, model_admin):
        days = [(code, _("last %(days)s days") % {"days": n}) for code, n in DAYS.items()]
        return [*days, (FURTHEST, _("however long ago"))] if request.GET.get("q") else days

    def choices(self, changelist):
        yield from list(super().choices(changelist))[1:]

    def value(self):
        chosen = super().value()
        return chosen if chosen in {code for code, _label in self.lookup_choices} else USUAL

    def narrow(self, entries, value):
        if value == FURTHEST:
            return entries
        return entries.filter(at__gte=clock.now() - timedelta(days=DAYS[value]))


class WhoFilter(KnownValues):
    """People or programs. Each login, right or wrong, leaves rows that no person wrote: left out
    unless they are asked for.
    """

    title, parameter_name = _("who"), "who"
    EVERYTHING = "all"

    def lookups(self, request, model_admin):
        self.is_asked = request.GET.get("table") == LOGINS or "#" in request.GET.get("q", "")
        return [
            ("people", _("only what people did")),
            ("programs", _("only what programs did")),
            (self.EVERYTHING, _("all, attempts to log in too")),
        ]

    def choices(self, changelist):
        usual, *others = super().choices(changelist)
        yield usual | {"display": _("without attempts to log in")}
        yield from others

    def queryset(self, request, queryset):
        is_open = self.value() is None and not self.is_asked
        return _without_logins(queryset) if is_open else super().queryset(request, queryset)

    def narrow(self, entries, value):
        if value == self.EVERYTHING:
            return entries
        by = entries.filter(actor__isnull=value == "programs")
        return _without_logins(by) if value == "programs" and not self.is_asked else by


def _without_logins(entries):
    return entries.exclude(table_name=LOGINS, actor=None)


class ByCase:
    """For a list that is searched by case: nobody is found in it by a citizen's number.

    One that comes with the address all the same is taken out of it, and how to go on is said.
    """

    change_list_template = "cases/by_case.html"

    def changelist_view(self, request, extra_context=None):
        if not _is_citizens(request.GET.get("q", "")):
            return super().changelist_view(request, extra_context)
        messages.warning(request, NO_NUMBERS)
        return redirect(request.path)


def _is_citizens(asked: str) -> bool:
    """A row's number with a day behind it is none."""
    told = " ".join(word for word in asked.split() if not day_of(word))
    return mask_text(told) != told


@admin.register(Audit)
class AuditAdmin(ByCase, Beside, ReadOnly, GuardedAdmin):
    list_display = [
        "at",
        "who",
        "operation_done",
        "of_what",
        "row",
        "case_no",
        "changed",
        "reason",
        "through",
    ]
    list_display_links = None
    sortable_by = ()
    list_filter = [PeriodFilter, WhoFilter, TableFilter, OperationFilter]
    list_select_related = ["actor__unit"]
    ordering = ["-pk"]
    search_fields = ["pk"]
    search_help_text = _("Case, person, day (2026-01-31) or #object")
    when_empty = _("Nothing was changed.")

    def get_queryset(self, request):
        """All of it for who audits the whole agency; else what the people below did."""
        unit, entries = request.user.unit, Audit.objects.all()
        return (
            entries.filter(actor__unit__path__startswith=unit.path) if unit.parent_id else entries
        )

    def get_search_results(self, request, queryset, search_term):
        """Each word narrows: a day, a row, a case, else a person."""
        for word in search_term.split():
            queryset = queryset.filter(self._meant(request, word))
        return queryset, False

    def _meant(self, request, word: str) -> Q:
        if day := day_of(word):
            return Q(at__range=span_of(day))
        if word.startswith("#"):
            return Q(row_id=word[1:])
        if case := Case.objects.visible_to(request.user).filter(no=word).first():
            return _rows_of(case)
        return Q(actor__in=people_of(word))

    def read_beside(self, rows, request):
        why.read(rows, request.user)

    @admin.display(description=_("who"))
    def who(self, entry):
        if entry.actor:
            return f"{entry.actor.name} · {entry.actor.unit.name}"
        return program(entry.process) or format_html("<code>{}</code>", entry.process)

    @admin.display(description=_("operation"))
    def operation_done(self, entry):
        return entry.get_operation_display()

    @admin.display(description=_("kind of object"))
    def of_what(self, entry):
        return name_of(MODELS[entry.table_name])

    @admin.display(description=_("object"))
    def row(self, entry):
        """Its number, which the search takes, and by what name people know it."""
        return f"{entry.object} · #{entry.row_id}" if entry.object else f"#{entry.row_id}"

    @admin.display(description=_("case number"), empty_value="—")
    def case_no(self, entry):
        if not entry.of:
            return None
        pk, no = entry.of
        return format_html('<a href="{}">{}</a>', reverse("admin:cases_case_change", args=[pk]), no)

    @admin.display(description=_("changed fields"), empty_value="—")
    def changed(self, entry):
        names = names_of_columns(MODELS[entry.table_name])
        return listed(names.get(column, column) for column in entry.columns or ()) or None

    @admin.display(description=_("reason"), empty_value="—")
    def reason(self, entry):
        return entry.reason

    @admin.display(description=_("through"), empty_value="—")
    def through(self, entry):
        return door(entry.act) or (entry.act and format_html("<code>{}</code>", entry.act)) or None


@admin.register(Seal)
class SealAdmin(Beside, ReadOnly, GuardedAdmin):
    """Each page counts the seals it shows again."""

    list_display = ["no", "begins", "ends", "sealed_rows", "agrees", "hash"]
    list_display_links = None
    sortable_by = ()
    ordering = ["-no"]
    search_fields = ["no"]
    search_help_text = _("Day: 2026-01-31.")
    when_empty = _("Nothing is sealed yet.")

    def get_search_results(self, request, queryset, search_term):
        day = day_of(search_term.strip())
        if day:
            queryset = queryset.filter(until_at__range=span_of(day))
        return (queryset if day or not search_term else queryset.none()), False

    def read_beside(self, rows, request):
        """Whether it agrees with what it covers."""
        numbers = [row.no for row in rows]
        wrong = (
            {found["no"] for found in seals.check(min(numbers), max(numbers))} if rows else set()
        )
        for row in rows:
            row.is_broken = row.no in wrong

    @admin.display(description=_("changes from"))
    def begins(self, seal):
        return seal.from_at

    @admin.display(description=_("changes until"))
    def ends(self, seal):
        return seal.until_at

    @admin.display(description=_("changes sealed"))
    def sealed_rows(self, seal):
        return seal.rows

    @admin.display(description=_("result of the check"))
    def agrees(self, seal):
        if seal.is_broken:
            return format_html('<strong class="urgent">{}</strong>', _("tampered with"))
        return _("agrees")

    @admin.display(description=_("check value"))
    def hash(self, seal):
        return format_html("<code>{}</code>", seal.digest)


def _rows_of(case: Case) -> Q:
    """The case's own row, those that refer to it or its clocks, and the people of it."""
    rows = Q(pk__in=[])
    for model in triggers.audited():
        for path in why.paths_to_case(model):
            keys = model._default_manager.filter(**{f"{path}pk": case.pk}).values_list(
                "pk", flat=True
            )
            if keys := [str(key) for key in keys]:
                rows |= Q(table_name=model._meta.db_table, row_id__in=keys)
    return rows


def people_of(word: str) -> list[int]:
    """Who is called so, or has this account."""
    people = User.objects.filter(Q(username=word) | Q(name__contains=word))
    return list(people.values_list("pk", flat=True)[:50])


def day_of(word: str) -> date | None:
    """2026-01-31, or None."""
    try:
        return parse_date(word)
    except ValueError:
        return None


def span_of(day: date) -> tuple[datetime, datetime]:
    begin = datetime.combine(day, time(), SHANGHAI)
    return begin, begin + timedelta(days=1, microseconds=-1)
