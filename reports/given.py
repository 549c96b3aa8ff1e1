"""What the figures need and no case tells: persons in post, and figures from outside."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from django.db.models import Model
from django.utils.translation import gettext as _

from agency.core.imports import Lines
from agency.core.models import Unit
from reports import indicators
from reports.models import Benchmark, Staffing

MONTH = re.compile(r"(\d{4})-(\d{1,2})")
PERIOD = re.compile(r"\d{4}(-(0[1-9]|1[0-2]))?")


def said(column: str, read: Callable, cell: str):
    """The cell as ``read`` takes it, None where empty. Raises ValueError with the column."""
    try:
        return read(cell) if cell else None
    except (ValueError, InvalidOperation):
        told = {"column": column, "said": cell[:40]}
        raise ValueError(_("%(column)s “%(said)s” cannot be read.") % told) from None


def number(cell: str) -> Decimal:
    """From 0 on, with at most six places. Raises ValueError."""
    found = Decimal(cell)
    if not found.is_finite() or found < 0 or found >= 10**9 or found.as_tuple().exponent < -6:
        raise ValueError
    return found


def stands(row: Model, key: Sequence[str]) -> bool:
    """Whether the very row stands; else it is written, in the place of an earlier one."""
    wanted = {field.attname: getattr(row, field.attname) for field in row._meta.local_fields}
    wanted.pop("id")
    there = type(row).objects.filter(**{name: wanted.pop(name) for name in key})
    if there.filter(**wanted).exists():
        return True
    if not there.update(**wanted):
        row.save(force_insert=True)
    return False


class StaffingLines(Lines):
    """``unit, month, persons, law_trained``. A month told anew replaces what stood."""

    COLUMNS = ("unit", "month", "persons", "law_trained")
    NEEDED = ("unit", "month", "persons")

    def __init__(self) -> None:
        self.units = {unit.code: unit for unit in Unit.objects.all()}

    def take(self, cells: dict[str, str]) -> bool:
        if cells["unit"] not in self.units:
            raise ValueError(_("There is no unit “%(code)s”.") % {"code": cells["unit"][:40]})
        row = Staffing(
            unit=self.units[cells["unit"]], month=said("month", _first_of, cells["month"]),
            persons=said("persons", _persons, cells["persons"]),
            law_trained=said("law_trained", _persons, cells["law_trained"]),
        )  # fmt: skip
        if row.month is None or row.persons is None:
            raise ValueError(_("Give the month and the persons."))
        if row.law_trained is not None and row.law_trained > row.persons:
            raise ValueError(_("More are law-trained than there are."))
        return not stands(row, ("unit_id", "month"))


def _first_of(cell: str) -> date:
    found = MONTH.match(cell)
    if found is None:
        raise ValueError
    return date(int(found[1]), int(found[2]), 1)


def _persons(cell: str) -> Decimal:
    found = number(cell)
    if found >= 10**6:
        raise ValueError
    return found.quantize(Decimal("0.001"))


class BenchmarkLines(Lines):
    """``indicator, scope, period, value, rank, source``. One told anew replaces what stood."""

    COLUMNS = ("indicator", "scope", "period", "value", "rank", "source")
    NEEDED = ("indicator", "scope", "period", "source")

    def take(self, cells: dict[str, str]) -> bool:
        if cells["indicator"] not in indicators.BY_CODE:
            raise ValueError(
                _("There is no indicator “%(code)s”.") % {"code": cells["indicator"][:40]}
            )
        if not PERIOD.fullmatch(cells["period"]):
            raise ValueError(_("period: write a year, or a month as 2022-03."))
        if missing := [name for name in ("scope", "source") if not cells[name]]:
            raise ValueError(_("%(column)s is empty.") % {"column": missing[0]})
        value, rank = said("value", _value, cells["value"]), said("rank", _rank, cells["rank"])
        if value is None and rank is None:
            raise ValueError(_("Give a value or a rank."))
        row = Benchmark(
            indicator=cells["indicator"], scope=cells["scope"][:100], period=cells["period"],
            value=value, rank=rank, source=cells["source"][:300],
        )  # fmt: skip
        return not stands(row, ("indicator", "scope", "period"))


def _value(cell: str) -> Decimal:
    """``72.5%`` is 0.725."""
    if cell.endswith(("%", "％")):
        return number(str(Decimal(cell[:-1]) / 100))
    return number(cell)


def _rank(cell: str) -> int:
    found = int(cell)
    if not 0 < found < 10**6:
        raise ValueError
    return found
