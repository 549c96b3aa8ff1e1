"""What happened to a case, in words, newest first."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from agency.core.models import DeadlineRule, Unit, User
from cases.admin import clocks
from cases.letters.forms import Form
from cases.models import Case, CaseEvent, ContactAttempt

Kinds = CaseEvent.Kind

CONTACTS = {Kinds.CONTACTED, Kinds.CONTACT_FAILED}
DOCUMENTS = {
    Kinds.ATTACHED, Kinds.DOCUMENT_ISSUED, Kinds.OPINION_GIVEN, Kinds.REPLIED, Kinds.PROPOSED,
    Kinds.CLOSED,
}  # fmt: skip
ALARMS = {Kinds.DEADLINE_WARNED, Kinds.DEADLINE_BREACHED, Kinds.DEADLINE_ESCALATED}


@dataclass(frozen=True)
class Line:
    """One event. ``group``: acts, contacts, documents or alarms; ``text`` may be long."""

    at: datetime
    when: str
    who: str
    what: str
    group: str
    text: str = ""
    kind: str = ""
    other: str = ""
    """The case it speaks of, and where the viewer sees that one."""
    url: str = ""


def lines(case: Case, user: User, at: datetime) -> list[Line]:
    """The case's events, newest first; a contact that met two tickets is told once."""
    events = CaseEvent.objects.of(case).select_related("actor", "ticket", "deadline__rule")
    told, seen = [], set()
    tale = Tale(case, user, list(events.order_by("-at", "-pk")))
    for event in tale.events:
        key = (event.kind, event.data.get("attempt")) if event.kind in CONTACTS else event.pk
        if key not in seen:
            seen.add(key)
            told.append(tale.line(event, at))
    return told


class Tale:
    """A case's events with the names they mention, looked up at once."""

    def __init__(self, case: Case, user: User, events: list[CaseEvent]) -> None:
        self.case, self.events = case, events
        self.attempts = case.contacts.in_bulk()
        self.opinions = case.opinions.in_bulk()
        self.proposals = list(case.proposals.order_by("at"))
        self.supervisions = case.supervisions.in_bulk()
        self.returns = {a.ended_at: a for a in case.assignments.returned()}
        self.units = dict(
            Unit.objects.filter(code__in=self._said("unit")).values_list("code", "name")
        )
        self.people = dict(
            User.objects.filter(
                username__in=self._said("handler") | self._said("person")
            ).values_list("username", "name")
        )
        others = Case.objects.visible_to(user).filter(
            no__in=self._said("from") | self._said("into")
        )
        self.others = dict(others.values_list("no", "pk"))

    def _said(self, name: str) -> set[str]:
        return {event.data[name] for event in self.events if event.data.get(name)}

    def line(self, event: CaseEvent, at: datetime) -> Line:
        who = event.actor.name if event.actor else _("the clock")
        return Line(
            event.at, clocks.short(event.at, at), who, self.what(event), self.group(event),
            self.case.shown(self.text(event)), event.kind, *self.other(event),
        )  # fmt: skip

    def other(self, event: CaseEvent) -> tuple[str, str]:
        """The number of the case a ticket came from or went to, and its page."""
        no = event.data.get("from") or event.data.get("into") or ""
        page = self.others.get(no)
        return no, reverse("admin:cases_case_change", args=[page]) if page else ""

    @staticmethod
    def group(event: CaseEvent) -> str:
        for group, kinds in {
            "contacts": CONTACTS,
            "documents": DOCUMENTS,
            "alarms": ALARMS,
        }.items():
            if event.kind in kinds:
                return group
        return "acts"

    def what(self, event: CaseEvent) -> str:
        """The event's name, with what it was about."""
        about = self.about(event)
        return f"{event.get_kind_display()} {about}".strip()

    def about(self, event: CaseEvent) -> str:
        data = event.data
        match event.kind:
            case Kinds.DISPATCHED:
                unit = self.units.get(data.get("unit"), "")
                person = self.people.get(data.get("handler"), "")
                return f"→ {unit} {person}".strip()
            case Kinds.HANDED_OVER:
                people = (self.people.get(data.get(key), "") for key in ("person", "handler"))
                return " → ".join(people)
            case Kinds.EXPERT_ASKED:
                return f"→ {self.people.get(data.get('handler'), '')}"
            case Kinds.RETURNED:
                return f"← {self.units.get(data.get('unit'), '')}"
            case Kinds.CONTACTED | Kinds.CONTACT_FAILED:
                return self.contact(self.attempts.get(data.get("attempt")))
            case Kinds.DOCUMENT_ISSUED:
                return str(Form(data["form"]).label)
            case Kinds.MERGED:
                return "→"
            case Kinds.TICKET_LINKED:
                return f"{event.ticket} ←"
            case _ if event.deadline:
                return self.alarm(event)
        return str(event.ticket) if event.ticket else ""

    def contact(self, attempt: ContactAttempt | None) -> str:
        if attempt is None:
            return ""
        if attempt.appointment_at:
            moment = clocks.short(attempt.appointment_at, attempt.at)
            return _("meeting on %(moment)s") % {"moment": moment}
        return self.case.shown(attempt.no_meeting_reason) or attempt.get_outcome_display()

    @staticmethod
    def alarm(event: CaseEvent) -> str:
        rule: DeadlineRule = event.deadline.rule
        if event.kind == Kinds.DEADLINE_WARNED:
            return f"{rule.name} {event.step} %"
        if event.kind == Kinds.DEADLINE_ESCALATED and event.data.get("target"):
            return f"{rule.name} → {DeadlineRule.Target(event.data['target']).label}"
        return rule.name

    def text(self, event: CaseEvent) -> str:
        """The long text behind an event: events themselves hold none."""
        match event.kind:
            case Kinds.CONTACTED | Kinds.CONTACT_FAILED:
                attempt = self.attempts.get(event.data.get("attempt"))
                return attempt.note if attempt else ""
            case Kinds.SUPERVISED:
                return self.supervisions[event.data["supervision"]].note
            case Kinds.REPLIED:
                return event.ticket.reply_text
            case Kinds.CLOSED:
                return self.case.conclusion
            case Kinds.PROPOSED:
                return self._said_at(event.at, "at", lambda p: p.data.get("conclusion", ""))
            case Kinds.RETURNED:
                return self.why_returned(event.at)
            case Kinds.EXPERT_ASKED:
                return self.opinions[event.data["opinion"]].question
            case Kinds.OPINION_GIVEN:
                return self.opinions[event.data["opinion"]].text
            case Kinds.DISAPPROVED:
                return self._said_at(event.at, "decided_at", lambda p: p.reason)
        return ""

    def why_returned(self, at: datetime) -> str:
        """The reason and, below it, the explanation."""
        ended = self.returns.get(at)
        return f"{ended.return_reason}\n{ended.return_explanation}".strip() if ended else ""

    def _said_at(self, at: datetime, moment: str, read) -> str:
        return next((read(p) for p in self.proposals if getattr(p, moment) == at), "")
