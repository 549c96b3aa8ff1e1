"""From the second return on a leader rules where a case goes; until then nobody decides on it."""

from cases.lifecycle import Move, State
from cases.models import Case

RULING_AFTER = 2
"""So many returns (docs/rules.md)."""
MEANWHILE = {"dispatch", "withdraw"}
"""The ruling itself, and what the citizen takes back."""


def returns_of(case: Case) -> int:
    """How often it came back since it was opened last."""
    return case.assignments.returned().count()


def is_leaders(case: Case) -> bool:
    """Whether where it goes is a leader's to say."""
    return returns_of(case) >= RULING_AFTER


def is_awaited(case: Case) -> bool:
    return case.state == State.RETURNED and is_leaders(case)


def decides(move: Move) -> bool:
    """Whether the move would decide what a leader is to rule on, while that is awaited."""
    return move.to is not None and move.verb not in MEANWHILE
