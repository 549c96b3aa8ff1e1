"""What each event was about. Events hold ids and codes: the words come from the rows they made."""

from collections.abc import Callable
from datetime import date, datetime
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext as _

from agency.core.models import DeadlineRule, User
from agency.core.notifications.heard import heard
from agency.core.steps import percent_of
from agency.core.text import listed
from cases.admin import clocks, out_there, reached, words
from cases.admin.labels import AGAIN, BACK, GO_ON, VERBS, label_of
from cases.admin.mentioned import Mentioned
from cases.admin.story import Teller
from cases.kin import NAMES_A_CASE
from cases.letters.forms import Form
from cases.lifecycle import PauseReason, State
from cases.models import (
    Case,
    CaseEvent,
    ContactAttempt,
    FollowUp,
    PartyNotice,
    Supplement,
)

Kinds = CaseEvent.Kind
Told = tuple[str, str]
"""What it was about, in a few words; and the long text behind it."""


class Tale(Mentioned):
    """A case's events, told to one reader at one moment."""

    def __init__(self, case: Case, user: User, at: datetime, events: list[CaseEvent]) -> None:
        super().__init__(case, user, events)
        self.at, self.teller = at, Teller(case, user, at)

    def told(self, event: CaseEvent) -> Told:
        tell = TELL.get(event.kind)
        if tell:
            return tell(self, event)
        if event.deadline:
            return self.alarm(event), ""
        return str(event.ticket) if event.ticket else "", ""

    def name(self, event: CaseEvent) -> str:
        """What happened; of a receipt that was told later, that, and no second notice; of a
        second officer who was named later, or of a mediation taken back, that, and no second beginning.
        """
        notice = self.notice(event) if event.kind == Kinds.NOTIFIED else None
        if notice and words.is_receipt(notice, self.part("party_notices")):
            return _("receipt written down")
        if _is_named_later(event):
            return str(AGAIN["verify"].label)
        if event.kind == Kinds.RESPONDED and event.ticket is None:
            return str(GO_ON.label)
        if event.kind == Kinds.SETTLED and event.data.get("to") == State.SETTLED:
            return str(State.SETTLED.label)  # out there: no mediation, and no agreement of ours
        if event.data.get("back"):
            return str(BACK[State.ENTRUSTED, "start_mediation"].label)
        if event.kind == Kinds.REVIEW_REQUESTED and (verb := VERBS.get(event.data.get("verb"))):
            return str(verb.label)
        review = self.row(event, "decisions") if event.kind == Kinds.REVIEW_ANSWERED else None
        if review:  # 复查 or 复核
            return words.step(review)
        return self._of_referral(event) or event.get_kind_display()

    def _of_referral(self, event: CaseEvent) -> str:
        """What happened to a referral; "" for anything else."""
        out = out_there.TOLD_OF.get(event.kind) and self.by_key(event, "referrals", "referral")
        return out_there.name_of(event.kind, out) if out else ""

    def other(self, event: CaseEvent) -> Told:
        """The number of the case it speaks of, and its page where the reader sees that one."""
        no = next((no for key in NAMES_A_CASE if (no := event.data.get(key)) in self.numbers), "")
        page = self.others.get(no)
        return no, reverse("admin:cases_case_change", args=[page]) if page else ""

    # -- of several kinds -------------------------------------------------------------------

    def decided(self, event: CaseEvent) -> Told:
        """Ground, factors and number of the decision; its explanation."""
        row = self.row(event, "decisions")
        if row is None:
            return "", ""
        reference = words.reference(row, self.teller.rules)
        said = (words.ground(row), self.case.shown(reference, ours=True))
        return " · ".join(filter(None, said)), row.text

    def step(self, event: CaseEvent) -> Told:
        """Of what is decided in steps: which step it was."""
        row = self.row(event, "decisions")
        return (words.step(row), row.text) if row else ("", "")

    def noted(self, event: CaseEvent) -> Told:
        row = self.row(event, "petition_records")
        return "", row.note if row else ""

    def rated(self, event: CaseEvent) -> Told:
        row = self.row(event, "follow_ups")
        if row is None:
            return str(FollowUp.Satisfaction(event.data["satisfaction"]).label), ""
        return words.satisfaction(row), row.note

    def contact(self, event: CaseEvent) -> Told:
        attempt = self.by_key(event, "contacts", "attempt")
        if attempt is None:
            return self.citizen(event), ""
        what, note = self._tried(attempt)
        return " · ".join(filter(None, (self.citizen(event), what))), note

    def _tried(self, attempt: ContactAttempt) -> Told:
        if attempt.appointment_at:
            moment = clocks.short(attempt.appointment_at, attempt.at)
            return _("meeting on %(moment)s") % {"moment": moment}, attempt.note
        why = attempt.no_meeting_reason
        named = _("no meeting: %(why)s") % {"why": self.case.shown(why)} if why else ""
        said = why or str(attempt.get_outcome_display())
        return named or said, attempt.note if attempt.note != said else ""

    def alarm(self, event: CaseEvent) -> str:
        rule = event.deadline.rule
        if event.kind == Kinds.DEADLINE_WARNED:
            return f"{rule.name} {percent_of(event.step)}%"
        whom = self._whom(event)
        rung = f"{rule.name} → {whom}" if whom else rule.name
        said = _("%(rung)s (%(times)s times, this is the latest)")
        return said % {"rung": rung, "times": event.times} if event.times > 1 else rung

    def _whom(self, event: CaseEvent) -> str:
        """Who was told; of an escalation, until it is delivered, who is meant."""
        receivers = self.receivers(event)
        names = reached.in_words(receivers)
        if names or event.kind != Kinds.DEADLINE_ESCALATED:
            return names
        target = str(DeadlineRule.Target(event.data["target"]).label)
        is_empty = bool(receivers) and receivers[0]["addressed_at"]
        return _("{target}: nobody to tell").format(target=target) if is_empty else target

    def receivers(self, event: CaseEvent) -> list[dict]:
        """Everybody its notices are meant for, told or not yet."""
        return [row for key in reached.notice_keys(event) for row in self.heard.get(key, ())]

    @cached_property
    def heard(self) -> dict[str, list[dict]]:
        return heard([key for event in self.events for key in reached.notice_keys(event)])

    def proposed(self, event: CaseEvent) -> Told:
        proposal = self.row(event, "proposals")
        if proposal is None:
            return "", ""
        lines = [
            _("%(label)s: %(text)s") % {"label": label, "text": text}
            for label, text in words.proposed(self.case, proposal, rules=self.teller.rules)
        ]
        return str(VERBS[proposal.verb].label), "\n".join(lines)

    def disapproved(self, event: CaseEvent) -> Told:
        proposal = self.ended(event, event.data.get("verb"))
        return (str(VERBS[proposal.verb].label), proposal.reason) if proposal else ("", "")


