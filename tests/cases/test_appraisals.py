"""鉴定检测: what was sent out, at whose cost, and what came back."""

from datetime import date, datetime, time, timedelta

import pytest

from agency.core import deadlines, invariants
from agency.core.calendar import SHANGHAI
from agency.core.errors import Invalid, RuleViolation
from cases import story, workflow
from cases.admin.labels import VERBS
from cases.admin.verbs import VerbForm
from cases.models import Appraisal
from tests.cases.lives import Cast
from tests.cases.test_admin import desk, page_of, verb_of
from tests.stories import clock_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(agency, clock):
    return Cast(agency)


def test_the_form_asks_for_day_and_cost_and_then_for_receipt_and_finding(agency, cast, clock):
    case = cast.bring("complaint", "mediating")
    http, today = desk("x_mediator"), clock.now.date()
    sent = {"reason": "appraisal", "institution": "市质检院", "entrusted_on": str(today)}
    assert http.post(verb_of(case, "pause"), sent).status_code == 400, "who pays is not said"
    assert http.post(verb_of(case, "pause"), sent | {"cost": "shared"}).status_code == 204
    assert http.post(verb_of(case, "resume"), {}).status_code == 400, "nothing came back"

    clock.shift(days=3)
    back = {"received_on": str(today + timedelta(days=2)), "finding": "密封圈老化"}
    assert http.post(verb_of(case, "resume"), back).status_code == 204

    row = case.appraisals.get()
    assert (row.cost, row.received_on) == ("shared", today + timedelta(days=2))
    assert row.ended_at == clock.now
    page = http.get(page_of(case)).text
    assert "市质检院" in page and "费用承担：双方按约定分担" in page and "分担承担" not in page
    assert "密封圈老化" in page
    assert story.told(case)["appraisals"][0]["finding"] == "密封圈老化"


def test_the_api_may_leave_all_of_it_out(cast):
    case = cast.bring("complaint", "appraising")
    assert workflow.resume(case.no, by=cast["mediator"]).state == "mediating"

    row = case.appraisals.get()
    assert (row.entrusted_on, row.cost, row.received_on) == (None, "", None)
    assert row.ended_at


@pytest.mark.parametrize(("sent", "received"), [(1, None), (0, 1), (0, -1)])
def test_no_day_is_to_come_and_nothing_comes_back_before_it_went(cast, clock, sent, received):
    case, today = cast.bring("complaint", "mediating"), clock.now.date()
    wrong = "entrusted_on" if sent else "received_on"

    with pytest.raises(Invalid) as refused:
        workflow.pause(
            case.no, by=cast["mediator"], reason="appraisal", institution="质检院",
            entrusted_on=today + timedelta(days=sent),
        )  # fmt: skip
        workflow.resume(case.no, by=cast["mediator"], received_on=today + timedelta(days=received))
    assert set(refused.value.errors) == {wrong}


@pytest.mark.parametrize(
    ("kind", "state", "role"),
    [("complaint", "mediating", "mediator"), ("report", "verifying", "enforcer")],
)
def test_nothing_is_sent_out_before_the_matter_is_there(cast, clock, kind, state, role):
    case, first = cast.bring(kind, state), clock.now.date()
    clock.shift(days=4)

    with pytest.raises(Invalid) as refused:
        cast.act(case, "pause", role, entrusted_on=first - timedelta(days=1))

    assert f"{first}" in refused.value.errors["entrusted_on"][0]
    cast.act(case, "pause", role, entrusted_on=first)
    assert case.appraisals.get().entrusted_on == first


def test_what_sends_nothing_out_is_no_appraisal(cast):
    case = cast.act(
        cast.bring("report", "filed"), "pause", "enforcer", reason="hearing", institution="本局"
    )

    assert not Appraisal.objects.exists()
    fields = {f.name for f in VerbForm(VERBS["resume"], case, cast["enforcer"]).fields}
    assert fields == set()


def test_a_reports_test_has_its_day_and_no_cost_of_the_parties(cast):
    case = cast.bring("report", "verifying")

    asked = {f.name for f in VerbForm(VERBS["pause"], case, cast["enforcer"]).fields}

    assert asked == {"reason", "institution", "entrusted_on"}


