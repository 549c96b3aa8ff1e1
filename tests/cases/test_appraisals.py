"""鉴定检测: what was sent out, at whose cost, and what came back."""

from datetime import timedelta

import pytest

from agency.core.errors import Invalid
from cases import story, workflow
from cases.admin.labels import VERBS
from cases.admin.verbs import VerbForm
from cases.models import Appraisal
from tests.cases.lives import Cast
from tests.cases.test_admin import desk, page_of, verb_of

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
    assert "市质检院" in page and "双方按约定分担" in page and "密封圈老化" in page
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
