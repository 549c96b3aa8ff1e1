"""Whom a verb of the case's page speaks to: whose number stands above its form."""

from dataclasses import dataclass

from cases import citizens, reveal
from cases.admin.asked import Asked
from cases.models import Ticket
from cases.workflow.allowed import Sight

SPEAKS = {"contact", "follow_up"}
"""The verbs one does with the telephone in hand."""


@dataclass(frozen=True)
class Spoken:
    """One citizen, masked. ``ticket``: the number by which they are read; "" for the case's own.
    ``name``: as the form's field calls the ticket.
    """

    ticket: str
    name: str
    phone: str


def spoken_to(on: Asked, meant: str) -> list[Spoken]:
    """Each citizen whom the verb may be about and the reader may read; first whose ticket is
    ``meant``, else the case's own.
    """
    if on.verb.name not in SPEAKS:
        return []
    others = [_meant(tickets, meant) for tickets in citizens.others(on.case)]
    sight = Sight(on.case, on.user)
    found = filter(None, (_read(sight, ticket) for ticket in (None, *others)))
    return sorted(found, key=lambda one: one.ticket != meant)


def _meant(tickets: list[Ticket], no: str) -> Ticket:
    """The named one of a citizen's, else one that tells how to call them."""
    named = (ticket for ticket in tickets if ticket.no == no)
    return next(named, None) or next(t for t in tickets if t.consumer and t.consumer.phone)


def _read(sight: Sight, ticket: Ticket | None) -> Spoken | None:
    person = ticket.consumer if ticket else sight.case.person
    if not person or not person.is_known or not reveal.may_reveal(sight, ticket):
        return None
    masked = person.masked()
    if ticket:
        return Spoken(ticket.no, ticket.label, masked["phone"])
    return Spoken("", masked["name"], masked["phone"])
