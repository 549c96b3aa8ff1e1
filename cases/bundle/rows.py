"""The rows of a case that its bundle tells of, and how programs are told of them."""

from datetime import datetime

from django.utils.translation import gettext as _

from agency.core import workdays
from agency.core.calendar import SHANGHAI
from agency.core.models import StoredFile
from cases import counted, evidence, kin, story
from cases.admin import clocks, words
from cases.letters.forms import Form
from cases.lifecycle import Kind
from cases.models import Case, CaseDeadline, CaseEvent, PartyNotice
from cases.serializers import AssignmentSerializer, EventSerializer, TicketSerializer


def full(at: datetime | None) -> str:
    """2026-03-02 09:00:00 in Shanghai; "" for None."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}" if at else ""


def state_of(row: CaseDeadline) -> str:
    """As it is on record: an open clock is late once that was noticed."""
    return row.state_at(row.noticed_at or row.starts_at)


class Rows:
    """Events, clocks and papers of one case, oldest first; ``files`` by their place in the bundle."""

    def __init__(self, case: Case, *, plain: bool) -> None:
        self.case, self.plain, self.calendar = case, plain, workdays.load()
        self.events = self._events()
        self.clocks = self._clocks()
        self.papers, self.files = self._papers()

    def _events(self) -> list[CaseEvent]:
        """Without notes among colleagues, and what leads to a case nobody may tell of beside it."""
        rows = (
            CaseEvent.objects.of(self.case)
            .exclude(kind=CaseEvent.Kind.NOTED)
            .select_related("actor", "ticket", "deadline__rule")
        )
        return kin.told(self.case, rows.order_by("at", "pk").folded(), None)

    def _clocks(self) -> list[CaseDeadline]:
        rows = self.case.deadlines.select_related("rule", "ticket__channel", "ticket__consumer")
        return list(rows.prefetch_related(*clocks.READ_WITH).order_by("starts_at", "due_at", "pk"))

    def _papers(self) -> tuple[list[list[str]], dict[str, StoredFile]]:
        """The lines of the index, and the files that come along."""
        case, lines, files = self.case, [], {}
        issued = case.documents.select_related("pdf", "by").order_by("issued_at", "pk")
        for number, row in enumerate(issued, start=1):
            to_reporter = case.kind == Kind.REPORT and row.party == PartyNotice.Party.COMPLAINANT
            place = f"文书/{number:02}.pdf" if self.plain and not to_reporter else ""
            name = f"{Form(row.form).label} {row.number}".strip()
            lines.append(self._paper(place, name, row.party, row.issued_at, row.by, row.pdf))
            files |= {place: row.pdf} if place else {}
        kept = evidence.of(case).select_related("file", "by").order_by("at", "pk")
        for number, row in enumerate(kept, start=1):
            is_open = self.plain and case.kind != Kind.REPORT
            place = f"附件/{number:02}.{row.file.ending}" if is_open else ""
            name = case.shown(row.name)
            lines.append(self._paper(place, name, "", row.at, row.by, row.file))
            files |= {place: row.file} if place else {}
        return lines, files

    def _paper(self, place, name, party, at, by, file) -> list[str]:
        to = words.party(self.case, party) if party else ""
        return [place or str(_("not enclosed")), name, to, full(at), by.name, file.sha256]

    # -- for programs -----------------------------------------------------------------------

    def data(self) -> dict:
        case = self.case
        tickets = case.tickets.select_related("channel", "consumer").order_by("pk")
        hands = case.assignments.select_related("unit", "by", "handler", "contact", "follow_up")
        return {
            "case": {
                "no": case.no, "kind": case.kind, "state": case.state, "arrived_at": case.arrived_at,
                "closed_at": case.closed_at, "result": case.result, "amount": case.amount,
                "recovered_amount": case.recovered_amount,
            },
            "tickets": [self._ticket(TicketSerializer(row).data) for row in tickets],
            "clocks": [self._clock_data(row) for row in self.clocks],
            "events": EventSerializer(self.events, many=True).data,
            "assignments": AssignmentSerializer(hands.order_by("pk"), many=True).data,
            **story.told(case),
        }  # fmt: skip

    def _ticket(self, told: dict) -> dict:
        """Of a report without what its sender wrote."""
        hidden = {"narrative", "demand"} if self.case.kind == Kind.REPORT else set()
        return {name: value for name, value in told.items() if name not in hidden}

    def _clock_data(self, row: CaseDeadline) -> dict:
        moments = ("starts_at", "due_at", "met_at", "noticed_at", "paused_at", "cancelled_at")
        return {
            "rule": row.rule.code, "basis": row.rule.basis, "state": state_of(row),
            "ticket": row.ticket.no if row.ticket else None,
            **{name: getattr(row, name) for name in moments},
            "provisional": row.provisional, "extension": row.extension,
            "counted": counted.explain(row, self.calendar),
            "changes": list(row.changes.order_by("pk").values("at", "old_due_at", "new_due_at", "cause")),
            "pauses": list(row.pauses.order_by("pk").values("from_at", "to_at", "reason")),
            "excused_at": [excuse.at for excuse in row.excuses.all()],
        }  # fmt: skip
