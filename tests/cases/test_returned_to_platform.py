"""A ticket that is not ours goes back to the platform that sent it, and may come again."""

import pytest

from agency.core import deadlines, invariants
from agency.core.errors import Invalid, RuleViolation
from cases import workflow
from cases.models import Case
from tests.cases.lives import Cast
from tests.cases.test_admin import desk, page_of, verb_of
from tests.stories import TEN, clock_of

pytestmark = pytest.mark.django_db

WHY = {"reason": "不属本部门职责", "basis": "道路交通安全法第5条，属交警部门"}


def returned(agency, case, **said) -> Case:
    return workflow.return_to_platform(case.no, by=agency.dispatcher, **WHY | said)


def test_all_its_clocks_stop_and_the_case_ends_without_a_result(agency, clock):
    case = agency.ticket()
    ticket = case.tickets.get()

    case = returned(agency, case, ticket=ticket.no)

    assert (case.state, case.result, case.closed_at) == ("closed", "", clock.now)
    assert not case.deadlines.open().exists()
    assert set(case.deadlines.values_list("cancel_reason", flat=True)) == {"return_to_platform"}
    ticket.refresh_from_db()
    assert (ticket.returned_at, ticket.return_reason) == (clock.now, WHY["reason"])
    assert ticket.responded_at is None, "nobody answered the citizen here"
    assert invariants.check()[1] == []


def test_what_was_missed_before_stays_missed(agency, clock):
    case = agency.ticket()
    clock.shift(TEN * 2)

    returned(agency, case)

    assert clock_of(case, "ticket.respond_10").noticed_at
    assert clock_of(case, "ticket.contact_30").noticed_at is None
    assert invariants.check()[1] == []


def test_the_platform_sends_it_again_and_all_counts_from_then(agency, clock):
    returned(agency, agency.ticket(external_no="MY1"))
    clock.shift(days=2)

    case = agency.ticket(external_no="MY1", round=2)

    owed = case.deadlines.open()
    assert owed.get(rule__code="complaint.accept").starts_at == clock.now
    assert owed.get(rule__code="ticket.respond_10").starts_at == clock.now
    workflow.respond(case.no, by=agency.dispatcher)
    first, second = case.tickets.order_by("round")
    assert (first.responded_at, second.responded_at) == (None, clock.now)
    deadlines.sweep()
    assert invariants.check()[1] == []


def test_it_may_go_back_again_by_its_latest_round_only(agency, clock):
    case = agency.ticket(external_no="MY1")
    first = case.tickets.get().no
    returned(agency, case)
    case = agency.ticket(external_no="MY1", round=2)

    with pytest.raises(Invalid):
        returned(agency, case, ticket=first)
    assert returned(agency, case).state == "closed"


@pytest.mark.parametrize("channel", ["walkin", "web"])
def test_what_no_platform_sent_goes_nowhere(agency, clock, channel):
    case = agency.ticket(channel)

    assert "return_to_platform" not in workflow.allowed(case, agency.dispatcher)
    with pytest.raises(RuleViolation, match="平台"):
        returned(agency, case)


def test_one_of_several_tickets_is_unlinked_first(agency, clock):
    case, other = agency.ticket(), agency.ticket("315xft")
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=other.tickets.get().no)

    with pytest.raises(RuleViolation):
        returned(agency, case)


def test_what_was_decided_is_not_given_back(agency, clock):
    case = agency.contacted_case(external_no="MY1")
    workflow.refuse(case.no, by=agency.mediator, ground="R1", explanation="不属本部门职责")
    workflow.approve(case.no, by=agency.chief)
    workflow.notify(case.no, by=agency.mediator, party="complainant", how="phone", text="不予受理")
    workflow.close(case.no, by=agency.mediator, conclusion="不予受理")
    workflow.approve(case.no, by=agency.chief)
    case = agency.ticket(external_no="MY1", round=2)

    with pytest.raises(RuleViolation):
        returned(agency, case)


def reopened(agency):
    return Cast(agency).bring("consultation", "reopened")


def replied(agency):
    return workflow.reply_ticket(agency.ticket().no, by=agency.dispatcher, text="已转办")


@pytest.mark.parametrize("answered", [reopened, replied])
def test_what_was_answered_is_not_given_back(agency, clock, answered):
    case = answered(agency)

    assert "return_to_platform" not in workflow.allowed(case, agency.dispatcher)
    with pytest.raises(RuleViolation, match="平台"):
        returned(agency, case)


def test_the_dispatcher_does_it_on_a_form_and_the_page_tells_of_it(agency, clock):
    case, http = agency.ticket(), desk("dispatcher")
    assert "退回平台" in http.get(page_of(case)).text
    form = http.get(verb_of(case, "return_to_platform")).text
    assert "法律依据" in form and 'name="basis"' in form

    sent = WHY | {"ticket": case.tickets.get().no}
    assert http.post(verb_of(case, "return_to_platform"), sent).status_code == 204

    page = http.get(page_of(case)).text
    assert WHY["reason"] in page and WHY["basis"] in page
    _status, told = agency.client("dispatcher").get(f"cases/{case.no}/")
    assert told["tickets"][0]["return_reason"] == WHY["reason"]


def test_why_it_went_back_tells_nobody_who_reported(agency, clock):
    report = agency.ticket("minyi", kind="report")
    workflow.return_to_platform(
        report.no,
        by=agency.dispatcher,
        reason="陈小满的店在外区",
        basis="陈小满13800138000称在外区",
    )

    told = str(agency.client("supervisor").get(f"cases/{report.no}/")[1])
    page = desk("supervisor").get(page_of(report)).content.decode()

    for secret in ("陈小满", "13800138000"):
        assert secret not in told and secret not in page


def test_a_half_without_a_ticket_opens_for_the_dispatcher(agency, clock):
    case = agency.ticket("minyi")
    workflow.split(case.no, by=agency.dispatcher)
    half = Case.objects.get(origin=case)

    status, told = agency.client("dispatcher").get(f"cases/{half.no}/")

    assert status == 200 and "dispatch" in told["allowed"]
    assert "return_to_platform" not in told["allowed"]


def test_what_waits_for_the_leaders_ruling_goes_nowhere_else(agency, clock):
    case = agency.ticket("minyi")
    for _time in range(2):
        workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")
        workflow.return_(case.no, by=agency.mediator, reason="not_ours", explanation="不属本区")

    with pytest.raises(RuleViolation, match="领导"):
        returned(agency, case)


def test_what_was_split_does_not_go_back_half(agency, clock):
    """The ticket told of both: the other half is handled here."""
    case = agency.ticket()
    workflow.split(case.no, by=agency.dispatcher)

    with pytest.raises(RuleViolation, match="未拆分"):
        returned(agency, case)
    assert "return_to_platform" not in workflow.allowed(
        Case.objects.get(pk=case.pk), agency.dispatcher
    )
