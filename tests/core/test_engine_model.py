"""Any story at all: the engine agrees with twenty lines of plain Python, and breaks nothing.

Here a few of them; many in tests/chaos.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_stories

from agency.core import deadlines, invariants
from agency.core.calendar import WorkCalendar
from agency.core.errors import RuleViolation
from cases import acts, workflow
from cases.models import CaseDeadline
from tests.stories import TEN, THIRTY

LIMITS = {"ticket.respond_10": TEN, "ticket.contact_30": THIRTY}
MET_BY = {"respond": {"ticket.respond_10"}, "reached": set(LIMITS)}
NO_CALENDAR = WorkCalendar.of([])


@dataclass
class ModelClock:
    """What a clock is, as plainly as it can be said."""

    due_at: datetime
    met_at: datetime | None = None
    cancelled_at: datetime | None = None
    noticed_at: datetime | None = None

    def notice(self, at: datetime) -> None:
        ended = self.met_at or self.cancelled_at
        if not ended and self.due_at < at and not self.noticed_at:
            self.noticed_at = at

    def meet(self, at: datetime) -> None:
        if not self.met_at and not self.cancelled_at:
            self.notice(at)
            self.met_at = at

    def cancel(self, at: datetime) -> None:
        if not self.met_at and not self.cancelled_at:
            self.notice(at)
            self.cancelled_at = at

    @property
    def row(self) -> tuple:
        return self.due_at, self.met_at, self.cancelled_at, self.noticed_at


@dataclass
class ModelCase:
    no: str
    clocks: dict[str, list[ModelClock]] = field(default_factory=dict)
    responded: bool = False

    def of(self, rules: set[str]):
        return [clock for name in rules for clock in self.clocks[name]]


class Story(RuleBasedStateMachine):
    """One agency from its first ticket on; undone when the story ends."""

    agency = clock = None
    cases = Bundle("cases")

    def __init__(self) -> None:
        super().__init__()
        self.known: list[ModelCase] = []
        self.scene = transaction.atomic()
        self.scene.__enter__()

    def teardown(self) -> None:
        self.sweep(batch=3)
        assert invariants.check()[1] == []
        assert deadlines.sweep().swept == 0, "sweeping again finds nothing"
        transaction.set_rollback(True)
        self.scene.__exit__(None, None, None)

    # -- time --------------------------------------------------------------------------

    @rule(by=st.sampled_from([timedelta(microseconds=1), TEN / 10, TEN / 2, TEN, THIRTY * 3]))
    def wait(self, by):
        self.clock.shift(by)

    @rule(case=cases, name=st.sampled_from(sorted(LIMITS)), off=st.integers(-1, 1))
    def wait_for_the_due_moment(self, case, name, off):
        moment = case.clocks[name][-1].due_at + timedelta(microseconds=off)
        self.clock.set(max(moment, self.clock.now))

    # -- acts --------------------------------------------------------------------------

    @rule(target=cases, age=st.sampled_from([0, 0, 5, 10, 12, 35]))
    def register(self, age):
        arrived_at = self.clock.now - timedelta(minutes=age)
        no = self.agency.ticket(unit="east", arrived_at=arrived_at.isoformat()).no
        clocks = {name: [ModelClock(arrived_at + limit)] for name, limit in LIMITS.items()}
        self.known.append(ModelCase(no, clocks))
        return self.known[-1]

    @rule(case=cases)
    def respond(self, case):
        try:
            workflow.respond(case.no, by=self.agency.mediator)
        except RuleViolation:
            assert case.responded
        else:
            assert not case.responded
            self.met(case, "respond")

    @rule(case=cases)
    def reach(self, case):
        workflow.contact(case.no, by=self.agency.mediator, outcome="reached", no_meeting_reason="x")
        self.met(case, "reached")

    @rule(case=cases)
    def call_in_vain(self, case):
        workflow.contact(case.no, by=self.agency.mediator, outcome="no_answer")

    @rule(case=cases)
    def dispatch_there_and_back(self, case):
        workflow.dispatch(case.no, by=self.agency.dispatcher, unit="west")
        workflow.dispatch(case.no, by=self.agency.dispatcher, unit="east")

    def met(self, case, how):
        case.responded = True
        for clock in case.of(MET_BY[how]):
            clock.meet(self.clock.now)

    @rule(case=cases, name=st.sampled_from(sorted(LIMITS)))
    def open_anew(self, case, name):
        """A wrong clock is cancelled with a reason, and a new one opened."""
        last = case.clocks[name][-1]
        if last.met_at:
            return
        old = CaseDeadline.objects.open().filter(case__no=case.no, rule__code=name)
        row = old.select_related("rule", "case").get()
        with acts.begin(case.no, "dispatch", self.agency.dispatcher) as act:
            deadlines.cancel(old, at=act.at, reason="wrong")
            deadlines.build(
                CaseDeadline, row.rule, starts_at=row.starts_at, at=act.at,
                work_calendar=NO_CALENDAR, case=act.case, ticket=row.ticket, unit=row.unit,
                handler=row.handler, channel=row.channel,
            ).save()  # fmt: skip
        last.cancel(self.clock.now)
        case.clocks[name].append(ModelClock(last.due_at))

    # -- the sweep -----------------------------------------------------------------------

    @rule(batch=st.sampled_from([1, 2, 5000]))
    def sweep(self, batch):
        deadlines.sweep(batch=batch)
        for case in self.known:
            for clock in case.of(set(LIMITS)):
                clock.notice(self.clock.now)

    @invariant()
    def the_rows_are_those_of_the_model(self):
        for case in self.known:
            for name in LIMITS:
                rows = CaseDeadline.objects.filter(case__no=case.no, rule__code=name).order_by("pk")
                stored = rows.values_list("due_at", "met_at", "cancelled_at", "noticed_at")
                assert list(stored) == [clock.row for clock in case.clocks[name]]


FEW = settings(
    max_examples=10, stateful_step_count=25, deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def test_any_story_ends_as_the_model_says(agency, clock):
    tell(agency, clock, FEW)


def tell(agency, clock, how_many) -> None:
    Story.agency, Story.clock = agency, clock
    begins = clock.now

    class FromTheBeginning(Story):
        def __init__(self) -> None:
            super().__init__()
            clock.set(begins)

    run_stories(FromTheBeginning, settings=how_many)
