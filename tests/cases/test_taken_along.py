"""Who leaves a case with their ticket: what goes along, what stays, and whose hands it gets into."""

from datetime import date, datetime

import pytest
from django.core.management import call_command

from agency.core import deadlines, invariants
from agency.core.models import Notification, User
from cases import citizens, workflow
from cases.calendar import day_of
from cases.letters.forms import Form
from cases.models import Callback, Case, Ticket
from tests.cases.lives import OTHER, Cast, Together
from tests.stories import clock_of

pytestmark = pytest.mark.django_db

MORNING = datetime.fromisoformat("2026-05-11T09:00:00+08:00")
THIRD = {"name": "王二二", "phone": "13600136000"}
MENDED = "+8613900139000"


@pytest.fixture
def cast(agency, clock):
    """In a month whose calendar is there; nothing impossible is left behind."""
    clock.set(MORNING)
    call_command("load_calendar", "agency/core/data/cn_calendar.csv")
    yield Cast(agency)
    assert invariants.check()[1] == []


@pytest.fixture
def together(cast):
    both = Together.__new__(Together)
    both.__dict__.update(cast.__dict__)
    return both


def ticket_of(case: Case) -> Ticket:
    return case.tickets.order_by("pk").last()


def link(agency, case: Case, ticket: Ticket) -> None:
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=ticket.no)


def unlink(agency, case: Case, ticket: str) -> Case:
    """Where the ticket is afterwards, once swept."""
    workflow.unlink_ticket(case.no, by=agency.dispatcher, ticket=ticket)
    deadlines.sweep()
    return Ticket.objects.get(no=ticket).case


def test_whose_number_was_mended_is_no_stranger_on_their_own_case(agency, cast):
    case, second = agency.ticket(unit="east"), agency.ticket("web", unit="east")
    ticket = ticket_of(second)
    link(agency, case, ticket)
    workflow.supplement(case.no, by=agency.registrar, reason="更正", phone=MENDED)

    own = unlink(agency, case, ticket.no)

    assert own == second and own.consumer.phone == MENDED
    assert citizens.others(own) == []
    assert own.supplements.get().reason == "更正" and own.events.filter(kind="supplemented")
    cast.act(own, "contact", "mediator")
    cast.act(own, "accept", "mediator")
    assert own.party_notices.get().ticket is None, "told once"


def test_who_stays_a_stranger_keeps_their_own_number(agency, cast):
    case, other = agency.ticket(unit="east"), agency.ticket("web", unit="east", consumer=OTHER)
    ticket = ticket_of(other)
    link(agency, case, ticket)
    workflow.supplement(case.no, by=agency.registrar, reason="更正", phone=MENDED)

    own = unlink(agency, case, ticket.no)

    assert own.consumer.phone.endswith(OTHER["phone"]) and not own.supplements.exists()


def test_a_round_that_went_back_to_its_platform_waits_for_nobody(agency, cast, clock):
    case = agency.ticket(external_no="MY-9")
    workflow.return_to_platform(case.no, by=agency.dispatcher, reason="不属本职", basis="交警")
    clock.shift(hours=1)
    agency.ticket(external_no="MY-9", round=2)
    workflow.supplement(case.no, by=agency.registrar, reason="更正", phone=MENDED)

    for verb, who in (("dispatch", "dispatcher"), ("contact", "mediator"), ("refuse", "mediator"),
                      ("notify", "mediator"), ("close", "mediator")):  # fmt: skip
        done = cast.act(case, verb, who)

    assert done.state == "closed"  # and the fixture finds nobody untold


def test_who_was_accepted_gets_it_on_paper_in_their_own_case_too(agency, cast):
    case, second = (agency.contacted_case() for _ticket in range(2))
    ticket = ticket_of(second)
    link(agency, case, ticket)
    workflow.accept(case.no, by=agency.mediator, notified_by="phone")

    own = unlink(agency, case, ticket.no)

    assert Form.ACCEPTANCE in workflow.documents.offered(own)


