"""The life of a case: which verb moves it from where to where, and whose verb it is.

One table a kind, each on one screen: complaint.py, report.py, consultation.py, petition.py.
Source: docs/rules.md, section "Life of a case".
"""

import functools
from collections.abc import Iterator

from agency.core.roles import Role
from cases.lifecycle import complaint, consultation, petition, report
from cases.lifecycle.moves import (
    DECIDERS,
    DESK,
    FOLLOW_UP,
    HANDLERS,
    SENDERS,
    SIGNERS,
    TAKERS,
    Milestone,
    Move,
    PauseReason,
)
from cases.lifecycle.petition import PRINCIPLES
from cases.lifecycle.states import CLOSED_STATES, ENDED, OPEN, WAITING, Kind, State

__all__ = [
    "ANSWERED", "CLOSED_STATES", "DECIDERS", "DESK", "ENDED", "FOLLOW_UP", "HANDLERS", "MOVES", "OPEN", "PRINCIPLES",
    "SENDERS", "SIGNERS", "TAKERS", "WAITING",
    "Kind", "Milestone", "Move", "PauseReason", "State",
    "admits", "beginning", "first_state", "handlers_of", "has_outcome", "move_of", "moves_of", "officers_of", "parts_of",
    "roles_of", "states_of", "verbs", "ways_to",
]  # fmt: skip

MOVES: dict[Kind, tuple[Move, ...]] = {
    Kind.COMPLAINT: complaint.MOVES,
    Kind.REPORT: report.MOVES,
    Kind.CONSULTATION: consultation.MOVES,
    Kind.PETITION: petition.MOVES,
}


ANSWERED = {
    Kind.COMPLAINT: complaint.OUTCOME,
    Kind.REPORT: report.OUTCOME,
    Kind.PETITION: petition.OUTCOME - {State.REVIEWING, State.TERMINATED},
}
"""Open still, and nobody owes more than the end of it. A review has a clock of its own, and after
the final one there is nothing to go on with (三级终结).
"""

OUTCOMES = {
    Kind.COMPLAINT: complaint.OUTCOME,
    Kind.REPORT: report.OUTCOME,
    Kind.CONSULTATION: {State.ANSWERED},
    Kind.PETITION: petition.OUTCOME | {State.FINAL_REVIEWING},
}


def has_outcome(kind: str, state: str) -> bool:
    """Whether it is known what came of a case of this kind in this state, open or closed."""
    return state in OUTCOMES[Kind(kind)] | CLOSED_STATES


def moves_of(kind: str, verb: str) -> list[Move]:
    """The verb's rows for this kind: one verb may lead elsewhere from elsewhere."""
    return [move for move in MOVES[Kind(kind)] if move.verb == verb]


def move_of(kind: str, verb: str, state: str, *parts: str) -> Move | None:
    """The verb's first row for a case of this kind in this state; None where there is none.

    ``parts``: that is of one of these roles or posts, the role first; none: of anybody's.
    """
    fitting = [move for move in moves_of(kind, verb) if state in move.frm]
    ours = (move for part in parts for move in fitting if move.is_of(part))
    return next(ours if parts else iter(fitting), None)


def admits(kind: str, verb: str, state: str) -> bool:
    """Whether the verb decides here what becomes of what came in."""
    move = move_of(kind, verb, state)
    return move is not None and move.admits


def parts_of(role: str, kind: str, *, handles: bool, follows_up: bool) -> tuple[str, ...]:
    """As what somebody acts on a case: a chief who handles it does what its handlers do, and
    whoever follows it up asks whether the agreement was kept.
    """
    handling = sorted(handlers_of(kind) - {role}) if handles and role == Role.CHIEF else ()
    return role, *handling, *([FOLLOW_UP] if follows_up else ())


def first_state(kind: str, *, is_dispatched: bool) -> State:
    """Where a life begins: one that names a lower unit is dispatched there at once."""
    if not is_dispatched:
        return State.REGISTERED
    return move_of(kind, "dispatch", State.REGISTERED).to


@functools.cache
def states_of(kind: str) -> tuple[State, ...]:
    """Every state of its life: where it begins, where a verb leads, and where one goes that is linked."""
    known = {State.REGISTERED, State.MERGED, *(move.to for move in MOVES[Kind(kind)])}
    return tuple(state for state in State if state in known)


def beginning(kind: str, state: str) -> tuple[Milestone, ...]:
    """What the registering of a case in its first state brings about: also a dispatch."""
    if state == State.REGISTERED:
        return (Milestone.CASE_REGISTERED,)
    return Milestone.CASE_REGISTERED, *move_of(kind, "dispatch", State.REGISTERED).happens


def roles_of(verb: str) -> set[Role]:
    """Everybody who may do ``verb`` on some kind; who is not among them never may."""
    return {role for kind in Kind for move in moves_of(kind, verb) for role in move.roles}


def handlers_of(kind: str) -> frozenset[Role]:
    """Who may be the handler of such a case: who may propose its end, and the chief."""
    closers: Iterator[Role] = (role for move in moves_of(kind, "close") for role in move.roles)
    return frozenset(closers) - DESK | {Role.CHIEF}


FIRST_STEPS = {
    Kind.COMPLAINT: "accept", Kind.REPORT: "verify", Kind.CONSULTATION: "answer", Kind.PETITION: "accept",
}  # fmt: skip


def whose_work(kind: str) -> frozenset[Role]:
    """Who of the handlers may take such a case up, not only answer for it."""
    return HANDLERS & {role for move in moves_of(kind, FIRST_STEPS[kind]) for role in move.roles}


def officers_of(kind: str, post: str) -> frozenset[Role]:
    """Who may be named for a post: 三专 of a dispatch, or 三级负责 of a petition."""
    posts = {
        "handler": handlers_of(kind),
        "contact": TAKERS,
        "follow_up": TAKERS | DESK | {Role.CALLBACK},
        "leader": DECIDERS,
        "core_handler": handlers_of(kind),
        "callback": {role for move in moves_of(kind, "follow_up") for role in move.roles},
    }
    return frozenset(posts[post])


WAYS = {
    # milestone: the verbs that lead to it, the most direct one first
    Milestone.TAKEN_UP: ("verify", "contact", "accept"),
    Milestone.DECISION_TOLD: ("accept", "recall", "notify", "route"),
    Milestone.MEDIATION_ENDED: ("settle", "start_mediation", "resume"),
    Milestone.ENTRUST_REPORTED: ("settle", "terminate", "start_mediation"),
    Milestone.TERMINATION_TOLD: ("notify",),
    Milestone.FILING_DECIDED: ("file", "verify", "resume"),
    Milestone.CLOSED: (  # where no other clock runs: as after a reopening, or a pause
        "resume",
        "accept",
        "reply",
        "assign_triple",
        "record_visit",
        "record_inspection",
        "settle",
        "start_mediation",
        "file",
        "decide_case",
        "verify",
        "answer",
    ),
    Milestone.PETITION_REPLIED: ("reply", "assign_triple", "record_visit", "record_inspection"),
}


def ways_to(kind: str, milestone: str, state: str) -> list[str]:
    """The verbs that bring ``milestone`` nearer from ``state``, the most direct one first."""
    direct = [m.verb for m in MOVES[Kind(kind)] if milestone in m.happens]
    wanted = dict.fromkeys((*WAYS.get(milestone, ()), *direct))
    return [verb for verb in wanted if move_of(kind, verb, state)]


def verbs() -> list[str]:
    """Every verb, each once, in the order of the tables."""
    return list(dict.fromkeys(move.verb for moves in MOVES.values() for move in moves))
