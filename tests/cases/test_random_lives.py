"""Random lives of every kind: two people act, time passes, sweeps come; nothing untrue stands.

After every step the invariants hold, ``allowed`` has told no lie, and the history leads to the
present state.
"""

import inspect
from datetime import datetime, timedelta
from random import Random

import pytest
from django.db import transaction
from django.utils.translation import gettext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agency.core import deadlines, invariants
from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from cases import workflow
from cases.models import Case
from tests.cases.lives import ROLES, WAYS, Cast

pytestmark = pytest.mark.django_db

MORNING = datetime.fromisoformat("2026-05-11T09:00:00+08:00")
SHORT = settings(
    max_examples=12, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
STEPS = 12


class Life:
    """A case on its random way, from any state of its life; every step is looked at."""

    def __init__(self, cast: Cast, clock, kind: str, dice: Random) -> None:
        self.cast, self.clock, self.dice = cast, clock, dice
        self.case = cast.bring(kind, dice.choice(list(WAYS[kind])))

    def step(self) -> None:
        match self.dice.randrange(6):
            case 0:
                self.clock.shift(timedelta(minutes=self.dice.choice([1, 12, 45, 1440, 20000])))
                deadlines.sweep()
            case 1:
                self.try_what_is_not_allowed()
            case _:
                self.do_what_is_allowed()
        self.look()

    def somebody(self) -> str:
        """One of two at most times: who handles it, or who decides; else anybody."""
        return self.dice.choice(
            ["mediator", "enforcer", "petition_officer", "chief", "leader", *ROLES]
        )

    def do_what_is_allowed(self) -> None:
        """Role and state never are the reason of a refusal; what was said may be."""
        role = self.somebody()
        may = [v for v in workflow.allowed(self.case, self.cast[role]) if self.knows(v)]
        if not may:
            return
        verb = self.dice.choice(may)
        try:
            with transaction.atomic():
                self.do(verb, role)
        except (Invalid, RuleViolation) as refusal:
            assert str(refusal) not in self.words_of_role_and_state(), (verb, role, self.case.state)

    def try_what_is_not_allowed(self) -> None:
        role = self.somebody()
        may = workflow.allowed(self.case, self.cast[role])
        verb = self.dice.choice([v for v in workflow.VERBS if v not in may and self.knows(v)])
        try:
            with transaction.atomic():
                self.do(verb, role)
        except (Forbidden, NotThere, RuleViolation, Invalid):
            return
        raise AssertionError((verb, role, self.case.kind, self.case.state))

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

    def look(self) -> None:
        self.case = Case.objects.get(pk=self.case.pk)
        assert invariants.check()[1] == []
        assert self.replayed() == self.case.state

    def replayed(self) -> str:
        """Where the moves of the history lead, each from where the one before has led."""
        told = self.case.events.filter(data__has_key="to").order_by("pk")
        return list(told.values_list("data__to", flat=True))[-1]


@pytest.mark.parametrize("kind", WAYS)
@SHORT
@given(seed=st.integers(0, 2**32))
def test_nothing_untrue_comes_of_a_random_life(agency, clock, kind, seed):
    with transaction.atomic():
        clock.set(MORNING)
        life = Life(Cast(agency), clock, kind, Random(seed))
        for _ in range(STEPS):
            life.step()
        transaction.set_rollback(True)
