"""Which clocks a milestone of a case starts and stops: what the rules say, and nothing else.

The engine that counts and watches them: agency/core/deadlines/.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from agency.core import deadlines
from agency.core.calendar import SHANGHAI, Due
from agency.core.clock import AgencyNow
from agency.core.models import DeadlineRule, Unit
from cases.lifecycle import Milestone, State
from cases.models import (
    Case,
    CaseDeadline,
    CaseDeadlinePause,
    CaseEvent,
    ContactAttempt,
    Decision,
    Referral,
    Ticket,
    Topic,
)
from cases.models.ticket import PLATFORMS
from cases.promises import owed_till_then


def start(case: Case, milestone: Milestone, *, starts_at: datetime, at: datetime) -> None:
    """Open the clocks of the case itself that start on ``milestone``; one that runs goes on, and
    what is behind the case already is owed no more (``is_past``).

    What counts from the acceptance does so once: accepted again, the case is reworked within a
    limit of its own. ``starts_at`` decides which rules are in force. Both moments must have
    been read after the case was locked.
    """
    if milestone == Milestone.ACCEPTED and _was_accepted_before(case):
        return
    owed = case.deadlines.open().filter(ticket=None).values("rule__code")
    rules = DeadlineRule.objects.filter(starts_on=milestone).exclude(code__in=owed)
    _open(case, binding(rules, case, starts_at), starts_at=starts_at, at=at)


def _was_accepted_before(case: Case) -> bool:
    """Before the decision that is being taken: which is written by now."""
    return case.decisions.filter(kind=Decision.Kind.ACCEPTED).count() > 1


DECIDE_ON_RECEIPT = {
    Decision.Kind.ACCEPTED, Decision.Kind.REFUSED, Decision.Kind.ROUTED, Decision.Kind.FILED,
    Decision.Kind.NOT_FILED, Decision.Kind.NO_JURISDICTION, Decision.Kind.TRANSFERRED,
}  # fmt: skip
PUT_ASIDE = {"convert", "mark_duplicate"}
"""Why a clock was cancelled by us alone, though the citizen was never told of a decision."""
NEW_FACTS = "new_facts"
"""Why one was cancelled that counts anew: the same reporter told more."""


ON_RECEIPT = Decision.objects.filter(kind__in=DECIDE_ON_RECEIPT)


def is_decided(case: Case) -> bool:
    """Whether it was ever decided what becomes of what came in."""
    return ON_RECEIPT.filter(case=case).exists()


FOR_GOOD = {Decision.Kind.ACCEPTED, Decision.Kind.FILED}
"""What binds us to deal with what came in: to reopen the case rewrites no such decision."""


def is_accepted(case: Case) -> bool:
    """Whether a complaint or petition is accepted, or a report filed, for good."""
    latest = ON_RECEIPT.filter(case=case).order_by("pk").last()
    return latest is not None and latest.kind in FOR_GOOD


def go_on(case: Case, *, since: datetime, at: datetime) -> None:
    """Count from the receipt again where a case lives on of which nothing was decided yet.

    What we put aside runs on as if we never had, and what was settled out there without the
    citizen's word; what the citizen or the sender took back counts from ``since``, when it came
    here again.
    """
    of_receipt = case.deadlines.filter(ticket=None, rule__starts_on=Milestone.CASE_REGISTERED)
    if is_decided(case) or not of_receipt.exists():
        return
    ours = of_receipt.filter(cancel_reason__in=PUT_ASIDE) | of_receipt.filter(
        pk__in=owed_till_then(case)
    )
    deadlines.run_on(ours, at=at)
    start(case, Milestone.CASE_REGISTERED, starts_at=since, at=at)


def received_at(case: Case) -> datetime:
    """From when counts what counts from the receipt: its first arrival, or a later one after it
    was taken back (``go_on``). New facts of the same matter (``start_anew``) are no other receipt.
    """
    of_receipt = case.deadlines.filter(ticket=None, rule__starts_on=Milestone.CASE_REGISTERED)
    told_anew = of_receipt.filter(cancel_reason=NEW_FACTS)
    begun = sorted(set(of_receipt.values_list("starts_at", flat=True)))
    left = set(told_anew.values_list("starts_at", flat=True))
    receipts = [at for before, at in pairwise([None, *begun]) if before not in left]
    return receipts[-1] if receipts else case.arrived_at


def is_history(case: Case) -> bool:
    """Whether it was brought in with its past: no clock ever ran for it."""
    return not case.deadlines.exists()


def start_anew(case: Case, met_by: Milestone, *, starts_at: datetime, at: datetime) -> None:
    """Count what is still owed until ``met_by`` once more from ``starts_at``, if that is later.

    What stands still goes on standing still.
    """
    owed = case.deadlines.open().filter(ticket=None, rule__met_by=met_by)
    earlier = owed.filter(starts_at__lt=starts_at)
    beginnings = set(earlier.values_list("rule__starts_on", flat=True))
    rules = DeadlineRule.objects.filter(starts_on__in=beginnings, met_by=met_by)
    pause = CaseDeadlinePause.objects.filter(deadline__in=earlier, to_at=None).first()
    deadlines.cancel(earlier, at=at, reason=NEW_FACTS)
    _open(case, binding(rules, case, starts_at), starts_at=starts_at, at=at)
    if pause:
        since = max(pause.from_at, starts_at)
        deadlines.pause(owed, at=since, reason=pause.reason, by=pause.by, note=pause.note)


def start_for(case: Case, topic: Topic, *, at: datetime) -> None:
    """Open the limits of a topic that was put on later, from when those beside them count.

    A limit whose ordinary one is met by now has no point any more; where that one stands or
    stood still, so does the new one.
    """
    running = case.deadlines.open().filter(ticket=None).select_related("rule")
    ordinary = {clock.rule.starts_on: clock for clock in running}
    wanted = DeadlineRule.objects.filter(topics__contains=[topic.code], starts_on__in=ordinary)
    for rule in wanted.exclude(pk__in=[clock.rule_id for clock in running]):
        beside = ordinary[rule.starts_on]
        _open(case, binding([rule], case, beside.starts_at), starts_at=beside.starts_at, at=at)
        for opened in case.deadlines.open().filter(ticket=None, rule=rule):
            _stand_still_beside(opened, beside, at=at)


def _stand_still_beside(opened: CaseDeadline, beside: CaseDeadline, *, at: datetime) -> None:
    """As far as its own rule may, and unless it was late before."""
    pauses = beside.pauses.filter(reason__in=opened.rule.pauses)
    if over := list(pauses.exclude(to_at=None)):
        deadlines.leave_out(opened, over, at=at)
    for lasts in pauses.filter(to_at=None):
        alone = CaseDeadline.objects.filter(pk=opened.pk)
        deadlines.pause(alone, at=lasts.from_at, reason=lasts.reason, by=lasts.by, note=lasts.note)


def start_contact(case: Case, ticket: Ticket, *, at: datetime) -> None:
    """There is a way to reach the citizen now, and was none before: the limit counts from here."""
    rules = DeadlineRule.objects.filter(starts_on=Milestone.TICKET_ARRIVED, requires_contact=True)
    owed = ticket.deadlines.values("rule__code")
    binding_now = binding(rules.exclude(code__in=owed), case, ticket.arrived_at)
    _open(case, binding_now, starts_at=at, at=at, ticket=ticket)


OF_A_CLUE = Q(rule__met_by=Milestone.CLUE_VERIFIED)
"""A clue is verified beside the mediation: each stands still by itself."""
OUT = {State.APPRAISING, State.TESTING}
"""What was sent out is waited for here, also where what it would have stopped was late."""


def call_in(case: Case, *, at: datetime) -> None:
    """End each appraisal that nothing waits for any more, whatever has ended the wait."""
    still = case.deadlines.filter(paused_at__isnull=False)
    is_over = Q(of_clue=True) & ~Exists(still.filter(OF_A_CLUE))
    if case.state not in OUT:
        is_over |= Q(of_clue=False) & ~Exists(still.exclude(OF_A_CLUE))
    case.appraisals.filter(is_over, ended_at=None).update(ended_at=at)


OUT_THERE = (Milestone.REFERRAL_TAKEN, Milestone.REFERRAL_ANSWERED, Milestone.REFERRAL_ENDED)
"""What an outlet or firm owes while a case is referred to it."""


def bring_in(case: Case, *, at: datetime) -> None:
    """End what is still out with an outlet or firm, whatever has ended that."""
    deadlines.cancel(
        case.deadlines.filter(rule__met_by__in=OUT_THERE), at=at, reason=Referral.Outcome.ENDED
    )
    case.referrals.open().update(ended_at=at, outcome=Referral.Outcome.ENDED)


def stop_for(case: Case, topic: Topic, *, at: datetime) -> None:
    """End the limits that only ``topic`` put on the case, once it is taken off."""
    left = list(case.topics.values_list("code", flat=True))
    only = case.deadlines.filter(rule__topics__contains=[topic.code])
    deadlines.cancel(only.exclude(rule__topics__overlap=left), at=at, reason="untagged")


def _open(
    case: Case, rules: list[DeadlineRule], *, starts_at: datetime, at: datetime,
    ticket: Ticket | None = None,
) -> None:  # fmt: skip
    calendar = deadlines.work_calendar_of(rules)
    CaseDeadline.objects.bulk_create(
        deadlines.build(
            CaseDeadline, rule, starts_at=starts_at, at=at, work_calendar=calendar, case=case,
            channel=case.channel, unit=case.unit, handler=case.handler, ticket=ticket,
        )
        for rule in rules
    )  # fmt: skip


IMPLIES = {Milestone.TAKEN_UP: [Milestone.DISPATCHED]}
"""Who takes a case up, as on its way to an outlet, leaves nothing to dispatch."""


def stop(
    case: Case, milestone: Milestone, *, at: datetime, tickets: Iterable[Ticket] | None = None
) -> list[CaseDeadline]:
    """Meet what ``milestone`` meets: the case's own clocks, and those of ``tickets``.

    None: of all its tickets. A reply to one platform leaves the case's own limit for replies
    open as long as another waits.
    """
    owed = case.deadlines.filter(rule__met_by__in=[milestone, *IMPLIES.get(milestone, ())])
    if milestone == Milestone.TICKET_REPLIED and _is_awaited(case):
        owed = owed.exclude(ticket=None)
    if tickets is not None:
        owed = owed.filter(Q(ticket=None) | Q(ticket__in=tickets))
    return deadlines.meet(owed, at=at)


TRIES = 3
"""So many tries to reach a citizen are enough, once the first limit for it is over."""


def unreachable(case: Case) -> QuerySet[CaseDeadline]:
    """The open clocks of contacting whoever could not be reached: tried, or refused to talk.

    They stay unmet: what was missed stays missed, but the case need not wait for it.
    """
    owed = CaseDeadline.objects.open().filter(rule__met_by=Milestone.CONTACTED)
    tries = CaseEvent.objects.filter(
        kind=CaseEvent.Kind.CONTACT_FAILED, ticket=OuterRef("ticket")
    ).order_by()
    number = tries.values("ticket").annotate(number=Count("pk")).values("number")
    is_over = Exists(owed.filter(ticket=OuterRef("ticket"), due_at__lt=AgencyNow()))
    is_refused = Exists(tries.filter(data__outcome=ContactAttempt.Outcome.REFUSED))
    tried = owed.filter(case=case).annotate(tries=Subquery(number))
    return tried.filter(is_over, Q(tries__gte=TRIES) | Q(is_refused))


def binding(rules: Iterable[DeadlineRule], case: Case, starts_at: datetime) -> list[DeadlineRule]:
    """Those of ``rules`` that bind this case, and are in force on the day of ``starts_at``."""
    on = starts_at.astimezone(SHANGHAI).date()
    rules = list(rules)
    topics = (
        case.topics.values_list("code", flat=True) if any(rule.topics for rule in rules) else ()
    )
    profiles = _profiles(case) if any(rule.profile for rule in rules) else {""}
    return [
        rule
        for rule in rules
        if rule.is_in_force(on)
        and not is_past(rule, case)
        and any(
            rule.binds(
                kind=case.kind, channel=case.channel.code, contactable=case.is_contactable,
                profile=profile, topics=topics,
            )
            for profile in profiles
        )
    ]  # fmt: skip


def is_past(rule: DeadlineRule, case: Case) -> bool:
    """Whether what would meet the clock is behind the case: it would stay open for ever."""
    if rule.met_by == Milestone.DISPATCHED:
        return case.state != State.REGISTERED
    if (rule.starts_on, rule.met_by) == (Milestone.CLOSED, Milestone.TICKET_REPLIED):
        return not _is_awaited(case)
    return False


def forgo_reply(case: Case, *, at: datetime) -> None:
    """A ticket has left: where no platform waits on the case any more, nobody could meet its limit."""
    if not _is_awaited(case):
        own = case.deadlines.filter(ticket=None, rule__met_by=Milestone.TICKET_REPLIED)
        deadlines.cancel(own, at=at, reason="ticket_left")


def _is_awaited(case: Case) -> bool:
    """Whether a platform that sent it waits for its reply."""
    sent = case.tickets.filter(channel__code__in=PLATFORMS, returned_at=None)
    return sent.filter(replied_at=None).exists()


def _profiles(case: Case) -> set[str]:
    """Its unit's; and the authority's, whose limits go on where it has given the case away."""
    received = case.deadlines.filter(rule__profile=Unit.Profile.AMR).exists()
    return {case.unit.org_profile} | ({Unit.Profile.AMR.value} if received else set())


def limit_of(case: Case, code: str, starts_at: datetime) -> datetime | None:
    """Until when a right that began at ``starts_at`` may be used; None where no rule limits it.

    The rules of Milestone.NEVER: they open no clock.
    """
    found = right_of(case, code, starts_at)
    return found and found.due.due_at


class Right(NamedTuple):
    """A time within which somebody may act: kept by no clock, and nobody is late by it."""

    rule: DeadlineRule
    due: Due


def right_of(case: Case, code: str, starts_at: datetime) -> Right | None:
    """The right that began at ``starts_at``, with its counting; None where no rule limits it."""
    rules = binding(DeadlineRule.objects.filter(code=code), case, starts_at)
    if not rules:
        return None
    return Right(rules[0], rules[0].due(starts_at, deadlines.work_calendar_of(rules)))