def test_what_was_decided_before_somebody_came_was_not_decided_of_them(agency, cast, clock):
    case = cast.bring("complaint", "rejected")
    cast.act(case, "close", "mediator")
    cast.act(case, "reopen", "leader")
    cast.act(case, "dispatch", "dispatcher")
    clock.shift(days=1)
    first, second = (agency.ticket("web", unit="east", consumer=OTHER) for _time in range(2))
    ticket = ticket_of(second)
    link(agency, first, ticket)
    link(agency, case, ticket)
    cast.act(case, "contact", "mediator", ticket=ticket.no)
    cast.act(case, "accept", "mediator")
    cast.act(first, "contact", "mediator")
    cast.act(cast.act(first, "withdraw", "mediator"), "close", "mediator")

    own = unlink(agency, case, ticket.no)

    assert own not in (first, second)
    assert list(own.decisions.values_list("kind", flat=True)) == ["accepted"]
    assert (own.state, own.result) == ("accepted", "")
    assert clock_of(own, "complaint.mediate").starts_at == clock.now


def test_more_time_that_a_petitioner_was_told_of_is_theirs(agency, together, clock):
    petition = together.bring("petition", "extended")
    clock.shift(days=50)
    workflow.notify(
        petition.no, by=together["petition_officer"], party="complainant", how="letter",
        text="情况复杂", about="extended", ticket=together.other,
    )  # fmt: skip
    clock.shift(days=20)

    own = unlink(agency, petition, together.other)

    sixty_and_thirty = clock_of(own, "petition.handle")
    assert day_of(sixty_and_thirty.due_at) == day_of(clock_of(petition, "petition.handle").due_at)
    assert (sixty_and_thirty.extension, sixty_and_thirty.noticed_at) == (30, None)
    assert own.state == "extended" and own.decisions.filter(kind="extended").count() == 1


def test_more_time_that_nobody_told_them_of_is_not(agency, together, clock):
    petition = together.bring("petition", "extended")

    own = unlink(agency, petition, together.other)

    assert (own.state, clock_of(own, "petition.handle").extension) == ("handling", 0)


def test_the_days_of_an_appraisal_are_left_out_for_both(agency, together, clock):
    case = together.bring("complaint", "mediating")
    clock.shift(days=4)
    together.act(case, "pause", "mediator")
    clock.shift(days=10)
    together.act(case, "resume", "mediator")
    clock.shift(days=1)

    own = unlink(agency, case, together.other)

    limit = clock_of(own, "complaint.mediate")
    assert limit.due_at == clock_of(case, "complaint.mediate").due_at
    assert day_of(limit.due_at) == date(2026, 7, 20), "sixty days and ten"


def test_an_appraisal_that_lasts_is_left_out_until_they_leave(agency, together, clock):
    case = together.bring("complaint", "appraising")
    clock.shift(days=10)

    own = unlink(agency, case, together.other)

    limit = clock_of(own, "complaint.mediate")
    assert limit.paused_at is None and day_of(limit.due_at) == date(2026, 7, 20)
    assert clock_of(case, "complaint.mediate").paused_at


def test_who_was_answered_is_called_back_in_their_own_case_too(agency, together):
    petition = together.bring("petition", "replied")
    together.act(petition, "notify", "petition_officer", ticket=together.other)

    own = unlink(agency, petition, together.other)

    theirs, ours = Callback.objects.get(case=own), Callback.objects.get(case=petition)
    assert (theirs.officer, theirs.ended_on, theirs.done_at) == (ours.officer, ours.ended_on, None)
    told = Notification.objects.get(topic="reply", subject_id=own.pk)
    assert told.handler == ours.officer


def test_who_was_answered_is_in_the_same_three_hands(agency, together):
    petition = together.bring("petition", "replied")
    together.act(petition, "notify", "petition_officer", ticket=together.other)

    own = unlink(agency, petition, together.other)

    three, theirs = petition.responsibilities.latest("pk"), own.responsibilities.get()
    for post in ("leader", "core_handler", "callback"):
        assert getattr(theirs, post) == getattr(three, post)
    assert own.handler == three.core_handler
    assert Notification.objects.get(topic="dispatch", subject_id=own.pk).handler == own.handler


