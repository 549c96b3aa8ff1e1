"""The verbs of a case: the one door for every write.

Admin, portal, API, imports and tasks translate a request and call these. Each is one
transaction: the case and its clocks are locked, then the database's clock is read.
All raise Forbidden, NotThere, RuleViolation or Invalid (agency/core/errors.py).
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from agency.core import deadlines
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import Unit, User
from agency.core.roles import Role
from cases import acts, completeness
from cases.acts import Act
from cases.lifecycle import HANDLERS, MOVES, PRINCIPLES, Kind, State
from cases.models import (
    Assignment,
    Case,
    CaseDeadline,
    CaseEvent,
    ContactAttempt,
    Proposal,
    Ticket,
)

Kinds = CaseEvent.Kind

RULING_AFTER = 2
"""From the second return on, a leader rules where the case goes (docs/rules.md)."""


# -- whose hands it is in ---------------------------------------------------------------


def dispatch(
    no: str, *, by: User, unit: str, handler: str | None = None, contact: str | None = None,
    follow_up: str | None = None,
) -> Case:  # fmt: skip
    """Put the case into the hands of ``unit`` (its code) and, named by username, of people."""
    with acts.begin(no, "dispatch", by) as act:
        _leave_to_leader(act)
        target = _unit_within(by, unit)
        people = {
            "handler": _officer("handler", handler, target),
            "contact": _officer("contact", contact, target),
            "follow_up": _officer("follow_up", follow_up, target),
        }
        _end_assignment(act)
        Assignment.objects.create(case=act.case, unit=target, by=by, assigned_at=act.at, **people)
        _hand_over(act.case, target, people["handler"])
        act.move_on()
        act.record(Kinds.DISPATCHED, unit=target.code, handler=handler)
    return act.case


def return_(no: str, *, by: User, reason: str, explanation: str) -> Case:
    """Give the case back to who dispatched it. No clock stops for it."""
    with acts.begin(no, "return", by) as act:
        ended = _end_assignment(act, handler=by, reason=reason, explanation=explanation)
        back_to = ended.by.unit if ended and not ended.by.unit.is_external else None
        root = Unit.objects.get(parent=None)
        above = back_to and act.case.unit.path.startswith(back_to.path) and back_to != act.case.unit
        _hand_over(act.case, back_to if above else root, None)
        act.move_on()
        act.record(Kinds.RETURNED, unit=ended.unit.code if ended else None)
    return act.case


def _leave_to_leader(act: Act) -> None:
    returns = _returns(act.case)
    if returns >= RULING_AFTER and act.by.role != Role.LEADER:
        raise RuleViolation(_("Returned twice: a leader rules where this case goes."))
    if returns < RULING_AFTER and act.by.role == Role.LEADER:
        raise RuleViolation(_("Dispatching is the dispatcher's until a case was returned twice."))


def _returns(case: Case) -> int:
    return case.assignments.exclude(return_reason="").count()


def _unit_within(by: User, code: str) -> Unit:
    unit = Unit.objects.subtree(by.unit).filter(code=code).first()
    if unit is None:
        raise Invalid({"unit": [_("There is no such unit.")]})
    if unit.is_external:
        raise Invalid({"unit": [_("Outlets and firms get referrals, not dispatches.")]})
    return unit


def _officer(field: str, username: str | None, unit: Unit) -> User | None:
    """The active officer of ``unit`` or a unit above or below it; None for no name."""
    if not username:
        return None
    user = User.objects.select_related("unit").filter(username=username, is_active=True).first()
    near = user and (user.unit.path.startswith(unit.path) or unit.path.startswith(user.unit.path))
    if not near or user.role not in HANDLERS | {Role.DISPATCHER, Role.CHIEF}:
        raise Invalid({field: [_("Nobody of this name can take it in this unit.")]})
    return user


def _end_assignment(
    act: Act, *, handler: User | None = None, reason: str = "", explanation: str = ""
) -> Assignment | None:
    """End the current assignment; ``handler`` fills in who had it, where nobody was named."""
    current = act.assignment
    if current:
        current.ended_at, current.handler = act.at, current.handler or handler
        current.return_reason, current.return_explanation = reason, explanation
        current.save()
    return current


def _hand_over(case: Case, unit: Unit, handler: User | None) -> None:
    """Unit and handler of the case and of what it still owes."""
    case.unit, case.handler = unit, handler
    case.deadlines.open().update(unit=unit, handler=handler)


def _take_in_hand(act: Act) -> None:
    """Who answers first has it, where nobody was named: a person takes it (1030)."""
    if act.case.handler_id or act.by.role not in HANDLERS:
        return
    if current := act.assignment:
        current.handler = act.by
        current.save(update_fields=["handler"])
        _hand_over(act.case, act.case.unit, act.by)


# -- the ticket's moments ---------------------------------------------------------------


def respond(no: str, *, by: User, ticket: str | None = None) -> Case:
    """A person takes the ticket: the ten minutes stop. Without ``ticket``, all of the case."""
    with acts.begin(no, "respond", by) as act:
        waiting = _tickets(act, ticket).filter(responded_at=None)
        if not waiting:
            raise RuleViolation(_("Somebody has responded already."))
        _take_in_hand(act)
        _respond_to(act, list(waiting))
    return act.case


def _respond_to(act: Act, tickets: list[Ticket]) -> None:
    act.meet("respond", tickets)
    for ticket in tickets:
        ticket.responded_at = act.at
        ticket.save(update_fields=["responded_at"])
        act.record(Kinds.RESPONDED, ticket=ticket)


def contact(
    no: str, *, by: User, outcome: str, appointment_at: datetime | None = None,
    no_meeting_reason: str = "", note: str = "", ticket: str | None = None,
) -> Case:  # fmt: skip
    """Log a try to reach the citizen; ``reached`` stops the thirty minutes (and the ten).

    ``reached`` needs the appointment or the reason why there is none.
    """
    if outcome == ContactAttempt.Outcome.REACHED and not (appointment_at or no_meeting_reason):
        wanted = [_("Say when you will meet, or why you will not.")]
        raise Invalid({"appointment_at": wanted, "no_meeting_reason": wanted})
    with acts.begin(no, "contact", by) as act:
        if appointment_at and appointment_at <= act.at:
            raise Invalid({"appointment_at": [_("This moment has passed.")]})
        attempt = ContactAttempt.objects.create(
            case=act.case, by=by, at=act.at, outcome=outcome, appointment_at=appointment_at,
            no_meeting_reason=no_meeting_reason, note=note,
        )  # fmt: skip
        if outcome == ContactAttempt.Outcome.REACHED:
            _reach(act, _citizens_tickets(act, ticket), attempt)
        else:
            act.record(Kinds.CONTACT_FAILED, attempt=attempt.pk, outcome=outcome)
    return act.case


def _reach(act: Act, tickets: list[Ticket], attempt: ContactAttempt) -> None:
    _take_in_hand(act)
    _respond_to(act, [ticket for ticket in tickets if ticket.responded_at is None])
    act.meet("contact", tickets)
    for ticket in tickets:
        if ticket.contacted_at is None:
            ticket.contacted_at = act.at
            ticket.save(update_fields=["contacted_at"])
        act.record(Kinds.CONTACTED, ticket=ticket, attempt=attempt.pk)


def reply_ticket(no: str, *, by: User, ticket: str, text: str) -> Case:
    """The reply to the platform and the citizen, once for each round of a ticket."""
    with acts.begin(no, "reply_ticket", by) as act:
        replied = _tickets(act, ticket).get()
        if replied.replied_at:
            raise RuleViolation(_("This ticket has its reply."))
        act.meet("reply_ticket", [replied])
        replied.replied_at, replied.reply_text = act.at, text
        replied.save(update_fields=["replied_at", "reply_text"])
        act.record(Kinds.REPLIED, ticket=replied)
    return act.case


def _tickets(act: Act, ticket: str | None):
    """The case's tickets, or the one named; Invalid where it is none of this case."""
    tickets = act.case.tickets.select_for_update().order_by("pk")
    if ticket is None:
        return tickets
    if not tickets.filter(no=ticket).exists():
        raise Invalid({"ticket": [_("This case has no such ticket.")]})
    return tickets.filter(no=ticket)


