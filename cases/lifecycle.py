"""The life of a case: which verb moves it from where to where, and whose verb it is.

One table a kind, on one screen. ``to`` None: the verb leaves the state alone.
Source: docs/rules.md, section "Life of a case".
"""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from agency.core.roles import Role


class Kind(models.TextChoices):
    COMPLAINT = "complaint", _("complaint")
    REPORT = "report", _("report")
    CONSULTATION = "consultation", _("consultation")
    PETITION = "petition", _("petition")


class State(models.TextChoices):
    REGISTERED = "registered", _("registered")
    DISPATCHED = "dispatched", _("dispatched")
    RETURNED = "returned", _("returned")
    REOPENED = "reopened", _("reopened")
    MERGED = "merged", _("merged")
    CLOSED = "closed", _("closed")


@dataclass(frozen=True)
class Move:
    """A verb: who may do it, in which states, and where it leads.

    ``pending``: whether a proposal waits for its decision. False: none may, so that who
    decides finds what was proposed; True: one must; None: it is all the same.
    """

    verb: str
    roles: frozenset[Role]
    frm: frozenset[State]
    to: State | None = None
    pending: bool | None = False

    def is_open_to(self, role: str, state: str, *, pending: bool) -> bool:
        return role in self.roles and state in self.frm and self.pending in {None, pending}


OPEN = frozenset({State.REGISTERED, State.DISPATCHED, State.RETURNED, State.REOPENED})
WAITING = OPEN - {State.DISPATCHED}

TAKERS = frozenset(
    {Role.DISPATCHER, Role.MEDIATOR, Role.CHIEF, Role.ENFORCER, Role.PETITION_OFFICER}
)
HANDLERS = frozenset({Role.MEDIATOR, Role.ENFORCER, Role.PETITION_OFFICER})
DECIDERS = frozenset({Role.CHIEF, Role.LEADER})
DESK = frozenset({Role.REGISTRAR, Role.DISPATCHER})

COMMON = (
    Move("dispatch", frozenset({Role.DISPATCHER, Role.CHIEF, Role.LEADER}), OPEN, State.DISPATCHED),
    Move("return", HANDLERS - {Role.PETITION_OFFICER}, frozenset({State.DISPATCHED}), State.RETURNED),
    Move("respond", TAKERS, OPEN, pending=None),
    Move("contact", TAKERS, OPEN, pending=None),
    Move("reply_ticket", frozenset({Role.MEDIATOR, Role.DISPATCHER, Role.PETITION_OFFICER}), OPEN | {State.CLOSED}, pending=None),
    Move("link_ticket", DESK, OPEN, pending=None),
    Move("approve", DECIDERS, OPEN, State.CLOSED, pending=True),
    Move("disapprove", DECIDERS, OPEN, pending=True),
)  # fmt: skip

MOVES: dict[Kind, tuple[Move, ...]] = {
    Kind.COMPLAINT: (*COMMON, Move("close", HANDLERS - {Role.PETITION_OFFICER}, OPEN)),
    Kind.REPORT: (*COMMON, Move("close", frozenset({Role.ENFORCER}), OPEN)),
    # An answered consultation needs nobody's approval.
    Kind.CONSULTATION: (
        *COMMON,
        Move("close", frozenset({Role.REGISTRAR, Role.MEDIATOR}), OPEN, State.CLOSED),
    ),
    Kind.PETITION: (*COMMON, Move("close", frozenset({Role.PETITION_OFFICER}), OPEN)),
}

PRINCIPLES = {
    "resolved": _("reasonable demand: solved"),
    "educated": _("unreasonable demand: explained"),
    "assisted": _("hardship: assisted"),
    "sanctioned": _("unlawful act: handled by law"),
}
"""Petitions close with one of four. Source: 信访工作条例 §27."""


def move_of(kind: str, verb: str) -> Move | None:
    """The verb's row for this kind; None where it is no step in its life."""
    return next((move for move in MOVES[Kind(kind)] if move.verb == verb), None)


def roles_of(verb: str) -> set[Role]:
    """Everybody who may do ``verb`` on some kind; who is not among them never may."""
    return {role for kind in Kind if (move := move_of(kind, verb)) for role in move.roles}


def handlers_of(kind: str) -> frozenset[Role]:
    """Who may be the handler of such a case: who may propose its end, and the chief."""
    return move_of(kind, "close").roles - DESK | {Role.CHIEF}


def officers_of(kind: str, post: str) -> frozenset[Role]:
    """Who may be named in a dispatch as ``handler``, ``contact`` or ``follow_up`` (三专)."""
    posts = {
        "handler": handlers_of(kind),
        "contact": move_of(kind, "contact").roles,
        "follow_up": TAKERS | DESK | {Role.CALLBACK},
    }
    return posts[post]


def verbs() -> list[str]:
    """Every verb, each once, in the order of the tables."""
    return list(dict.fromkeys(move.verb for moves in MOVES.values() for move in moves))
