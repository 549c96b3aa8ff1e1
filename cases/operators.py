"""What an outlet or a firm is told of a case: what it needs to settle it, and no more.

Nobody of the agency by name, no other unit, and nothing that was done before the case was referred
to it or since it went home. Every door of the machines reads this. Source: docs/rules.md, section
"Green channel".
"""

from django.db.models import Min, Q, QuerySet

from agency.core.models import User
from cases import citizens, evidence
from cases.clocks import OUT_THERE
from cases.lifecycle import State
from cases.models import Attachment, Case, CaseDeadline, CaseEvent, Referral, Ticket


def referral_of(case: Case, user: User) -> Referral | None:
    """The latest to the unit of ``user``; None for a case that is the unit's own."""
    return case.referrals.filter(unit=user.unit_id).order_by("pk").last()


def state(case: Case, referral: Referral | None) -> str:
    """As it stands there, or stood when it went home: what became of it since is not theirs."""
    if referral is None or referral.ended_at is None:
        return case.state
    is_settled = referral.outcome == Referral.Outcome.SETTLED
    return State.SETTLED if is_settled else referral.came_from


def is_settled_there(referral: Referral | None) -> bool:
    """Then the result is theirs, too."""
    return referral is None or referral.outcome == Referral.Outcome.SETTLED


def clocks(case: Case, user: User) -> QuerySet[CaseDeadline]:
    """What it owes itself; the agency's own limits are none of its business."""
    mine = case.referrals.filter(unit=user.unit_id).values("referred_at")
    theirs = Q(rule__met_by__in=OUT_THERE, starts_at__in=mine)
    return case.deadlines.filter(theirs | Q(case__unit=user.unit_id))


def next_due_at(case: Case, user: User):
    """The earliest of what it owes."""
    return clocks(case, user).running().aggregate(at=Min("due_at"))["at"]


def tickets(case: Case, referral: Referral | None) -> list[Ticket]:
    """Of the citizen who agreed to it, as far as they had come when it went home."""
    theirs = citizens.tickets_of(case.consumer, list(case.tickets.all()))
    until = referral and referral.ended_at
    return [ticket for ticket in theirs if until is None or ticket.registered_at <= until]


def events(case: Case, user: User) -> QuerySet[CaseEvent]:
    """That it was referred there and came home, and what its own people did."""
    mine = list(case.referrals.filter(unit=user.unit_id).values_list("pk", flat=True))
    told = Q(data__referral__in=mine) | Q(actor__unit=user.unit_id)
    return CaseEvent.objects.filter(told, case=case).select_related("actor").order_by("pk")


def own_name(who: User | None, user: User) -> str | None:
    """Their own people's usernames; the agency's have none there."""
    return who.username if who and who.unit_id == user.unit_id else None


def papers(case: Case, user: User) -> QuerySet[Attachment]:
    """The evidence while it is there; afterwards what they brought themselves."""
    if Case.objects.in_hands_of(user).filter(pk=case.pk).exists():
        return evidence.of(case)
    return evidence.of(case).filter(by__unit=user.unit_id)
