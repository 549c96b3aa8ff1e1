"""What the list of cases can be asked for; what it cannot is refused, never ignored."""

import django_filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import filters
from rest_framework.exceptions import ValidationError

from agency.core import clock
from agency.core.fields import Moment
from agency.core.models.deadline import OPEN
from agency.core.roles import OUTSIDERS
from cases import search
from cases.lifecycle import Kind, State
from cases.models import Case, CaseDeadline, Ticket
from cases.models.case import DUE_OR_NEVER
from cases.models.ticket import HOTLINES


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
    search = django_filters.CharFilter(method="containing_text", max_length=search.LENGTH)

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
        """Asked for last, so that it searches only what the others left."""
        return search.among(cases, text, since=self.form.cleaned_data.get("arrived_after"))


class StrictFilterBackend(django_filters.rest_framework.DjangoFilterBackend):
    """Refuses a parameter nobody knows: a typing error must not show everything."""

    OWN = {"cursor", "page_size", "ordering", "format"}
    INSIDE = {"handler", "unit", "channel", "line", "topic", "rule", "overdue", "state"}
    """What an outlet or a firm is not told of what is there no more, it cannot ask for either."""

    def filter_queryset(self, request, queryset, view):
        known = set(view.filterset_class.base_filters) | self.OWN
        if request.user.role in OUTSIDERS and self.INSIDE & set(request.query_params):
            queryset = queryset.in_hands_of(request.user)
            known -= self.INSIDE - {"state"}
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
