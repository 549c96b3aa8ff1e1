"""The life of an interview and of each merchant in it: which verb leads from where to where.

An interview is proposed, decided, held and closed; everything between belongs to each merchant.
Source: docs/rules.md, section "Interviews".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from agency.core.roles import GIVEN_ONLY, STAFF, WITHOUT_CASES, Role


class State(models.TextChoices):
    """Of the interview."""

    PROPOSED = "proposed", _("proposed")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")
    HELD = "held", _("held")
    CLOSED = "closed", _("closed")


class Course(models.TextChoices):
    """Of one merchant in it; the first three go with the interview."""

    PROPOSED = "proposed", _("proposed")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")
    NOTICED = "noticed", _("noticed")
    SERVED = "served", _("served")
    POSTPONED = "postponed", _("postponed")
    ATTENDED = "attended", _("attended")
    NO_SHOW = "no_show", _("did not come")
    PLEDGED = "pledged", _("pledged")
    RECTIFYING = "rectifying", _("rectifying")
    RECTIFIED = "rectified", _("rectified")
    ESCALATED = "escalated", _("escalated to a measure")


class Repair(models.TextChoices):
    """Of one rectification."""

    OPEN = "open", _("open")
    REPORTED = "reported", _("reported")
    PASSED = "passed", _("passed")
    PARTLY = "partly", _("partly passed")
    FAILED = "failed", _("failed")


class Milestone(models.TextChoices):
    """What clocks start on and are met by (the columns of agency/core/rules.csv)."""

    PROPOSED = "interview_proposed"
    DECIDED = "interview_decided"
    APPROVED = "interview_approved"
    SERVED = "interview_served"
    CALLED_IN = "interview_called_in"
    RECORDED = "interview_recorded"
    PLEDGED = "pledge_signed"
    PLEDGE_CHECKED = "pledge_checked"
    RAISED = "rectification_raised"
    REPORTED = "rectification_reported"
    RECHECKED = "rectification_rechecked"
    PASSED = "rectification_passed"


@dataclass(frozen=True)
class Move:
    """A verb: who may do it, in which states of the interview and, where it is about one merchant,
    from which states of its course to which.

    ``to``, ``course_to`` None: the state stays, or what is said decides (docs/rules.md). ``tells``:
    the role that the outbox tells of it. Of an empty ``courses`` it is about the interview alone.
    """

    verb: str
    roles: frozenset[Role]
    states: frozenset[State]
    courses: frozenset[Course] = frozenset()
    to: State | None = None
    course_to: Course | None = None

    @classmethod
    def row(
        cls, verb: str, roles: Iterable[Role], states: State | Iterable[State], courses=(), **more
    ) -> Self:
        """A row as the table writes it: one state or several."""
        several = (states,) if isinstance(states, State) else states
        some = (courses,) if isinstance(courses, Course) else courses
        return cls(verb, frozenset(roles), frozenset(several), frozenset(some), **more)


row = Move.row
S, C = State, Course

HANDLERS = frozenset({Role.MEDIATOR, Role.CHIEF})
DECIDERS = frozenset({Role.CHIEF, Role.LEADER})
"""The chief decides on an individual interview, the leader on a collective one."""
CHECKERS = HANDLERS | {Role.ENFORCER, Role.LEADER}
READERS = STAFF - WITHOUT_CASES - GIVEN_ONLY
"""Who sees the interviews of the own units."""

CALLED = {S.APPROVED, S.HELD}
CALLED_IN = {C.APPROVED, C.NOTICED, C.SERVED, C.POSTPONED, C.NO_SHOW}
CAME = {C.ATTENDED, C.PLEDGED, C.RECTIFYING, C.RECTIFIED}

MOVES = (
    row("approve", DECIDERS, S.PROPOSED, to=S.APPROVED, course_to=C.APPROVED),
    row("reject", DECIDERS, S.PROPOSED, to=S.REJECTED, course_to=C.REJECTED),
    row("issue_notice", HANDLERS, CALLED, {C.APPROVED, C.NO_SHOW}),
    row("stop_notices", HANDLERS, CALLED),
    row("record_service", HANDLERS, CALLED, {C.NOTICED, C.SERVED, C.POSTPONED}, course_to=C.SERVED),
    row("confirm_address", HANDLERS, CALLED, CALLED_IN | CAME),
    row("notify_by_phone", HANDLERS, CALLED, {C.APPROVED, C.NOTICED}, course_to=C.SERVED),
    row("postpone", HANDLERS | {Role.LEADER}, CALLED, C.SERVED, course_to=C.POSTPONED),
    row("hold", HANDLERS, CALLED, {C.SERVED, C.POSTPONED}, to=S.HELD, course_to=C.ATTENDED),
    row("record_no_show", HANDLERS, CALLED, {C.SERVED, C.POSTPONED}, course_to=C.NO_SHOW),
    row("sign_pledge", HANDLERS, S.HELD, CAME),
    row("check_pledge", CHECKERS, {S.HELD, S.CLOSED}),
    row("add_rectification", HANDLERS, S.HELD, CAME, course_to=C.RECTIFYING),
    row("report_rectification", HANDLERS, S.HELD, C.RECTIFYING),
    row("make_report_link", HANDLERS, S.HELD, C.RECTIFYING),
    row("extend_rectification", DECIDERS, S.HELD, C.RECTIFYING),
    row("submit_recheck", CHECKERS, S.HELD, C.RECTIFYING),
    row("escalate", DECIDERS, CALLED, {C.NO_SHOW, C.RECTIFYING}, course_to=C.ESCALATED),
    row("close", HANDLERS | {Role.LEADER}, CALLED, to=S.CLOSED),
)  # fmt: skip

MOVE = {move.verb: move for move in MOVES}
PROPOSERS = HANDLERS
ENDS = {C.ATTENDED, C.PLEDGED, C.RECTIFIED, C.ESCALATED}
"""Where a merchant's course may stay when the interview is closed."""


def roles_of(verb: str) -> frozenset[Role]:
    return MOVE[verb].roles
