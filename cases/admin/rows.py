"""The first of what a watchlist names, dressed for the page in a constant number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agency.core.deadlines import work_calendar_of
from agency.core.models import User
from agency.core.roles import Role
from cases.admin import clocks, row_verbs
from cases.admin.clocks import Countdown
from cases.admin.dressed import dressed
from cases.admin.labels import VERBS, Verb
from cases.admin.watchlist import Watchlist, each_once, idle_cases
from cases.lifecycle import WAITING, Milestone
from cases.models import Assignment, Case, CaseDeadline, Proposal
from cases.rulings import RULING_AFTER


@dataclass
class Row:
    """A line of the page."""

    case: Case
    title: str
    clock: Countdown | None
    met_by: str
    buttons: list[Verb]
    is_others: bool = False
    proposal: Proposal | None = None
    arrived: str = ""
    is_ahead: bool = False
    """Its priority topic puts it before what is due sooner (watchlist.py)."""

    @property
    def came_back(self) -> str:
        """Where it waits to be dispatched anew: how often it came back; else nothing."""
        times = self.case.returns
        if not times or self.case.state not in WAITING:
            return ""
        return ngettext("returned %(n)d time", "returned %(n)d times", times) % {"n": times}

    @property
    def proposed(self) -> str:
        """What is to be approved."""
        return str(VERBS[self.proposal.verb].label)

    @property
    def proposed_ms(self) -> int:
        """Since when the decision is waited for; agency/core/static/core/admin.js counts on from there."""
        return clocks.milliseconds(self.proposal.at)


def rows(watchlist: Watchlist) -> list[Row]:
    """Decisions, rulings and calls first, then clocks, soonest first."""
    deciding = {proposal.case_id: proposal for proposal in each_once(watchlist.pending)}
    marks = {m.case_id: m for m in watchlist.marks if m.case_id not in deciding}
    shown = watchlist.shown
    cases = dressed(watchlist.cases.filter(pk__in=shown)).in_bulk()
    named = _named(watchlist, cases)
    for case in cases.values():
        case.is_named = case.pk in named
    deadlines = _deadlines({pk: marks[pk].deadline_id for pk in shown if pk in marks})
    calendar = work_calendar_of(deadline.rule for deadline in deadlines.values())
    return [
        _row(
            cases[pk], watchlist, _clock(cases[pk], deadlines.get(pk), watchlist.at, calendar),
            proposal=deciding.get(pk), deadline=deadlines.get(pk),
            is_others=pk in marks and marks[pk].is_others,
        )
        for pk in shown
        if pk in cases
    ]  # fmt: skip


def idle(watchlist: Watchlist) -> list[Row]:
    """Open cases in hand that no clock runs for: they too want to be finished. At most one
    more than the page shows, which says that there are more.
    """
    cases = list(dressed(idle_cases(watchlist))[: watchlist.MOST_IDLE + 1])
    owed = CaseDeadline.objects.running().filter(case__in=cases).order_by("-due_at", "-pk")
    deadlines = _deadlines(dict(owed.values_list("case", "pk")))
    calendar = work_calendar_of(deadline.rule for deadline in deadlines.values())
    at = watchlist.at
    return [
        _row(case, watchlist, _clock(case, deadlines.get(case.pk), at, calendar)) for case in cases
    ]


def _named(watchlist: Watchlist, cases: Iterable[int]) -> set[int]:
    """The cases in which the reader is named now, for whatever post."""
    now = Assignment.objects.of(watchlist.user).filter(ended_at=None, case__in=list(cases))
    return set(now.values_list("case", flat=True))


def _deadlines(by_case: dict[int, int]) -> dict[int, CaseDeadline]:
    """The named clock of each case, by the case's id."""
    found = CaseDeadline.objects.select_related("rule").prefetch_related(*clocks.READ_WITH)
    return {clock.case_id: clock for clock in found.filter(pk__in=by_case.values())}


def _row(
    case, watchlist, counts: Countdown | None, *, deadline=None, proposal=None, is_others=False
) -> Row:
    """``counts`` is shown in any case; what ``deadline`` asks for is this reader's duty."""
    user, met_by = watchlist.user, deadline.rule.met_by if deadline else ""
    if case.pk in watchlist.follows:
        case.follows_up = True
        buttons = row_verbs.able(case, user, "confirm_performance", "record_non_performance")
    elif case.pk in watchlist.archives:
        buttons = row_verbs.able(case, user, "archive")
    elif case.pk in watchlist.replies:
        buttons = row_verbs.able(case, user, "reply_ticket")
    elif case.pk in watchlist.rewards:
        buttons = [*row_verbs.able(case, user, "notify"), *_fitting(case, user, met_by)]
    elif user.role == Role.CALLBACK or case.pk in watchlist.calls:
        buttons = row_verbs.able(case, user, "follow_up")
    elif proposal:
        buttons = [VERBS["approve"], VERBS["disapprove"]]
    elif case.pk in watchlist.denied:
        buttons = row_verbs.able(case, user, "reopen")
    else:
        # What no clock runs for is brought on by its end.
        buttons = _fitting(case, user, met_by or Milestone.CLOSED)
    return Row(
        case, case.shown(case.title),
        counts,
        _duty(case, watchlist, deadline),
        buttons, is_others, proposal, clocks.short(case.arrived_at, watchlist.at),
        is_ahead=bool(case.is_first and counts and watchlist.is_later(counts.due_at)),
    )  # fmt: skip


def _fitting(case, user: User, met_by: str) -> list[Verb]:
    may_dispatch = (user.role == Role.LEADER) == (case.returns >= RULING_AFTER)
    return [
        v for v in row_verbs.fitting(case, user, met_by) if v.name != "dispatch" or may_dispatch
    ]


def _clock(case, deadline: CaseDeadline | None, at: datetime, calendar) -> Countdown | None:
    if deadline:
        return clocks.of_deadline(deadline, at, calendar)
    return clocks.countdown(case.next_due_at, at) if case.next_due_at else None


def _duty(case, watchlist, deadline: CaseDeadline | None) -> str:
    """What is to be done, where the case's state does not say it."""
    if case.pk in watchlist.denied:
        return _("settlement denied after the end")
    return "" if case.pk in watchlist.rulings else _met_by(deadline)


def _met_by(deadline: CaseDeadline | None) -> str:
    if deadline is None:
        return ""
    verb = VERBS.get(deadline.rule.met_by)
    return str(verb.label) if verb else deadline.rule.name
