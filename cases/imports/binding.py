"""A map bound to the headings of one file: row by row, what a channel would have sent."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache, cached_property, partial
from itertools import chain
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework import serializers

from agency.core.errors import Invalid
from agency.core.fields import Flag, Moment, Money
from agency.core.models import Unit
from agency.core.tables import Row, column_letter
from agency.core.text import listed
from cases.imports import cleaning
from cases.imports.cleaning import word
from cases.imports.maps import CHANNEL, FIELDS, Map, MapError, Source, load
from cases.models import Category, Channel
from cases.submission import CheckedNumber, Phone

TITLES = ("title", "narrative")
"""Without one of the two no row can become a ticket."""
EITHER = "|".join(TITLES)
"""Where it is said that both are missing."""

HEADINGS_TOLD, HEADING_TOLD = 10, 20
"""So many headings are told, and so many characters of each."""

BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
"""What stands in a heading's brackets is a hint: 争议金额（元）, 标题(必填)."""

NAMED = {"category", "problem", "unit", CHANNEL}
"""Fields that hold a code, and may be told by name."""


class Headings:
    """The headings of a file: found as written, else as the same word, else without brackets."""

    WAYS = (str, word, lambda heading: word(BRACKETS.sub("", heading)))

    def __init__(self, headings: Sequence[str]) -> None:
        self.headings = headings
        self.ways = [(same, Counter(map(same, headings))) for same in self.WAYS]

    def index(self, heading: str) -> int | None:
        """Where the column stands; None where it is not there. Raises MapError if twice."""
        for same, counted in self.ways:
            wanted = same(heading)
            if wanted and counted[wanted] > 1:
                sentence = _("The column “%(heading)s” stands in the file twice.")
                raise MapError(sentence % {"heading": heading})
            if wanted and counted[wanted]:
                return next(at for at, own in enumerate(self.headings) if same(own) == wanted)
        return None


