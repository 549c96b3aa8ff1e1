"""A question is answered while the citizen is on the telephone, or turns out to be more."""

from datetime import timedelta

import pytest
from django.urls import reverse

from agency.core import invariants
from agency.core.errors import RuleViolation
from cases import workflow
from cases.admin import timeline
from cases.models import Case
from tests.cases.test_admin import desk
from tests.stories import RULES_1030, clock_of

pytestmark = pytest.mark.django_db

OTHER = {"name": "林一一", "phone": "13700137000"}


def question(agency, channel: str, **changes) -> Case:
    return agency.ticket(channel, kind="consultation", title="七日无理由怎么退", **changes)


def seen(case: Case) -> str:
    page = reverse("admin:cases_case_change", args=[case.pk])
    return desk("registrar").get(page).content.decode()


def test_who_answers_a_call_has_responded_and_reached_the_citizen_with_it(agency, clock):
    case = question(agency, "hotline")
    clock.shift(minutes=4)
    assert "未回复" not in seen(case), "who called is answered, and no ticket of theirs"

    workflow.answer(case.no, by=agency.registrar, text="自签收次日起七日内可以退货")

    assert [clock_of(case, rule).met_at for rule in RULES_1030] == [clock.now] * 2
    assert workflow.close(case.no, by=agency.registrar, conclusion="已答复").state == "closed"
    assert invariants.check()[1] == []


def test_who_answers_what_nobody_has_in_hand_has_it(agency):
    case = question(agency, "minyi", unit="east")
    assert case.handler is None

    workflow.answer(case.no, by=agency.mediator, text="自签收次日起七日内可以退货")

    assert Case.objects.get(pk=case.pk).handler == agency.mediator


def test_who_answers_what_a_platform_sent_has_reached_nobody_yet(agency, clock):
    case = question(agency, "minyi")

    workflow.answer(case.no, by=agency.registrar, text="自签收次日起七日内可以退货")

    assert "未回复" in seen(case), "the platform waits for its own"
    respond, contact = (clock_of(case, rule) for rule in RULES_1030)
    assert (respond.met_at, contact.met_at) == (clock.now, None)
    with pytest.raises(RuleViolation):
        workflow.close(case.no, by=agency.registrar, conclusion="已答复")


@pytest.mark.parametrize("kind", ["complaint", "report"])
@pytest.mark.parametrize(("channel", "is_reached"), [("hotline", True), ("web", False)])
def test_a_question_becomes_more_and_who_waits_is_reached_there(
    agency, clock, kind, channel, is_reached
):
    case = question(agency, channel)
    [ticket] = case.tickets.all()

    workflow.convert(case.no, by=agency.registrar, kind=kind)

    other = case.offspring.get()
    ticket.refresh_from_db()
    assert (ticket.case, ticket.contacted_at) == (
        (case, clock.now) if is_reached else (other, None)
    )
    assert bool(ticket.consumer) == (kind != "report")
    assert invariants.check()[1] == []
    if not is_reached:
        workflow.contact(
            other.no, by=agency.dispatcher, outcome="reached", no_meeting_reason="电话"
        )
        assert clock_of(other, "ticket.contact_30").met_at == clock.now


def test_no_citizen_who_waits_is_lost_in_another_ones_report(agency, clock):
    case, other = question(agency, "web"), question(agency, "web", consumer=OTHER)
    second = other.tickets.get()
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=second.no)

    with pytest.raises(RuleViolation, match=second.no):
        workflow.convert(case.no, by=agency.registrar, kind="report")
    second.refresh_from_db()
    assert (second.case, second.consumer) == (case, other.consumer)
    assert not case.offspring.exists()

    workflow.unlink_ticket(case.no, by=agency.dispatcher, ticket=second.no)
    workflow.convert(case.no, by=agency.registrar, kind="report")
    second.refresh_from_db()
    assert (second.case, second.consumer) == (other, other.consumer)
    assert invariants.check()[1] == []


def test_who_was_reached_stays_behind_and_a_further_round_goes_along(agency, clock):
    case = question(agency, "minyi", external_no="MY1")
    elsewhere = {"name": "陈小满", "phone": "13600136000"}
    question(agency, "minyi", external_no="MY1", round=2, consumer=elsewhere)
    second = question(agency, "web", consumer=OTHER).tickets.get()
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=second.no)
    note = {"outcome": "reached", "no_meeting_reason": "电话"}
    workflow.contact(case.no, by=agency.dispatcher, ticket=second.no, **note)

    workflow.convert(case.no, by=agency.registrar, kind="report")

    assert case.offspring.get().tickets.count() == 2
    assert list(case.tickets.all()) == [second]
    assert invariants.check()[1] == []


def test_neither_the_report_nor_the_question_it_was_tells_who_asked(agency, clock):
    told = "林一一问黑作坊，电话13700137000"
    case = question(agency, "web", unit="east", consumer=OTHER, narrative=told)
    workflow.convert(case.no, by=agency.registrar, kind="report")
    report = case.offspring.get()

    page, asked = (
        desk("chief").get(reverse("admin:cases_case_change", args=[one.pk])).text
        for one in (report, case)
    )

    assert "****问黑作坊，电话****" in page and "林" not in page and "7000" not in page
    assert case.no not in page and report.no not in asked
    assert "****问黑作坊，电话****" in asked and "林" not in asked and "7000" not in asked


def test_a_question_answered_twice_is_told_twice(agency, clock):
    case = question(agency, "hotline", external_no="H1")
    workflow.answer(case.no, by=agency.registrar, text="自签收次日起七日内可以退货")
    workflow.close(case.no, by=agency.registrar, conclusion="已答复")
    clock.shift(days=1)
    question(agency, "hotline", external_no="H1", round=2)

    workflow.answer(case.no, by=agency.registrar, text="拆封的也可以")

    told = timeline.lines(case, agency.registrar, clock.now)
    assert [line.at for line in told if line.kind == "contacted"] == [
        clock.now, clock.now - timedelta(days=1)
    ]  # fmt: skip


def test_what_was_converted_comes_back_as_what_it_was_and_stays_what_it_is(agency):
    case = question(agency, "minyi", external_no="MY1")
    workflow.convert(case.no, by=agency.registrar, kind="report")

    again = question(agency, "minyi", external_no="MY1", round=2)

    assert (again.kind, again.origin) == ("report", case)
    assert not again.tickets.exclude(consumer=None).exists()
    assert invariants.check()[1] == []
