"""Whatever is sent, the API answers in words and never with a 500. Long: ``./test security``."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agency.core import invariants
from agency.core.roles import OUTSIDERS
from cases import lifecycle
from cases.bodies import BODIES
from tests.stories import Agency, payload

pytestmark = pytest.mark.django_db(transaction=True)

LONG = settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# Halves of surrogate pairs and NUL included: json.dumps escapes them, the API must refuse them.
TEXT = st.text(st.characters(codec=None), max_size=60)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    "external_no round kind arrived_at unit title narrative demand category problem amount occurred_on"
    " urgent line consents consumer merchant petition report".split()
)
INNER = st.sampled_from(
    ["name", "phone", "id_number", "address", "uscc", "publish", "people", "place"]
)
GOOD = {200, 201, 400, 403, 404, 409, 413}


@pytest.fixture
def agency(transactional_db):
    return Agency()


@LONG
@given(
    changes=st.dictionaries(FIELDS, VALUES, max_size=3),
    inner=st.dictionaries(INNER, VALUES, max_size=2),
)
def test_no_ticket_breaks_the_intake(agency, changes, inner):
    body = payload("hotline") | changes
    if inner and isinstance(body.get("consumer"), dict):
        body["consumer"] = body["consumer"] | inner

    status, answer = agency.channel_client("hotline").post(
        "tickets/", json.dumps(body), key=f"fuzz-{hash(json.dumps(body))}"
    )

    assert status in GOOD, answer


@LONG
@given(body=VALUES)
def test_no_value_breaks_the_intake(agency, body):
    status, answer = agency.channel_client("web").post(
        "tickets/", json.dumps(body), key="fuzz-values"
    )

    assert status == 400, answer


@LONG
@given(verb=st.sampled_from(lifecycle.verbs()), data=st.data())
def test_no_body_breaks_a_verb(agency, verb, data):
    names = st.sampled_from([*BODIES[verb]().fields, "no_such_field"])
    body = data.draw(st.dictionaries(names, VALUES, max_size=4))
    case = agency.ticket("web", unit="east")
    roles = lifecycle.roles_of(verb)
    who = next((r for r in ("mediator", "dispatcher", "chief") if r in roles), min(roles))
    who = "outlet_a" if roles <= OUTSIDERS else who

    status, answer = agency.client(who).post(f"cases/{case.no}/{verb}/", json.dumps(body))

    assert status in GOOD, answer
    assert invariants.check()[1] == []


@LONG
@given(query=st.dictionaries(
    st.sampled_from("state kind channel unit handler category overdue rule arrived_after arrived_before"
                    " search ordering cursor page_size".split()),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40), max_size=4))  # fmt: skip
def test_no_question_breaks_a_list(agency, query):
    status, answer = agency.client("leader").get("cases/", **query)

    assert status in GOOD, answer
