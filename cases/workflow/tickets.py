"""A ticket's moments: responded, contacted, replied; and many tickets on one case."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from agency.core import deadlines
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import User
from agency.core.notifications.words import moment
from agency.core.text import listed, mask_phone
from cases import acts, clocks, lifecycle, rulings
from cases.acts import Act
from cases.calendar import day_of
from cases.citizens import is_same_person, know_also, known, others, tickets_of, waits_instead
from cases.excluded import check_may_stay_out
from cases.lifecycle import ENDED, Kind, Milestone, State
from cases.lifecycle.moves import LEADER
from cases.models import Case, CaseDeadline, CaseEvent, ContactAttempt, Decision, Ticket
from cases.models.ticket import TOLD
from cases.promises import standing_answer
from cases.workflow.approval import effect_of, propose
from cases.workflow.hands import hand_over, take_up
from cases.workflow.supervision import is_pressed

Kinds = CaseEvent.Kind

ANSWERED = Decision.Kind.ANSWERED
SEVERAL = 5
"""So many tickets are named where one was meant."""


def respond(no: str, *, by: User, ticket: str | None = None) -> Case:
    """A person takes the ticket: the ten minutes stop. Without ``ticket``, all of the case.

    What was accepted or filed before it was opened again is gone on with, where nobody waits to be
    answered.
    """
    with acts.begin(no, "respond", by) as act:
        tickets = _tickets(act, ticket)
        waiting = list(tickets.filter(responded_at=None))
        goes_on = act.move.goes_on and not ticket
        if not waiting and not goes_on:
            raise RuleViolation(_who_responded(tickets, act.at))
        take_up(act)
        act.take_effect(tickets=waiting)
        _mark_responded(act, waiting)
        if not waiting:
            act.record(Kinds.RESPONDED)
    return act.case


def is_gone_on_with(case: Case) -> bool:
    """Whether who takes it up goes on with what was accepted or filed before it was opened again."""
    return bool(case.result) and case.state == State.DISPATCHED and clocks.is_accepted(case)


def waits_to_go_on(case: Case) -> bool:
    """Whether it is gone on with, and nobody waits to be answered."""
    return is_gone_on_with(case) and not (
        case.tickets.filter(responded_at=None, returned_at=None).exists()
    )


def _who_responded(tickets: Sequence[Ticket], at: datetime) -> str:
    """Who was faster, and when; of a ticket answered at the counter that somebody was."""
    found = CaseEvent.objects.filter(kind=Kinds.RESPONDED, ticket__in=list(tickets))
    last = found.select_related("actor").order_by("-pk").first()
    if last is None:
        return _("Somebody has responded already.")
    told = {"who": last.actor.name, "at": moment(last.at, at)}
    return _("%(who)s has responded already, at %(at)s.") % told


def _mark_responded(act: Act, tickets: list[Ticket]) -> None:
    for ticket in tickets:
        ticket.responded_at = act.at
        ticket.save(update_fields=["responded_at"])
        act.record(Kinds.RESPONDED, ticket=ticket)


def contact(
    no: str, *, by: User, outcome: str, appointment_at: datetime | None = None,
    no_meeting_reason: str = "", note: str = "", recording: str = "", ticket: str | None = None,
) -> Case:  # fmt: skip
    """Log a try to reach the citizen; ``reached`` stops the thirty minutes (and the ten).

    ``reached`` needs the appointment or the reason why there is none. ``recording``: where the
    telephone system keeps the call. ``ticket``: whose citizen it was; without it, the case's
    own, which is refused where another waits and they do not.
    """
    if outcome == ContactAttempt.Outcome.REACHED and not (appointment_at or no_meeting_reason):
        wanted = _("Say when you will meet, or why you will not.")
        raise Invalid({"appointment_at": [wanted]})
    with acts.begin(no, "contact", by) as act:
        check_recording(act.case, recording)
        if appointment_at and appointment_at <= act.at:
            raise Invalid({"appointment_at": [_("This moment has passed.")]})
        tickets = _tried(act, ticket)
        if not ticket and waits_instead(act.case, tickets):
            raise RuleViolation(_("Another citizen waits for the contact here: name the ticket."))
        attempt = ContactAttempt.objects.create(
            case=act.case, by=by, at=act.at, outcome=outcome, appointment_at=appointment_at,
            no_meeting_reason=no_meeting_reason, note=note, recording=recording,
            dialled=dialled_of(act.case, *tickets),
        )  # fmt: skip
        if outcome == ContactAttempt.Outcome.REACHED:
            _reach(act, tickets, attempt)
        else:
            said = {"attempt": attempt.pk, "outcome": outcome}
            for tried in tickets or [None]:
                act.record(Kinds.CONTACT_FAILED, ticket=tried, **said)
            deadlines.hush(clocks.unreachable(act.case))
    return act.case


def _tried(act: Act, ticket: str | None) -> list[Ticket]:
    """The tickets a call was about: of several citizens all that the one has who was called."""
    tickets = citizens_tickets(act, ticket)
    if ticket is None or not others(act.case):
        return tickets
    return tickets_of(tickets[0].consumer, list(_tickets(act, None)))


def check_recording(case: Case, recording: str) -> None:
    """Invalid where the case would keep other signs than these: by them nobody finds the call."""
    if case.kept(recording, ours=True) != recording:
        said = _(
            "It may hold somebody's number, which is not kept here: give the last digits of the"
            " recording's number alone."
        )
        raise Invalid({"recording": [said]})


def dialled_of(case: Case, *tickets: Ticket) -> str:
    """The number a citizen is called on, masked; empty where none is known, and of a report."""
    people = [*(ticket.consumer for ticket in tickets), case.consumer]
    person = next(filter(known, people), None)
    return mask_phone(person.phone) if person and case.kind != Kind.REPORT else ""


def _reach(act: Act, tickets: list[Ticket], attempt: ContactAttempt) -> None:
    take_up(act)
    _take(act, tickets)
    act.take_effect(tickets=tickets)
    _mark_contacted(act, tickets, attempt=attempt.pk)


def _take(act: Act, tickets: list[Ticket]) -> None:
    """Stop the ten minutes of those that nobody had responded to."""
    unanswered = [ticket for ticket in tickets if ticket.responded_at is None]
    act.happen(Milestone.RESPONDED, tickets=unanswered)
    _mark_responded(act, unanswered)


def _mark_contacted(act: Act, tickets: list[Ticket], **data) -> None:
    for ticket in tickets:
        if ticket.contacted_at is None:
            ticket.contacted_at = act.at
            ticket.save(update_fields=["contacted_at"])
        act.record(Kinds.CONTACTED, ticket=ticket, **data)


def speak(act: Act) -> None:
    """The citizen is told something now: that responds, and reaches who called us."""
    tickets = citizens_tickets(act, None)
    _take(act, tickets)
    calls = [t for t in tickets if t.channel.has_line and t.contacted_at is None]
    act.happen(Milestone.CONTACTED, tickets=calls)
    _mark_contacted(act, calls)


def agree_answer(no: str, *, by: User, text: str) -> Case:
    """Write down what every platform is told; replies that were sent stay as they are."""
    with acts.begin(no, "agree_answer", by) as act:
        act.case.agreed_answer = text
        act.take_effect()
        act.record(Kinds.ANSWER_AGREED)
    return act.case


def reply_ticket(no: str, *, by: User, text: str = "", ticket: str | None = None) -> Case:
    """The reply to the platform and the citizen, once for each round of a ticket; where that was
    given before the outcome was known (阶段答复), once more with the outcome.

    Without ``ticket``, one and the same to all of the case that have none yet; without
    ``text``, the answer agreed since it was last opened again. What was pressed for since it came back goes out once a
    leader has signed it (领导审签).
    """
    with acts.begin(no, "reply_ticket", by) as act:
        text = text or standing_answer(act.case)
        if not text:
            raise Invalid({"text": [_("Say what is replied: no answer was agreed yet.")]})
        _check_length(_unreplied(act, ticket), text)
        if is_pressed(act.case):
            propose(act, LEADER, text=text, ticket=ticket)
        else:
            _reply(act, text, ticket)
    return act.case


def _unreplied(act: Act, ticket: str | None) -> list[Ticket]:
    waiting = [found for found in _tickets(act, ticket) if found.is_owed_reply]
    if not waiting:
        raise RuleViolation(_("This ticket has its reply."))
    return waiting


@effect_of("reply_ticket")
def _reply(act: Act, text: str, ticket: str | None = None) -> None:
    waiting = _unreplied(act, ticket)
    is_interim = not lifecycle.has_outcome(act.case.kind, act.case.state)
    for replied in waiting:
        replied.replied_at, replied.reply_text = act.at, text
        if is_interim:
            replied.interim_at, replied.interim_text = act.at, text
        replied.save(update_fields=["replied_at", "reply_text", "interim_at", "interim_text"])
    act.take_effect(tickets=waiting)
    for replied in waiting:
        act.record(Kinds.REPLIED, ticket=replied)


def _check_length(tickets: list[Ticket], text: str) -> None:
    said = _("%(channel)s takes %(most)s characters, this has %(number)s.")
    told = [
        said % {"channel": channel.name, "most": channel.reply_limit, "number": len(text)}
        for channel in {ticket.channel for ticket in tickets}
        if channel.reply_limit and len(text) > channel.reply_limit
    ]
    if told:
        raise Invalid({"text": sorted(told)})


def find_ticket(act: Act, ticket: str) -> Ticket:
    """The locked ticket of this case with that number; Invalid where there is none."""
    return _tickets(act, ticket).get()


def _tickets(act: Act, ticket: str | None):
    """The case's tickets, or the one named; Invalid where it is none of this case."""
    here = act.case.tickets.filter(returned_at=None)
    tickets = here.select_for_update(of=("self",)).order_by("pk")
    tickets = tickets.select_related("consumer", "channel")
    if ticket is None:
        return tickets
    if not tickets.filter(no=ticket).exists():
        raise Invalid({"ticket": [_("This case has no such ticket.")]})
    return tickets.filter(no=ticket)


