"""The index of a bundle in words: for people who were not there."""

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from cases import counted, letters
from cases.admin import clocks, timeline, words
from cases.admin.story import Teller
from cases.admin.tale import Tale
from cases.bundle.rows import Rows, full, state_of
from cases.citizens import tickets_of
from cases.lifecycle import Kind
from cases.models import CaseDeadline, Consumer, PartyNotice


class Index(Teller):
    """Section by section: a heading, the shares of its columns, and rows of texts."""

    def __init__(self, rows: Rows) -> None:
        # Nobody reads it: what a reader's scope would add are links.
        super().__init__(rows.case, AnonymousUser(), rows.case.arrived_at)
        self.rows, self.plain = rows, rows.plain

    def when(self, moment, *people) -> str:
        return " ".join([full(moment), *(person.name for person in people if person)])

    def told(self) -> dict:
        sections = (
            self._matter(), self._citizen(), self._tickets(), self._clock_lines(), self._hands(),
            self._contacts(), self._decided(), self._notices(), self._handled(), self._story(),
            self._enclosed(),
        )  # fmt: skip
        kind = self.case.get_kind_display()
        return {
            "title": _("Evidence bundle"), "no": f"{self.case.no} · {kind}",
            "masked": "" if self.plain else _("Masked: without files, and without what identifies people."),
            "sections": [section for section in sections if section["rows"]],
        }  # fmt: skip

    def _matter(self) -> dict:
        case = self.case
        said = {
            _("state"): case.get_state_display(), _("title"): case.shown(case.title),
            _("channel"): case.channel.name, _("arrived at"): full(case.arrived_at),
            _("unit"): case.unit.name, _("handler"): case.handler.name if case.handler else "",
            _("merchant"): case.merchant.name if case.merchant else "",
            _("unified social credit code"): case.merchant.uscc if case.merchant else "",
            _("disputed amount"): words.money(case.amount) if case.amount is not None else "",
            _("closed at"): full(case.closed_at), _("conclusion"): case.shown(case.conclusion),
        }  # fmt: skip
        return _section(_("Case"), "1 5", rows=_facts(said))

    def _citizen(self) -> dict:
        """The reporter's are in no bundle, whoever asks."""
        case, person = self.case, self.case.consumer
        if case.kind == Kind.REPORT:
            return _section(_("Parties"), "1 5", rows=[])
        person = person or Consumer()
        shown = person.masked()
        if self.plain:
            shown = {name: getattr(person, name) for name in shown}
        said = {
            words.party(case, PartyNotice.Party.COMPLAINANT): shown["name"],
            _("Telephone"): shown["phone"].removeprefix("+86"), _("Identity number"): shown["id_number"],
            _("Address"): shown["address"], _("narrative"): self._text(case.narrative),
            _("demand"): self._text(case.demand),
            _("own words"): self._own_words() if self.plain else "",
        }  # fmt: skip
        return _section(_("Parties"), "1 5", rows=_facts(said))

    def _own_words(self) -> str:
        """Of the case's own citizen, with each round: another's are not this one's."""
        tickets = list(self.case.tickets.select_related("consumer").order_by("pk"))
        rows = [ticket.consumer for ticket in tickets_of(self.case.consumer, tickets)]
        people = dict.fromkeys(filter(None, [self.case.consumer, *rows]))
        return "\n".join(filter(None, (person.own_words for person in people)))

    def _text(self, kept: str) -> str:
        return kept if self.plain else self.case.shown(kept)

    def _tickets(self) -> dict:
        rows = self.case.tickets.select_related("channel").order_by("pk")
        moments = ("arrived_at", "responded_at", "contacted_at", "replied_at")
        head = [
            _("Ticket"),
            *(str(rows.model._meta.get_field(name).verbose_name) for name in moments),
        ]
        lines = [
            [f"{row.channel.name} {row.external_no or row.no}", *(full(getattr(row, m)) for m in moments)]
            for row in rows
        ]  # fmt: skip
        return _section(_("Tickets"), "2 1 1 1 1", head, lines)

    def _clock_lines(self) -> dict:
        head = [_("Deadline"), _("starts at"), _("due at"), _("met at"), _("state"), _("How it is counted, and by which law")]  # fmt: skip
        return _section(_("Deadlines"), "2 2 2 2 1 4", head, [self._clock_line(row) for row in self.rows.clocks])  # fmt: skip

    def _clock_line(self, row: CaseDeadline) -> list[str]:
        said = [counted.explain(row, self.rows.calendar), *clocks.marks(row), row.rule.basis]
        due = full(row.due_at) + (f" {_('provisional')}" if row.provisional else "")
        return [
            row.rule.name, full(row.starts_at), due, full(row.met_at), _states()[state_of(row)],
            "；".join(filter(None, said)),
        ]  # fmt: skip

    def _hands(self) -> dict:
        people = ("dispatcher", "handler", "contact", "follow_up")
        rows = self.case.assignments.select_related("case", "unit", "by", *people[1:]).order_by(
            "pk"
        )
        head = [_("from"), _("until"), _("Unit"), _("Dispatched by"), _("Handler"), _("Contact officer"), _("Follow-up officer"), _("ruling"), _("return reason")]  # fmt: skip
        lines = [
            [full(row.assigned_at), full(row.ended_at), row.unit.name,
             *(person.name if (person := getattr(row, post)) else "" for post in people),
             self.case.shown(row.ruling), self.case.shown("\n".join(filter(None, (row.return_reason, row.return_explanation))))]
            for row in rows
        ]  # fmt: skip
        return _section(_("In whose hands"), "2 2 2 2 2 2 2 2 3", head, lines)

    def _contacts(self) -> dict:
        head = [_("when"), _("who"), _("outcome"), _("appointment"), _("number dialled, recording"), _("note")]  # fmt: skip
        shown = self.case.shown
        lines = [
            [full(row.at), row.by.name, str(row.get_outcome_display()), full(row.appointment_at),
             row.proof, shown("\n".join(filter(None, (row.no_meeting_reason, row.note))))]
            for row in self.case.contacts.select_related("by", "case").order_by("pk")
        ]  # fmt: skip
        return _section(_("Contacts"), "2 1 1 2 2 4", head, lines)

    def _decided(self) -> dict:
        head = [_("when"), _("Decision"), _("explanation"), _("proposed by"), _("approved by")]
        rows = self.case.decisions.select_related("by", "approved_by").order_by("pk")
        lines = [
            [full(row.at), "\n".join(filter(None, (self._decided_what(row), letters.cited(row.ground)))),
             self.case.shown(row.text), row.by.name, row.approved_by.name if row.approved_by else ""]
            for row in rows
        ]  # fmt: skip
        return _section(_("Decisions"), "2 3 4 1 1", head, lines)

    def _decided_what(self, row) -> str:
        said = (
            words.step(row),
            words.ground(row),
            self.case.shown(words.reference(row, self.rules), ours=True),
        )
        return " · ".join(filter(None, said))

    def _notices(self) -> dict:
        head = [_("when"), _("whom"), _("How"), _("of what"), _("what was said"), _("by")]
        named = ("by", "decision", "case", "ticket__channel", "ticket__consumer")
        rows = self.case.party_notices.select_related(*named).order_by("pk")
        lines = [
            [full(row.at), self._whom(row),
             " · ".join(filter(None, (str(row.get_how_display()), row.proof))),
             words.step(row.decision) if row.decision else "", self.case.shown(row.text), row.by.name]
            for row in rows
        ]  # fmt: skip
        return _section(_("Told to the parties"), "2 1 1 2 4 1", head, lines)

    def _whom(self, notice: PartyNotice) -> str:
        whose = notice.ticket.label if notice.ticket else ""
        return f"{words.party(self.case, notice.party)} {whose}".strip()

    def _handled(self) -> dict:
        """Mediation, appraisals and what came of it, as on the case's page."""
        parts = (
            self.mediations, self.appraisals, self.agreements, self.people, self.records,
            self.follow_ups, self.outcome,
        )  # fmt: skip
        lines = [
            [fact.label, fact.text, fact.long, fact.aside] for part in parts for fact in part()
        ]
        head = [_("What"), _("how"), _("explanation"), _("when")]
        return _section(_("Handling and outcome"), "1 3 4 2", head, lines)

    def _story(self) -> dict:
        tale = Tale(self.case, self.user, self.at, self.rows.events)
        head = [_("when"), _("who"), _("What happened"), _("what was said")]
        lines = [
            [full(line.at), line.who, f"{line.what} {line.other}".strip(), line.text]
            for line in timeline.of_tale(tale)
        ]
        return _section(_("What happened"), "2 1 4 4", head, lines)

    def _enclosed(self) -> dict:
        head = [_("in the bundle"), _("name"), _("to"), _("when"), _("by"), "SHA-256"]
        return _section(_("Documents and evidence"), "2 3 1 2 1 4", head, self.rows.papers)


def _section(heading: str, widths: str, head=(), rows=()) -> dict:
    """``widths``: shares of the line, one a column."""
    return {
        "heading": heading, "widths": [int(share) for share in widths.split()],
        "head": [str(text) for text in head], "rows": rows,
    }  # fmt: skip


def _facts(said: dict) -> list[list[str]]:
    return [[str(label), text] for label, text in said.items() if text]


def _states() -> dict[str, str]:
    return {
        "met": _("in time"), "met_late": _("met late"), "breached": _("overdue"), "running": _("still running"),
        "paused": _("paused"), "cancelled": _("cancelled"),
    }  # fmt: skip