def _citizens_tickets(act: Act, ticket: str | None) -> list[Ticket]:
    """The named ticket, or all that this citizen has on the case: the same telephone."""
    tickets = _tickets(act, ticket)
    if ticket is None and act.case.consumer and act.case.consumer.phone:
        tickets = tickets.filter(consumer__phone=act.case.consumer.phone)
    return list(tickets)


# -- one matter, many tickets -----------------------------------------------------------


@transaction.atomic
def link_ticket(no: str, *, by: User, ticket: str) -> Case:
    """Bring a ticket about the same matter onto this case; its clocks run on here.

    A case that has lost its last ticket is merged into this one.
    """
    source = _ticket_elsewhere(no, by, ticket).case
    _lock_in_order(no, source.no)
    with acts.begin(no, "link_ticket", by) as act:
        source.refresh_from_db()
        moved = source.tickets.filter(no=ticket).first()
        if moved is None:
            raise RuleViolation(_("Somebody has just moved this ticket elsewhere."))
        if source.kind != act.case.kind:
            raise RuleViolation(_("Only tickets of the same kind belong on one case."))
        if source.state in {State.CLOSED, State.MERGED} or source == act.case:
            raise RuleViolation(_("This ticket cannot be moved: its case is closed, or this one."))
        moved.case = act.case
        moved.save(update_fields=["case"])
        CaseDeadline.objects.filter(ticket=moved).update(case=act.case)
        _hand_over(act.case, act.case.unit, act.case.handler)
        act.record(Kinds.TICKET_LINKED, ticket=moved, **{"from": source.no})
        _merge_if_empty(act, source)
    return act.case