def citizens_tickets(act: Act, ticket: str | None) -> list[Ticket]:
    """The named ticket, or all that the case's citizen has on it; of a report, all."""
    tickets = list(_tickets(act, ticket))
    if ticket is not None or act.case.kind == Kind.REPORT:
        return tickets
    return tickets_of(act.case.consumer, tickets)


@transaction.atomic
def link_ticket(no: str, *, by: User, ticket: str, new_facts: bool = False) -> Case:
    """Bring a ticket about the same matter onto this case; its clocks run on here.

    ``new_facts``: the same reporter tells more, and the verification is counted anew from
    this arrival. Source: SAMR Order 121 §35. That is the desk's word, and told with the event: no
    answer here depends on who reported.

    A case that has lost its last ticket is merged into this one, unless something was begun
    there that would be lost with it. While a proposal waits for its decision there, nothing
    leaves it: who decides must find what was proposed.
    """
    named = ticket_elsewhere(no, by, ticket)
    source = named.case
    lock_in_order(no, source.no)
    with acts.begin(no, "link_ticket", by) as act:
        source.refresh_from_db()
        moved = source.tickets.filter(pk=named.pk).first()
        if act.case.became_id:
            raise RuleViolation(_("This matter goes on as another case: no ticket comes here."))
        if moved is None or not Case.objects.in_hands_of(by).filter(pk=source.pk).exists():
            raise RuleViolation(_("Somebody has just moved this ticket elsewhere."))
        _check_may_leave(act, source)
        _take_words_along(moved, source)
        if act.case.kind != Kind.REPORT:
            for case, person in ((act.case, moved.consumer), (source, act.case.consumer)):
                if is_same_person(case.consumer, person):
                    know_also(case, person)
        moved.case = act.case
        moved.save(update_fields=["case", *TOLD])
        CaseDeadline.objects.filter(ticket=moved).update(case=act.case)
        hand_over(act.case, act.case.unit, act.case.handler, at=act.at)
        said = _count_anew(act, moved) if new_facts else {}
        act.record(Kinds.TICKET_LINKED, ticket=moved, **{"from": source.no}, **said)
        _merge_if_empty(act, source)
        check_may_stay_out(act.case)
    return act.case


