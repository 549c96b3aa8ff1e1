"""Bodies made from the API's own description, by the rule and against it: none is a 500."""

import json

import pytest
import schemathesis
from django.db import transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.core import NotSet

from cases import workflow
from tests.cases.lives import Cast
from tests.security.test_bad_bodies import ANSWERS, MORNING, where

pytestmark = pytest.mark.django_db

FEW = settings(
    max_examples=60, deadline=None, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.fixture(scope="module")
def described():
    """The description of the whole API, as a client reads it."""
    return schemathesis.openapi.from_dict(SchemaGenerator().get_schema(public=True))


@pytest.mark.parametrize("verb", sorted(workflow.VERBS))
def test_a_described_body_is_answered_in_words(agency, clock, described, verb, monkeypatch):
    monkeypatch.setattr("cases.api.shown", lambda no, request: {})  # the answer is tried elsewhere
    clock.set(MORNING)
    kind, state, role = where(verb)
    case = Cast(agency).bring(kind, state)
    client = agency.client(f"x_{role}")

    @FEW
    @given(told=bodies_of(described["/api/v1/cases/{no}/%s/" % verb]["POST"]))
    def answered(told):
        body = {} if isinstance(told.body, NotSet) else told.body
        with transaction.atomic():
            status, answer = client.post(f"cases/{case.no}/{verb}/", json.dumps(body, default=str))
            transaction.set_rollback(True)
        assert status in ANSWERS, (body, answer)

    answered()


def bodies_of(operation):
    """As described; where anything is described, also what is not."""
    told = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if operation.body:
        told |= operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    return told
