"""The monthly report, also where there was nothing to report 零报告.

Each month that ends opens a clock for every outlet on file; the engine reminds and escalates.
Source: docs/rules.md, section "Outlets".
"""

from collections.abc import Iterator
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from agency.core import clock
from agency.core.errors import NotThere, RuleViolation
from agency.core.models import User
from cases.calendar import day_of
from outlets import acts, figures
from outlets.acts import Act
from outlets.lifecycle import STANDING, Milestone, State
from outlets.models import MonthlyReport, Outlet, OutletEvent
from outlets.workflow.filing import month_after


def begin_months() -> int:
    """Ask each outlet for the months that have ended; returns how many were asked for."""
    return sum(months_to_begin())


def months_to_begin() -> Iterator[int]:
    """Begin them outlet by outlet, each by itself; how many each was asked for.

    The rows are the queue: every good sweep is followed by a look. Any number may look at once.
    """
    owing = Outlet.objects.owing_report(day_of(clock.now()))
    yield from map(_begin_months_of, list(owing.order_by("pk").values_list("pk", flat=True)))


@transaction.atomic
def _begin_months_of(pk: int) -> int:
    """All that have ended: after a standstill none is left out.

    Where nobody has an account yet, nobody is asked: no one could answer.
    """
    free = Outlet.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    outlet = free.select_related("unit").filter(pk=pk, state__in=STANDING).first()
    if outlet is None:
        return 0
    act, begun = Act(outlet, None, clock.now()), 0
    is_asked = acts.liaison_of(outlet.unit) is not None
    while outlet.next_report_on and outlet.next_report_on <= act.today:
        _begin_month(act, outlet.next_report_on, is_asked=is_asked)
        outlet.next_report_on = month_after(outlet.next_report_on)
        begun += is_asked
    outlet.save()
    return begun


def _begin_month(act: Act, first: date, *, is_asked: bool) -> None:
    """``first``: of the month that begins; the one before it is to be reported."""
    if is_asked:
        report = MonthlyReport.objects.create(outlet=act.outlet, month=month_before(first))
        act.start(Milestone.MONTH_ENDED, starts_at=figures.span(first, first)[0], report=report)
    if act.outlet.state == State.RATED and act.outlet.rated_on.year < first.year:
        act.outlet.state = State.FILED
        act.record(OutletEvent.Kind.RENEWED, year=first.year)


def month_before(first: date) -> date:
    """The first day of the month before the one that begins on ``first``."""
    return date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)


def report(
    code: str, *, by: User, month: date | None = None, consultations: int = 0,
    publicity_events: int = 0,
) -> Outlet:  # fmt: skip
    """Report a month: what came, was settled and handed up is counted here, never typed.

    ``month``: its first day, the oldest owed where none is said. NotThere for a month that is
    not asked for, RuleViolation for one that is reported by now.
    """
    with acts.begin(code, "report", by) as act:
        told = _owed(act.outlet, month)
        counted = figures.of(act.outlet.unit_id, told.month, month_after(told.month))
        for name in ("received", "settled", "handed_up", "recovered_amount"):
            setattr(told, name, counted[name])
        told.consultations, told.publicity_events = consultations, publicity_events
        told.by, told.reported_at = by, act.at
        told.save()
        act.stop(Milestone.MONTH_REPORTED, report=told)
        act.record(OutletEvent.Kind.REPORTED, report=told.pk, month=f"{told.month:%Y-%m}")
    return act.outlet


def _owed(outlet: Outlet, month: date | None) -> MonthlyReport:
    asked = outlet.reports.order_by("month")
    found = asked.filter(month=month) if month else asked.filter(reported_at=None)
    told = found.first()
    if told is None and month:
        raise NotThere
    if told is None or told.reported_at:
        raise RuleViolation(_("This month is reported by now."))
    return told