def _ticket_elsewhere(no: str, by: User, ticket: str) -> Ticket:
    acts.admit(no, "link_ticket", by)
    found = Ticket.objects.select_related("case").filter(no=ticket).first()
    if found is None or not Case.objects.in_hands_of(by).filter(pk=found.case_id).exists():
        raise Invalid({"ticket": [_("There is no such ticket.")]})
    return found


def _lock_in_order(*numbers: str) -> None:
    """Both cases and their clocks, always in one order: two links never wait for each other."""
    acts.lock_cases(no__in=numbers)
    deadlines.lock(CaseDeadline.objects.filter(case__no__in=numbers))


def _merge_if_empty(act: Act, source: Case) -> None:
    if not source.tickets.exists():
        deadlines.cancel(source.deadlines, at=act.at, reason="merged")
        source.state, source.merged_into = State.MERGED, act.case
        act.record(Kinds.MERGED, case=source, into=act.case.no)
    acts.refresh_next_due(source)
    source.save()


# -- the end, with four eyes --------------------------------------------------------------


def close(no: str, *, by: User, conclusion: str, principle: str = "") -> Case:
    """Propose the end of the case; a consultation is closed at once."""
    with acts.begin(no, "close", by) as act:
        if act.case.kind == Kind.PETITION and principle not in PRINCIPLES:
            raise Invalid({"principle": [_("A petition closes with one of the four principles.")]})
        if missing := completeness.missing(act.case):
            raise RuleViolation(completeness.sentence(missing))
        if act.case.proposals.filter(decided_at=None).exists():
            raise RuleViolation(_("Something waits for approval here already."))
        if act.move.to == State.CLOSED:
            _close(act, conclusion, principle)
        else:
            data = {"conclusion": conclusion, "principle": principle}
            Proposal.objects.create(case=act.case, verb="close", data=data, by=by, at=act.at)
            act.record(Kinds.CLOSE_PROPOSED)
    return act.case


