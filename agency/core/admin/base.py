"""What every page of the admin keeps to."""

from collections.abc import Iterable
from functools import cache

from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.utils.functional import cached_property
from django.utils.html import conditional_escape, escape
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, checkbox
from unfold.templatetags import unfold_list

MOST_ROWS = 10_000
"""As deep as a list can be turned over and counted: beyond, one narrows the search."""


_headers_of = unfold_list.result_headers


def _headers_once(changelist: ChangeList) -> Iterable[dict]:
    """unfold makes all headers of a list anew for each of its rows: a fifth of the page's time.

    Their texts are told once too, not in each cell.
    """
    if "headers" not in vars(changelist):
        made = _headers_of(changelist)
        changelist.headers = [one | {"text": conditional_escape(one["text"])} for one in made]
    return changelist.headers


unfold_list.result_headers = _headers_once


@cache
def _unticked(_language: str) -> str:
    """The box before a row, in the language now active; its value is VALUE."""
    return checkbox.render(ACTION_CHECKBOX_NAME, "VALUE")


class CappedPaginator(Paginator):
    """Never counts a table: a count that stops at ``most`` costs milliseconds."""

    template_name = "core/_pages.html"
    most = MOST_ROWS

    @cached_property
    def count(self):
        return self.object_list.order_by().values("pk")[: self.most].count()

    def page(self, number):
        """Only the keys are turned over: rows that are skipped cost no joins."""
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        keys = self.object_list.values_list("pk", flat=True)[first : first + self.per_page]
        return self._get_page(self.object_list.filter(pk__in=list(keys)), number, self)


class Beside:
    """For a list whose rows show what is read once for all of its page."""

    def get_changelist_instance(self, request):
        changelist = super().get_changelist_instance(request)
        changelist.result_list = list(changelist.result_list)
        self.read_beside(changelist.result_list, request)
        return changelist


class GuardedAdmin(ModelAdmin):
    """Nothing is deleted, nothing is done in bulk, no list is counted whole.

    The address bar may filter by what ``list_filter`` offers and by nothing else: lookups
    through relations or by pattern would read what no page shows.
    """

    actions = None
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0
    list_filter_sheet = False
    list_fullwidth = True
    list_sections = ()
    """Said here, as the theme's templates ask each row: a name that is not there is looked for twice."""

    @admin.display(description=ModelAdmin.action_checkbox.short_description)
    def action_checkbox(self, obj):
        """As unfold's, of which only the value differs from row to row: one template, not fifty."""
        return mark_safe(_unticked(get_language()).replace("VALUE", escape(obj.pk)))  # noqa: S308 – as the widget wrote it

    def changelist_view(self, request, extra_context=None):
        """Under the name of the list: Django's "Select … to view" says nothing in a tab."""
        title = capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        """Nothing is chosen beforehand but a default: a choice nobody made would look like one."""
        is_open = db_field.blank or not db_field.has_default()
        blank = [("", _("Select value"))] if is_open else []
        kwargs.setdefault("choices", [*blank, *db_field.flatchoices])
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def has_delete_permission(self, request, obj=None):
        return False

    def lookup_allowed(self, lookup, value, request):
        filters = self.get_list_filter(request)
        fields = [name for name in filters if isinstance(name, str)]
        # a filter of our own checks what it is given itself
        own = {narrowing.parameter_name for narrowing in filters if narrowing not in fields}
        return lookup in own | {
            f"{name}__{how}" for name in fields for how in ("exact", "id__exact")
        }


class ReadOnly:
    """A page to look at. Its rows' links carry no filters, for nothing is saved that would lead back."""

    preserve_filters = False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
