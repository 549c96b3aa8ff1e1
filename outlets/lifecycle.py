"""The life of an outlet 维权服务网点: which verb moves it from where to where, and whose it is.

applied → inspected → filed ⇄ suspended → withdrawn, or rejected; filed → rated → filed again
with the next year. Source: docs/rules.md, section "Outlets".
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from agency.core.roles import Role


class State(models.TextChoices):
    APPLIED = "applied", _("applied for")
    INSPECTED = "inspected", _("inspected")
    FILED = "filed", _("on file")
    RATED = "rated", _("graded")
    SUSPENDED = "suspended", _("suspended")
    REJECTED = "rejected", _("not set up")
    WITHDRAWN = "withdrawn", _("taken off file")


class Milestone(models.TextChoices):
    """What an outlet's clocks start on and are met by (the columns of agency/core/rules.csv)."""

    MONTH_ENDED = "month_ended", _("a month ended")
    MONTH_REPORTED = "month_reported", _("the month reported")
    SUSPENDED = "outlet_suspended", _("outlet suspended")
    RESUMED = "outlet_resumed", _("outlet resumed")


KIND = "outlet"
"""The word by which a rule says that it binds outlets, and no case."""

ACTIVE = frozenset({State.FILED, State.RATED})
"""Serves consumers and may be sent cases."""
STANDING = ACTIVE | {State.SUSPENDED}
"""On file: owes its monthly report, working or not."""


@dataclass(frozen=True)
class Move:
    """A verb: who may do it, in which states, and where it leads; ``to`` None: the state stays."""

    verb: str
    roles: frozenset[Role]
    frm: frozenset[State]
    to: State | None = None


def row(verb: str, roles: Iterable[Role], frm: Iterable[State], to: State | None = None) -> Move:
    return Move(verb, frozenset(roles), frozenset(frm), to)


S = State
LEADER = {Role.LEADER}
DESK = {Role.REGISTRAR, Role.DISPATCHER}
VISITORS = {Role.MEDIATOR, Role.ENFORCER, Role.CHIEF, Role.SUPERVISOR, Role.LEADER}
"""The local office, which goes there and looks."""
ASSESSORS = {Role.CHIEF, Role.SUPERVISOR, Role.LEADER}
APPLICANTS = DESK | {Role.MEDIATOR, Role.CHIEF, Role.LEADER}
"""Who writes down what an outlet applies for: it has no account of its own by then."""
KEEPERS = APPLICANTS | {Role.OUTLET_LIAISON}
"""Who keeps the staff and their training: also the outlet itself."""

MOVES = (
    row("inspect", VISITORS, {S.APPLIED, S.INSPECTED}, S.INSPECTED),
    row("inspect", VISITORS, STANDING),
    row("add_photo", VISITORS, STANDING | {S.INSPECTED}),
    row("file", LEADER, {S.INSPECTED}, S.FILED),
    row("file", LEADER, ACTIVE),
    row("reject", LEADER, {S.APPLIED, S.INSPECTED}, S.REJECTED),
    row("suspend", LEADER, ACTIVE, S.SUSPENDED),
    row("decline_suspension", LEADER, ACTIVE),
    row("resume", LEADER, {S.SUSPENDED}, S.FILED),
    row("assess", ASSESSORS, ACTIVE, S.RATED),
    row("withdraw", LEADER, STANDING, S.WITHDRAWN),
    row("report", {Role.OUTLET_LIAISON, Role.CHIEF}, STANDING),
    row("add_staff", KEEPERS, STANDING | {S.APPLIED, S.INSPECTED}),
    row("end_staff", KEEPERS, STANDING | {S.APPLIED, S.INSPECTED}),
    row("train", KEEPERS, STANDING | {S.APPLIED, S.INSPECTED}),
)
"""Inspected again while it stands, an outlet is filed anew with that: its term is renewed."""


def move_of(verb: str, state: str, moves: tuple[Move, ...] = MOVES) -> Move | None:
    """The verb's row for an outlet in this state; None where there is none."""
    return next((move for move in moves if move.verb == verb and state in move.frm), None)


def roles_of(verb: str, moves: tuple[Move, ...] = MOVES) -> frozenset[Role]:
    """Everybody who may ever do ``verb``."""
    return frozenset().union(*(move.roles for move in moves if move.verb == verb))


def allowed(state: str, role: str, moves: tuple[Move, ...] = MOVES) -> list[str]:
    """The verbs that somebody of this role may do now, in the order of the table."""
    return [move.verb for move in moves if state in move.frm and role in move.roles]