def test_what_fell_due_while_it_was_merged_is_the_figure_of_who_had_it(agency, cast, clock):
    case = agency.ticket(unit="west")
    other = agency.ticket("web", unit="east", consumer=OTHER)
    ticket = ticket_of(other)
    link(agency, case, ticket)
    clock.shift(days=20)
    deadlines.sweep()

    unlink(agency, case, ticket.no)

    late = clock_of(other, "complaint.accept")
    assert late.noticed_at and (late.answerable.code, late.unit.code) == ("west", "east")


def test_a_ticket_that_went_on_twice_goes_back_to_the_case_it_began_with(agency, cast):
    theirs, third = (
        agency.ticket("web", unit="east", consumer=who) for who in (OTHER, THIRD)
    )  # fmt: skip
    case, ticket = agency.ticket(unit="east"), ticket_of(third)
    own = ticket_of(theirs)
    link(agency, theirs, ticket)
    link(agency, case, ticket)
    link(agency, case, own)

    back = unlink(agency, case, ticket.no)

    assert back == third and citizens.others(back) == []
    assert back.consumer.phone.endswith(THIRD["phone"])
    theirs.refresh_from_db()
    assert theirs.state == "merged"
    assert unlink(agency, case, own.no) == theirs and list(theirs.tickets.all()) == [own]


def test_nobody_gets_a_case_back_who_has_left(agency, cast, clock):
    case, other = agency.ticket(unit="east"), agency.ticket("web", unit="east", consumer=OTHER)
    ticket = ticket_of(other)
    workflow.assign(other.no, by=agency.dispatcher, handler="mediator", contact="enforcer")
    clock.shift(minutes=1)
    link(agency, case, ticket)
    User.objects.filter(username="mediator").update(is_active=False)

    back = unlink(agency, case, ticket.no)

    assert back == other and back.handler is None
    named = back.assignments.get(ended_at=None)
    assert (named.handler, named.contact.username) == (None, "enforcer")
    told = Notification.objects.get(topic="dispatch", subject_id=other.pk)
    assert (told.target, told.unit.code) == ("unit", "east")


def test_who_gets_a_case_back_is_told(agency, cast):
    case, other = agency.ticket(unit="east"), agency.ticket("web", unit="east", consumer=OTHER)
    workflow.assign(other.no, by=agency.dispatcher, handler="mediator")
    link(agency, case, ticket_of(other))

    back = unlink(agency, case, ticket_of(case).no)

    assert back.handler == agency.mediator
    told = Notification.objects.get(topic="dispatch", subject_id=other.pk)
    assert (told.target, told.handler) == ("user", agency.mediator)


def test_who_dispatched_stays_who_dispatched(agency, cast, clock):
    """Another dispatcher, who is the contact officer, unlinks: the three stay three people."""
    case, other = agency.ticket(unit="east"), agency.ticket("web", consumer=OTHER)
    workflow.dispatch(other.no, by=cast["dispatcher"], unit="east", contact="dispatcher")
    ticket = ticket_of(other)
    link(agency, case, ticket)

    unlink(agency, case, ticket.no)

    assert other.assignments.get(ended_at=None).by == cast["dispatcher"]


def test_who_leaves_a_petition_in_hand_stays_in_the_same_three_hands(agency, cast, together):
    case = together.bring("petition", "handling")
    three = case.responsibilities.latest("pk")
    Notification.objects.all().delete()

    own = unlink(agency, case, together.other)

    assert (own.state, own.handler) == ("handling", case.handler)
    named = own.responsibilities.get()
    assert (named.leader, named.core_handler, named.callback) == (
        three.leader, three.core_handler, three.callback,
    )  # fmt: skip
    assert Notification.objects.get(topic="dispatch").handler == case.handler
    assert "record_visit" in workflow.allowed(own, case.handler)


def test_where_nobody_may_have_it_the_unit_hears_of_an_accepted_petition(agency, cast, together):
    case = together.bring("petition", "accepted")
    Notification.objects.all().delete()

    own = unlink(agency, case, together.other)

    assert (own.state, own.handler) == ("accepted", None)
    assert Notification.objects.get(topic="dispatch").target == "unit"
