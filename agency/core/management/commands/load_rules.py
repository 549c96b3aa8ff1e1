import csv
from datetime import time, timedelta
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db import transaction

from agency.core import models
from agency.core.console import JsonCommand
from agency.core.models import DeadlineRule

RULES = Path(models.__file__).resolve().parent.parent / "rules.csv"
NONE = (None, None)


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
            code, begins, values = _rule(row, file, line)
            rule = known.get((code, begins))
            if rule is None:
                _save(DeadlineRule(code=code, in_force_from=begins), values, file, line)
                added += 1
            elif reset:
                _save(rule, values, file, line)
                updated += 1
        return {"added": added, "updated": updated, "rules": DeadlineRule.objects.count()}


def _read(file: Path) -> list[dict[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as rows:
            return list(csv.DictReader(rows))
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{file.name}: {error}.") from error


def _save(rule: DeadlineRule, values: dict, file: Path, line: int) -> None:
    """Under the same checks as in the admin: a rule that cannot be counted stops intake."""
    for name, value in values.items():
        setattr(rule, name, value)
    try:
        rule.full_clean()
    except ValidationError as error:
        told = "; ".join(f"{name}: {' '.join(said)}" for name, said in error.message_dict.items())
        raise CommandError(f"{file.name}, line {line}: {told}") from error
    rule.save()


def _rule(row: dict[str, str], file: Path, line: int) -> tuple[str, str, dict]:
    """Code, first day in force, and the other fields of one line of rules.csv."""
    try:
        ladder = [rung.split(":") for rung in row["ladder"].split()]
        opens, closes = map(time.fromisoformat, row["window"].split("-")) if row["window"] else NONE
        return (
            row["code"],
            row["in_force_from"],
            {
                "name_zh": row["name_zh"],
                "name_en": row["name_en"],
                "kinds": row["kinds"].split(),
                "channels": row["channels"].split(),
                "requires_contact": row["requires_contact"] == "1",
                "starts_on": row["starts_on"],
                "met_by": row["met_by"],
                "amount": int(row["amount"]),
                "unit": row["unit"],
                "roll": row["roll"],
                "window_from": opens,
                "window_to": closes,
                "warn_percents": [int(percent) for percent in row["warn_percents"].split()],
                "ladder_targets": [target for target, _minutes in ladder],
                "ladder_after": [timedelta(minutes=float(minutes)) for _target, minutes in ladder],
                "repeat_after": timedelta(minutes=float(row["repeat_minutes"]))
                if row["repeat_minutes"]
                else None,
                "basis": row["basis"],
                "in_force_to": row["in_force_to"] or None,
                "note": row["note"],
            },
        )
    except (KeyError, ValueError, TypeError, IndexError, OverflowError, AttributeError) as error:
        raise CommandError(f"{file.name}, line {line}: {error}.") from error
