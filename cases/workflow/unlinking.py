"""A ticket comes off a case again: what it was before, and what its citizen was told of here."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from agency.core import deadlines
from agency.core.errors import RuleViolation
from agency.core.models import User
from cases import acts, clocks, lifecycle
from cases.acts import Act
from cases.citizens import tickets_of
from cases.lifecycle import ENDED, Kind, Milestone, State
from cases.models import (
    Assignment,
    Case,
    CaseDeadline,
    CaseEvent,
    Decision,
    PartyNotice,
    Result,
    Ticket,
)
from cases.models.ticket import TOLD
from cases.workflow.hands import hand_over
from cases.workflow.kinds import INHERITED, begin
from cases.workflow.tickets import citizens_tickets, find_ticket, lock_in_order

Kinds, Decisions = CaseEvent.Kind, Decision.Kind


@transaction.atomic
def unlink_ticket(no: str, *, by: User, ticket: str) -> Case:
    """Take a ticket off this case again, its clocks with it.

    It goes back to the case it came from, which is what it was before it was merged; one
    that came with this case, or whose case has ended since, gets a case of its own. What its
    citizen was told of here was decided there too.
    """
    home = _home_of(no, ticket)
    if home:
        lock_in_order(no, home.no)
    with acts.begin(no, "unlink_ticket", by) as act:
        moved = find_ticket(act, ticket)
        _check_may_leave(act, moved)
        if home:
            home.refresh_from_db()
        case = home if home and home.state not in ENDED else _on_its_own(act, moved, home)
        moved.case = case
        moved.save(update_fields=["case"])
        CaseDeadline.objects.filter(ticket=moved).update(case=case)
        hand_over(case, case.unit, case.handler, at=act.at)
        acts.refresh_next_due(case)
        case.save()
        act.record(Kinds.TICKET_UNLINKED, ticket=moved, into=case.no)
    return act.case


def _home_of(no: str, ticket: str) -> Case | None:
    """The case the ticket came from when it was linked to this one; None for its own.

    Of the same kind: what was converted is no place to go back to.
    """
    linked = CaseEvent.objects.filter(kind=Kinds.TICKET_LINKED, case__no=no, ticket__no=ticket)
    last = linked.select_related("case").order_by("-pk").first()
    return last and Case.objects.filter(no=last.data["from"], kind=last.case.kind).first()


def _check_may_leave(act: Act, moved: Ticket) -> None:
    """The citizen whose case it is stays on it, where they came with a ticket at all."""
    tickets = list(act.case.tickets.select_related("consumer"))
    is_report = act.case.kind == Kind.REPORT
    if (tickets if is_report else tickets_of(act.case.consumer, tickets)) != [moved]:
        return
    if tickets == [moved]:
        raise RuleViolation(_("This is the only ticket of the case."))
    raise RuleViolation(
        _("The case is the citizen's whose ticket this is: unlink the other citizens' tickets.")
    )


def _on_its_own(act: Act, moved: Ticket, home: Case | None) -> Case:
    """The case it was before it was merged into this one, else a new one."""
    told = _notices_to(act, moved)
    is_merged_here = home and home.merged_into == act.case
    case = _restored(act, home) if is_merged_here else _own_case(act, moved, home)
    if told:
        _decide_what_was_told(act, case, told, since=moved.arrived_at)
    act.record(Kinds.TICKET_UNLINKED, case=case, to=case.state, **{"from": act.case.no})
    return case


def _restored(act: Act, home: Case) -> Case:
    """The case as it was: its state, its hands and what it owed. Its unit's day begins anew."""
    told = home.events.filter(data__has_key="to").exclude(data__to=State.MERGED)
    home.state, home.merged_into = told.order_by("-pk").first().data["to"], None
    merged_at = home.events.filter(kind=Kinds.MERGED).order_by("-pk").first().at
    for ended in home.assignments.filter(ended_at=merged_at):
        Assignment.objects.create(
            case=home, unit=ended.unit, by=act.by, handler=ended.handler, contact=ended.contact,
            follow_up=ended.follow_up, assigned_at=act.at,
        )  # fmt: skip
    owed = home.deadlines.filter(cancel_reason="merged", cancelled_at=merged_at)
    receipt = Q(rule__starts_on=Milestone.CASE_REGISTERED)
    for milestone in set(owed.exclude(receipt).values_list("rule__starts_on", flat=True)):
        clocks.start(home, milestone, starts_at=act.at, at=act.at)
    deadlines.run_on(owed.filter(receipt), at=act.at)
    return home


