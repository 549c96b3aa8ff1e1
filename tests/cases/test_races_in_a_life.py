"""Two people decide at once how a case goes on: one wins, the other is told."""

from functools import partial

import pytest

from agency.core import invariants
from agency.core.errors import RuleViolation
from cases import workflow
from cases.models import Case, Proposal
from tests.cases.lives import Cast
from tests.threads import in_threads

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 4

PAIRS = [
    # state, one verb, the other
    ("reviewing", "accept", "refuse"),
    ("accepted", "start_mediation", "start_mediation"),
    ("accepted", "start_mediation", "entrust"),
    ("mediating", "settle", "terminate"),
    ("mediating", "settle", "pause"),
    ("mediating", "settle", "withdraw"),
]


def tried(cast: Cast, case: Case, verb: str, role: str) -> str | None:
    """None where it came through, else the sentence that says why not."""
    body = cast.body(case, verb)
    try:
        workflow.VERBS[verb](case.no, by=cast[role], **body)
    except RuleViolation as refusal:
        return str(refusal)
    return None


@pytest.mark.parametrize(("state", "one", "other"), PAIRS)
def test_of_two_who_decide_at_once_one_is_told(agency, clock, state, one, other):
    cast = Cast(agency)
    for _round in range(ROUNDS):
        case = cast.bring("complaint", state)

        told = in_threads(
            partial(tried, cast, case, one, "mediator"),
            partial(
                tried,
                cast,
                case,
                other,
                "enforcer" if other in {"refuse", "terminate"} else "chief",
            ),
        )

        assert sum(sentence is None for sentence in told) == 1, told
        case.refresh_from_db()
        is_proposed = Proposal.objects.filter(case=case, decided_at=None).exists()
        assert (case.state == state) == is_proposed
    assert invariants.check()[1] == []


def test_who_withdraws_while_somebody_approves_is_told(agency, clock):
    cast = Cast(agency)
    for _round in range(ROUNDS):
        case = cast.bring("complaint", "reviewing")
        workflow.refuse(case.no, by=cast["mediator"], ground="R1", explanation="不属本部门职责")

        told = in_threads(
            partial(tried, cast, case, "approve", "chief"),
            partial(tried, cast, case, "withdraw", "mediator"),
        )

        case.refresh_from_db()
        assert (told[0], case.state) == (None, "rejected")
        assert told[1]
    assert invariants.check()[1] == []
