"""What only petitions, or only reports, are registered with: asked for, and shown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db import models
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from rest_framework import serializers

from agency.core.fields import Flag
from cases.admin.fields import FormField, read, widget_of, yes_or_no
from cases.lifecycle import Kind
from cases.models import Case, PetitionSheet
from cases.submission import SHEETS

OPTIONAL = {"representatives"}
DEFAULTS = {"people": "1", "secrecy": "ordinary"}
GROUP = 5
"""More petitioners than these who come in person name who speaks for them. 信访工作条例 §20."""


@dataclass
class Sheet:
    """The sheet of ``kind`` with what is typed; the names of its fields are those of the API."""

    kind: str
    typed: QueryDict
    errors: Mapping[str, list[str]]

    @property
    def body(self) -> dict[str, serializers.Field]:
        return dict(SHEETS[Kind(self.kind)]().fields)

    @property
    def fields(self) -> list[FormField]:
        return [self._field(name, told) for name, told in self.body.items()]

    def _field(self, name: str, told: serializers.Field) -> FormField:
        at, offered = f"{self.kind}.{name}", _offered(told)
        model = SHEETS[Kind(self.kind)].MODEL
        return FormField(
            at, str(capfirst(model._meta.get_field(name).verbose_name)), widget_of(name, told, offered),
            name not in OPTIONAL, getattr(told, "max_length", None), offered,
            value=self.typed.get(at, DEFAULTS.get(name, "")), errors=self.errors.get(at, []),
        )  # fmt: skip

    def payload(self) -> dict:
        """As a platform would send it; what is left empty is not sent."""
        said = {
            name: read(f"{self.kind}.{name}", told, self.typed) for name, told in self.body.items()
        }
        return {name: value for name, value in said.items() if value is not None}

    def unsaid(self) -> dict[str, list[str]]:
        """What the form asks for beyond the API, and nobody said."""
        said = self.payload()
        lacking = [name for name in self.body if name not in OPTIONAL and name not in said]
        if _is_group(said) and "representatives" not in said:
            lacking.append("representatives")
        return {f"{self.kind}.{name}": [_("This field is required.")] for name in lacking}


def _is_group(said: dict) -> bool:
    people = said.get("people")
    is_visit = said.get("form") == PetitionSheet.Form.VISIT
    return is_visit and isinstance(people, int) and people > GROUP


def _offered(told: serializers.Field) -> list[tuple[str, str]]:
    if isinstance(told, serializers.ChoiceField):
        return [(code, str(text)) for code, text in told.choices.items()]
    return yes_or_no() if isinstance(told, Flag) else []


def lines(case: Case) -> Iterator[tuple[str, str]]:
    """What was said of the case, by name, for the page; masked."""
    sheet = case.sheet
    for name in SHEETS[Kind(case.kind)]().fields if sheet else ():
        if said := _said(case, sheet, name):
            yield str(sheet._meta.get_field(name).verbose_name), said


def _said(case: Case, sheet: models.Model, name: str) -> str:
    value = getattr(sheet, name)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if sheet._meta.get_field(name).choices:
        return getattr(sheet, f"get_{name}_display")()
    return case.shown(value) if isinstance(value, str) else str(value or "")
