"""Files of outlets: ``manage.py import_outlets``. A code that stands already is known.

Columns: docs/rules.md, section "Outlets". What is read goes through the same checks as a new
outlet; what came before anybody kept count here has no number and owes reports from now on.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from agency.core import clock
from agency.core.errors import Invalid
from agency.core.imports import Lines
from agency.core.models import Unit
from agency.core.text import listed
from cases.calendar import day_of
from outlets import standards
from outlets.models import Outlet
from outlets.workflow import filing

COLUMNS = (
    "code", "name", "type", "unit", "filed_on", "withdrawn_on", "liaison", "phone", "address",
    "longitude", "latitude",
)  # fmt: skip


class OutletLines(Lines):
    """Takes outlets in, knowing what stands."""

    COLUMNS = COLUMNS
    NEEDED = COLUMNS[:4]

    def __init__(self) -> None:
        self.today = day_of(clock.now())
        self.standard = standards.usual(self.today).code
        self.units = {unit.code: unit for unit in Unit.objects.all()}
        self.known = set(Outlet.objects.values_list("unit__code", flat=True))
        self.readers: dict[str, Callable] = {
            "code": self._said, "name": self._name, "type": self._type, "unit": self._parent,
            "filed_on": self._day, "withdrawn_on": self._day,
            "liaison": self._short, "phone": self._short, "address": self._address,
            "longitude": self._degrees(180), "latitude": self._degrees(90),
        }  # fmt: skip

    def take(self, cells: dict[str, str]) -> bool:
        """Whether it was new. Raises Invalid."""
        said = self._understood(cells)
        if said["code"] in self.known:
            return False
        _check(said)
        unit = filing.unit_for(said.pop("code"), said.pop("name"), said.pop("unit"))
        filing.take_over(unit, standard=self.standard, today=self.today, **said)
        self.known.add(unit.code)
        return True

    def _understood(self, cells: dict[str, str]) -> dict:
        """Each cell as its reader takes it. Raises Invalid with all that is wrong in the row."""
        found, faults = {}, {}
        for name, reader in self.readers.items():
            try:
                found[name] = reader(cells[name])
            except ValueError as error:
                faults[name] = [str(error)]
        if faults:
            raise Invalid(faults)
        return found

    @staticmethod
    def _said(text: str) -> str:
        if not text:
            raise ValueError(_("This field is required."))
        return text

    def _name(self, text: str) -> str:
        return self._within(self._said(text), 100)

    def _short(self, text: str) -> str:
        return self._within(text, 100)

    def _address(self, text: str) -> str:
        return self._within(text, 300)

    @staticmethod
    def _within(text: str, most: int) -> str:
        if len(text) > most:
            raise ValueError(_("At most %(most)d characters.") % {"most": most})
        return text

    @staticmethod
    def _type(text: str) -> str:
        if text not in Outlet.Type:
            said = _("“%(word)s” is not among %(known)s.")
            raise ValueError(said % {"word": text, "known": listed(Outlet.Type.values)})
        return text

    def _parent(self, code: str) -> Unit:
        if code not in self.units or self.units[code].is_external:
            raise ValueError(_("There is no such unit."))
        return self.units[code]

    def _day(self, text: str) -> date | None:
        if not text:
            return None
        try:
            day = date.fromisoformat(text[:10])
        except ValueError:
            raise ValueError(_("Give the day as YYYY-MM-DD.")) from None
        if day > self.today:
            raise ValueError(_("This day is still to come."))
        return day

    @staticmethod
    def _degrees(most: int) -> Callable[[str], Decimal | None]:
        def read(text: str) -> Decimal | None:
            if not text:
                return None
            try:
                degrees = Decimal(text).quantize(Decimal("0.000001"))
            except InvalidOperation:
                raise ValueError(_("Give the degrees as a decimal number.")) from None
            if not abs(degrees) <= most:
                raise ValueError(_("At most %(most)d degrees.") % {"most": most})
            return degrees

        return read


def _check(said: dict) -> None:
    if (said["longitude"] is None) != (said["latitude"] is None):
        raise Invalid({"longitude": [_("Longitude and latitude belong together.")]})
    filed_on, withdrawn_on = said["filed_on"], said["withdrawn_on"]
    if filed_on and withdrawn_on and withdrawn_on < filed_on:
        raise Invalid({"withdrawn_on": [_("It was not on file yet.")]})
