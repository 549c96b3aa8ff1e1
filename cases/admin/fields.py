"""A field of a verb's form: how it is asked, and what was typed as the API would send it."""

from dataclasses import dataclass, field
from datetime import datetime

from django.http import QueryDict
from django.utils.translation import gettext as _
from rest_framework import serializers

from agency.core.calendar import SHANGHAI
from agency.core.fields import Day, Flag, Moment, Money, Whole
from cases.imports import cleaning
from cases.submission import CheckedNumber, IdentityNumber, Phone

Option = tuple[str, str]

LONG = 1000
"""From this length on a text gets more than one line."""
MOST_RADIOS = 6
LISTED = {"ground"}
"""Chosen from a list, however few there are: each is a sentence."""


@dataclass
class FormField:
    """One field as the template shows it.

    ``widget``: text, long, moment, day, money, whole, flag, many, choice or radio.
    ``chosen``: the ticked ones of many. ``refits``: the fields that a choice of it changes.
    """

    name: str
    label: str
    widget: str
    required: bool = False
    max_length: int | None = None
    options: list[Option] = field(default_factory=list)
    suggestions: list[Option] = field(default_factory=list)
    value: str = ""
    chosen: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    refits: str = ""


WIDGETS = {Moment: "moment", Day: "day", Money: "money", Whole: "whole"}


def widget_of(name: str, told: serializers.Field, options: list[Option]) -> str:
    """How the field is asked for."""
    match told:
        case serializers.MultipleChoiceField():
            return "many"
        case serializers.ChoiceField() if name not in LISTED and len(options) <= MOST_RADIOS:
            return "radio"
        case Flag():
            return "flag" if is_ticked(told) is not None else "radio"
        case _ if options or isinstance(told, serializers.ChoiceField):
            return "choice"
    if type(told) in WIDGETS:
        return WIDGETS[type(told)]
    return "long" if (getattr(told, "max_length", None) or 0) >= LONG else "text"


def is_ticked(told: serializers.Field) -> bool | None:
    """Of a flag with a default, that; None where somebody must say yes or no."""
    return None if told.default is serializers.empty else told.default


def yes_or_no() -> list[Option]:
    return [("true", _("yes")), ("false", _("no"))]


def read(name: str, told: serializers.Field, typed: QueryDict):
    """What was typed, as the API would send it; None for nothing. What is wrong stays as it is."""
    if isinstance(told, serializers.MultipleChoiceField):
        return typed.getlist(name) or None
    if isinstance(told, Flag) and is_ticked(told) is not None:
        return name in typed
    text = typed.get(name, "").strip()
    return READ.get(type(told), str)(text) if text else None


def with_offset(local: str) -> str:
    """A moment typed in a browser, which means Shanghai's clock on the wall."""
    try:
        return datetime.fromisoformat(local).replace(tzinfo=SHANGHAI).isoformat()
    except ValueError:
        return local


def _whole(text: str) -> int | str:
    plain = cleaning.half_width(text)
    return int(plain) if plain.isdecimal() and len(plain) < 10 else text


def _flag(text: str) -> bool | str:
    return {"true": True, "false": False}.get(text, text)


READ = {
    Moment: with_offset, Money: cleaning.money, Whole: _whole, Flag: _flag,
    **dict.fromkeys([Phone, CheckedNumber, IdentityNumber], cleaning.half_width),
}  # fmt: skip
"""As people write it, where that differs from what the API takes."""
