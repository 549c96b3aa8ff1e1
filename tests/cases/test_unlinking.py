"""Unlinking puts things back: the ticket, its clocks, and the case it came from."""

import pytest
from django.urls import reverse

from agency.core import deadlines, invariants
from cases import workflow
from cases.models import Case, CaseEvent
from tests.cases.test_admin import desk
from tests.stories import clock_of

pytestmark = pytest.mark.django_db

OTHER = {"name": "林一一", "phone": "13700137000"}


@pytest.fixture(autouse=True)
def nothing_impossible(agency, clock):
    yield
    assert invariants.check()[1] == []


def link(agency, case, other, **said):
    ticket = other.tickets.get()
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=ticket.no, **said)
    return ticket


def unlink(agency, case, ticket):
    return workflow.unlink_ticket(case.no, by=agency.dispatcher, ticket=ticket.no)


def test_a_merged_case_is_what_it_was(agency, clock):
    case, other = agency.ticket(unit="east"), agency.contacted_case(consumer=OTHER)
    owed = clock_of(other, "complaint.accept")
    ticket = link(agency, case, other)
    other.refresh_from_db()
    assert other.state == "merged" and clock_of(other, "complaint.accept").cancelled_at
    clock.shift(hours=1)

    unlink(agency, case, ticket)

    other.refresh_from_db()
    assert Case.objects.count() == 2, "no third case"
    assert (other.state, other.merged_into, other.handler) == ("reviewing", None, agency.mediator)
    assert other.assignments.filter(ended_at=None).count() == 1
    assert list(other.tickets.all()) == [ticket]
    again = clock_of(other, "complaint.accept")
    assert (again.pk, again.due_at, again.cancelled_at) == (owed.pk, owed.due_at, None)
    assert again.attention_at and other.next_due_at
    workflow.accept(other.no, by=agency.mediator, notified_by="phone")
    assert clock_of(other, "complaint.accept").met_at == clock.now


def test_its_own_clocks_go_with_the_ticket_and_the_others_stay(agency, clock):
    case, other = agency.ticket(unit="east"), agency.ticket(unit="east", consumer=OTHER)
    ticket = link(agency, case, other)

    unlink(agency, case, ticket)

    for one in (case, other):
        assert clock_of(one, "ticket.respond_10").ticket == one.tickets.get()
    workflow.respond(case.no, by=agency.mediator)
    assert clock_of(other, "ticket.respond_10").met_at is None


def test_a_breach_is_told_once_and_goes_with_its_clock(agency, clock):
    case, other = agency.ticket(unit="east"), agency.ticket(unit="east", consumer=OTHER)
    ticket = link(agency, case, other)
    clock.shift(minutes=11)
    deadlines.sweep()

    unlink(agency, case, ticket)
    deadlines.sweep()

    breached = CaseEvent.objects.filter(
        kind="deadline_breached", deadline=clock_of(other, "ticket.respond_10")
    )
    assert breached.count() == 1
    assert breached.get() in CaseEvent.objects.of(other)
    assert breached.get() in CaseEvent.objects.of(case), "it happened while it was there"


def test_a_breach_from_before_the_merging_stays_one(agency, clock):
    case, other = agency.ticket(unit="east"), agency.ticket(unit="east", consumer=OTHER)
    clock.shift(days=30)
    deadlines.sweep()
    ticket = link(agency, case, other)

    unlink(agency, case, ticket)
    deadlines.sweep()

    late = clock_of(other, "complaint.accept")
    assert late.noticed_at and late.state_at(clock.now) == "breached"
    assert late.events.filter(kind="deadline_breached").count() == 1


def test_a_case_of_another_unit_is_its_again(agency, clock):
    case, other = agency.ticket(unit="east"), agency.ticket(unit="west", consumer=OTHER)
    ticket = link(agency, case, other)
    assert not Case.objects.visible_to(agency.mediator_b).filter(tickets=ticket).exists()

    unlink(agency, case, ticket)

    assert Case.objects.visible_to(agency.mediator_b).filter(tickets=ticket).exists()
    assert not Case.objects.visible_to(agency.mediator).filter(tickets=ticket).exists()
    assert ticket.deadlines.exclude(unit=agency.units["west"]).count() == 0


def test_a_further_round_comes_off_onto_a_case_of_its_own(agency, clock):
    case = agency.ticket(unit="east", external_no="MY-1")
    agency.ticket(unit="east", external_no="MY-1", round=2)
    second = case.tickets.get(round=2)

    unlink(agency, case, second)

    second.refresh_from_db()
    assert second.case != case and second.case.origin == case
    assert second.case.state == "dispatched"
    third = agency.ticket(unit="east", external_no="MY-1", round=3)
    assert third == second.case, "the platform's next round goes on there"


