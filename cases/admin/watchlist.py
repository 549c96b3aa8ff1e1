"""What one owes next, soonest first, and what waits without a clock.

It reads only moments and ids, from the index of open clocks: it counts, orders and tells a
poll whether anything changed.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import astuple, dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Exists, F, Max, OuterRef, Q

from agency.core.models import User
from agency.core.models.deadline import state_of
from agency.core.roles import Role
from cases import search
from cases.admin.dressed import RETURNS, to_archive, to_open_again, to_reply, to_reward
from cases.admin.row_verbs import HEADS
from cases.completeness import AWAITS_CALL
from cases.lifecycle import (
    DECIDERS,
    HANDLERS,
    OPEN,
    SENDERS,
    SIGNERS,
    WAITING,
    Kind,
    Milestone,
    State,
)
from cases.models import Assignment, Callback, Case, CaseDeadline, CaseEvent, Proposal
from cases.models.case import IS_LIVE
from cases.rulings import RULING_AFTER
from cases.workflow.approval import awaiting

MOST_CLOCKS = 1000
"""As many clocks as are counted; beyond, the header says "1000+"."""

MOST_FIRST = 20
"""As many cases of priority topics stand before all others; they must not push out the rest."""

SOON = timedelta(hours=1)
"""What is due within that, or late, goes by its clock alone: no topic stands before the ten and
thirty minutes of a citizen."""

THE_DESKS = Q(state__in=WAITING) | Q(state=State.SETTLED, handler=None)
"""What waits for whoever dispatches: to be sent to a unit; or settled out there, to be closed."""

STATES = ("overdue", "at_risk", "on_time")


@dataclass(frozen=True)
class Mark:
    """One case's next running clock, as small as it can be read."""

    case_id: int
    deadline_id: int
    due_at: datetime
    warn_at: datetime | None
    handler_id: int | None
    unit_id: int
    case_state: str
    is_others: bool = False
    """A colleague has it in hand."""

    def state(self, at: datetime) -> str:
        return state_of(self.due_at, self.warn_at, at)


def each_once(found: list) -> list:
    """Each case's first."""
    first: dict = {}
    for one in found:
        first.setdefault(one.case_id, one)
    return list(first.values())


