"""A ticket comes off a case again: what it was before it came there goes on."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from agency.core import deadlines
from agency.core.errors import RuleViolation
from agency.core.models import Unit, User
from cases import acts, clocks, lifecycle
from cases.acts import Act
from cases.citizens import is_same_person, tickets_of
from cases.lifecycle import ENDED, Kind, Milestone, State
from cases.models import Case, CaseDeadline, CaseEvent, Consumer, Supplement, Ticket
from cases.models.ticket import TOLD
from cases.workflow.hands import hand_over, officers, successor
from cases.workflow.kinds import INHERITED, begin
from cases.workflow.taken_along import take_along
from cases.workflow.tickets import find_ticket, lock_in_order

Kinds = CaseEvent.Kind


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
            _know_as_here(act, home, moved.consumer)
        case = home if home and home.state not in ENDED else _on_its_own(act, moved, home)
        moved.case = case
        moved.save(update_fields=["case"])
        CaseDeadline.objects.filter(ticket=moved).update(case=case)
        clocks.forgo_reply(act.case, at=act.at)
        hand_over(case, case.unit, case.handler, at=act.at)
        acts.refresh_next_due(case)
        case.save()
        act.record(Kinds.TICKET_UNLINKED, ticket=moved, into=case.no)
    return act.case


def _home_of(no: str, ticket: str) -> Case | None:
    """The case the ticket came from when it was linked to this one; None for its own.

    Where that was merged, too, and had the ticket from yet another: the one it began with. Of
    the same kind: what was converted is no place to go back to.
    """
    home, came = None, _link_of(ticket, case__no=no)
    while came:
        source = Case.objects.filter(no=came.data["from"], kind=came.case.kind).first()
        home = source or home
        if source is None or source.state != State.MERGED:
            break
        came = _link_of(ticket, case=source, pk__lt=came.pk)
    return home


def _link_of(ticket: str, **where) -> CaseEvent | None:
    linked = CaseEvent.objects.filter(kind=Kinds.TICKET_LINKED, ticket__no=ticket, **where)
    return linked.select_related("case").order_by("-pk").first()


def _check_may_leave(act: Act, moved: Ticket) -> None:
    """The citizen whose case it is stays on it, where they came with a ticket at all."""
    tickets = list(act.case.tickets.select_related("consumer"))
    own = tickets_of(act.case.consumer, tickets)
    if act.case.closed_at and moved in own:
        raise RuleViolation(_("It has ended for this citizen: only another's ticket leaves it."))
    is_report = act.case.kind == Kind.REPORT
    if (tickets if is_report else own) != [moved]:
        return
    if tickets == [moved]:
        raise RuleViolation(_("This is the only ticket of the case."))
    raise RuleViolation(
        _("The case is the citizen's whose ticket this is: unlink the other citizens' tickets.")
    )


def _know_as_here(act: Act, home: Case, now: Consumer | None) -> None:
    """The citizen whose data were mended while the ticket was here is no stranger at home."""
    was, mended = now, []
    here = Supplement.objects.filter(case=act.case, person__isnull=False)
    while rows := list(here.filter(person=was).order_by("pk")):
        was, mended = rows[0].was_person, rows + mended
    if home.consumer == now or not mended or not is_same_person(home.consumer, was):
        return
    known_as = {None, home.consumer}  # a round's own row keeps what that round told
    tickets = list(home.tickets.select_related("consumer"))
    own = [t for t in tickets_of(home.consumer, tickets) if t.consumer in known_as]
    Ticket.objects.filter(pk__in=[ticket.pk for ticket in own]).update(consumer=now)
    home.consumer = now
    for row in mended:
        row.pk, row.case, row.at = None, home, act.at
        row.save(force_insert=True)
    act.record(Kinds.SUPPLEMENTED, case=home, fields=sorted({row.field for row in mended}))


def _on_its_own(act: Act, moved: Ticket, home: Case | None) -> Case:
    """The case it was before it was merged, else a new one."""
    into = home.merged_into if home else None
    case = _restored(act, home) if into else _own_case(act, moved, home)
    take_along(act, moved, case)
    if into:
        _leave_to_who_had_it(act, case, into)
    act.record(Kinds.TICKET_UNLINKED, case=case, to=case.state, **{"from": act.case.no})
    if case.unit.parent_id or case.handler or case.state != State.REGISTERED:
        replace(act, case=case).tell("handler", topic="dispatch")
    return case


def _restored(act: Act, home: Case) -> Case:
    """The case as it was: its state, its hands and what it owed. Its unit's day begins anew."""
    told = home.events.filter(data__has_key="to").exclude(data__to=State.MERGED)
    home.state, home.merged_into = told.order_by("-pk").first().data["to"], None
    merged_at = home.events.filter(kind=Kinds.MERGED).order_by("-pk").first().at
    _put_back(act, home, merged_at)
    owed = home.deadlines.filter(cancel_reason="merged", cancelled_at=merged_at)
    receipt = Q(rule__starts_on=Milestone.CASE_REGISTERED)
    for milestone in set(owed.exclude(receipt).values_list("rule__starts_on", flat=True)):
        clocks.start(home, milestone, starts_at=act.at, at=act.at)
    deadlines.run_on(owed.filter(receipt), at=act.at)
    return home


def _put_back(act: Act, home: Case, merged_at: datetime) -> None:
    """Into the hands it was in, as far as they may still have it."""
    ended = home.assignments.filter(ended_at=merged_at).order_by("pk").last()
    if ended is None:
        return
    able = {
        f"{post}_id": officers(home, post, ended.unit).filter(pk=person).values_list("pk").first()
        for post in ("handler", "contact", "follow_up")
        if (person := getattr(ended, f"{post}_id"))
    }
    following = successor(ended, act.at, **{post: pk and pk[0] for post, pk in able.items()})
    following.save()
    home.handler = following.handler


def _leave_to_who_had_it(act: Act, home: Case, into: Case) -> None:
    """What fell due while it was merged is the figure of the unit that had it then."""
    for clock in home.deadlines.overdue(act.at).filter(ticket=None, noticed_at=None):
        clock.answerable = _who_had(into, clock.due_at)
        clock.save(update_fields=["answerable"])


def _who_had(case: Case, moment: datetime) -> Unit:
    """In which unit's hands was at ``moment`` what had been merged into ``case``."""
    while case.merged_into and case.events.filter(kind=Kinds.MERGED, at__lte=moment).exists():
        case = case.merged_into
    lasting = Q(ended_at=None) | Q(ended_at__gt=moment)
    had = case.assignments.filter(lasting, assigned_at__lte=moment).select_related("unit").first()
    return had.unit if had else case.unit


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