def _take_words_along(moved: Ticket, source: Case) -> None:
    """What the first ticket tells stands on its case, which who has the other one may not see."""
    says_nothing = not any(getattr(moved, name) for name in TOLD)
    if says_nothing and _brought(moved, source):
        for name in TOLD:
            setattr(moved, name, getattr(source, name))


def _brought(ticket: Ticket, case: Case) -> bool:
    """Whether the case began with the ticket, or came with it out of another."""
    came_out = Q(case=case, kind=Kinds.TICKET_LINKED)
    came_off = Q(kind=Kinds.TICKET_UNLINKED, data__into=case.no)
    with_it = Q(case=case, kind=Kinds.REGISTERED) | (came_out | came_off) & Q(at=case.registered_at)
    return CaseEvent.objects.filter(with_it, ticket=ticket).exists()


def _check_may_leave(act: Act, source: Case) -> None:
    if source.kind != act.case.kind:
        raise RuleViolation(_("Only tickets of the same kind belong on one case."))
    if source.state in ENDED or source == act.case:
        raise RuleViolation(_("This ticket cannot be moved: its case is closed, or this one."))
    if source.is_held:
        raise RuleViolation(_("Its case waits for approval: let that be decided first."))
    if source.tickets.count() == 1:
        _check_may_be_merged(act, source)