class BoundMap:
    """A map bound to one file's headings: ``payload(row)`` is what a channel would have sent.

    It counts the rows without a number of their own, so that equal rows get different ones
    and the same file gets the same ones again: a fresh one for every reading of a file.
    """

    def __init__(self, map_: Map, headings: Sequence[str]) -> None:
        self.map, self.headings = map_, Headings(headings)
        self.seen: Counter[bytes] = Counter()
        self.columns: dict[str, list[int]] = {}
        self.unknown: list[tuple[str, str]] = []
        """Of the row read last: field, and what nobody here knows by that name."""
        self.passed: list[tuple[str, str, str]] = []
        """Of the row read last: the field, the heading of a cell that says otherwise than one before
        it that was taken in its place, and the heading of that one."""
        self.beside: list[tuple[str, str]] = []
        """What those cells say of a person: the fact, and a second number, name or address."""
        self.cleaners = {}
        for at, source in map_.fields.items():
            self.columns[at] = self._columns(source)
            self.cleaners[at] = self._cleaner(at, source)
        hashed = map_.fields.get("external_no", Source()).hash
        self.hashed = [self._wanted(heading) for heading in hashed]
        if not any(self.columns.get(at) or self._says(at) for at in TITLES):
            raise MapError(
                _("The map knows no heading as title or narrative: %(found)s.")
                % {"found": quoted(headings)}
            )

    @property
    def unread(self) -> list[str]:
        """The headings of columns that the map takes nothing from; without one, as a spreadsheet
        names them.
        """
        read = {*self.hashed, *chain.from_iterable(self.columns.values())}
        named = enumerate(self.headings.headings, start=1)
        return [name or without_heading(at) for at, name in named if at - 1 not in read]

    def _says(self, at: str) -> bool:
        source = self.map.fields.get(at, Source())
        return source.constant is not None or source.default is not None

    def _columns(self, source: Source) -> list[int]:
        if source.join:
            return [self._wanted(heading) for heading in source.join]
        found = [self.headings.index(heading) for heading in source.alternatives]
        there = [at for at in found if at is not None]
        optional = self.map.optional if source.optional is None else source.optional
        if source.alternatives and not there and not optional:
            self._wanted(source.alternatives[0])
        return there

    def _wanted(self, heading: str) -> int:
        at = self.headings.index(heading)
        if at is None:
            sentence = _("The map %(map)s wants a column “%(heading)s”, which the file has not.")
            raise MapError(sentence % {"map": self.map.name, "heading": heading})
        return at

    def _cleaner(self, at: str, source: Source) -> Callable:
        zone = ZoneInfo(source.time_zone) if source.time_zone else self.map.time_zone
        match FIELDS[at]:
            case Moment():
                return partial(cleaning.moment, formats=source.formats, zone=zone)
            case serializers.DateField():
                return partial(cleaning.day, formats=source.formats, zone=zone)
            case Money():
                return cleaning.money
            case Flag():
                return cleaning.flag
            case serializers.IntegerField():
                return cleaning.whole
            case serializers.ChoiceField():
                return cleaning.choice
            case Phone():
                return cleaning.phone
            case CheckedNumber():
                return cleaning.number
        if at == "merchant.phone":
            return cleaning.phone
        return cleaning.number if at == "external_no" else cleaning.clean

    @cached_property
    def codes(self) -> dict[str, dict[str, str]]:
        """Field → the word for a name or code → the code."""
        subjects = Category.objects.filter(scheme__in=Category.SUBJECTS)
        problems = Category.objects.filter(scheme__in=Category.PROBLEMS)
        return {
            "category": _codes(subjects, "name_zh", "name_en"),
            "problem": _codes(problems, "name_zh", "name_en"),
            "unit": _codes(Unit.objects, "name"),
            CHANNEL: _codes(Channel.objects, "name_zh", "name_en"),
        }

    # -- one row ------------------------------------------------------------------------

    def payload(self, row: Row) -> tuple[dict, dict[str, list[str]]]:
        """The body for cases.submission.parse, with ``channel`` where a column names one.

        And what is wrong already: field → sentences. Such a field is not in the body.
        """
        flat, notes, faults = {}, [], {}
        self.unknown, self.passed, self.beside = [], [], []
        for at, source in self.map.fields.items():
            try:
                value = self._value(at, source, row, notes)
            except Invalid as error:
                faults[at] = [sentence for said in error.errors.values() for sentence in said]
                continue
            if value != "":
                flat[at] = value
        if "external_no" not in flat:
            flat["external_no"] = self._number(row)
        flat = _titled(flat, notes)
        if "title" not in flat and faults.keys().isdisjoint(TITLES):
            faults[EITHER] = [_("fill in at least one.")]
        return _nested(flat), faults

    def _value(self, at: str, source: Source, row: Row, notes: list[str]):
        if source.constant is not None:
            return source.constant
        cell = self._cell(at, source, row, notes)
        told = source.default if cell == "" else source.table.get(word(cell), source.otherwise)
        if told is not None:
            return told
        if at in NAMED and cell:
            return self._code(at, source, cell, notes)
        return self.cleaners[at](cell) if cell else ""

    def _cell(self, at: str, source: Source, row: Row, notes: list[str]) -> str:
        """All of ``join``; else the first of the columns that is filled in."""
        cells = [(column, row.cells[column].strip()) for column in self.columns[at]]
        filled = [(column, cell) for column, cell in cells if cell and not self._is_blank(cell)]
        if source.join:
            return source.glue.join(cell for _column, cell in filled)
        if at != "arrived_at":  # of the moments of a row the map prefers one: they never agree
            self._pass_over(at, filled, notes)
        return filled[0][1] if filled else ""

    def _pass_over(self, at: str, filled: list[tuple[int, str]], notes: list[str]) -> None:
        """Of two columns that differ the first is taken; the other is not forgotten.

        A person's is sealed with them: the narrative is everybody's to read.
        """
        names = self.headings.headings
        for column, cell in filled[1:]:
            if self._meant(at, cell) == self._meant(at, filled[0][1]):
                continue
            self.passed.append((at, names[column], names[filled[0][0]]))
            if at.startswith("consumer."):
                self.beside.append((at.removeprefix("consumer."), str(self._meant(at, cell))))
            else:
                notes.append(f"{names[column]}：{cleaning.clean(cell)}")

    def _meant(self, at: str, cell: str):
        """What a cell says, to compare two of them; as it is where that cannot be told."""
        source = self.map.fields[at]
        meant = source.table.get(word(cell), source.otherwise)
        if meant is not None or at in NAMED:
            return meant or self._known(at, cell) or cell
        try:
            return self.cleaners[at](cell)
        except Invalid:
            return cell

    def _is_blank(self, cell: str) -> bool:
        return (word(cell) or cell.strip()) in self.map.blank

    def _code(self, at: str, source: Source, cell: str, notes: list[str]) -> str:
        """The code of what the cell names; where nobody knows it, what the map says becomes of it."""
        if code := self._known(at, cell):
            return code
        if source.unknown == "narrative":
            self.unknown.append((at, cleaning.clean(cell)))
            notes.append(f"{self.heading(at)}：{cleaning.clean(cell)}")
            return ""
        return cleaning.half_width(cell)

    def _known(self, at: str, cell: str) -> str | None:
        """The code for what may be a name, or a path of names from the general to the special."""
        plain = cleaning.half_width(cell)
        last = plain.replace("-", "/").replace(">", "/").rstrip("/").rpartition("/")[2]
        return self.codes[at].get(word(plain)) or self.codes[at].get(word(last))

    def _number(self, row: Row) -> str:
        """A number made from the row, and from how often it has stood in the file so far."""
        source = self.map.fields.get("external_no", Source())
        columns = self.hashed or range(len(self.headings.headings))
        said = "\x1f".join(cleaning.clean(row.cells[at]) for at in columns)
        digest = hashlib.sha256(said.encode("utf-8", "replace")).digest()[:16]
        self.seen[digest] += 1
        return f"{source.prefix}{digest.hex()}-{self.seen[digest]}"

    def heading(self, at: str) -> str:
        """The field as the file calls it, for messages; by its usual name where it has no column.

        What is said of the whole row has none.
        """
        if at == "body":
            return ""
        return _(" or ").join(map(self._heading, at.split("|")))

    def _heading(self, at: str) -> str:
        columns = self.columns.get(at)
        return self.headings.headings[columns[0]] if columns else _usual(at)


