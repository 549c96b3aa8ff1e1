"""Random lives of every kind: two people act, time passes, sweeps come; so do other citizens and
further rounds, and some are not reached. Nothing untrue stands.

After every step the invariants hold, ``allowed`` has told no lie, and the history leads to the
present state. Of a life that breaks something, Hypothesis tells the shortest. Here a few of
them; many, and longer ones, in tests/chaos.
"""

import inspect
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils.translation import gettext
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from agency.core import deadlines, invariants
from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from cases import workflow
from cases.models import Case, Ticket
from cases.workflow.referrals import silent_to_bring_home
from tests.cases.lives import ROLES, WAYS, Cast, Together

pytestmark = pytest.mark.django_db

MORNING = datetime.fromisoformat("2026-05-11T09:00:00+08:00")
SHORT = settings(
    max_examples=3, stateful_step_count=12, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
MINUTES = [1, 12, 45, 1440, 20000]
HANDLERS = ["mediator", "enforcer", "petition_officer"]
DECIDERS = ["chief", "leader"]


TOLD_AND_CLOSED = [
    ("notify", "mediator"), ("notify", "mediator", {"party": "respondent"}),
    ("close", "mediator"), ("approve", "chief"), ("reopen", "leader"), ("dispatch", "dispatcher"),
    ("contact", "mediator"), ("accept", "mediator"), ("start_mediation", "mediator"),
]  # fmt: skip
SENT_OUT_TWICE = {
    ("complaint", "what_goes_on"): [
        ("pause", "mediator"), ("withdraw", "mediator"), *TOLD_AND_CLOSED, ("pause", "mediator"),
    ],
    ("complaint", "clue"): 2 * [
        ("record_clue", "mediator"), ("pause_clue", "enforcer"), ("verify_clue", "enforcer"),
        ("approve", "leader"),
    ],
    ("report", "what_goes_on"): 2 * [
        ("verify", "enforcer"), ("file", "enforcer"), ("approve", "leader"), ("pause", "enforcer"),
        ("decide_case", "enforcer"), ("approve", "leader"), ("close", "enforcer"),
        ("approve", "chief"), ("reopen", "leader"),
    ],
}  # fmt: skip
"""What ends the wait for what was sent out without taking it back: steps, where they are taken."""


class Life(RuleBasedStateMachine):
    """A case on its random way, from any state of its life; undone when the life is over."""

    def __init__(self, agency, clock, kind: str) -> None:
        super().__init__()
        self.agency, self.clock, self.kind = agency, clock, kind
        self.undone = transaction.atomic()
        self.undone.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    @initialize(told=st.data(), together=st.booleans())
    def begin(self, told, together: bool) -> None:
        """Of two citizens as far as that goes: some steps are one citizen's only."""
        self.clock.set(MORNING)
        self.cast = (Together if together else Cast)(self.agency)
        state = told.draw(st.sampled_from(list(WAYS[self.kind])))
        try:
            with transaction.atomic():
                self.case = self.cast.bring(self.kind, state)
        except RuleViolation:
            assert together, state
            self.case = self.cast.bring(self.kind, "registered")

    @rule(minutes=st.sampled_from(MINUTES))
    def time_passes(self, minutes: int) -> None:
        self.clock.shift(timedelta(minutes=minutes))
        deadlines.sweep()
        sum(silent_to_bring_home())

    @rule()
    def another_citizen_brings_the_same(self) -> None:
        other = {"name": "林一一", "phone": "13700137000"}
        case = self.agency.ticket("web", kind=self.kind, consumer=other)
        self.try_to("link_ticket", "dispatcher", ticket=case.tickets.get().no)

    @rule(verb=st.sampled_from(["unlink_ticket", "contact", "notify"]))
    def something_is_done_for_one_of_them(self, verb: str) -> None:
        named = self.case.tickets.order_by("pk").last()
        role = "dispatcher" if verb == "unlink_ticket" else "mediator"
        self.try_to(verb, role, ticket=named and named.no)

    @rule(outcome=st.sampled_from(["no_answer", "refused"]))
    def somebody_tries_to_reach_them(self, outcome: str) -> None:
        named = self.case.tickets.order_by("pk").last()
        self.try_to(
            "contact", "mediator", outcome=outcome, no_meeting_reason="",
            ticket=named and named.no,
        )  # fmt: skip

    @rule()
    def the_platform_sends_it_back(self) -> None:
        first = self.case.tickets.order_by("pk").first()
        if first and first.channel.code in {"minyi", "petition"}:
            rounds = Ticket.objects.filter(external_no=first.external_no)  # some may be elsewhere
            self.agency.ticket(
                first.channel.code, kind=self.kind, external_no=first.external_no,
                round=rounds.count() + 1,
            )  # fmt: skip

    @rule(
        satisfaction=st.sampled_from(["satisfied", "dissatisfied", "unreached"]),
        kept=st.sampled_from([None, True, False]),
    )
    def somebody_calls_back(self, satisfaction: str, kept: bool | None) -> None:
        self.try_to("follow_up", "callback", satisfaction=satisfaction, kept=kept)

    @rule(way=st.sampled_from(["what_goes_on", "clue"]))
    def what_was_sent_out_is_overtaken_and_something_is_sent_again(self, way: str) -> None:
        for verb, role, *said in SENT_OUT_TWICE.get((self.kind, way), []):
            self.try_to(verb, role, **dict(*said))

    @rule(verb=st.sampled_from(["decide_publicity", "supplement"]))
    def somebody_thinks_otherwise_of_it(self, verb: str) -> None:
        """Also after the end, where it waits for the chief."""
        self.try_to(verb, "mediator", **({"amount": "12"} if verb == "supplement" else {}))

    def try_to(self, verb: str, role: str, **said) -> None:
        """Where it is refused in words, nothing has happened."""
        body = self.cast.body(self.case, verb) | said
        try:
            with transaction.atomic():
                workflow.VERBS[verb](self.case.no, by=self.cast[role], **body)
        except (Forbidden, RuleViolation, Invalid):
            return

    @rule(role=st.sampled_from(HANDLERS), told=st.data())
    def who_handles_it_acts(self, role: str, told) -> None:
        self.do_what_is_allowed(role, told)

    @rule(role=st.sampled_from(DECIDERS), told=st.data())
    def who_decides_acts(self, role: str, told) -> None:
        self.do_what_is_allowed(role, told)

    @rule(told=st.data())
    def who_tries_to_settle_it_acts(self, told) -> None:
        self.do_what_is_allowed("outlet_liaison", told)

    @rule(role=st.sampled_from(ROLES), told=st.data())
    def anybody_acts(self, role: str, told) -> None:
        self.do_what_is_allowed(role, told)

    @rule(role=st.sampled_from(ROLES), told=st.data())
    def somebody_tries_what_is_not_allowed(self, role: str, told) -> None:
        may = workflow.allowed(self.case, self.cast[role])
        verb = told.draw(
            st.sampled_from([v for v in workflow.VERBS if v not in may and self.knows(v)])
        )
        try:
            with transaction.atomic():
                self.do(verb, role)
        except (Forbidden, NotThere, RuleViolation, Invalid):
            return
        raise AssertionError((verb, role, self.case.kind, self.case.state))

    def do_what_is_allowed(self, role: str, told) -> None:
        """Role and state never are the reason of a refusal; what was said may be."""
        may = [v for v in workflow.allowed(self.case, self.cast[role]) if self.knows(v)]
        if not may:
            return
        verb = told.draw(st.sampled_from(may))
        try:
            with transaction.atomic():
                self.do(verb, role)
        except (Invalid, RuleViolation) as refusal:
            assert str(refusal) not in self.words_of_role_and_state(), (verb, role, self.case.state)

    def do(self, verb: str, role: str) -> None:
        body = self.cast.body(self.case, verb)
        workflow.VERBS[verb](self.case.no, by=self.cast[role], **body)

    def words_of_role_and_state(self) -> set[str]:
        state = {"state": self.case.get_state_display()}
        kind = {"kind": self.case.get_kind_display()}
        return {
            gettext("A case that is %(state)s does not allow this.") % state,
            gettext("This is no step in the life of a %(kind)s.") % kind,
            gettext("This case waits for approval: let that be decided first."),
            gettext("Nothing waits for approval here."),
        }

    def knows(self, verb: str) -> bool:
        """Whether we have all that the verb must be told."""
        wanted = inspect.signature(workflow.VERBS[verb]).parameters.values()
        needed = {p.name for p in wanted if p.kind == p.KEYWORD_ONLY and p.default is p.empty}
        return needed - {"by"} <= set(self.cast.body(self.case, verb))

    @invariant()
    def nothing_untrue_stands(self) -> None:
        self.case = Case.objects.get(pk=self.case.pk)
        assert invariants.check()[1] == []
        assert self.replayed() == self.case.state

    def replayed(self) -> str:
        """Where the moves of the history lead, each from where the one before has led."""
        told = self.case.events.filter(data__has_key="to").order_by("pk")
        return list(told.values_list("data__to", flat=True))[-1]


@pytest.mark.parametrize("kind", WAYS)
def test_nothing_untrue_comes_of_a_random_life(agency, clock, kind):
    run_state_machine_as_test(lambda: Life(agency, clock, kind), settings=SHORT)