# -- of one kind each -------------------------------------------------------------------------


def _dispatched(tale: Tale, event: CaseEvent) -> Told:
    unit = tale.units.get(event.data.get("unit"), "")
    ruled = tale.row(event, "assignments", "assigned_at")
    return f"→ {unit} {tale.person(event, 'handler')}".strip(), ruled.ruling if ruled else ""


def _returned(tale: Tale, event: CaseEvent) -> Told:
    ended = tale.row(event, "assignments", "ended_at")
    why = f"{ended.return_reason}\n{ended.return_explanation}".strip() if ended else ""
    return f"← {tale.units.get(event.data.get('unit'), '')}", why


def _returned_to_platform(tale: Tale, event: CaseEvent) -> Told:
    ticket = event.ticket
    return f"{ticket} · {tale.case.shown(ticket.return_reason)}", ticket.return_basis


def _identity_asked(_tale: Tale, event: CaseEvent) -> Told:
    until = event.data.get("until")
    return _("by %(day)s") % {"day": date.fromisoformat(until)} if until else "", ""


def _notified(tale: Tale, event: CaseEvent) -> Told:
    notice = tale.notice(event)
    if notice is None:
        return "", ""
    is_theirs = notice.party == PartyNotice.Party.COMPLAINANT
    said = (
        words.party(tale.case, notice.party), tale.citizen(event) if is_theirs else "",
        notice.get_how_display(), notice.proof,
        words.receipt(notice), words.signed(notice),
    )  # fmt: skip
    return " · ".join(filter(None, map(str, said))), notice.text


