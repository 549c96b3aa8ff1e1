"""Unlinking puts things back: the ticket, its clocks, and the case it came from."""

from datetime import date, datetime

import pytest
from django.core.management import call_command
from django.urls import reverse

from agency.core import deadlines, invariants
from agency.core.errors import Invalid, RuleViolation
from cases import workflow
from cases.calendar import day_of
from cases.completeness import missing
from cases.models import Case, CaseEvent, Ticket
from tests.cases.lives import Together
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


@pytest.mark.parametrize("consumer", [OTHER, {}])
@pytest.mark.parametrize("new_facts", [True, False])
def test_whose_report_it_is_no_answer_tells_and_the_desks_word_counts(
    agency, clock, consumer, new_facts
):
    """Whoever guesses the reporter's number learns nothing: what is said to it is always one."""
    case = agency.ticket(unit="east", kind="report")
    clock.shift(days=1)
    changes = {"consumer": consumer} if consumer else {}
    other = agency.ticket(unit="east", kind="report", **changes)

    body = {"ticket": other.tickets.get().no, "new_facts": new_facts}
    status, _answer = agency.client("dispatcher").post(f"cases/{case.no}/link_ticket/", body)

    assert status == 200
    first = case.deadlines.filter(rule__code="report.verify").order_by("pk").first()
    assert bool(first.cancelled_at) is new_facts
    linked = case.events.get(kind="ticket_linked")
    assert (linked.actor, linked.data.get("new_facts", False)) == (agency.dispatcher, new_facts)


def test_new_facts_are_a_reports(agency, clock):
    case, other = agency.ticket(), agency.ticket(consumer=OTHER)

    with pytest.raises(Invalid):
        link(agency, case, other, new_facts=True)


@pytest.mark.parametrize("consumer", [OTHER, {}])
def test_no_report_comes_onto_one_that_was_decided_whoever_sent_it(cast, consumer):
    case = cast.bring("report", "decided")
    more = cast.agency.ticket(kind="report", **({"consumer": consumer} if consumer else {}))

    with pytest.raises(RuleViolation):
        cast.act(case, "link_ticket", "dispatcher", ticket=more.tickets.get().no)
    assert more.tickets.count() == 1


@pytest.fixture
def cast(agency, clock):
    """In a month whose calendar is there."""
    clock.set(datetime.fromisoformat("2026-05-11T09:00:00+08:00"))
    call_command("load_calendar", "agency/core/data/cn_calendar.csv")
    return Together(agency)


def theirs_after_unlinking(agency, cast, case):
    workflow.unlink_ticket(case.no, by=agency.dispatcher, ticket=cast.other)
    deadlines.sweep()
    return Ticket.objects.get(no=cast.other).case


def test_who_was_told_of_the_acceptance_in_time_was_accepted_then(agency, cast, clock):
    case, accepted_at = cast.bring("complaint", "mediating"), clock.now
    clock.shift(days=20)

    theirs = theirs_after_unlinking(agency, cast, case)

    assert theirs.state == "accepted"
    assert clock_of(theirs, "complaint.accept").met_at == accepted_at
    sixty_days = clock_of(theirs, "complaint.mediate")
    assert sixty_days.starts_at == accepted_at
    assert day_of(sixty_days.due_at) == date(2026, 7, 10)
    assert not theirs.deadlines.filter(noticed_at__isnull=False).exists(), "nothing was late"
    assert not theirs.deadlines.open().filter(rule__code="dispatch.return").exists()
    assert "told" not in missing(theirs) and theirs.party_notices.get().how == "letter"
    done = cast.act(cast.act(theirs, "start_mediation", "mediator"), "settle", "mediator")
    assert done.result == "settled"


def test_who_was_not_told_of_the_acceptance_still_waits_for_theirs(agency, cast, clock):
    case = cast.bring("complaint", "reviewing")
    cast.act(case, "accept", "mediator", notified_by="")
    cast.act(case, "notify", "mediator")

    theirs = theirs_after_unlinking(agency, cast, case)

    assert theirs.state == "registered" and not theirs.decisions.exists()
    assert clock_of(theirs, "complaint.accept").met_at is None


def test_who_was_told_how_it_ended_was_refused_or_sent_away_too(agency, cast, clock):
    case = cast.bring("complaint", "terminated")
    cast.act(case, "notify", "mediator", ticket=cast.other)
    told_at = clock.now

    theirs = theirs_after_unlinking(agency, cast, case)

    assert (theirs.state, theirs.result, theirs.ended_at) == ("terminated", "failed", told_at)
    assert clock_of(theirs, "complaint.mediate").met_at == told_at
    assert clock_of(theirs, "complaint.terminate_notice").met_at == told_at
    assert missing(theirs) == []


def test_a_unit_that_gets_its_case_back_has_its_day_again(agency, cast, clock):
    case, other = agency.ticket(unit="east"), agency.ticket("web", unit="east", consumer=OTHER)
    ticket = link(agency, case, other)
    for waiting in case.tickets.all():
        cast.act(case, "contact", "mediator", ticket=waiting.no)
    clock.shift(days=3)

    unlink(agency, case, ticket)
    deadlines.sweep()

    day = other.deadlines.get(rule__code="dispatch.return", cancelled_at=None)
    assert (day.starts_at, day.noticed_at) == (clock.now, None)


def test_the_citizen_whose_case_it_is_stays_on_it(agency, cast, clock):
    case = cast.bring("complaint", "reviewing")
    own = case.tickets.exclude(no=cast.other).get()

    with pytest.raises(RuleViolation, match="其他当事人"):
        unlink(agency, case, own)


def test_who_came_onto_a_case_without_a_ticket_of_its_own_may_leave_it(agency, cast, clock):
    petition = agency.ticket("petition", kind="petition")
    cast.act(petition, "route", "petition_officer", to="complaint")
    case = petition.offspring.get()
    ticket = link(agency, case, agency.ticket("web", consumer=OTHER))
    assert "unlink_ticket" in workflow.allowed(case, agency.dispatcher)

    unlink(agency, case, ticket)

    assert not case.tickets.exists()