def approve(no: str, *, by: User) -> Case:
    """Let what was proposed take effect now: the decision's moment is the approval."""
    with acts.begin(no, "approve", by) as act:
        proposal = _decide(act, approved=True)
        if missing := completeness.missing(act.case):
            raise RuleViolation(completeness.sentence(missing))
        _close(act, **proposal.data)
    return act.case


def disapprove(no: str, *, by: User, reason: str) -> Case:
    """Refuse what was proposed, with the reason; the case goes on."""
    with acts.begin(no, "disapprove", by) as act:
        _decide(act, approved=False, reason=reason)
        act.record(Kinds.DISAPPROVED)
    return act.case


def _decide(act: Act, *, approved: bool, reason: str = "") -> Proposal:
    """The pending proposal, decided by somebody who neither proposed nor handles it."""
    proposal = act.case.proposals.select_for_update().filter(decided_at=None).first()
    if proposal is None:
        raise RuleViolation(_("Nothing waits for approval here."))
    if refusal := _may_decide(act.case, proposal, act.by):
        raise RuleViolation(refusal)
    proposal.approved, proposal.decided_by = approved, act.by
    proposal.decided_at, proposal.reason = act.at, reason
    proposal.save()
    return proposal


def _may_decide(case: Case, proposal: Proposal, user: User) -> str | None:
    """None where ``user`` may decide, else the sentence that says why not."""
    if user.pk in {proposal.by_id, case.handler_id}:
        return _("Somebody else must decide this: you proposed or handle it.")
    if user.role == Role.LEADER and _chief_of(case.unit, besides=case.handler_id):
        return _("The section chief of this unit decides this.")
    return None


def _chief_of(unit: Unit, *, besides: int | None) -> bool:
    chiefs = User.objects.filter(
        role=Role.CHIEF, is_active=True, unit__path__in=unit.ancestor_paths
    )
    return chiefs.exclude(pk=besides).exists()


def _close(act: Act, conclusion: str, principle: str) -> None:
    act.case.state, act.case.closed_at = State.CLOSED, act.at
    act.case.conclusion, act.case.principle = conclusion, principle
    if current := act.assignment:
        current.ended_at = act.at
        current.save(update_fields=["ended_at"])
    act.record(Kinds.CLOSED)


VERBS = {
    "dispatch": dispatch,
    "return": return_,
    "respond": respond,
    "contact": contact,
    "reply_ticket": reply_ticket,
    "link_ticket": link_ticket,
    "close": close,
    "approve": approve,
    "disapprove": disapprove,
}
"""The verbs by their public names, for the doors."""


def allowed(case: Case, user: User) -> list[str]:
    """The verbs ``user`` may do on ``case`` now, in the order of the tables.

    It promises role, scope, state and four eyes; a verb may still refuse what it is given.
    """
    if not Case.objects.in_hands_of(user).filter(pk=case.pk).exists():
        return []
    open_to = [
        m.verb for m in MOVES[Kind(case.kind)] if user.role in m.roles and case.state in m.frm
    ]
    return [verb for verb in open_to if _makes_sense(verb, case, user)]


def _makes_sense(verb: str, case: Case, user: User) -> bool:
    """Whether ``verb`` has something to do here now."""
    match verb:
        case "respond":
            return case.tickets.filter(responded_at=None).exists()
        case "reply_ticket":
            return case.tickets.filter(replied_at=None).exists()
        case "dispatch":
            return (user.role == Role.LEADER) == (_returns(case) >= RULING_AFTER)
        case "close":
            return not case.proposals.filter(decided_at=None).exists()
        case "approve" | "disapprove":
            pending = case.proposals.filter(decided_at=None).first()
            return bool(pending) and _may_decide(case, pending, user) is None
    return True
