"""Whose tickets are on a case: one citizen may have several, one case several citizens."""

from collections.abc import Sequence

from cases.lifecycle import Kind
from cases.models import Case, Consumer, Decision, PartyNotice, Ticket


def is_same_person(one: Consumer | None, other: Consumer | None) -> bool:
    """By the telephone; of who gave none, only the very same row, or nobody at all."""
    if one and one.phone:
        return bool(other) and other.phone == one.phone
    return one == other


def tickets_of(person: Consumer | None, tickets: Sequence[Ticket]) -> list[Ticket]:
    """Those of ``tickets`` with the same telephone, and every round of one of those.

    A platform that sends a ticket back may give another telephone, or nobody's.
    """
    own = [t for t in tickets if is_same_person(person, t.consumer)]
    rounds = {(t.channel_id, t.external_no) for t in own if t.external_no}
    return [t for t in tickets if t in own or (t.channel_id, t.external_no) in rounds]


def others(case: Case) -> list[list[Ticket]]:
    """The tickets of each citizen beside the case's own who could be told; of a report, none."""
    if case.kind == Kind.REPORT:
        return []
    left = list(case.tickets.select_related("consumer", "channel").order_by("pk"))
    left = [t for t in left if t not in tickets_of(case.consumer, left)]
    found = []
    while left:
        theirs = tickets_of(left[0].consumer, left)
        found += [theirs] if any(t.consumer and t.consumer.phone for t in theirs) else []
        left = [t for t in left if t not in theirs]
    return found


def untold(case: Case, decision: Decision) -> list[Ticket | None]:
    """Who brought the matter and does not know of ``decision``: None for the case's own citizen,
    else a ticket of another. Who is told of a later decision knows what came before.
    """
    told = case.party_notices.counting().filter(
        party=PartyNotice.Party.COMPLAINANT, decision__gte=decision
    )
    knowing = set(told.values_list("ticket", flat=True))
    waiting = [] if None in knowing else [None]
    return waiting + [theirs[0] for theirs in others(case) if not knowing & {t.pk for t in theirs}]
