"""The standards an agency begins with: outlets/data/standards.csv, loaded by ``load_standards``."""

import csv
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from agency.core.errors import RuleViolation
from outlets.models import Standard, StandardItem

STANDARDS = Path(__file__).resolve().parent / "data" / "standards.csv"
WHOLE = 100
"""What the weights of all that is assessed make together."""


class Faulty(ValueError):
    """What is wrong with a file of standards, in a sentence."""


@transaction.atomic
def load(file: Path = STANDARDS) -> tuple[int, int]:
    """Add the versions that are not there yet; how many were added, and how many there are.

    What stands is never changed: outlets were measured by it. Raises Faulty.
    """
    known = set(Standard.objects.values_list("code", "version"))
    new = [rows for key, rows in _versions(file) if key not in known]
    for rows in new:
        _add(rows)
    return len(new), Standard.objects.count()


def _versions(file: Path) -> Iterator[tuple[tuple[str, str], list[dict[str, str]]]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for key, group in groupby(rows, key=lambda row: (row["standard"], row["version"])):
        yield key, list(group)


def _add(rows: list[dict[str, str]]) -> None:
    head = rows[0]
    items = [_item(row) for row in rows]
    if fault := _fault(items):
        raise Faulty(f"{head['standard']} {head['version']}: {fault}")
    standard = Standard.objects.create(
        code=head["standard"], version=head["version"], name=head["name"], source=head["source"],
        in_force_from=date.fromisoformat(head["in_force_from"]),
        in_force_to=date.fromisoformat(head["in_force_to"]) if head["in_force_to"] else None,
    )  # fmt: skip
    for item in items:
        item.standard = standard
    StandardItem.objects.bulk_create(items)


def _item(row: dict[str, str]) -> StandardItem:
    return StandardItem(
        part=row["part"], code=row["code"], name_zh=row["name_zh"], name_en=row["name_en"],
        weight=int(row["weight"] or 0), hint=row["hint"],
    )  # fmt: skip


def _fault(items: list[StandardItem]) -> str:
    parts = StandardItem.Part
    if unknown := {item.part for item in items} - set(parts):
        return _("There is no part “%(part)s”.") % {"part": min(unknown)}
    if sum(item.weight for item in items if item.part == parts.ASSESSED) != WHOLE:
        return _("The weights of what is assessed do not make 100.")
    if 0 not in {item.weight for item in items if item.part == parts.GRADE}:
        return _("The last grade begins at 0.")
    return ""


def usual(on: date) -> Standard:
    """The one that a new outlet is measured by on ``on``. Raises RuleViolation where none is."""
    return of(settings.OUTLET_STANDARD, on)


def of(code: str, on: date) -> Standard:
    """The version of ``code`` that is in force on ``on``. Raises RuleViolation where none is."""
    found = Standard.objects.in_force(on).filter(code=code).first()
    if found is None:
        raise RuleViolation(
            _("No version of the standard %(code)s is in force on %(day)s.")
            % {"code": code, "day": on}
        )
    return found
