"""Whose tickets are on a case: one citizen may have several, one case several citizens."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress

from django.db.models import F, ProtectedError, Q
from django.utils.translation import gettext as _

from agency.core.errors import RuleViolation
from agency.core.roles import Role
from agency.core.text import listed
from cases.grounds import OF_ONE
from cases.lifecycle import Kind, Milestone
from cases.models import Agreement, Case, Consumer, Decision, PartyNotice, Ticket


def known(person: Consumer | None) -> Consumer | None:
    """None also for who is nothing but words."""
    return person if person and person.is_known else None


def is_same_person(one: Consumer | None, other: Consumer | None) -> bool:
    """By the telephone; of who gave none, only the very same row, or nobody at all."""
    if one and one.phone:
        return bool(other) and other.phone == one.phone
    return known(one) == known(other)


def know_also(case: Case, person: Consumer | None) -> None:
    """What else the case's own citizen is told as masks every text of it, in lists too."""
    if case.consumer and person and (more := case.consumer.differing(person)):
        case.consumer.is_also(more)
        case.consumer.save()


def forget(rows: Iterable[Consumer]) -> None:
    """Of whom everything is known in another row now; but who is referred to still."""
    for row in rows:
        with suppress(ProtectedError):
            row.delete()


def tickets_of(person: Consumer | None, tickets: Sequence[Ticket]) -> list[Ticket]:
    """Those of ``tickets`` with the same telephone, and every round of one of those.

    A platform that sends a ticket back may give another telephone, or nobody's.
    """
    own = [t for t in tickets if is_same_person(person, t.consumer)]
    rounds = {(t.channel_id, t.external_no) for t in own if t.external_no}
    return [t for t in tickets if t in own or (t.channel_id, t.external_no) in rounds]


def waiting(case: Case) -> list[Ticket]:
    """Whose citizen is still to be called, who has waited longest first."""
    owed = case.deadlines.open().filter(rule__met_by=Milestone.CONTACTED).order_by("due_at", "pk")
    return [clock.ticket for clock in owed.select_related("ticket__consumer")]


def waits_besides(case: Case, tickets: Collection[Ticket]) -> Ticket | None:
    """Who has waited longest to be called, of those beside ``tickets``."""
    return next((ticket for ticket in waiting(case) if ticket not in tickets), None)


def waits_instead(case: Case, tickets: Collection[Ticket]) -> Ticket | None:
    """The same, where nobody of ``tickets`` waits to be called."""
    found = waiting(case)
    return None if set(found) & set(tickets) else next(iter(found), None)


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
    knowing = _told(case, decision__gte=decision)
    return ([] if None in knowing else [None]) + _who_is_not_among(knowing, case)


def untold_by_itself(case: Case, decision: Decision) -> list[Ticket | None]:
    """The same where no later decision makes up for it."""
    knowing = _told(case, decision=decision)
    return ([] if None in knowing else [None]) + _who_is_not_among(knowing, case)


def told_each(case: Case, decision: Decision) -> list[list[PartyNotice]]:
    """The notices of ``decision``, citizen by citizen, each in their order."""
    whose = {ticket.pk: theirs[0].pk for theirs in others(case) for ticket in theirs}
    found: dict[int | None, list[PartyNotice]] = {}
    for notice in decision.notices.counting().filter(OF_WHO_IS_HERE, case=case).order_by("pk"):
        found.setdefault(whose.get(notice.ticket_id), []).append(notice)
    return list(found.values())


OF_WHO_IS_HERE = Q(party=PartyNotice.Party.COMPLAINANT) & (
    Q(ticket=None) | Q(ticket__case=F("case"))
)
"""Of a notice: it told a citizen whose ticket has not left the case since."""


def unaware(case: Case, agreement: Agreement) -> list[Ticket]:
    """A ticket of each other citizen who has heard nothing since the parties agreed."""
    return _who_is_not_among(_told(case, at__gt=agreement.made_at), case)


def _told(case: Case, **since) -> set[int | None]:
    """The tickets of those who complain and were told; None for the case's own citizen."""
    told = case.party_notices.counting().filter(party=PartyNotice.Party.COMPLAINANT, **since)
    return set(told.values_list("ticket", flat=True))


def _who_is_not_among(knowing: set[int | None], case: Case) -> list[Ticket]:
    return [theirs[0] for theirs in others(case) if not knowing & {t.pk for t in theirs}]


def apart_first(case: Case) -> str:
    """Who must take whose ticket off before a step that is one citizen's own; empty for one alone."""
    found = [theirs[0] for theirs in others(case)]
    if not found:
        return ""
    said = _(
        "Another citizen's ticket is on this case (%(tickets)s): what is one citizen's only, as an "
        "agreement or a withdrawal, waits until it is taken off (“Unlink ticket”, by: %(who)s)."
    )
    who = listed([Role.DISPATCHER.label, Role.REGISTRAR.label])
    return said % {"tickets": listed(found), "who": who}


def check_alone(case: Case) -> None:
    """For a step that is one citizen's own: by no such step ends what another is owed."""
    if said := apart_first(case):
        raise RuleViolation(said)


def check_ground(case: Case, ground: str) -> None:
    """The same where the ground of a decision lies in one citizen."""
    if ground in OF_ONE:
        check_alone(case)