def quoted(headings: Sequence[str]) -> str:
    """The first headings for a sentence, without what a terminal would obey."""
    seen = [cleaning.clean(heading)[:HEADING_TOLD] for heading in headings]
    shown = [f"“{heading}”" for heading in seen if heading]
    return listed([*shown[:HEADINGS_TOLD], *["…"][: len(shown) > HEADINGS_TOLD]])


def without_heading(at: int) -> str:
    """What a column, counted from one, is called that has no heading; as long as one that is told."""
    return _("column %(letter)s, untitled") % {"letter": column_letter(at)}


def _usual(at: str) -> str:
    """What a field is mostly called by who reads this: the maps name the Chinese heading first."""
    if (get_language() or "zh").startswith("en"):
        return at
    source = _generic().fields.get(at, Source())
    return next(iter(source.alternatives), at)


@cache
def _generic() -> Map:
    return load("generic")


def _codes(rows, *names: str) -> dict[str, str]:
    found = {
        word(name): code for *called, code in rows.values_list(*names, "code") for name in called
    }
    return found | {word(code): code for code in rows.values_list("code", flat=True)}


def _titled(flat: dict, notes: list[str]) -> dict:
    """With the first words of the narrative for a title, and what found no field at its end."""
    narrative = flat.get("narrative", "")
    if not flat.get("title") and narrative:
        person = {at: str(flat.get(f"consumer.{at}", "")) for at in ("name", "phone", "id_number")}
        flat["title"] = cleaning.first_words(narrative, **person)
    if notes:
        flat["narrative"] = "\n".join(filter(None, [narrative, *notes]))
    return flat


def _nested(flat: dict) -> dict:
    """``consumer.phone`` into ``{"consumer": {"phone": …}}``."""
    body: dict = {}
    for at, value in flat.items():
        outer, _dot, inner = at.rpartition(".")
        (body.setdefault(outer, {}) if outer else body)[inner] = value
    return body
