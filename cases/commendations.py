"""Banners and thank-you letters: written down one by one, or read from a file."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from agency.core import clock
from agency.core.errors import Invalid
from agency.core.models import Unit, User
from agency.core.tables import Row, Unreadable, open_table, rejects_file
from agency.core.text import clean, listed
from cases.calendar import day_of
from cases.models import Case, Commendation

COLUMNS = ("received_on", "type", "unit", "case_no")


@dataclass
class Tally:
    """What became of a file's rows."""

    read: int = 0
    created: int = 0
    duplicates: int = 0
    rejected: int = 0


def record(commendation: Commendation, *, by: User) -> Commendation:
    """Write down a new one, or mend one; raises Invalid for a day to come and a strange case."""
    if why := not_yet(commendation.received_on, day_of(clock.now())):
        raise Invalid({"received_on": [why]})
    case = commendation.case_id
    if case and not Case.objects.visible_to(by).filter(pk=case).exists():
        raise Invalid({"case_no": [_("There is no such case.")]})
    commendation.by = commendation.by or by
    commendation.save()
    return commendation


def not_yet(day: date, today: date) -> str:
    """Why nothing can have been received on ``day``, in words; "" where it can."""
    return _("This day is still to come.") if day > today else ""


@transaction.atomic
def import_file(path: Path, *, rejects: Path | None = None) -> Tally:
    """Read a file with COLUMNS; all good rows are kept, or none where the file breaks off.

    The same file may come again: as many equal rows as stand already are duplicates. Raises
    Unreadable.
    """
    tally = Tally()
    with open_table(path) as table, rejects_file(rejects, table) as reject:
        reader = Reader(table.headings)
        for row in table.rows:
            tally.read += 1
            try:
                is_new = reader.take(row)
            except Invalid as error:
                tally.rejected += 1
                reject(row, _("; ").join(s for said in error.errors.values() for s in said))
            else:
                tally.created += is_new
                tally.duplicates += not is_new
    return tally


class Reader:
    """Takes rows in, knowing what stood before the file."""

    def __init__(self, headings: list[str]) -> None:
        at = {clean(heading).lower(): index for index, heading in enumerate(headings)}
        if missing := [name for name in COLUMNS if name not in at and name != "case_no"]:
            sentence = _("There is no column %(name)s.") % {"name": listed(missing)}
            raise Unreadable(sentence)
        self.at, self.today = at, day_of(clock.now())
        self.units = {unit.code: unit for unit in Unit.objects.all()}
        stored = Commendation.objects.values_list("received_on", "type", "unit", "case")
        self.there = Counter(stored)

    def take(self, row: Row) -> bool:
        """Whether it was new. Raises Invalid."""
        if row.fault:
            raise Invalid({"": [row.fault]})
        said = self._read({name: self._cell(row, name) for name in COLUMNS})
        key = (said.received_on, said.type, said.unit_id, said.case_id)
        if self.there[key]:
            self.there[key] -= 1
            return False
        said.save()
        return True

    def _cell(self, row: Row, name: str) -> str:
        index = self.at.get(name)
        return clean(row.cells[index]) if index is not None and index < len(row.cells) else ""

    def _read(self, cells: dict[str, str]) -> Commendation:
        faults: dict[str, list[str]] = {}
        found = {}
        for name, read in self._readers().items():
            try:
                found[name] = read(cells[name])
            except ValueError as error:
                faults[name] = [f"{name}: {error}"]
        if faults:
            raise Invalid(faults)
        return Commendation(
            received_on=found["received_on"], type=found["type"], unit=found["unit"],
            case=found["case_no"],
        )  # fmt: skip

    def _readers(self) -> dict[str, Callable]:
        return {
            "received_on": self._day, "type": self._type, "unit": self._unit, "case_no": self._case,
        }  # fmt: skip

    def _day(self, text: str) -> date:
        try:
            day = date.fromisoformat(text[:10])
        except ValueError:
            raise ValueError(_("Give the day as YYYY-MM-DD.")) from None
        if why := not_yet(day, self.today):
            raise ValueError(why)
        return day

    @staticmethod
    def _type(text: str) -> str:
        if text not in Commendation.Type:
            said = _("“%(word)s” is not among %(known)s.")
            raise ValueError(said % {"word": text, "known": listed(Commendation.Type.values)})
        return text

    def _unit(self, code: str) -> Unit:
        if code not in self.units:
            raise ValueError(_("There is no such unit."))
        return self.units[code]

    @staticmethod
    def _case(no: str) -> Case | None:
        case = Case.objects.filter(no=no).first() if no else None
        if no and case is None:
            raise ValueError(_("There is no such case."))
        return case
