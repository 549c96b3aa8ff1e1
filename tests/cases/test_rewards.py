"""奖励: what a reporter gets is proposed with its law and decided by the leader, once."""

from datetime import datetime

import pytest

from agency.core import notifications
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import Notification
from cases import completeness, workflow
from cases.admin import words
from cases.models import Case, Reporter
from cases.workflow.endings import _beside_the_end
from tests.cases.lives import Cast
from tests.cases.test_admin import desk, page_of, verb_of
from tests.notices import told

pytestmark = pytest.mark.django_db

REWARD = {"amount": "1500.00", "basis": "食品安全法第115条，罚没款3%"}


@pytest.fixture
def cast(agency, clock):
    clock.set(datetime.fromisoformat("2026-05-11T09:00:00+08:00"))  # under Order 121
    return Cast(agency)


@pytest.mark.parametrize("state", ["decided", "closed", "archived"])
def test_the_leader_grants_it_and_the_case_stays_where_it_is(cast, state):
    case, enforcer = cast.bring("report", state), cast["enforcer"]
    assert "grant_reward" in workflow.allowed(case, enforcer)

    workflow.grant_reward(case.no, by=enforcer, **REWARD)
    asked = words.proposed(case, case.proposals.get(verb="grant_reward"))
    assert asked[0] == ("奖励金额（元）", "1,500.00"), "the currency is said once"
    with pytest.raises(RuleViolation):
        workflow.approve(case.no, by=cast["chief"])
    workflow.approve(case.no, by=cast["leader"])

    case = Case.objects.get(pk=case.pk)
    granted = case.decisions.get(kind="rewarded")
    assert (case.state, granted.reference, granted.approved_by) == (
        state, "¥1,500.00", cast["leader"],
    )  # fmt: skip
    assert "¥1,500.00" in desk("leader").get(page_of(case)).content.decode()
    assert "grant_reward" not in workflow.allowed(case, enforcer)
    with pytest.raises(RuleViolation):
        workflow.grant_reward(case.no, by=enforcer, **REWARD)


def test_nothing_is_no_reward(cast):
    case = cast.bring("report", "decided")

    with pytest.raises(Invalid):
        workflow.grant_reward(case.no, by=cast["enforcer"], **REWARD | {"amount": "0.00"})


def test_who_reported_nothing_that_was_decided_gets_none(cast):
    """Closed without being filed: there is no case whose penalty a reward could come of."""
    case = cast.act(cast.bring("report", "not_filed"), "close", "enforcer")
    assert "grant_reward" not in workflow.allowed(case, cast["enforcer"])

    with pytest.raises(RuleViolation):
        workflow.grant_reward(case.no, by=cast["enforcer"], **REWARD)


def test_what_was_dismissed_earns_no_reward(cast):
    case = cast.act(cast.bring("report", "filed"), "decide_case", "enforcer", decision="dismissed")
    assert "grant_reward" not in workflow.allowed(case, cast["enforcer"])

    with pytest.raises(RuleViolation):
        workflow.grant_reward(case.no, by=cast["enforcer"], **REWARD)


def test_nobody_is_rewarded_for_what_nobody_is_known_to_have_reported(agency, cast):
    case = agency.ticket("web", kind="report", consumer=None)
    for verb, role in [
        ("dispatch", "dispatcher"), ("respond", "enforcer"), ("verify", "enforcer"),
        ("file", "enforcer"), ("decide_case", "enforcer"),
    ]:  # fmt: skip
        case = cast.act(case, verb, role)
    assert "grant_reward" not in workflow.allowed(case, cast["enforcer"])

    with pytest.raises(RuleViolation):
        workflow.grant_reward(case.no, by=cast["enforcer"], **REWARD)

    Case.objects.filter(pk=case.pk).update(reporter=Reporter.objects.create(told="原话"))
    with pytest.raises(RuleViolation):
        workflow.grant_reward(case.no, by=cast["enforcer"], **REWARD)


def test_who_handled_it_tells_the_reporter_and_is_reminded_until_then(cast):
    case, enforcer = cast.bring("report", "closed"), cast["enforcer"]
    page, queue, hint = page_of(case), verb_of(case, "notify"), "告知举报人"
    workflow.grant_reward(case.no, by=enforcer, **REWARD)
    assert queue not in desk(enforcer).get("/admin/").text

    case = cast.act(case, "approve", "leader")
    notifications.deliver_pending()

    assert told(Notification.objects.get(topic="grant_reward")) == {enforcer.username}
    assert queue in desk(enforcer).get("/admin/").text and hint in desk(enforcer).get(page).text
    form = desk(enforcer).get(verb_of(case, "notify")).text
    assert "¥1,500.00" in form and cast["custodian"].name in form, "what, and who reads the number"
    assert completeness.missing(case) == [], "it holds nothing up"
    assert _beside_the_end(case, {})["untold_reward"] == "¥1,500.00"
    assert "举报奖励尚未告知举报人" in desk("registrar").get(verb_of(case, "archive")).text
    case = cast.act(case, "archive", "registrar")

    cast.act(case, "notify", "enforcer", about="rewarded")

    assert queue not in desk(enforcer).get("/admin/").text
    assert hint not in desk(enforcer).get(page).text


def test_what_waits_for_the_leader_is_decided_in_the_archive_too_and_told(cast):
    case = cast.bring("report", "closed")
    workflow.grant_reward(case.no, by=cast["enforcer"], **REWARD)
    workflow.archive(case.no, by=cast["registrar"])

    case = cast.act(case, "approve", "leader")
    cast.act(case, "notify", "enforcer", about="rewarded")

    told = case.party_notices.get(decision__kind="rewarded")
    assert (case.state, told.party) == ("archived", "complainant")


def test_who_was_reported_does_not_hear_of_it(cast):
    case, enforcer = cast.bring("report", "closed"), cast["enforcer"]
    workflow.grant_reward(case.no, by=enforcer, **REWARD)
    workflow.approve(case.no, by=cast["leader"])

    with pytest.raises(Invalid, match="举报奖励只告知举报人"):
        workflow.notify(case.no, by=enforcer, party="respondent", how="phone", text="奖励")