def _mediated(tale: Tale, event: CaseEvent) -> Told:
    mediation = tale.by_key(event, "mediations", "mediation")
    until = event.data.get("until")  # a finding may have made it longer since
    return tale.teller.mediated(mediation, until=until) if mediation else "", ""


def _session(tale: Tale, event: CaseEvent) -> Told:
    row = tale.by_key(event, "sessions", "session")
    return (tale.teller.attended(row), row.minutes) if row else ("", "")


def _paused(tale: Tale, event: CaseEvent) -> Told:
    reason = str(PauseReason(event.data["reason"]).label)
    stopped, _long = _resumed(tale, event)
    sent, pause = tale.row(event, "appraisals"), tale.row(event, "pauses", "from_at")
    where = sent.institution if sent else pause.note if pause else ""
    return " · ".join(filter(None, (stopped, reason, tale.case.shown(where)))), ""


def _resumed(tale: Tale, event: CaseEvent) -> Told:
    """The clocks it is about, which an old event does not name; and whose mediation goes on."""
    rules = listed(tale.teller.rules.name(code) for code in event.data.get("rules", ()))
    until = event.data.get("until")
    named = _("entrusted until %(day)s") % {"day": until} if until else ""
    return " · ".join(filter(None, (rules, named))), ""


def _extended(tale: Tale, event: CaseEvent) -> Told:
    code, rules, why = event.data["rule"], tale.teller.rules, tale.row(event, "decisions")
    more = rules.longer_by(code, event.data["amount"])
    return f"{rules.name(code)} +{more}", why.text if why else ""


def _excused(tale: Tale, event: CaseEvent) -> Told:
    excuse = tale.row(event, "excuses")
    return tale.teller.rules.name(event.data["rule"]), excuse.reason if excuse else ""


def _settled(tale: Tale, event: CaseEvent) -> Told:
    row = tale.row(event, "agreements", "made_at")
    if row is None:
        return "", ""
    until = _("by %(day)s") % {"day": row.due_on} if row.due_on else ""
    return " · ".join(filter(None, (words.money(row.amount), until, words.paper(row)))), row.text


def _performed(tale: Tale, event: CaseEvent) -> Told:
    row = tale.row(event, "agreements", "performed_at")
    if row is None:
        return "", ""
    said = (words.money(row.performed_amount), str(row.performed_on or ""))
    return " · ".join(filter(None, said)), row.evidence_note


def _broken(tale: Tale, event: CaseEvent) -> Told:
    row = tale.row(event, "agreements", "broken_at")
    return "", row.broken_note if row else ""


def _verifying(tale: Tale, event: CaseEvent) -> Told:
    second = tale.person(event, "colleague")
    is_said = _is_named_later(event) or not second
    return second if is_said else f"{label_of('verify', 'colleague')} {second}", ""


def _is_named_later(event: CaseEvent) -> bool:
    """Whether it names the second officer of a verification that is under way."""
    return event.kind == Kinds.VERIFYING and "to" not in event.data


def _three_named(tale: Tale, event: CaseEvent) -> Told:
    posts = ("leader", "core_handler", "callback")
    return words.three(*(tale.person(event, post) for post in posts)), ""


def _review_asked(tale: Tale, event: CaseEvent) -> Told:
    """Which of the two is its name."""
    return "", tale.noted(event)[1]


def _review_answered(tale: Tale, event: CaseEvent) -> Told:
    """With the day it was decided there, which is not the day it was written down."""
    said, text = tale.decided(event)
    if day := event.data.get("decided_on"):
        said = f"{said} · {words.label_of('answer_review', 'decided_on')} {day}"
    return said, text


