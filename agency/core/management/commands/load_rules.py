import csv
from collections.abc import Callable
from datetime import time, timedelta
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from agency.core import models
from agency.core.console import JsonCommand, fault_in
from agency.core.models import DeadlineRule

RULES = Path(models.__file__).resolve().parent.parent / "rules.csv"
TEXTS = (
    "code", "name_zh", "name_en", "profile", "starts_on", "met_by", "unit", "roll", "basis", "in_force_from",
    "note",
)  # fmt: skip
"""Columns that are fields as they stand."""
LISTS = ("kinds", "channels", "topics", "pauses")
"""Columns of words with spaces between them."""


class Command(JsonCommand):
    help = "Load the deadline rules: new ones are added, changed ones only with --reset."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file", nargs="?", type=Path, default=RULES)
        parser.add_argument("--reset", action="store_true", help="overwrite what the admin changed")

    @transaction.atomic
    def answer(self, *, file, reset, **options):
        known = {(rule.code, str(rule.in_force_from)): rule for rule in DeadlineRule.objects.all()}
        added = updated = 0
        for line, row in enumerate(_read(file), start=2):
            values = _values(row, file, line)
            rule = known.get((row["code"], row["in_force_from"]))
            if rule is None:
                _save(DeadlineRule(), values, file, line)
                added += 1
            elif reset:
                _save(rule, values, file, line)
                updated += 1
        return {"added": added, "updated": updated, "rules": DeadlineRule.objects.count()}


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
        "in_force_to": cell("in_force_to") or None,
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