def test_a_case_that_still_lives_gets_its_ticket_back(agency, clock):
    case = agency.ticket(unit="east")
    other = agency.ticket(unit="east", external_no="MY-2", consumer=OTHER)
    agency.ticket(unit="east", external_no="MY-2", round=2, consumer=OTHER)
    second = other.tickets.get(round=2)
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=second.no)

    unlink(agency, case, second)

    assert other.tickets.count() == 2 and Case.objects.count() == 2


def test_where_its_case_has_ended_a_ticket_keeps_that_case_s_words(agency, clock):
    home = agency.ticket(
        unit="east", external_no="MY-2", consumer=OTHER, narrative="林家的事", amount="300"
    )
    agency.ticket(external_no="MY-2", round=2, consumer=OTHER)
    second = home.tickets.get(round=2)
    case = agency.ticket(unit="west", narrative="陈小满住湖滨，被骗", amount="20")
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=second.no)
    note = {"by": agency.mediator, "outcome": "reached", "no_meeting_reason": "电话"}
    workflow.contact(home.no, **note)
    workflow.withdraw(home.no, by=agency.mediator, reason="了结")
    workflow.close(home.no, by=agency.mediator, conclusion="了结")
    workflow.approve(home.no, by=agency.chief)

    unlink(agency, case, second)

    second.refresh_from_db()
    own = second.case
    assert own not in (case, home) and own.unit == case.unit
    assert (own.narrative, own.amount) == ("林家的事", 300)
    assert own.consumer.name == "林一一"


def test_who_shares_a_number_but_not_the_story_does_not_tell_the_first_ones_name(agency, clock):
    case = agency.ticket(unit="east", external_no="MY-1", narrative="陈小满住湖滨，被骗")
    agency.ticket(external_no="MY-1", round=2, consumer=OTHER)
    second = case.tickets.get(round=2)

    unlink(agency, case, second)

    second.refresh_from_db()
    page = desk("mediator").get(reverse("admin:cases_case_change", args=[second.case.pk]))
    assert "陈*" in page.text and "陈小满" not in page.text


def test_what_was_converted_keeps_its_reporter_when_it_comes_off_its_report(agency, clock):
    asked = agency.ticket("web", kind="consultation")
    ticket = asked.tickets.get()
    workflow.convert(asked.no, by=agency.registrar, kind="report")
    report = asked.offspring.get()
    link(agency, report, agency.ticket("web", kind="report", consumer=OTHER))

    unlink(agency, report, ticket)

    ticket.refresh_from_db()
    own = ticket.case
    assert (own.kind, own.reporter) == ("report", report.reporter) and own != report
    workflow.contact(own.no, by=agency.dispatcher, outcome="reached", no_meeting_reason="电话")
    assert clock_of(own, "ticket.contact_30").met_at == clock.now


def test_reports_keep_their_reporters(agency, clock):
    case, other = agency.ticket(kind="report"), agency.ticket(kind="report", consumer=OTHER)
    own, theirs = case.reporter, other.reporter
    ticket = link(agency, case, other)

    unlink(agency, case, ticket)

    case.refresh_from_db()
    other.refresh_from_db()
    assert (case.reporter, other.reporter) == (own, theirs)


def test_a_report_told_again_with_new_facts_is_counted_from_then(agency, clock):
    case = agency.ticket(unit="east", kind="report")
    clock.shift(days=10)
    again, arrived = agency.ticket(unit="east", kind="report"), clock.now
    clock.shift(days=1)

    link(agency, case, again, new_facts=True)

    first, anew = case.deadlines.filter(rule__code="report.verify").order_by("pk")
    assert (first.cancel_reason, first.cancelled_at) == ("new_facts", clock.now)
    assert anew.starts_at == arrived and anew.cancelled_at is None
    assert anew.due_at > first.due_at


@pytest.mark.parametrize(("consumer", "new_facts", "status"), [
    (OTHER, True, 400), (OTHER, False, 200), (None, True, 400), ({}, False, 200),
])  # fmt: skip
def test_what_is_not_the_same_reporters_is_not_counted_anew(
    agency, clock, consumer, new_facts, status
):
    case = agency.ticket(unit="east", kind="report")
    clock.shift(days=1)
    changes = {} if consumer == {} else {"consumer": consumer}
    other = agency.ticket(unit="east", kind="report", **changes)

    body = {"ticket": other.tickets.get().no, "new_facts": new_facts}
    told, _answer = agency.client("dispatcher").post(f"cases/{case.no}/link_ticket/", body)

    assert told == status
    assert clock_of(case, "report.verify").cancelled_at is None
