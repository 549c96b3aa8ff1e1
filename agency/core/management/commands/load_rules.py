import csv
from collections import Counter
from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from agency.core import models
from agency.core.console import JsonCommand, fault_in
from agency.core.models import DeadlineRule
from agency.core.text import listed

RULES = Path(models.__file__).resolve().parent.parent / "rules.csv"
TEXTS = (
    "code", "name_zh", "name_en", "profile", "starts_on", "met_by", "unit", "roll", "basis", "note",
)  # fmt: skip
"""Columns that are fields as they stand."""
LISTS = ("kinds", "channels", "topics", "pauses")
"""Columns of words with spaces between them."""


class Command(JsonCommand):
    help = (
        "Load the deadline rules: new ones are added, and one that the file ends gets its last day."
        " What differs otherwise is told; the file wins only with --reset."
    )

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file", nargs="?", type=Path, default=RULES)
        parser.add_argument("--reset", action="store_true", help="overwrite what the admin changed")

    @transaction.atomic
    def answer(self, *, file, reset, **options):
        known = {(rule.code, rule.in_force_from): rule for rule in DeadlineRule.objects.all()}
        lines = {n: _values(row, file, n) for n, row in enumerate(_read(file), start=2)}
        named = {_key(values) for values in lines.values()}
        own = [rule.pk for key, rule in known.items() if key not in named]
        done, differ = Counter(), []
        # who is known comes first: one rule ends before the next begins
        for line, values in sorted(lines.items(), key=lambda told: _key(told[1]) not in known):
            rule = known.get(_key(values)) or DeadlineRule()
            if change := values if reset else _unasked(rule, values, own):
                done["added" if rule._state.adding else "updated"] += 1
                _save(rule, change, file, line)
            if others := _differences(rule, values):
                differ.append(f"{values['code']} {values['in_force_from']}: {listed(others)}")
        return {
            "added": done["added"], "updated": done["updated"], "differ": differ,
            "rules": DeadlineRule.objects.count(),
        }  # fmt: skip


def _key(values: dict[str, Any]) -> tuple[str, date]:
    return values["code"], values["in_force_from"]


def _unasked(rule: DeadlineRule, values: dict[str, Any], own: list[int]) -> dict[str, Any]:
    """What of a line is taken over without --reset: a new rule, or the last day of one.

    Not a new one for days in which a rule is in force that the house made itself (``own``).
    """
    if rule._state.adding:
        begin, end = values["in_force_from"], values["in_force_to"]
        instead = DeadlineRule.objects.filter(pk__in=own, code=values["code"])
        return {} if instead.in_force_within(begin, end).exists() else values
    ends_now = rule.in_force_to is None and values["in_force_to"]
    return {"in_force_to": values["in_force_to"]} if ends_now else {}


def _differences(rule: DeadlineRule, values: dict[str, Any]) -> list[str]:
    if rule._state.adding:  # another one is in force
        return ["in_force_from"]
    return [name for name, value in values.items() if getattr(rule, name) != value]


def _read(file: Path) -> list[dict[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as rows:
            return list(csv.DictReader(rows))
    except UnicodeDecodeError as error:
        raise CommandError(_("%(path)s is not a text in UTF-8.") % {"path": file.name}) from error
    except csv.Error as error:
        raise CommandError(f"{file.name}: {error}.") from error


def _save(rule: DeadlineRule, values: dict[str, Any], file: Path, line: int) -> None:
    """Under the same checks as in the admin: a rule that cannot be counted stops intake."""
    for name, value in values.items():
        setattr(rule, name, value)
    try:
        rule.full_clean()
    except ValidationError as error:
        told = [_fault_of(name, " ".join(said)) for name, said in error.message_dict.items()]
        raise fault_in(file, line, _("; ").join(told)) from error
    rule.save()


def _values(row: dict[str, str], file: Path, line: int) -> dict[str, Any]:
    """The fields of the rule that one line of rules.csv describes."""

    def cell(column: str, read: Callable[[str], Any] = str) -> Any:
        text = row.get(column)
        if text is None:
            raise fault_in(file, line, _("There is no column %(name)s.") % {"name": column})
        try:
            return read(text)
        except (ValueError, OverflowError) as error:
            fault = _("“%(text)s” cannot be read.") % {"text": text}
            raise fault_in(file, line, _fault_of(column, fault)) from error

    if None in row:
        raise fault_in(file, line, _("There are more fields than the first line names."))
    opens, closes = cell("window", _window)
    rungs = cell("ladder", _rungs)
    return {
        **{name: cell(name) for name in TEXTS},
        **{name: cell(name, str.split) for name in LISTS},
        "extension": cell("extension", int),
        "requires_contact": cell("requires_contact") == "1",
        "amount": cell("amount", int),
        "window_from": opens,
        "window_to": closes,
        "warn_percents": cell("warn_percents", lambda text: [int(part) for part in text.split()]),
        "ladder_targets": [target for target, _delay in rungs],
        "ladder_after": [delay for _target, delay in rungs],
        "repeat_after": cell("repeat_minutes", lambda text: _minutes(text) if text else None),
        "in_force_from": cell("in_force_from", date.fromisoformat),
        "in_force_to": cell("in_force_to", lambda text: date.fromisoformat(text) if text else None),
    }


def _fault_of(column: str, fault: str) -> str:
    return _("%(column)s: %(fault)s") % {"column": column, "fault": fault}


def _window(text: str) -> tuple[time | None, time | None]:
    """09:00-18:00."""
    opens, closes = map(time.fromisoformat, text.split("-")) if text else (None, None)
    return opens, closes


def _rungs(text: str) -> list[tuple[str, timedelta]]:
    """handler:0 chief:5, with minutes after the breach."""
    rungs = [rung.split(":") for rung in text.split()]
    return [(target, _minutes(minutes)) for target, minutes in rungs]


def _minutes(text: str) -> timedelta:
    return timedelta(minutes=float(text))
