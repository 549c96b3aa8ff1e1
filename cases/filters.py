"""What the list of cases can be asked for; what it cannot is refused, never ignored."""

import unicodedata

import django_filters
from django import forms
from django.db.models import CharField, F, Func, Q, Value
from django.db.models.functions import Coalesce, Lower, Replace
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import filters
from rest_framework.exceptions import ValidationError

from agency.core import clock
from agency.core.fields import Moment
from agency.core.models.deadline import OPEN
from agency.core.text import LONG_NUMBER
from cases.lifecycle import Kind, State
from cases.models import Case, CaseDeadline, Ticket
from cases.models.case import DUE_OR_NEVER
from cases.models.ticket import HOTLINES

SEARCH_LENGTH = 100


class MomentField(forms.CharField):
    """A moment with its offset, by the same rule as in a body."""

    def clean(self, value):
        value = super().clean(value)
        try:
            return Moment().run_validation(value.replace(" ", "+")) if value else None
        except ValidationError as error:
            raise forms.ValidationError([str(item) for item in error.detail]) from None


class MomentFilter(django_filters.Filter):
    field_class = MomentField


class CaseFilter(django_filters.FilterSet):
    state = django_filters.MultipleChoiceFilter(choices=State.choices)
    kind = django_filters.MultipleChoiceFilter(choices=Kind.choices)
    channel = django_filters.CharFilter(field_name="channel__code")
    unit = django_filters.CharFilter(method="in_unit")
    handler = django_filters.CharFilter(field_name="handler__username")
    category = django_filters.CharFilter(method="of_category")
    topic = django_filters.CharFilter(field_name="topics__code")
    line = django_filters.ChoiceFilter(
        choices=[(line, line) for line in HOTLINES], method="by_line"
    )
    overdue = django_filters.TypedChoiceFilter(
        choices=[("true", "true"), ("false", "false")],
        coerce=lambda v: v == "true",
        method="is_overdue",
    )
    rule = django_filters.CharFilter(method="owing")
    arrived_after = MomentFilter(field_name="arrived_at", lookup_expr="gte")
    arrived_before = MomentFilter(field_name="arrived_at", lookup_expr="lt")
    search = django_filters.CharFilter(method="containing_text", max_length=SEARCH_LENGTH)

    class Meta:
        model = Case
        fields: list[str] = []

    def in_unit(self, cases, name, code):
        """The unit and everything below it."""
        return cases.filter(
            Q(unit__code=code)
            | Q(unit__path__contains=f"/{code}/")
            | Q(unit__path__startswith=f"{code}/")
        )

    def of_category(self, cases, name, code):
        """The category and everything below it: codes grow to the right."""
        return cases.filter(Q(category__code__startswith=code) | Q(problem__code__startswith=code))

    def by_line(self, cases, name, line):
        """Cases with a ticket that came by this one of the merged hotlines."""
        return cases.filter(pk__in=Ticket.objects.filter(line=line).values("case"))

    @extend_schema_field(bool)
    def is_overdue(self, cases, name, wanted):
        late = Q(next_due_at__lt=clock.now())
        return cases.filter(late) if wanted else cases.exclude(late)

    def owing(self, cases, name, code):
        """Cases that still owe something under the rule."""
        owed = CaseDeadline.objects.filter(OPEN, rule__code=code)
        return cases.filter(pk__in=owed.values("case"))

    def containing_text(self, cases, name, text):
        return containing(cases, text)


def containing(cases, text: str):
    """Cases with ``text``: case, ticket and external number exactly; merchant and text anywhere.

    What is masked must not be told by a hit either, one digit or letter after the other. So a
    number of five digits or more is only ever looked for as a number of a case, shorter ones
    not inside a long one, and nothing where it takes the citizen's name to find it. No free
    text of a report is searched at all.
    """
    by_number = Ticket.objects.filter(Q(no=text) | Q(external_no=text)).values("case")
    found = [Case.objects.filter(no=text).values("pk")]
    if not LONG_NUMBER.search(unicodedata.normalize("NFKC", text)):
        found.append(Case.objects.filter(merchant__name__contains=text).values("pk"))
        found.append(_telling(cases, text).values("pk"))
    # A union: numbers come from their indexes, and texts are read among ``cases`` alone.
    return cases.filter(pk__in=by_number.union(*found))


def _telling(cases, text: str):
    """Those of ``cases`` that speak of it, reports not among them."""
    shown = {f"{name}_shown": _as_shown(name, text) for name in TEXTS}
    told = cases.order_by().exclude(kind=Kind.REPORT).alias(**shown)
    return told.filter(_said("title", text) | _said("narrative", text))


TEXTS = ("title", "narrative")
BLANKS = "".join(filter(str.isspace, map(chr, range(1, 0x3001))))


def _said(name: str, text: str) -> Q:
    """As it is shown: masked only where the text holds it at all."""
    return Q(**{f"{name}__contains": text, f"{name}_shown__contains": _plain(Value(text))})


def _as_shown(name: str, text: str):
    """The text without the citizen's name and, where ``text`` has a digit, without long numbers.

    A name of one character is none, here as in ``mask_person``.
    """
    has_digit = any(unicodedata.digit(letter, None) is not None for letter in text)
    words = _plain(Words(name) if has_digit else F(name))
    citizen = Func(_plain(F("consumer__name")), Value("..+"), function="substring")
    return Coalesce(Replace(words, citizen, Value("*")), words)


def _plain(text):
    """In small letters and without blanks, as a name is recognised in a text."""
    return Func(
        Lower(text), Value(BLANKS), Value(""), function="translate", output_field=CharField()
    )


class Words(Func):
    """A text without the long numbers in it."""

    template = "regexp_replace(%(expressions)s, 'g')"
    output_field = CharField()

    def __init__(self, name: str):
        super().__init__(F(name), Value(LONG_NUMBER.pattern), Value("#"))


class StrictFilterBackend(django_filters.rest_framework.DjangoFilterBackend):
    """Refuses a parameter nobody knows: a typing error must not show everything."""

    OWN = {"cursor", "page_size", "ordering", "format"}

    def filter_queryset(self, request, queryset, view):
        known = set(view.filterset_class.base_filters) | self.OWN
        if unknown := set(request.query_params) - known:
            raise ValidationError(
                {name: [_("There is no such filter.")] for name in sorted(unknown)}
            )
        if any("\0" in value for value in request.query_params.values()):
            raise ValidationError(
                {"search": [_("A text holds a character that cannot be stored.")]}
            )
        return super().filter_queryset(request, queryset, view)


class CaseOrdering(filters.BaseFilterBackend):
    """``ordering=arrived_at | next_due_at``, with ``-`` for the other way; cursor pages follow it."""

    CHOICES = {
        "arrived_at": ("arrived_at", "id"),
        "-arrived_at": ("-arrived_at", "-id"),
        "next_due_at": ("due_or_never", "id"),
        "-next_due_at": ("-due_or_never", "-id"),
    }

    def filter_queryset(self, request, queryset, view):
        chosen = request.query_params.get("ordering", "-arrived_at")
        if chosen not in self.CHOICES:
            raise ValidationError({"ordering": [_("Order by arrived_at or next_due_at.")]})
        view.paginator.ordering = self.CHOICES[chosen]
        if chosen.endswith("next_due_at"):
            queryset = queryset.annotate(due_or_never=DUE_OR_NEVER)
        return queryset