@dataclass
class Watchlist:
    """What ``user`` owes at ``at``, narrowed by the page's tab and search box."""

    MOST_ROWS = 60
    MOST_IDLE = 20
    """So many rows are shown of each list, and of what waits without a clock."""

    user: User
    at: datetime
    kind: str = ""
    text: str = ""
    cuts: list[Mark] = field(default_factory=list)
    """The last that was read, where there may be more."""
    complaint: str = ""
    """Why the search found nothing."""

    @cached_property
    def cases(self):
        """Every row shown is read through this: the one scope rule, and the filters."""
        cases = Case.objects.in_hands_of(self.user)
        if self.kind:
            cases = cases.filter(kind=self.kind)
        return self._with_text(cases) if self.text else cases

    def _with_text(self, cases):
        """What is open is found however old it is."""
        try:
            return search.among(cases, self.text)
        except search.TooSlow as error:
            self.complaint = str(error)
            return cases.none()

    @cached_property
    def marks(self) -> list[Mark]:
        """The first running clock of each case, soonest first; a colleague's cases come last.

        One's own and theirs are read each for itself: theirs, sooner, must not use up
        the places of a fresh one.
        """
        if self.user.role in {Role.REGISTRAR, Role.CALLBACK}:
            return []  # registers what comes in; the clocks are others' to meet
        if self.user.role not in HANDLERS:
            return self._in_order(Q())
        theirs = self._in_order(~self.mine, is_others=True)
        return self._in_order(self.mine) + theirs

    def _in_order(self, whose: Q, *, is_others: bool = False) -> list[Mark]:
        """The soonest first; of what is not due SOON, MOST_FIRST of priority topics before all others."""
        of_topics = Q(case__in=Case.objects.filter(is_first=True).values("pk"))
        before = self._soonest(self._clocks(whose & of_topics), is_others)
        found = self._soonest(self._clocks(whose), is_others)
        if len(found) == MOST_CLOCKS:
            self.cuts.append(found[-1])
        first = [mark for mark in each_once(before) if self.is_later(mark.due_at)][:MOST_FIRST]
        cases = {mark.case_id for mark in first}

        def place(mark: Mark) -> tuple[bool, bool, datetime]:
            is_later = self.is_later(mark.due_at)
            return is_later, is_later and mark.case_id not in cases, mark.due_at

        return sorted(each_once([*first, *found]), key=place)

    def is_later(self, due_at: datetime) -> bool:
        """Whether a topic may stand before it."""
        return due_at > self.at + SOON

    @staticmethod
    def _soonest(owed, is_others: bool) -> list[Mark]:
        soonest = owed.order_by("due_at", "pk")[:MOST_CLOCKS]
        return [Mark(*values, is_others=is_others) for values in soonest]

    @cached_property
    def _in_hand(self):
        return CaseDeadline.objects.in_hands_of(self.user).running()

    def _clocks(self, whose: Q):
        fields = ("case_id", "pk", "due_at", "warn_at", "handler_id", "unit_id", "case__state")
        owed = self._in_hand.filter(whose).values_list(*fields)
        if self.user.role == Role.PETITION_OFFICER:
            owed = owed.filter(case__kind=Kind.PETITION)
        if self.kind or self.text:
            owed = owed.filter(case__in=self.cases)
        if self.user.role != Role.DISPATCHER:
            return owed
        # Three questions, each from its own index, instead of one through every open clock.
        # A response is owed within minutes: what is due later cannot be one.
        waiting = Case.objects.filter(THE_DESKS, closed_at=None)
        unanswered = owed.filter(rule__met_by="respond", due_at__lt=self.at + timedelta(days=1))
        unhandled = owed.filter(handler=None, rule__met_by=Milestone.PUBLICITY_DECIDED)
        return unanswered.union(owed.filter(case__in=waiting.values("pk")), unhandled)

    @cached_property
    def mine(self) -> Q:
        """What one has in hand oneself, or nobody has: also what somebody left who is gone."""
        gone = User.objects.filter(is_active=False).values_list("pk", flat=True)
        return Q(handler=self.user) | Q(handler=None) | Q(handler__in=list(gone))

    @cached_property
    def pending(self) -> list[Proposal]:
        """What waits for this person's decision: first what holds its case, the oldest of it."""
        if self.user.role not in DECIDERS | SIGNERS:
            return []
        mine = awaiting(self.user).filter(case__in=self.cases)
        return list(mine.select_related("by").order_by("-holds", "at")[: self.MOST_ROWS])

    @cached_property
    def rulings(self) -> list[int]:
        """Cases whose people this leader must rule on: a recusal was asked for, or they came back
        so often.
        """
        if self.user.role != Role.LEADER:
            return []
        waiting = self.cases.filter(state__in=HEADS, closed_at=None).annotate(returns=RETURNS)
        is_ruled = Q(state=State.SUSPENDED_RECUSAL) | Q(returns__gte=RULING_AFTER)
        ruled = waiting.filter(is_ruled).order_by("arrived_at", "pk")
        return list(ruled.values_list("pk", flat=True)[: self.MOST_ROWS])

    @cached_property
    def calls(self) -> list[int]:
        """Petitions a registrar is named to call back; a call-back officer's stand below."""
        if self.user.role != Role.REGISTRAR:
            return []
        mine = Callback.objects.filter(officer=self.user, done_at=None).values("case")
        asked = self.cases.filter(pk__in=mine).order_by("arrived_at", "pk")
        return list(asked.values_list("pk", flat=True)[: self.MOST_ROWS])

    @cached_property
    def archives(self) -> list[int]:
        """What was closed of late and owes nothing any more: a registrar's to archive."""
        if self.user.role != Role.REGISTRAR:
            return []
        done = to_archive(self.cases, self.at).values_list("pk", flat=True)
        return list(done[: self.MOST_IDLE])

    @cached_property
    def denied(self) -> list[int]:
        """What was closed with what the citizen denies: no clock runs until it is opened again."""
        if self.user.role != Role.SUPERVISOR:
            return []
        waiting = to_open_again(self.cases).values_list("pk", flat=True)
        return list(waiting[: self.MOST_IDLE])

    @cached_property
    def replies(self) -> list[int]:
        """What ended of late without a word to its platform: who dispatches replies, or of a
        petition its officer.
        """
        if self.user.role not in {Role.DISPATCHER, Role.PETITION_OFFICER}:
            return []
        is_theirs = Q(kind=Kind.PETITION)
        ours = self.cases.filter(is_theirs if self.user.role != Role.DISPATCHER else ~is_theirs)
        return list(to_reply(ours, self.at).values_list("pk", flat=True)[: self.MOST_IDLE])

    @cached_property
    def rewards(self) -> list[int]:
        """Closed reports whose reporter does not know of the reward: whoever handled it tells."""
        if self.user.role != Role.ENFORCER:
            return []
        untold = to_reward(self.cases.filter(self.mine), self.at)
        return list(untold.values_list("pk", flat=True)[: self.MOST_IDLE])

    @cached_property
    def follows(self) -> list[int]:
        """Agreements of cases that others handle, which this person is named to follow up."""
        named = Assignment.objects.filter(ended_at=None, follow_up=self.user)
        agreed = named.filter(case__state=State.AGREED).exclude(case__handler=self.user)
        mine = list(agreed.values_list("case", flat=True))
        if not mine:  # almost always, and it is asked every few seconds
            return []
        seen = self.cases.filter(pk__in=mine).order_by("next_due_at", "pk")
        return list(seen.values_list("pk", flat=True)[: self.MOST_ROWS])

    @cached_property
    def shown(self) -> list[int]:
        """The cases with a row of their own, in order: decisions, rulings and calls first, then
        clocks, soonest first. What has neither stands below (``idle_cases``).
        """
        called = [*self.rulings, *self.denied, *self.calls, *self.follows, *self.archives]
        first = dict.fromkeys([*(proposal.case_id for proposal in self.pending), *called])
        running = dict.fromkeys(m.case_id for m in self.marks if m.case_id not in first)
        later = [*self.replies, *self.rewards]
        return list(dict.fromkeys([*first, *[*running][: self.MOST_ROWS], *later]))

    def count(self) -> dict[str, int]:
        found = dict.fromkeys(STATES, 0)
        for mark in self.marks:
            found[mark.state(self.at)] += 1
        return found

    def tallies(self) -> dict[str, str]:
        """The counts as they are shown: what lies beyond the clocks read is not guessed."""
        counts = {state: str(number) for state, number in self.count().items()}
        if self.cuts:
            last = min(self.cuts, key=lambda mark: mark.due_at).state(self.at)
            later = list(counts)[list(counts).index(last) + 1 :]
            counts |= {last: f"{counts[last]}+"} | dict.fromkeys(later, "…")
        return counts

    @cached_property
    def fingerprint(self) -> str:
        """Changes when the page would: what is owed, until when, in whose hands, in which state."""
        facts, cases = [astuple(mark) for mark in self.marks], {m.case_id for m in self.marks}
        held = Proposal.objects.filter(case__in=cases, decided_at=None).order_by("pk")
        decisions = [*(proposal.pk for proposal in self.pending), *held.values_list("pk")]
        told = ("pk", "state", "unit", "handler", "next_due_at")
        idle = [*idle_cases(self).values_list(*told)[: self.MOST_IDLE + 1]]
        acts = self._latest_acts([*self.shown, *(row[0] for row in idle)])
        facts += [*idle, unheld(self), acts]
        page = repr((facts, decisions, self.shown, self.count(), self.kind, self.text))
        return hashlib.sha256(page.encode()).hexdigest()[:16]

    @staticmethod
    def _latest_acts(cases: Iterable[int]) -> list[tuple[int, int]]:
        """What was done last with each: a document, a word to a party, moves neither clock nor
        state, and what comes next is another step.
        """
        done = CaseEvent.objects.filter(case__in=set(cases)).order_by("case")
        return list(done.values("case").annotate(latest=Max("pk")).values_list("case", "latest"))


