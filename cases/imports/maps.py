"""Which column of whose export is which field: maps, read from TOML. docs/imports.md tells how.

cases/imports/binding.py binds a map to the headings of one file.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _
from rest_framework import serializers

from agency.core.calendar import SHANGHAI
from agency.core.text import listed
from cases.imports.cleaning import word
from cases.submission import SubmissionSerializer

FOLDER = Path(__file__).resolve().parent.parent / "maps"

CHANNEL = "channel"


class MapError(ValueError):
    """The map cannot be used, or not with this file; the text is a sentence for people."""


def _leaves(serializer: serializers.Serializer, prefix: str = "") -> dict:
    """Field → its serializer field, of nested ones as ``consumer.phone``."""
    found = {}
    for name, leaf in serializer.fields.items():
        if isinstance(leaf, serializers.Serializer):
            found |= _leaves(leaf, f"{prefix}{name}.")
        else:
            found[prefix + name] = leaf
    return found


FIELDS = _leaves(SubmissionSerializer()) | {CHANNEL: serializers.CharField()}


@dataclass(frozen=True)
class Source:
    """Where one field comes from. What a map may say of a field is what stands here."""

    column: str | Sequence[str] = ()
    join: Sequence[str] = ()
    glue: str = " "
    constant: str | bool | int | None = None
    values: dict[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    default: str | None = None
    unknown: str = ""
    formats: Sequence[str] = ()
    time_zone: str = ""
    hash: Sequence[str] = ()
    prefix: str = "file-"
    optional: bool | None = None

    @property
    def alternatives(self) -> Sequence[str]:
        return [self.column] if isinstance(self.column, str) else self.column

    @cached_property
    def table(self) -> dict[str, str]:
        return {word(value): meaning for value, meaning in self.values.items()}


SOURCE_SAYS = {
    "column": (str, list), "join": list, "glue": str, "constant": (str, bool, int),
    "values": dict, "otherwise": (str, bool, int), "default": (str, bool, int), "unknown": str,
    "formats": list, "time_zone": str, "hash": list, "prefix": str, "optional": bool,
}  # fmt: skip
MAP_SAYS = {
    "extends": str, "channel": str, "unit": str, "time_zone": str, "blank": list,
    "optional": bool, "fields": dict,
}  # fmt: skip


@dataclass(frozen=True)
class Map:
    """A map as its file tells it."""

    name: str
    fields: dict[str, Source]
    channel: str = ""
    unit: str = ""
    time_zone: ZoneInfo = SHANGHAI
    blank: frozenset[str] = frozenset()
    optional: bool = False


# -- reading a map ----------------------------------------------------------------------


def load(name: str) -> Map:
    """The map ``name`` of cases/maps, or of a TOML file anywhere. Raises MapError."""
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    try:
        with path.open("rb") as file:
            return _read(path.stem, tomllib.load(file))
    except OSError as error:
        known = listed(sorted(found.stem for found in FOLDER.glob("*.toml")))
        sentence = _("There is no map %(name)s; known are %(known)s, or give a TOML file.")
        raise MapError(sentence % {"name": name, "known": known}) from error
    except MapError:
        raise
    except (ValueError, ZoneInfoNotFoundError, RecursionError) as error:
        sentence = _("The map %(name)s cannot be read: %(error)s.")
        raise MapError(sentence % {"name": name, "error": error}) from error


def _read(name: str, told: dict) -> Map:
    _check(name, told, MAP_SAYS)
    fields = _flat(told.get("fields", {}))
    _check(name, fields, dict.fromkeys(FIELDS, (str, list, dict)))
    base = load(told["extends"]) if "extends" in told else Map(name, {})
    marks = frozenset(word(mark) or mark for mark in told.get("blank", ()))
    own = {at: _extended(_source(name, at, s), base.fields.get(at)) for at, s in fields.items()}
    return Map(
        name=name,
        fields=base.fields | own,
        channel=told.get("channel", base.channel),
        unit=told.get("unit", base.unit),
        time_zone=ZoneInfo(told["time_zone"]) if "time_zone" in told else base.time_zone,
        blank=base.blank | marks,
        optional=told.get("optional", base.optional),
    )


def _extended(source: Source, base: Source | None) -> Source:
    """With the columns and values of the map it extends, after its own."""
    if base is None or not source.column:
        return source
    columns = [*source.alternatives, *base.alternatives]
    return replace(source, column=columns, values=base.values | source.values)


def _flat(fields: dict) -> dict:
    """``consumer.name`` may be written with or without quotation marks."""
    found = {}
    for at, told in fields.items():
        nested = at not in FIELDS and isinstance(told, dict)
        found |= {f"{at}.{inner}": said for inner, said in told.items()} if nested else {at: told}
    return found


def _source(name: str, at: str, told: str | list | dict) -> Source:
    """A field's source; a text or a list is short for its column."""
    if not isinstance(told, dict):
        told = {"column": told}
    _check(f"{name}, {at}", told, SOURCE_SAYS)
    source = Source(**told)
    ZoneInfo(source.time_zone or "UTC")
    return source


def _check(name: str, told: dict, says: dict) -> None:
    """Raise MapError for a key that means nothing, or a value of the wrong kind."""
    for key, value in told.items():
        if key not in says:
            sentence = _("The map %(name)s says “%(key)s”, which means nothing there.")
            raise MapError(sentence % {"name": name, "key": key})
        texts = not isinstance(value, list) or all(isinstance(part, str) for part in value)
        if not isinstance(value, says[key]) or not texts:
            sentence = _("The map %(name)s says “%(key)s” in a way that is not understood.")
            raise MapError(sentence % {"name": name, "key": key})
