"""行政处罚办案期限: 90 days, 30 more by the leader, and more again as the leaders discussed together."""

from datetime import timedelta

import pytest

from agency.core.errors import Invalid, RuleViolation
from cases import workflow
from cases.admin.labels import VERBS
from cases.admin.verbs import VerbForm
from tests.cases.lives import Cast
from tests.cases.test_admin import desk, verb_of
from tests.stories import clock_of

pytestmark = pytest.mark.django_db

MINUTES = "2026年5月20日集体讨论：再延长60日"


@pytest.fixture
def cast(agency, clock):
    return Cast(agency)


@pytest.fixture
def case(cast):
    """A filed case whose time was extended by 30 days."""
    return cast.act(cast.bring("report", "filed"), "extend", "enforcer")


def test_a_penalty_case_is_extended_again_as_was_discussed(cast, case):
    assert "extend" in workflow.allowed(case, cast["enforcer"])
    first = clock_of(case, "case.penalty")

    case = cast.act(case, "extend", "enforcer", amount=60, minutes=MINUTES)

    again = clock_of(case, "case.penalty")
    assert (first.extension, again.extension) == (30, 90)
    assert again.due_at - first.due_at >= timedelta(days=58), "last days may be days off"
    decision = case.decisions.filter(kind="extended").latest("pk")
    assert MINUTES in decision.text and decision.approved_by == cast["leader"]


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"minutes": MINUTES}, {"amount"}),
        ({"amount": 60}, {"minutes"}),
        ({}, {"amount", "minutes"}),
    ],
)
def test_how_long_and_what_was_said_is_written_down(cast, case, said, wrong):
    with pytest.raises(Invalid) as refused:
        workflow.extend(
            case.no, by=cast["enforcer"], rule="case.penalty", reason="案情特别复杂", **said
        )
    assert set(refused.value.errors) == wrong


def test_the_form_asks_for_the_minutes_only_the_second_time(cast, case):
    other = cast.bring("report", "filed")
    told = {c.no: VerbForm(VERBS["extend"], c, cast["enforcer"]).fields for c in (case, other)}

    assert {no: "minutes" in {f.name for f in fields} for no, fields in told.items()} == {
        case.no: True, other.no: False,
    }  # fmt: skip
    sent = {"rule": "case.penalty", "reason": "案情特别复杂", "amount": "60"}
    http = desk("x_enforcer")
    assert http.post(verb_of(case, "extend"), sent).status_code == 400
    assert http.post(verb_of(case, "extend"), sent | {"minutes": MINUTES}).status_code == 204


def test_no_other_clock_is_extended_again(cast):
    case = cast.act(cast.bring("report", "verifying"), "extend", "enforcer")

    with pytest.raises(RuleViolation):
        workflow.extend(
            case.no, by=cast["enforcer"], rule="report.verify", reason="复杂", amount=5,
            minutes=MINUTES,
        )  # fmt: skip


def test_minutes_of_a_first_extension_bar_no_approval(cast):
    case = cast.bring("report", "verifying")

    case = cast.act(case, "extend", "enforcer", rule="report.verify", amount=10, minutes=MINUTES)

    assert (case.state, clock_of(case, "report.verify").extension) == ("extended", 10)