def _check_may_be_merged(act: Act, source: Case) -> None:
    """While it could still be dispatched, nothing is lost with it; nor may the law's time be won.

    Source: SAMR Order 121 §15, §35: no routing of ours restarts what counts from the arrival.
    """
    if not lifecycle.move_of(source.kind, "dispatch", source.state) or source.decisions.exists():
        said = _("Its case is under way (%(state)s): what was begun there ends there.")
        raise RuleViolation(said % {"state": source.get_state_display()})
    _check_no_ruling_waits(source)
    of_arrival = CaseDeadline.objects.open().filter(rule__starts_on=Milestone.CASE_REGISTERED)
    owed_there, owed_here = of_arrival.filter(case=source), of_arrival.filter(case=act.case)
    if owed_here.filter(starts_at__date__gt=day_of(source.arrived_at)).exists():
        said = _("The matter came in earlier, with %(no)s: bring the tickets of this case there.")
        raise RuleViolation(said % {"no": source.no})
    # Whose a report is, nobody may try out: of one that was decided, its duplicate is marked.
    is_report = source.kind == Kind.REPORT
    same = not is_report and is_same_person(act.case.consumer, source.consumer)
    if owed_there.exists() and not owed_here.exists() and not same:
        raise RuleViolation(
            _("This case was decided already; another citizen's still must be: it stays by itself.")
        )


def _count_anew(act: Act, ticket: Ticket) -> dict:
    if act.case.kind != Kind.REPORT:
        raise Invalid({"new_facts": [_("Only a report is counted anew for new facts.")]})
    clocks.start_anew(act.case, Milestone.FILING_DECIDED, starts_at=ticket.arrived_at, at=act.at)
    return {"new_facts": True}


def ticket_elsewhere(no: str, by: User, ticket: str) -> Ticket:
    """The one ticket in the hands of ``by`` with this number, ours or the platform's.

    Raises Invalid where there is none, or several of the platform's.
    """
    acts.admit(no, "link_ticket", by)
    there = Ticket.objects.filter(case__in=Case.objects.in_hands_of(by)).select_related("case")
    found = there.filter(no=ticket).first()
    if found:
        return found
    named = list(there.filter(external_no=ticket).order_by("-pk")[:SEVERAL])
    if not named:
        raise Invalid({"ticket": [_("There is no such ticket.")]})
    if len(named) > 1:
        sentence = _("Several tickets have this number; give ours: %(numbers)s.")
        raise Invalid({"ticket": [sentence % {"numbers": listed(named)}]})
    return named[0]


def lock_in_order(*numbers: str) -> None:
    """Both cases and their clocks, always in one order: two links never wait for each other."""
    acts.lock_cases(no__in=numbers)
    deadlines.lock(CaseDeadline.objects.filter(case__no__in=numbers))


def _merge_if_empty(act: Act, source: Case) -> None:
    if not source.tickets.exists():
        deadlines.cancel(source.deadlines, at=act.at, reason="merged")
        clocks.bring_in(source, at=act.at)
        source.assignments.filter(ended_at=None).update(ended_at=act.at)
        source.state, source.merged_into = State.MERGED, act.case
        act.record(Kinds.MERGED, case=source, into=act.case.no, to=State.MERGED)
    clocks.forgo_reply(source, at=act.at)
    acts.refresh_next_due(source)
    source.save()


def return_to_platform(no: str, *, by: User, reason: str, basis: str, ticket: str = "") -> Case:
    """Give the platform back what is not ours, with reason and legal basis: all clocks stop.

    The case ends with its ticket. What the platform sends again is a further round of it.
    """
    with acts.begin(no, "return_to_platform", by) as act:
        named = find_ticket(act, ticket) if ticket else act.case.tickets.order_by("pk").last()
        _check_is_only_a_ticket(act, named)
        named.returned_at, named.return_reason, named.return_basis = act.at, reason, basis
        named.save(update_fields=["returned_at", "return_reason", "return_basis"])
        act.take_effect()
        act.end_all()
        act.record(Kinds.RETURNED_TO_PLATFORM, ticket=named)
    return act.case


def _check_no_ruling_waits(case: Case) -> None:
    if rulings.is_awaited(case):
        raise RuleViolation(_("Returned twice: a leader rules where its case goes."))


def may_be_returned(case: Case) -> bool:
    """Whether its latest ticket came from a platform, and nothing else has come of it here."""
    latest = case.tickets.select_related("channel").order_by("pk").last()
    if latest is None:
        return False
    others = case.tickets.exclude(channel=latest.channel, external_no=latest.external_no)
    is_platforms = latest.channel.is_trusted and latest.external_no
    if not is_platforms or latest.returned_at or latest.replied_at or others.exists():
        return False
    if case.events.filter(kind=Kinds.SPLIT).exists():  # the other half is handled here
        return False
    return not (clocks.is_decided(case) or case.decisions.filter(kind=ANSWERED).exists())


def _check_is_only_a_ticket(act: Act, named: Ticket) -> None:
    _check_no_ruling_waits(act.case)
    if not may_be_returned(act.case):
        raise RuleViolation(
            _(
                "Only a platform's ticket goes back, alone on its case, not split, and before any decision."
            )
        )
    if named != act.case.tickets.order_by("pk").last():
        raise Invalid({"ticket": [_("Only the latest round goes back.")]})
