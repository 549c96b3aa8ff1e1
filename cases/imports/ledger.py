"""The ledger of earlier years: each row one ticket with its case and its outcome.

Rows are read one by one and written in batches by cases/ledger.py; a row that is known by its
channel and number already is left as it stands, so the same file may come again.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import islice
from pathlib import Path

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from agency.core import clock
from agency.core.calendar import SHANGHAI
from agency.core.errors import Invalid
from agency.core.imports import Tally, Watch, columns
from agency.core.models import Unit
from agency.core.tables import Reject, Row, open_table, rejects_file
from agency.core.text import clean, listed
from cases import ledger
from cases.imports import cleaning
from cases.ledger import Line
from cases.lifecycle import Kind
from cases.models import Category, Channel, FollowUp, Result

COLUMNS = (
    "external_no channel kind unit arrived_at responded_at contacted_at accepted_at ended_at"
    " result recovered_amount satisfaction category problem merchant_name merchant_uscc outlet"
    " national_satisfaction topic campaign"
).split()
NEEDED = ("channel", "kind", "unit", "arrived_at")
BATCH = 5000

MOST_MONEY = Decimal("9999999999.99")
USCC = re.compile(r"[0-9A-Z]{1,18}")
WORDS = {
    "kind": frozenset(Kind.values), "result": frozenset(["", *Result.values]),
    "satisfaction": frozenset(["", *FollowUp.Satisfaction.values]),
}  # fmt: skip
KINDS = {kind.value: kind.label for kind in Kind}
FLAGS = {"": False, "0": False, "1": True}
MOMENTS = ("responded_at", "contacted_at", "accepted_at", "ended_at")

Cells = dict[str, str]


def import_ledger(path: Path, *, rejects: Path | None, watch: Watch) -> Tally:
    """Raises Unreadable before anything is written; a batch is written whole or not at all.

    While the database writes a batch, the next one is read.
    """
    tally = Tally()
    with open_table(path) as table, rejects_file(rejects, table) as reject:
        reader = Reader(table.headings)
        rows, language = iter(watch(table.rows, table.total)), get_language()

        def read() -> list[Line] | None:
            with override(language):
                batch = list(islice(rows, BATCH))
                tally.read += len(batch)
                return list(_good(batch, reader, tally, reject)) if batch else None

        with ThreadPoolExecutor(1) as ahead:
            coming = ahead.submit(read)
            while (lines := coming.result()) is not None:
                coming = ahead.submit(read)
                created = ledger.take_in(lines)
                tally.created += created
                tally.duplicates += len(lines) - created
    return tally


def _good(rows: Iterable[Row], reader: "Reader", tally: Tally, reject: Reject) -> Iterator[Line]:
    for row in rows:
        try:
            yield reader.read(row)
        except (ValueError, Invalid) as error:
            tally.refuse(row, str(error), reject)


class Reader:
    """Turns rows into lines. What it needs of the database it knows from the beginning."""

    def __init__(self, headings: Sequence[str]) -> None:
        self.at = columns(headings, COLUMNS, NEEDED)
        self.now = clock.now()
        self.seen: Counter[bytes] = Counter()
        self.channels = {c.code: c for c in Channel.objects.all()}
        self.units = {unit.code: unit for unit in Unit.objects.all()}
        self.categories = {c.code: c for c in Category.objects.all()}
        self.limits = ledger.Limits()

    def read(self, row: Row) -> Line:
        """Raises ValueError or Invalid with a sentence that names the column."""
        if row.fault:
            raise ValueError(row.fault)
        cells = {name: row.cells[index].strip() for name, index in self.at.items()}
        get = cells.get
        channel = self._known("channel", cells, self.channels)
        kind = self._among("kind", cells)
        unit = self._known("unit", cells, self.units)
        arrived, moments = self._moments(cells)
        name, uscc = self._merchant(cells)
        category = self._known("category", cells, self.categories, Category.SUBJECTS)
        problem = self._known("problem", cells, self.categories, Category.PROBLEMS)
        outlet = self._outlet(cells)
        return Line(
            external_no=self._number(get("external_no", ""), row), channel_id=channel.pk, kind=kind,
            unit_id=unit.pk, is_below=unit.parent_id is not None, arrived_at=arrived, **moments,
            **self.limits.of(kind, channel.code, unit.org_profile, arrived),
            result=self._among("result", cells), recovered_amount=self._money(cells),
            satisfaction=self._among("satisfaction", cells),
            category_id=category and category.pk, problem_id=problem and problem.pk,
            merchant_name=name, merchant_uscc=uscc, outlet_id=outlet and outlet.pk,
            national_satisfaction=self._flag("national_satisfaction", cells),
            topic=self._topic("topic", cells), campaign=self._topic("campaign", cells),
            title=name or (category.name_zh if category else str(KINDS[kind])),
        )  # fmt: skip

    # -- cells ----------------------------------------------------------------------------

    def _number(self, told: str, row: Row) -> str:
        """Its own; else one made of the row, and of how often the same stood in the file before."""
        if told:
            number = cleaning.number(told)
            if len(number) > 64:
                raise ValueError(_("%(column)s: longer than 64 signs.") % {"column": "external_no"})
            return number
        digest = hashlib.sha256("\x1f".join(row.cells).encode("utf-8", "replace")).digest()[:16]
        self.seen[digest] += 1
        return f"L-{digest.hex()}-{self.seen[digest]}"

    def _known(self, column: str, cells: Cells, rows: dict, schemes: Sequence[str] = ()):
        code = cells.get(column, "")
        if not code and schemes:
            return None
        found = rows.get(code)
        if found is None or (schemes and found.scheme not in schemes):
            told = {"column": column, "said": code[:40]}
            raise ValueError(_("%(column)s “%(said)s” is not known here.") % told)
        return found

    def _outlet(self, cells: Cells) -> Unit | None:
        if not cells.get("outlet"):
            return None
        found = self._known("outlet", cells, self.units)
        if found.kind != Unit.Kind.OUTLET:
            raise ValueError(_("%(said)s is no outlet.") % {"said": found.code})
        return found

    @staticmethod
    def _among(column: str, cells: Cells) -> str:
        said = cells.get(column, "")
        if said not in WORDS[column]:
            told = {"word": said[:40], "known": listed(sorted(WORDS[column] - {""}))}
            raise ValueError(f"{column}: " + _("“%(word)s” is not among %(known)s.") % told)
        return said

    def _moments(self, cells: Cells) -> tuple[datetime, dict[str, datetime | None]]:
        arrived = self._moment("arrived_at", cells)
        if arrived is None:
            raise ValueError(_("%(column)s is empty.") % {"column": "arrived_at"})
        found = {name: self._moment(name, cells) for name in MOMENTS}
        responded, contacted = found["responded_at"], found["contacted_at"]
        for name, moment in found.items():
            if moment and moment < arrived:
                self._too_early(name, "arrived_at")
        if responded and contacted and contacted < responded:
            self._too_early("contacted_at", "responded_at")
        return arrived, found

    @staticmethod
    def _too_early(name: str, before: str) -> None:
        told = {"column": name, "other": before}
        raise ValueError(_("%(column)s lies before %(other)s.") % told)

    def _moment(self, column: str, cells: Cells) -> datetime | None:
        """As ISO or as people write it; without an offset it is Shanghai's time."""
        said = cells.get(column, "")
        if not said:
            return None
        try:
            found = datetime.fromisoformat(said)
        except ValueError:
            found = datetime.fromisoformat(_told(column, cleaning.moment, said))
        found = found if found.tzinfo else found.replace(tzinfo=SHANGHAI)
        if found > self.now or found.year < 1992:
            raise ValueError(_("%(column)s: give a moment from 1992 to now.") % {"column": column})
        return found

    @staticmethod
    def _money(cells: Cells) -> Decimal | None:
        said = cells.get("recovered_amount", "")
        if not said:
            return None
        try:
            amount = Decimal(cleaning.money(said))
        except InvalidOperation:
            amount = Decimal("NaN")
        if (
            not (amount.is_finite() and 0 <= amount <= MOST_MONEY)
            or amount.as_tuple().exponent < -2
        ):
            raise ValueError(
                _("recovered_amount “%(said)s” is no amount in yuan.") % {"said": said[:40]}
            )
        return amount

    @staticmethod
    def _merchant(cells: Cells) -> tuple[str, str]:
        name, uscc = clean(cells.get("merchant_name", "")), cells.get("merchant_uscc", "").upper()
        if len(name) > 200:
            raise ValueError(_("%(column)s: longer than 200 signs.") % {"column": "merchant_name"})
        if uscc and not USCC.fullmatch(uscc):
            raise ValueError(_("merchant_uscc “%(said)s” is no credit code.") % {"said": uscc[:40]})
        return name or uscc, uscc

    @staticmethod
    def _flag(column: str, cells: Cells) -> bool:
        said = cells.get(column, "")
        if said not in FLAGS:
            raise ValueError(_("%(column)s is 1 or empty.") % {"column": column})
        return FLAGS[said]

    @staticmethod
    def _topic(column: str, cells: Cells) -> str:
        code = clean(cells.get(column, ""))
        if len(code) > 20:
            raise ValueError(_("%(column)s: longer than 20 signs.") % {"column": column})
        return code


def _told(column: str, read: Callable, said: str) -> str:
    """What ``read`` makes of a cell; its complaint begins with the column."""
    try:
        return read(said, zone=SHANGHAI)
    except Invalid as error:
        raise ValueError(
            f"{column}: {' '.join(s for e in error.errors.values() for s in e)}"
        ) from None
