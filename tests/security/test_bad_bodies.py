"""A corpus of bad bodies for every verb: each gets a sentence, none a 500, nothing is written."""

import json
from datetime import datetime

import pytest
from django.db import transaction

from agency.core.roles import Role
from cases import lifecycle, workflow
from cases.bodies import BODIES
from cases.models import CaseEvent
from tests.cases.lives import ROLES, WAYS, Cast

pytestmark = pytest.mark.django_db

MORNING = datetime.fromisoformat("2026-05-11T09:00:00+08:00")
NO_BODY = [[], "x", 7, None, True, [{}]]
BAD = [
    None, "", "  ", "a\x00b", "\ud800", "长" * 50_000, [], [[]], {"a": {"b": []}}, 0, -1, 10**30,
    1.5, float("nan"), True, "2026-02-30", "0001-01-01", "9999-12-31T23:59:59-14:00", "-1",
    "1e400", "NaN", "99999999999999.99", "T5",
]  # fmt: skip
PLAYED = {*ROLES, Role.OUTLET_LIAISON}
"""Who is in the cast: a referral is taken and answered by an outlet's people alone."""
ANSWERS = {200, 201, 400, 403, 404, 409, 413}


def where(verb: str) -> tuple[str, str, str]:
    """A kind, a state and a role that are let in with this verb."""
    for kind, ways in WAYS.items():
        for move in lifecycle.moves_of(kind, verb):
            for state in ways:
                if state in move.frm:
                    return kind, state, sorted(set(move.roles) & PLAYED)[0]
    return "complaint", "mediating", "mediator"


def bad_bodies(verb: str, good: dict):
    yield from NO_BODY
    yield {"no_such_field": 1}
    for name in BODIES[verb]().fields:
        yield {key: said for key, said in good.items() if key != name}
        yield from ({**good, name: value} for value in BAD)


@pytest.mark.parametrize("verb", sorted(workflow.VERBS))
def test_no_body_breaks_a_verb_and_a_refused_one_writes_nothing(agency, clock, verb, monkeypatch):
    monkeypatch.setattr("cases.api.shown", lambda no, request: {})  # the answer is tried elsewhere
    clock.set(MORNING)
    kind, state, role = where(verb)
    cast = Cast(agency)
    case = cast.bring(kind, state)
    good = {name: str(said) if name in {"until", "held_at"} else said
            for name, said in cast.body(case, verb).items()}  # fmt: skip
    client = agency.client(f"x_{role}")
    before = CaseEvent.objects.count()

    for body in bad_bodies(verb, good):
        with transaction.atomic():
            status, answer = client.post(f"cases/{case.no}/{verb}/", json.dumps(body))
            assert status in ANSWERS, (body, answer)
            if status >= 400:
                assert CaseEvent.objects.count() == before, (body, answer)
                assert answer["detail"], body
            transaction.set_rollback(True)
