"""What every verb of an outlet begins and ends with: locks, then the clock, then one event.

with acts.begin(code, "file", by) as act:
    ...
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from agency.core import clock, deadlines
from agency.core.errors import Forbidden, NotThere, RuleViolation
from agency.core.models import DeadlineRule, Unit, User
from agency.core.roles import Role
from cases.calendar import day_of
from outlets import lifecycle
from outlets.lifecycle import KIND, Milestone, Move
from outlets.models import MonthlyReport, Outlet, OutletDeadline, OutletEvent


@dataclass
class Act:
    """A verb under way: the locked outlet, the actor, and the one moment everything gets."""

    outlet: Outlet
    by: User | None
    at: datetime
    move: Move | None = None

    @property
    def today(self) -> date:
        """The day of it, in Shanghai."""
        return day_of(self.at)

    def record(self, kind: OutletEvent.Kind, **data) -> OutletEvent:
        """Write what happened. ``data``: ids, codes and moments only."""
        return OutletEvent.objects.create(
            outlet=self.outlet, kind=kind, actor=self.by, at=self.at, data=data
        )

    def set_serving(self, serves: bool) -> None:
        """Let the unit be sent cases, or no longer."""
        Unit.objects.filter(pk=self.outlet.unit_id).update(takes_referrals=serves)

    def start(
        self, milestone: Milestone, *, starts_at: datetime | None = None,
        report: MonthlyReport | None = None,
    ) -> None:  # fmt: skip
        """Open the clocks that start on ``milestone``, of now where no moment is said."""
        starts_at = starts_at or self.at
        on = day_of(starts_at)
        found = DeadlineRule.objects.filter(starts_on=milestone, kinds__contains=[KIND])
        rules = list(found.in_force(on))
        calendar = deadlines.work_calendar_of(rules)
        OutletDeadline.objects.bulk_create(
            deadlines.build(
                OutletDeadline, rule, starts_at=starts_at, at=self.at, work_calendar=calendar,
                outlet=self.outlet, unit=self.outlet.unit, handler=liaison_of(self.outlet.unit),
                report=report,
            )
            for rule in rules
        )  # fmt: skip

    def stop(self, milestone: Milestone, *, report: MonthlyReport | None = None) -> None:
        """Meet what ``milestone`` meets; of a month, that month's alone."""
        owed = self.outlet.deadlines.filter(rule__met_by=milestone)
        deadlines.meet(owed.filter(report=report) if report else owed, at=self.at)


def liaison_of(unit: Unit) -> User | None:
    """Who is reminded first: the liaison whose account is the oldest; None where none has one."""
    people = User.objects.filter(unit=unit, role=Role.OUTLET_LIAISON, is_active=True)
    return people.order_by("pk").first()


def admit(code: str, verb: str, by: User) -> Outlet:
    """The outlet for ``verb``, or the refusal a door gives before it reads the body.

    Raises Forbidden where the role may never do it, NotThere outside the scope.
    """
    if by.role not in lifecycle.roles_of(verb):
        raise Forbidden
    outlet = Outlet.objects.visible_to(by).filter(unit__code=code).first()
    if outlet is None:
        raise NotThere
    return outlet


@contextmanager
def begin(code: str, verb: str, by: User) -> Iterator[Act]:
    """Lock the outlet and its open clocks, read the clock, check the move; save at the end.

    Raises Forbidden, NotThere, or RuleViolation with the reason in words. The whole verb
    is one transaction.
    """
    with transaction.atomic():
        outlet = lock(admit(code, verb, by).pk)
        act = Act(outlet, by, clock.now(), _checked_move(outlet, verb, by))
        yield act
        if act.move.to:
            outlet.state = act.move.to
        outlet.save()


def lock(pk: int) -> Outlet:
    """The outlet and its open clocks, until the transaction ends; then read the clock."""
    rows = Outlet.objects.select_for_update(of=("self",), no_key=True)
    outlet = rows.select_related("unit__parent").get(pk=pk)
    deadlines.lock(outlet.deadlines)
    return outlet


def _checked_move(outlet: Outlet, verb: str, by: User) -> Move:
    move = lifecycle.move_of(verb, outlet.state)
    if move is None or by.role not in move.roles:
        raise RuleViolation(
            _("An outlet that is %(state)s does not allow this.")
            % {"state": outlet.get_state_display()}
        )
    return move
