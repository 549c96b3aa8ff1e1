"""Who changed which row, and the seals over it: for the auditor alone."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta

from django.apps import apps
from django.contrib import admin
from django.db.models import Model, Q
from django.utils.dateparse import parse_date
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from agency.core import clock
from agency.core.admin.base import Beside, GuardedAdmin, ReadOnly
from agency.core.audit import seals, triggers
from agency.core.calendar import SHANGHAI
from agency.core.models import Audit, Seal, User
from agency.core.text import listed
from cases.admin.filters import KnownValues
from cases.models import Case, CaseDeadline, Consumer, Reporter

DAYS = {"1d": 1, "7d": 7, "31d": 31}
"""How far back one may look without naming a case, a day or a person."""
USUAL = "7d"
FURTHEST = "all"
NAMES = {
    "core.LoginTry": _("try to log in"),
    "cases.CaseDeadlinePause": _("pause of a deadline"),
    "cases.CaseDeadlineExcuse": _("excuse of a breach"),
    "cases.CaseTopic": _("topic of a case"),
    "cases.IntakeKey": _("key of an intake"),
}
"""Of those whose model has no name for people."""
PEOPLE = {Consumer: ["cases__", "tickets__case__"], Reporter: ["cases__"]}
"""How whoever brought a matter leads to it."""


class TableFilter(KnownValues):
    title, parameter_name = _("table"), "table"

    def lookups(self, request, model_admin):
        named = ((model._meta.db_table, name_of(model)) for model in triggers.audited())
        return sorted(named, key=lambda pair: pair[1])

    def narrow(self, entries, value):
        return entries.filter(table_name=value)


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


@admin.register(Audit)
class AuditAdmin(Beside, ReadOnly, GuardedAdmin):
    list_display = ["at", "who", "operation", "of_what", "row", "case_no", "changed", "through"]
    list_display_links = None
    sortable_by = ()
    list_filter = [PeriodFilter, TableFilter, "operation"]
    list_select_related = ["actor__unit"]
    ordering = ["-pk"]
    search_fields = ["pk"]
    search_help_text = _("Case, person, day (2026-01-31) or #row")
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

    def read_beside(self, rows):
        """The number of its case: one query for each kind of row."""
        by_table = defaultdict(list)
        for row in rows:
            by_table[row.table_name].append(row)
        for table, meant in by_table.items():
            numbers = _case_numbers(MODELS[table], {row.row_id for row in meant})
            for row in meant:
                row.of = numbers.get(row.row_id)

    @admin.display(description=_("who"))
    def who(self, entry):
        if entry.actor:
            return f"{entry.actor.name} · {entry.actor.unit.name}"
        return format_html("<code>{}</code>", entry.process)

    @admin.display(description=_("table"))
    def of_what(self, entry):
        return name_of(MODELS[entry.table_name])

    @admin.display(description=_("row"))
    def row(self, entry):
        return f"#{entry.row_id}"

    @admin.display(description=_("case number"), empty_value="—")
    def case_no(self, entry):
        return getattr(entry, "of", None)

    @admin.display(description=_("columns"), empty_value="—")
    def changed(self, entry):
        names = _names_of_columns(MODELS[entry.table_name])
        return listed(names.get(column, column) for column in entry.columns or ()) or None

    @admin.display(description=_("through"), empty_value="—")
    def through(self, entry):
        return format_html("<code>{}</code>", entry.act) if entry.act else None


@admin.register(Seal)
class SealAdmin(Beside, ReadOnly, GuardedAdmin):
    """Each page counts the seals it shows again."""

    list_display = ["no", "from_at", "until_at", "rows", "agrees", "hash"]
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

    def read_beside(self, rows):
        """Whether it agrees with what it covers."""
        numbers = [row.no for row in rows]
        wrong = (
            {found["no"] for found in seals.check(min(numbers), max(numbers))} if rows else set()
        )
        for row in rows:
            row.is_broken = row.no in wrong

    @admin.display(description=_("check"))
    def agrees(self, seal):
        if seal.is_broken:
            return format_html('<strong class="urgent">{}</strong>', _("tampered with"))
        return _("agrees")

    @admin.display(description=_("hash"))
    def hash(self, seal):
        return format_html("<code>{}</code>", seal.digest)


class _Models(dict):
    """Every table's model; one that is gone is named by its table."""

    @cached_property
    def known(self) -> dict[str, type[Model]]:
        return {m._meta.db_table: m for m in apps.get_models(include_auto_created=True)}

    def __missing__(self, table: str):
        return self.known.get(table, table)


MODELS = _Models()


def name_of(model) -> str:
    if isinstance(model, str):
        return model
    return str(NAMES.get(model._meta.label, model._meta.verbose_name))


def _names_of_columns(model) -> dict[str, str]:
    """What people call them; who has no name of its own is called as in the database."""
    if isinstance(model, str):
        return {}
    return {
        field.column: str(field.verbose_name)
        for field in model._meta.concrete_fields
        if str(field.verbose_name) != field.name.replace("_", " ")
    }


def _case_numbers(model, keys: set[str]) -> dict[str, str]:
    if isinstance(model, str):
        return {}
    numbers: dict[str, str] = {}
    for path in _paths_to_case(model):
        found = model._default_manager.filter(pk__in=keys, **{f"{path}no__isnull": False})
        numbers |= {str(pk): no for pk, no in found.values_list("pk", f"{path}no")}
    return numbers


def _paths_to_case(model) -> list[str]:
    """How a row of this table leads to its case: itself, or by what it refers to, or who to it."""
    if model in PEOPLE:
        return PEOPLE[model]
    names = {(field.name, field.related_model) for field in model._meta.concrete_fields}
    paths = {("case", Case): "case__", ("deadline", CaseDeadline): "deadline__case__"}
    return [""] if model is Case else [path for name, path in paths.items() if name in names]


def _rows_of(case: Case) -> Q:
    """The case's own row, those that refer to it or its clocks, and the people of it."""
    rows = Q(pk__in=[])
    for model in triggers.audited():
        for path in _paths_to_case(model):
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
