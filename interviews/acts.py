"""What every verb of an interview begins and ends with: locks, then the clock, then its events.

with acts.begin(no, "approve", by) as act:
    ...
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from agency.core import clock, deadlines, presence
from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.models import Notification, User
from agency.core.roles import Role
from interviews import clocks
from interviews.lifecycle import MOVE, Course, Milestone, Move
from interviews.models import Attendance, Interview, InterviewEvent

Kinds = InterviewEvent.Kind
A_MINUTE = timedelta(minutes=1)
"""What people write down is exact to the minute."""


@dataclass
class Act:
    """A verb under way: the locked interview, the actor, and the one moment everything gets.

    ``by`` is None where a merchant acts, by its link.
    """

    interview: Interview
    by: User | None
    at: datetime
    move: Move

    def take_effect(self) -> None:
        """Take the state the move leads to."""
        if self.move.to:
            self.interview.state = self.move.to

    def record(
        self, kind: Kinds, *, attendance: Attendance | None = None, **data
    ) -> InterviewEvent:
        """Write what happened. ``data``: ids, codes and moments only. With the state it led to."""
        data |= {"to": attendance.state if attendance else self.interview.state}
        return InterviewEvent.objects.create(
            interview=self.interview, attendance=attendance, kind=kind, actor=self.by, at=self.at,
            data=data,
        )  # fmt: skip

    def lead(self, attendance: Attendance, to: Course | None = None) -> None:
        """Let the merchant's course go on to ``to``; None: where the move says."""
        attendance.state = to or self.move.course_to or attendance.state
        attendance.save()

    # -- merchants ------------------------------------------------------------------------

    def merchant(self, pk: int) -> Attendance:
        """One merchant of the interview, checked to be where the verb begins.

        Raises Invalid where it is none of this interview, RuleViolation where it is elsewhere.
        """
        [found] = self.merchants([pk])
        return found

    def merchants(self, pks: Collection[int]) -> list[Attendance]:
        """Likewise several, in the order of their numbers."""
        rows = {row.pk: row for row in self.interview.merchants.select_related("merchant")}
        if strange := sorted(set(pks) - rows.keys()):
            said = _("Merchant %(id)s is none of this interview.") % {"id": strange[0]}
            raise Invalid({"merchant": [said]})
        found = [rows[pk] for pk in sorted(set(pks))]
        for attendance in found:
            self.check(attendance)
        return found

    def able(self) -> list[Attendance]:
        """Every merchant that is where the verb begins."""
        rows = self.interview.merchants.select_related("merchant").order_by("pk")
        return list(rows.filter(state__in=self.move.courses))

    def check(self, attendance: Attendance) -> None:
        if attendance.state not in self.move.courses:
            told = {"name": attendance.merchant.name, "state": attendance.get_state_display()}
            raise RuleViolation(_("%(name)s is %(state)s: that does not allow this.") % told)

    # -- clocks and moments ---------------------------------------------------------------

    def start(
        self, milestone: Milestone, *about: dict, starts_at: datetime | None = None,
        due_at: datetime | None = None,
    ) -> None:  # fmt: skip
        """Open the clocks of ``milestone``, of each of ``about`` (clocks.start)."""
        clocks.start(
            self.interview, milestone, *about, starts_at=starts_at or self.at, at=self.at,
            due_at=due_at,
        )  # fmt: skip

    def stop(self, milestone: Milestone, **about) -> None:
        clocks.stop(self.interview, milestone, at=self.at, **about)

    def cancel(self, *, reason: str = "", **which) -> None:
        clocks.cancel(self.interview, at=self.at, reason=reason or self.move.verb, **which)

    def past(self, field: str, moment: datetime | None) -> datetime:
        """``moment``, or now; Invalid where it is still to come (within a minute counts as now)."""
        if moment is None:
            return self.at
        if moment > self.at + A_MINUTE:
            raise Invalid({field: [_("This moment is still to come.")]})
        return min(moment, self.at)

    def tell(self, role: Role | str, *, topic: str, handler: User | None = None) -> None:
        """Put it into the outbox; nobody is told of what they did."""
        if handler and handler == self.by:
            return
        Notification.objects.create(
            dedup_key=f"{topic}:{uuid4()}", topic=topic, target="user" if handler else role,
            unit=self.interview.unit, handler=handler, subject="interviews.interview",
            subject_id=self.interview.pk, created_at=self.at,
        )  # fmt: skip


def not_before(moment: datetime, floor: datetime | None) -> bool:
    """Whether ``moment``, written down to the minute, is not before ``floor``."""
    return floor is None or moment >= floor.replace(second=0, microsecond=0)


def admit(no: str, verb: str, by: User) -> Interview:
    """The interview for ``verb``, or the refusal a door gives before it reads the body.

    Raises Forbidden where the role may never do it, NotThere outside the scope.
    """
    if by.role not in MOVE[verb].roles:
        raise Forbidden
    found = Interview.objects.visible_to(by).select_related("unit").filter(no=no).first()
    if found is None:
        raise NotThere
    return found


@contextmanager
def begin(no: str, verb: str, by: User) -> Iterator[Act]:
    """Lock the interview and its open clocks, read the clock, check the move; save at the end.

    Raises Forbidden, NotThere, or RuleViolation with the reason in words. The whole verb is one
    transaction.
    """
    with under_way(admit(no, verb, by).pk, verb, by) as act:
        yield act
        presence.seen(by)


@contextmanager
def under_way(pk: int, verb: str, by: User | None) -> Iterator[Act]:
    """Likewise for who was let in otherwise than by role: a merchant, by its link."""
    with transaction.atomic():
        interview = lock(pk)
        move = MOVE[verb]
        if interview.state not in move.states:
            told = {"state": interview.get_state_display()}
            raise RuleViolation(_("An interview that is %(state)s does not allow this.") % told)
        deadlines.lock(interview.deadlines)
        yield Act(interview, by, clock.now(), move)
        interview.save()


def lock(pk: int) -> Interview:
    """Lock an interview before anything about it is read; then read the clock.

    no_key: the sweep writes events about it while somebody acts on it (cases/acts.py).
    """
    rows = Interview.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("unit", "handler", "proposed_by").get(pk=pk)
