"""What goes along with a ticket that comes off a case: what its citizen was told of there."""

from dataclasses import replace

from django.db.models import Q, QuerySet

from agency.core import deadlines
from agency.core.roles import Role
from cases import clocks, lifecycle
from cases.acts import Act
from cases.calendar import day_of
from cases.citizens import tickets_of
from cases.lifecycle import Kind, Milestone, State
from cases.models import Callback, Case, CaseEvent, Decision, PartyNotice, Result, Ticket
from cases.workflow.hands import name_handler, officers, three_of
from cases.workflow.tickets import citizens_tickets

Decisions = Decision.Kind

DECIDED = {
    Decisions.ACCEPTED: ("accept", None),
    Decisions.REFUSED: ("refuse", Result.REFUSED),
    Decisions.TERMINATED: ("terminate", Result.FAILED),
    Decisions.ROUTED: ("route", Result.REPLIED),
    Decisions.EXTENDED: ("extend", None),
    Decisions.REPLIED: ("reply", Result.REPLIED),
}
"""What all citizens on a case are told of: by which verb it was decided, and what resulted."""
BEFORE_IT_WAS_IN_HAND = {State.NOT_ACCEPTED, State.ROUTED}
"""Where a petition has ended that nobody ever had to handle."""
OF_ALL = Q(kind__in=DECIDED) & (~Q(kind=Decisions.EXTENDED) | Q(case__kind=Kind.PETITION))
"""Of more time a petitioner alone is told. 信访工作条例 §34."""


def take_along(act: Act, moved: Ticket, case: Case) -> None:
    """Write into ``case``, the ticket's own from now on, what its citizen was told of here:
    each as of when it was decided, not before the ticket arrived.
    """
    told = _notices_to(act, moved)
    if not told:
        return
    to_take_up = case.deadlines.filter(rule__met_by=Milestone.TAKEN_UP)
    deadlines.cancel(to_take_up, at=act.at, reason="decided")
    known = list(_known(act, moved, told))
    longer = {found.reference for found in known if found.kind == Decisions.EXTENDED}
    copies = {found.pk: _decide(act, case, found, moved, longer) for found in known}
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
    if case.kind == Kind.PETITION and case.state not in BEFORE_IT_WAS_IN_HAND:
        _name_three(act, case)
    for replied in [found for found in known if found.kind == Decisions.REPLIED][-1:]:
        _ask_to_call_back(act, case, replied)


def _notices_to(act: Act, moved: Ticket) -> list[PartyNotice]:
    """What told the ticket's citizen of a decision, since it arrived."""
    tickets = list(act.case.tickets.select_related("consumer"))
    own = moved in citizens_tickets(act, None)
    theirs = {None} if own else {ticket.pk for ticket in tickets_of(moved.consumer, tickets)}
    told = act.case.party_notices.counting().filter(
        decision__in=act.case.decisions.filter(OF_ALL),
        party=PartyNotice.Party.COMPLAINANT, at__gte=moved.arrived_at,
    )  # fmt: skip
    return [notice for notice in told.order_by("pk") if notice.ticket_id in theirs]


def _known(act: Act, moved: Ticket, told: list[PartyNotice]) -> QuerySet[Decision]:
    """What was told of, and what was decided before that since the ticket came here: who is told
    of what came later knows that, too.
    """
    came = act.case.events.filter(kind=CaseEvent.Kind.TICKET_LINKED, ticket=moved)
    since = came.order_by("-pk").values_list("at", flat=True).first() or moved.arrived_at
    named = {notice.decision_id for notice in told}
    before = Q(pk__lt=max(named), at__gte=since)
    return act.case.decisions.filter(OF_ALL, before | Q(pk__in=named)).order_by("pk")


def _decide(act: Act, case: Case, decision: Decision, moved: Ticket, longer: set[str]) -> Decision:
    """Once more, with what it does to state, result and clocks."""
    verb, result = DECIDED[decision.kind]
    move = lifecycle.moves_of(case.kind, verb)[0]
    decision.pk, decision.case, decision.at = None, case, max(decision.at, moved.arrived_at)
    decision.save(force_insert=True)
    case.state = move.to
    if result and not case.result:
        case.result, case.ended_at = result, decision.at
    for milestone in move.happens:
        clocks.stop(case, milestone, at=decision.at)
        clocks.start(case, milestone, starts_at=decision.at, at=act.at)
        begun = case.deadlines.open().filter(ticket=None, rule__starts_on=milestone)
        for clock in begun.filter(starts_at=decision.at).select_related("rule"):
            like = act.case.deadlines.filter(rule=clock.rule, ticket=None).order_by("pk").last()
            if like:
                extended = clock.rule.code in longer
                deadlines.take_over(clock, like, extended=extended, at=act.at)
    return decision


def _name_three(act: Act, case: Case) -> None:
    """三级负责: what was in hand is in the same hands."""
    three = three_of(act.case)
    if three is None:
        return
    if case.state == State.ACCEPTED:
        case.state = State.HANDLING
    three.pk, three.case, three.by, three.at = None, case, act.by, act.at
    three.save(force_insert=True)
    able = officers(case, "core_handler", case.unit)
    if person := able.filter(pk=three.core_handler_id).first():
        name_handler(replace(act, case=case), person)


def _ask_to_call_back(act: Act, case: Case, replied: Decision) -> None:
    """Its petitioner is called back like the others who were answered. 专人回访."""
    asked = Callback.objects.filter(case=act.case).first()
    Callback.objects.create(
        case=case, officer=asked and asked.officer, ended_on=day_of(replied.at), drawn_at=act.at
    )
    replace(act, case=case).tell(Role.CALLBACK, topic="reply")
