import csv
from datetime import timedelta
from pathlib import Path

from django.core.management.base import CommandError
from django.db import transaction

from agency.core import models
from agency.core.console import JsonCommand

RULES = Path(models.__file__).resolve().parent.parent / "rules.csv"


class Command(JsonCommand):
    help = "Load the deadline rules: new ones are added, changed ones only with --reset."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file", nargs="?", type=Path, default=RULES)
        parser.add_argument("--reset", action="store_true", help="overwrite what the admin changed")

    @transaction.atomic
    def answer(self, *, file, reset, **options):
        added = updated = 0
        with file.open(encoding="utf-8-sig", newline="") as rows:
            for line, row in enumerate(csv.DictReader(rows), start=2):
                code, begins, values = _rule(row, file, line)
                known = models.DeadlineRule.objects.filter(code=code, in_force_from=begins)
                if not known.exists():
                    models.DeadlineRule.objects.create(code=code, in_force_from=begins, **values)
                    added += 1
                elif reset:
                    updated += known.update(**values)
        return {"added": added, "updated": updated, "rules": models.DeadlineRule.objects.count()}


def _rule(row: dict[str, str], file: Path, line: int) -> tuple[str, str, dict]:
    """Code, first day in force, and the other fields of one line of rules.csv."""
    try:
        ladder = [rung.split(":") for rung in row["ladder"].split()]
        window = row["window"].split("-") if row["window"] else [None, None]
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
                "window_from": window[0],
                "window_to": window[1],
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
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise CommandError(f"{file.name}, line {line}: {error}.") from error