TOLD_BOTH = [("notify", {}), ("notify", {"party": "respondent"})]
ON_ITS_WAY_AGAIN = [
    ("close", "mediator"), ("reopen", "leader"), ("dispatch", "dispatcher"),
    ("contact", "mediator"), ("start_mediation", "mediator"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "said"), [("terminate", {"ground": "T4"}), ("withdraw", {}), ("resume", {})]
)
def test_with_its_wait_an_appraisal_ends_however_that_ended(cast, clock, verb, said):
    """No agreement on the cost, taken back: nothing is out on a case that has ended."""
    case = cast.bring("complaint", "appraising")
    clock.shift(days=3)
    cast.act(case, verb, "mediator", **said)
    assert case.appraisals.get().ended_at == clock.now
    if verb == "resume":
        cast.act(case, "withdraw", "mediator")

    for step, more in TOLD_BOTH:
        cast.act(case, step, "mediator", **more)
    for step, role in ON_ITS_WAY_AGAIN:
        case = cast.act(case, step, role)

    assert cast.act(case, "pause", "mediator").state == "appraising"
    assert list(case.appraisals.order_by("pk").values_list("ended_at", flat=True))[1:] == [None]
    assert invariants.check()[1] == []


def test_with_a_clue_its_test_ends_and_the_next_clue_has_its_own(cast, clock):
    case = cast.bring("complaint", "mediating")
    for _again in range(2):
        cast.act(case, "record_clue", "mediator")
        cast.act(case, "pause_clue", "enforcer")
        clock.shift(days=1)
        cast.act(case, "verify_clue", "enforcer")

    assert case.appraisals.filter(of_clue=True, ended_at__isnull=False).count() == 2


def test_a_case_that_is_decided_waits_for_no_test(cast, clock):
    case = cast.bring("report", "filed")
    cast.act(case, "pause", "enforcer")
    cast.act(case, "decide_case", "enforcer")

    assert case.appraisals.get().ended_at == clock.now


def test_what_is_late_is_not_sent_out_to_stand_still(cast, clock):
    """The ninety days of the penalty are over: nothing is written down of what pauses nothing."""
    case = cast.bring("report", "filed")
    clock.shift(days=100)
    deadlines.sweep()

    assert "pause" not in workflow.allowed(case, cast["enforcer"])
    with pytest.raises(RuleViolation):
        cast.act(case, "pause", "enforcer")
    assert not case.appraisals.exists()


ACCEPTED = "05-11"
"""A Monday of 2026: sixty days are over on 07-10."""
DAYS_LEFT_OUT = {
    # sent, and when that was written down; received, and when that was; due then
    "written down two weeks after it came": ("05-15", "05-15", "05-20", "06-04", "07-15"),
    "both written down when it came": ("05-12", "05-21", "05-21", "05-21", "07-20"),
    "sent when the mediation began": ("05-11", "05-12", "05-21", "05-21", "07-20"),
    "no day is said": (None, "05-15", None, "05-20", "07-15"),
    "there and back within a day": ("05-15", "05-18", "05-15", "05-18", "07-10"),
}


def day(text: str | None) -> date | None:
    return text and date.fromisoformat(f"2026-{text}")


def afternoon(text: str) -> datetime:
    return datetime.combine(day(text), time(16, 30), SHANGHAI)


def due_on(case, rule: str) -> str:
    return f"{clock_of(case, rule).due_at.astimezone(SHANGHAI):%m-%d}"


@pytest.mark.parametrize("days", DAYS_LEFT_OUT.values(), ids=DAYS_LEFT_OUT)
def test_the_days_of_the_appraisal_are_left_out_and_no_others(cast, clock, days):
    """Not counted is the time of the appraisal, whenever somebody writes it down. Order 121 §22."""
    sent, paused, received, resumed, due = days
    clock.set(afternoon(ACCEPTED))
    case = cast.bring("complaint", "mediating")
    clock.set(afternoon(paused))
    cast.act(case, "pause", "mediator", entrusted_on=day(sent))
    clock.set(afternoon(resumed))
    cast.act(case, "resume", "mediator", received_on=day(received))

    assert due_on(case, "complaint.mediate") == due


def test_who_writes_down_late_what_came_early_wins_no_time(cast, clock):
    """Sent on the fiftieth day, back two days later, written down four weeks after that."""
    clock.set(afternoon(ACCEPTED))
    case = cast.bring("complaint", "mediating")
    clock.set(afternoon("06-30"))
    cast.act(case, "pause", "mediator", entrusted_on=day("06-30"))
    clock.set(afternoon("07-30"))
    cast.act(case, "resume", "mediator", received_on=day("07-02"))
    deadlines.sweep()

    assert due_on(case, "complaint.mediate") == "07-13"
    assert clock_of(case, "complaint.mediate").noticed_at == clock.now
    assert cast.act(case, "terminate", "mediator", ground="T5").state == "terminated"
    assert invariants.check()[1] == []


def test_the_story_names_where_it_was_sent_whenever_that_is_written_down(cast, clock):
    case = cast.bring("complaint", "mediating")
    clock.shift(days=4)
    cast.act(
        case, "pause", "mediator", institution="市质检院",
        entrusted_on=clock.now.date() - timedelta(days=2),
    )  # fmt: skip

    page = desk("x_mediator").get(page_of(case)).text
    assert page.count("市质检院") > 1, "among the appraisals, and in the story"