def _own_case(act: Act, moved: Ticket, home: Case | None) -> Case:
    """A case of the ticket's own, that tells what the one it came from told.

    A report's reporter is who sent the ticket, still unseen.
    """
    told = home or act.case
    kind, is_dispatched = act.case.kind, bool(act.case.unit.parent_id)
    is_report = kind == Kind.REPORT
    case = Case(
        kind=kind, origin=act.case, arrived_at=moved.arrived_at, registered_at=act.at,
        state=lifecycle.first_state(kind, is_dispatched=is_dispatched),
        **{name: getattr(told, name) for name in INHERITED}
        | {"title": moved.title, "channel": moved.channel, "unit": act.case.unit}
        | {name: said for name in TOLD if (said := getattr(moved, name))},
        consumer=None if is_report else moved.consumer,
        reporter=told.reporter if is_report else None,
    )  # fmt: skip
    return begin(act, case, topics=told.topics.all())


DECIDED = {
    Decisions.ACCEPTED: ("accept", None),
    Decisions.REFUSED: ("refuse", Result.REFUSED),
    Decisions.TERMINATED: ("terminate", Result.FAILED),
    Decisions.ROUTED: ("route", Result.REPLIED),
    Decisions.REPLIED: ("reply", Result.REPLIED),
}
"""What all citizens on a case are told of: by which verb it was decided, and what resulted."""


def _notices_to(act: Act, moved: Ticket) -> list[PartyNotice]:
    """What told the ticket's citizen of a decision, since it arrived."""
    tickets = list(act.case.tickets.select_related("consumer"))
    own = moved in citizens_tickets(act, None)
    theirs = {None} if own else {ticket.pk for ticket in tickets_of(moved.consumer, tickets)}
    told = act.case.party_notices.counting().filter(
        party=PartyNotice.Party.COMPLAINANT, decision__kind__in=DECIDED, at__gte=moved.arrived_at
    )
    return [notice for notice in told.order_by("pk") if notice.ticket_id in theirs]


def _decide_what_was_told(
    act: Act, case: Case, told: list[PartyNotice], *, since: datetime
) -> None:
    """Write the decisions its citizen knows into their own case, as of when they were taken."""
    to_take_up = case.deadlines.filter(rule__met_by=Milestone.TAKEN_UP)
    deadlines.cancel(to_take_up, at=act.at, reason="decided")
    known = act.case.decisions.filter(kind__in=DECIDED, pk__lte=max(n.decision_id for n in told))
    copies = {found.pk: _decide(act, case, found, since) for found in known.order_by("pk")}
    to_others = act.case.party_notices.filter(
        party=PartyNotice.Party.RESPONDENT, decision__in=copies
    )
    notices = [*told, *to_others]
    for notice in notices:
        notice.pk, notice.ticket, notice.case = None, None, case
        notice.decision = copies[notice.decision_id]
        notice.save(force_insert=True)
    clocks.stop(case, Milestone.DECISION_TOLD, at=told[0].at)
    if not copies[max(copies)].untold:
        clocks.stop(case, Milestone.TERMINATION_TOLD, at=max(notice.at for notice in notices))


def _decide(act: Act, case: Case, decision: Decision, since: datetime) -> Decision:
    """Once more, with what it does to state, result and clocks; not before the ticket arrived."""
    verb, result = DECIDED[decision.kind]
    move = lifecycle.moves_of(case.kind, verb)[0]
    decision.pk, decision.case, decision.at = None, case, max(decision.at, since)
    decision.save(force_insert=True)
    case.state = move.to
    if result and not case.result:
        case.result, case.ended_at = result, decision.at
    for milestone in move.happens:
        clocks.stop(case, milestone, at=decision.at)
        clocks.start(case, milestone, starts_at=decision.at, at=act.at)
    return decision