def _supplemented(tale: Tale, event: CaseEvent) -> Told:
    """Each field as it stood and as it stands; a person's masked."""
    rows = tale.rows(event, "supplements")
    labels = {row: words.label(tale.case, "supplement", row.field) for row in rows}
    fields = listed(labels.values())
    lines = [f"{label}：{_changed(row)}" for row, label in labels.items()]
    return fields, "\n".join([*lines, *{row.reason for row in rows}])


def _changed(row: Supplement) -> str:
    was, now = row.told
    return f"{was or '—'} → {now}"


def _topic(tale: Tale, event: CaseEvent) -> Told:
    code = event.data["topic"]
    return f"{'+' if event.data['on'] else '−'} {tale.topics.get(code, code)}", ""


def _registered(_tale: Tale, event: CaseEvent) -> Told:
    return _("came out of") if event.data.get("origin") else "", ""


def _linked(_tale: Tale, event: CaseEvent) -> Told:
    anew = label_of("link_ticket", "new_facts") if event.data.get("new_facts") else ""
    return f"{anew} {event.ticket} ←".strip(), ""


def _handed_over(tale: Tale, event: CaseEvent) -> Told:
    return " → ".join((tale.person(event, "person"), tale.person(event, "handler"))), ""


def _expert_asked(tale: Tale, event: CaseEvent) -> Told:
    opinion = tale.by_key(event, "opinions", "opinion")
    return f"→ {tale.person(event, 'handler')}", opinion.question if opinion else ""


def _opinion_given(tale: Tale, event: CaseEvent) -> Told:
    opinion = tale.by_key(event, "opinions", "opinion")
    return "", opinion.text if opinion else ""


def _supervised(tale: Tale, event: CaseEvent) -> Told:
    pressed = tale.by_key(event, "supervisions", "supervision")
    whom = reached.in_words(tale.receivers(event))
    return f"→ {whom}" if whom else "", pressed.note if pressed else ""


def _note(tale: Tale, event: CaseEvent) -> Told:
    note = tale.by_key(event, "notes", "note")
    return "", note.text if note else ""


def _out_there(tale: Tale, event: CaseEvent) -> Told:
    referral = tale.by_key(event, "referrals", "referral")
    return out_there.told(referral, event) if referral else ("", "")


def _issued(tale: Tale, event: CaseEvent) -> Told:
    """And to whom."""
    row, form = tale.by_key(event, "documents", "document"), Form(event.data["form"])
    party = words.party(tale.case, row.party) if row and row.party else ""
    return " · ".join(filter(None, (str(form.label), party))), ""


def _closed(tale: Tale, event: CaseEvent) -> Told:
    """With what was approved then; of an end that nobody approves the last alone is kept."""
    proposal = tale.ended(event, "close")
    if proposal and proposal.approved:
        return "", proposal.data["conclusion"]
    return "", tale.case.conclusion if tale.is_latest(event) else ""


def _agreed(tale: Tale, event: CaseEvent) -> Told:
    """The answer that stands; those before it are in the replies that were sent."""
    return "", tale.case.agreed_answer if tale.is_latest(event) else ""


def _replied(_tale: Tale, event: CaseEvent) -> Told:
    """What was said then: while the case ran, or with its outcome."""
    ticket = event.ticket
    is_interim = event.at == ticket.interim_at
    return str(ticket), ticket.interim_text if is_interim else ticket.reply_text


