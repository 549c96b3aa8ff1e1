"""Files of tickets, through the same rules and the same function as the API.

``manage.py import_tickets`` and other doors for files call ``import_tickets``: rows are read
one by one, parsed by cases/submission.py and registered by cases/intake.py in batches.
What was taken in is known by its number, so the same file may come again at any time.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core import clock, imports
from agency.core.errors import Invalid
from agency.core.models import Unit, User
from agency.core.tables import Reject, Row, Unreadable, is_same, open_table, rejects_file
from agency.core.text import in_one, listed
from cases import intake, submission
from cases.calendar import day_of
from cases.draft import Outcome
from cases.imports.binding import EITHER, BoundMap, quoted, without_heading
from cases.imports.maps import CHANNEL, Map
from cases.models import Channel
from cases.models.party import lines_of
from cases.models.ticket import HISTORY
from cases.submission import Submission

BATCH = intake.CHUNK

UNKNOWN = {
    "unit": gettext_lazy(
        "%(column)s “%(said)s” is no unit of ours: not sent there, to be dispatched."
    ),
    "category": gettext_lazy("%(column)s “%(said)s” is not known here: without a class."),
    "problem": gettext_lazy("%(column)s “%(said)s” is not known here: without a kind of problem."),
    CHANNEL: gettext_lazy("%(column)s “%(said)s” is not known here."),
}
SENT_ELSEWHERE = gettext_lazy("%(column)s “%(said)s” is no unit of ours: sent to %(unit)s.")
"""What comes of a name that is kept at the end of the narrative alone."""
PASSED = gettext_lazy(
    "“%(passed)s” says otherwise than “%(taken)s”, which is taken: the other stands at the end of"
    " the narrative."
)
KEPT_BESIDE = gettext_lazy(
    "“%(passed)s” says otherwise than “%(taken)s”, which is taken: the other is kept with the"
    " citizen's own words."
)


@dataclass
class Tally(imports.Tally):
    """``stopped_after`` is the last row looked at, if stopped; ``history`` are of ``created``."""

    history: int = 0
    stopped_after: int | None = None
    unread_sheets: list[str] = field(default_factory=list)
    unread_columns: str = ""
    """Their headings, in quotation marks."""
    first_known: list[int] = field(default_factory=list)
    """The first rows that were there already."""
    first_history: list[int] = field(default_factory=list)
    remarks: dict[str, list[int]] = field(default_factory=dict)
    """What is taken otherwise than it stands in the file → the rows taken in so."""


@dataclass(frozen=True)
class Arrival:
    """A row that may become a ticket: what it says, and by which channel it came."""

    row: Row
    said: Submission
    channel: Channel
    history: bool
    remarks: list[str] = field(default_factory=list)


Watch = Callable[[Iterable[Row], int | None], Iterable[Row]]
"""Hands the rows through and shows how far they are; the second is about how many there are."""


def import_tickets(
    path: Path, map_: Map, *, channel: str = "", unit: str = "", rejects: Path | None = None,
    dry_run: bool = False, stop: Callable[[], bool] = lambda: False,
    watch: Watch = lambda rows, total: rows, within: Collection[str] | None = None,
    most_told: int = imports.FAULTS_TOLD, by: User | None = None,
) -> Tally:  # fmt: skip
    """Register the rows of the file; ``channel`` and ``unit`` (codes) go before the map's.

    ``within``: the only units a row may be for; None for all. ``most_told``: so many of the first
    rejects are told, and of what was there already.
    ``by``: who brings them, and sees their cases; None for the channel itself. ``stop`` is asked after every batch. ``dry_run`` counts and writes nothing but rejects.
    ``rejects`` may be the file itself: it is replaced when every row was looked at, and stands as it was where the import stopped.
    Raises Unreadable, MapError or Invalid before anything is written; Unreadable also where an
    XLSX is damaged further down: what stood before it is taken in, and known when it comes again.
    """
    with open_table(path) as table:
        desk = FileDesk(BoundMap(map_, table.headings), channel, unit or map_.unit, dry_run)
        desk.within, desk.most_told, desk.by = within, most_told, by
        tally = desk.tally
        tally.unread_sheets = table.unread_sheets
        is_own = _checked_rejects(rejects, path, dry_run=dry_run)
        with rejects_file(
            rejects, table, leave=lambda: is_own and tally.stopped_after is not None
        ) as reject:
            for batch in _batches(watch(table.rows, table.total)):
                desk.take(batch, reject)
                if stop():
                    tally.stopped_after = batch[-1].number
                    break
        untitled = map(without_heading, sorted(table.untitled))
        tally.unread_columns = quoted([*desk.bound.unread, *untitled])
    return tally


def _checked_rejects(rejects: Path | None, path: Path, *, dry_run: bool) -> bool:
    """Whether the rejects replace the file they come from: a rehearsal would lose the good rows."""
    is_own = is_same(rejects, path)
    if is_own and dry_run:
        sentence = _(
            "A rehearsal takes no row in: write the rejects to another file than %(file)s."
        )
        raise Unreadable(sentence % {"file": path.name})
    return is_own


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    numbered = enumerate(rows)
    for _number, batch in groupby(numbered, key=lambda pair: pair[0] // BATCH):
        yield [row for _at, row in batch]


class FileDesk:
    """Takes in one file, batch by batch."""

    def __init__(self, bound: BoundMap, channel: str, unit: str, dry_run: bool) -> None:
        self.bound, self.dry_run, self.tally = bound, dry_run, Tally()
        self.within: Collection[str] | None = None
        self.most_told = imports.FAULTS_TOLD
        self.by: User | None = None
        self.channels = {c.code: c for c in Channel.objects.select_related("client")}
        self.unit = _checked_unit(unit)
        self.units = dict(Unit.objects.values_list("code", "name"))
        self.forced, code = channel, channel or bound.map.channel
        rows_say = CHANNEL in bound.map.fields
        self.channel = self._channel(code) if code or not rows_say else None
        self.taken: set[tuple] = set()
        self.readers: dict[tuple[int, date], submission.Reader] = {}

    def _reader(self, channel: Channel, on: date) -> submission.Reader:
        key = (channel.pk, on)
        if key not in self.readers:
            self.readers[key] = submission.Reader(channel, on, labels=True)
        return self.readers[key]

    def _channel_of(self, named: str) -> Channel:
        """The channel of a row that names ``named``; the command's goes before it."""
        if named and not self.forced:
            return self._channel(named)
        return self.channel or self._channel("")

    def _channel(self, code: str) -> Channel:
        if not code:
            raise Invalid({CHANNEL: [_("Say by which channel the tickets came.")]})
        found = self.channels.get(code)
        if found is None or not found.is_active:
            known = listed(sorted(self.channels))
            sentence = _("There is no channel “%(code)s”; known are %(known)s.")
            raise Invalid({CHANNEL: [sentence % {"code": code, "known": known}]})
        return found

    def take(self, rows: Sequence[Row], reject: Reject) -> None:
        """Register one batch and count what became of it; what is refused keeps its order."""
        at = clock.now()
        arrivals, faults = [], {}
        for row in rows:
            try:
                arrivals.append(self.read(row, at))
            except Invalid as error:
                faults[row.number] = error.errors
        for arrival, outcome in self.register(arrivals):
            if outcome.is_refused:
                faults[arrival.row.number] = outcome.faults
            elif outcome.status == 200 or self.came_before(arrival):
                self.tally.duplicates += 1
                if len(self.tally.first_known) < self.most_told:
                    self.tally.first_known.append(arrival.row.number)
            else:
                self.tally.created += 1
                self.tally.history += arrival.history
                if arrival.history and len(self.tally.first_history) < self.most_told:
                    self.tally.first_history.append(arrival.row.number)
                for remark in arrival.remarks:
                    self.tally.remarks.setdefault(remark, []).append(arrival.row.number)
        for row in rows:
            if row.number in faults:
                said = self.in_words(faults[row.number])
                reject(row, said)
                if len(self.tally.first_faults) < self.most_told:
                    self.tally.first_faults.append((row.number, said))
        self.tally.read += len(rows)
        self.tally.rejected += len(faults)

    def read(self, row: Row, at: datetime) -> Arrival:
        """What the row says, by the rules of the API. Raises Invalid."""
        if row.fault:
            raise Invalid({"body": [row.fault]})
        body, faults = self.bound.payload(row)
        named = body.pop(CHANNEL, "")
        channel = self._channel_of(named)
        if self.unit:
            body.setdefault("unit", self.unit)
        if self.within is not None and body.get("unit") not in self.within:
            faults.setdefault("unit", [_("This unit is not below yours.")])
        try:
            today = day_of(at)
            said = self._reader(channel, today).read(body)
        except Invalid as error:
            faults = error.errors | faults
        if EITHER in faults:
            faults.pop("title", None)
        if faults:
            raise Invalid(faults)
        if self.bound.beside:  # sealed with the person: the narrative is everybody's to read
            person = said.data.get("consumer") or {}
            said.data["consumer"] = {**person, "also": lines_of(self.bound.beside)}
        arrived_at = said.data.get("arrived_at")
        history = bool(arrived_at) and arrived_at < at - HISTORY
        stated = None if history else arrived_at
        remarks = self._remarks(
            channel, is_named=bool(named), stated=stated, unit=body.get("unit", "")
        )
        return Arrival(row, said, channel, history, remarks)

    def _remarks(
        self, channel: Channel, *, is_named: bool, stated: datetime | None, unit: str
    ) -> list[str]:  # fmt: skip
        """What is taken otherwise than it stands in the file, or was not said there."""
        said = [
            (SENT_ELSEWHERE if at == "unit" and unit else UNKNOWN[at])
            % {
                "column": self.bound.heading(at),
                "said": cell[:40],
                "unit": self.units.get(unit, unit),
            }
            for at, cell in self.bound.unknown
            if at != CHANNEL or not self.forced
        ]
        said += [
            (KEPT_BESIDE if at.startswith("consumer.") else PASSED)
            % {"passed": passed, "taken": taken}
            for at, passed, taken in self.bound.passed
        ]
        if not (is_named or self.forced or CHANNEL not in self.bound.map.fields):
            said.append(
                _("No known channel is named: taken as “%(channel)s”.") % {"channel": channel}
            )
        if stated and not channel.is_trusted:
            sentence = _(
                "“%(channel)s” does not say when something came: it counts from being taken in."
            )
            said.append(sentence % {"channel": channel})
        return said

    def register(self, arrivals: list[Arrival]) -> list[tuple[Arrival, Outcome]]:
        """Each with what became of it, in the order of the file."""
        if not self.dry_run:
            return self._register(arrivals)
        with transaction.atomic():
            found = self._register(arrivals)
            transaction.set_rollback(True)
        return found

    def _register(self, arrivals: list[Arrival]) -> list[tuple[Arrival, Outcome]]:
        """By channel, and history first: a ticket's earlier rounds stand before the later."""

        def way(arrival: Arrival) -> tuple:
            return not arrival.history, arrival.channel.pk

        outcomes: dict[int, Outcome] = {}
        for (live, _pk), group in groupby(sorted(arrivals, key=way), key=way):
            together = list(group)
            channel, said = together[0].channel, [arrival.said for arrival in together]
            by = self.by or channel.client
            found = intake.register_many(said, channel=channel, by=by, history=not live)
            outcomes |= {a.row.number: o for a, o in zip(together, found, strict=True)}
        return [(arrival, outcomes[arrival.row.number]) for arrival in arrivals]

    def came_before(self, arrival: Arrival) -> bool:
        """Whether a dry run has seen the ticket in an earlier batch, which it did not keep."""
        if not self.dry_run:
            return False
        key = (arrival.channel.pk, arrival.said.external_no, arrival.said.round)
        seen = key in self.taken
        self.taken.add(key)
        return seen

    def in_words(self, errors: dict[str, list[str]]) -> str:
        """Every fault, with the heading of its column."""
        sentences = []
        for at, said in errors.items():
            column, fault = self.bound.heading(at), " ".join(map(str, said))
            told = {"column": column, "fault": fault}
            sentences.append(_("%(column)s: %(fault)s") % told if column else fault)
        return in_one(sentences)


def _checked_unit(code: str) -> str:
    if code and not any(not unit.is_external for unit in Unit.objects.filter(code=code)):
        raise Invalid(
            {"unit": [_("There is no unit “%(code)s” to take tickets.") % {"code": code}]}
        )
    return code