def unheld(watchlist: Watchlist) -> str:
    """How many cases no clock runs for and nobody has, for whoever may give them to somebody."""
    if watchlist.user.role not in SENDERS or watchlist.text:
        return ""
    return watchlist.cases.unheld().tally()


def idle_cases(watchlist: Watchlist):
    """Whose turn no clock tells, the latest first; for the registrar simply the latest."""
    user, cases = watchlist.user, watchlist.cases.order_by("-arrived_at", "-pk")
    cases = cases.filter(IS_LIVE | Q(handler__isnull=False))
    if user.role == Role.REGISTRAR:
        above = [*watchlist.calls, *watchlist.follows, *watchlist.archives]
        return cases.exclude(pk__in=above)
    if user.role == Role.CALLBACK:
        drawn = Callback.objects.waiting_for(user).values("case")
        waiting = Case.objects.filter(AWAITS_CALL, closed_at=None).values("pk")
        named = Assignment.objects.of(user).filter(case=OuterRef("pk"))
        return cases.filter(pk__in=drawn.union(waiting)).exclude(Exists(named))
    cases = cases.filter(next_due_at=None, closed_at=None)
    if user.role == Role.DISPATCHER:
        waiting = cases.filter(THE_DESKS).annotate(returns=RETURNS)
        return waiting.filter(returns__lt=RULING_AFTER)
    if user.role == Role.PETITION_OFFICER:
        return cases.filter(state__in=OPEN, kind=Kind.PETITION)
    if user.role in HANDLERS:
        return cases.filter(watchlist.mine, state__in=OPEN).order_by(
            F("handler__is_active").desc(nulls_last=True), "-arrived_at", "-pk"
        )
    if user.role == Role.CHIEF:
        gone = Q(handler__is_active=False)
        return cases.filter(Q(handler=user) | gone, state__in=OPEN)
    return cases.none()