TELL: dict[str, Callable[[Tale, CaseEvent], Told]] = {
    Kinds.REGISTERED: _registered,
    Kinds.DISPATCHED: _dispatched,
    Kinds.RETURNED: _returned,
    Kinds.RETURNED_TO_PLATFORM: _returned_to_platform,
    Kinds.ASSIGNED: lambda tale, event: (f"→ {tale.person(event, 'handler')}", ""),
    Kinds.HANDED_OVER: _handed_over,
    Kinds.CONTACTED: Tale.contact,
    Kinds.CONTACT_FAILED: Tale.contact,
    Kinds.REPLIED: _replied,
    Kinds.ANSWER_AGREED: _agreed,
    Kinds.MERGED: lambda _tale, _event: ("→", ""),
    Kinds.SPLIT: lambda _tale, _event: ("→", ""),
    Kinds.CONVERTED: lambda tale, event: ("→", tale.decided(event)[1]),
    Kinds.TICKET_LINKED: _linked,
    Kinds.TICKET_UNLINKED: lambda _tale, event: (f"{event.ticket} →" if event.ticket else "", ""),
    Kinds.SUPPLEMENTED: _supplemented,
    Kinds.TOPIC_CHANGED: _topic,
    Kinds.IDENTITY_REQUESTED: _identity_asked,
    Kinds.IDENTITY_RECORDED: Tale.step,
    Kinds.ACCEPTED: Tale.decided,
    Kinds.REFUSED: Tale.decided,
    Kinds.NOTIFIED: _notified,
    Kinds.MEDIATION_STARTED: _mediated,
    Kinds.ENTRUSTED: _mediated,
    Kinds.SESSION_HELD: _session,
    Kinds.RECUSAL_REQUESTED: lambda tale, event: ("", tale.step(event)[1]),
    Kinds.RECUSAL_DECIDED: Tale.step,
    Kinds.PAUSED: _paused,
    Kinds.RESUMED: _resumed,
    Kinds.EXTENDED: _extended,
    Kinds.CLUE_RECORDED: lambda tale, event: ("", tale.step(event)[1]),
    Kinds.CLUE_VERIFIED: Tale.step,
    Kinds.DISPUTE_RECORDED: Tale.decided,
    Kinds.DISPUTE_SETTLED: lambda tale, event: ("", tale.step(event)[1]),
    Kinds.REFERRED: _out_there,
    Kinds.REFERRAL_TAKEN: _out_there,
    Kinds.REFERRAL_ANSWERED: _out_there,
    Kinds.CAME_HOME: _out_there,
    Kinds.SETTLED: _settled,
    Kinds.TERMINATED: Tale.decided,
    Kinds.WITHDRAWN: lambda tale, event: ("", tale.decided(event)[1]),
    Kinds.PERFORMED: _performed,
    Kinds.NOT_PERFORMED: _broken,
    Kinds.FOLLOWED_UP: Tale.rated,
    Kinds.VERIFYING: _verifying,
    Kinds.DUPLICATE: lambda _tale, _event: ("→", ""),
    Kinds.NO_JURISDICTION: Tale.decided,
    Kinds.FILED: Tale.decided,
    Kinds.NOT_FILED: Tale.decided,
    Kinds.TRANSFERRED: Tale.decided,
    Kinds.CASE_DECIDED: Tale.decided,
    Kinds.REWARDED: Tale.decided,
    Kinds.ANSWERED: Tale.decided,
    Kinds.OBJECTED: Tale.decided,
    Kinds.OBJECTION_SETTLED: Tale.step,
    Kinds.ROUTED: Tale.decided,
    Kinds.TRIPLE_ASSIGNED: _three_named,
    Kinds.VISITED: Tale.noted,
    Kinds.INSPECTED: Tale.noted,
    Kinds.HEARING_HELD: Tale.noted,
    Kinds.PETITION_REPLIED: Tale.decided,
    Kinds.EVALUATED: Tale.rated,
    Kinds.REVIEW_REQUESTED: _review_asked,
    Kinds.REVIEW_ANSWERED: _review_answered,
    Kinds.EXPERT_ASKED: _expert_asked,
    Kinds.OPINION_GIVEN: _opinion_given,
    Kinds.PUBLICITY_DECIDED: Tale.step,
    Kinds.DOCUMENT_ISSUED: _issued,
    Kinds.PROPOSED: Tale.proposed,
    Kinds.DISAPPROVED: Tale.disapproved,
    Kinds.EXCUSED: _excused,
    Kinds.SUPERVISED: _supervised,
    Kinds.NOTED: _note,
    Kinds.CLOSED: _closed,
    Kinds.REOPENED: Tale.decided,
}
"""Kind of event → what it was about. Of any other its name says all."""
