"""Who shows no sign of life loses a ticket that waits to who stands in or is on duty."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agency.core import clock as database_clock
from agency.core import invariants, notifications, tasks
from agency.core.models import Delivery, User
from cases import workflow
from cases.models import CaseEvent, Shift, Substitute
from cases.workflow.relief import relieve_silent
from tests.cases.lives import Cast
from tests.threads import in_threads

pytestmark = pytest.mark.django_db

FIVE = timedelta(minutes=5)


def dispatched(agency, **people):
    case = agency.ticket()
    people = people or {"handler": "mediator"}
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", **people)
    return case


def stand_in(agency, person="mediator", other="enforcer"):
    Substitute.objects.create(
        person=getattr(agency, person), stand_in=getattr(agency, other), by=agency.chief
    )


def on_duty(agency, person="chief", post="handler", unit="east"):
    at = database_clock.now()
    Shift.objects.create(
        unit=agency.units[unit], post=post, person=getattr(agency, person), by=agency.chief,
        starts_at=at, ends_at=at + timedelta(hours=12),
    )  # fmt: skip


def handler_of(case):
    case.refresh_from_db()
    return case.handler and case.handler.username


def test_after_five_minutes_without_a_sign_of_life_it_is_the_substitutes(agency, clock):
    stand_in(agency)
    case = dispatched(agency)

    clock.shift(FIVE - timedelta(microseconds=1))
    assert relieve_silent() == 0
    clock.shift(timedelta(microseconds=1))
    assert relieve_silent() == 1
    assert relieve_silent() == 0, "once"

    assert handler_of(case) == "enforcer"
    assert set(case.deadlines.open().values_list("handler", flat=True)) == {agency.enforcer.pk}
    assert [a.handler for a in case.assignments.order_by("pk")] == [
        agency.mediator, agency.enforcer,
    ]  # fmt: skip
    event = case.events.get(kind=CaseEvent.Kind.HANDED_OVER)
    assert event.actor is None
    assert event.data == {"post": "handler", "person": "mediator", "handler": "enforcer"}


def test_both_are_told(agency, clock):
    stand_in(agency)
    case = dispatched(agency)
    clock.shift(FIVE)
    relieve_silent()

    notifications.deliver_pending()

    told = Delivery.objects.filter(notification__topic="handed_over", channel="in_app")
    assert set(told.values_list("recipient__username", "notification__step")) == {
        ("mediator", 0), ("enforcer", 1),
    }  # fmt: skip
    for person in (agency.mediator, agency.enforcer):
        _status, notices = agency.client(person.username).get("notifications/")
        assert case.no in str(notices)


def test_without_a_substitute_it_is_whoever_is_on_duty_nearest(agency, clock):
    on_duty(agency, "chief", unit="east")
    case = dispatched(agency)
    clock.shift(FIVE)

    relieve_silent()

    assert handler_of(case) == "chief"


SIGNS = [
    # what somebody does a minute before the five are over, whether it is a sign of life
    ("opens a page", True),
    ("sends a form", True),
    ("acts through the API", True),
    ("leaves a page open", False),
    ("is waited for", False),
]


@pytest.mark.parametrize(("sign", "is_there"), SIGNS)
def test_what_is_a_sign_of_life(agency, clock, sign, is_there):
    stand_in(agency)
    other, case = agency.ticket(unit="east"), dispatched(agency)
    clock.shift(minutes=4)
    http = Client()
    http.force_login(agency.mediator)

    match sign:
        case "opens a page":
            http.get("/admin/")
        case "sends a form":
            http.post(f"/admin/cases/case/{other.no}/verb/respond/", headers={"HX-Request": "true"})
        case "acts through the API":
            agency.client("mediator").post(f"cases/{other.no}/respond/")
        case "leaves a page open":
            http.get("/admin/cases/case/queue/", headers={"HX-Request": "true"})
    clock.shift(minutes=1)

    assert relieve_silent() == (0 if is_there else 1)
    assert handler_of(case) == ("mediator" if is_there else "enforcer")


def test_a_response_ends_the_waiting(agency, clock):
    stand_in(agency)
    case = dispatched(agency)
    workflow.respond(case.no, by=agency.dispatcher)
    clock.shift(hours=1)

    assert relieve_silent() == 0
    assert handler_of(case) == "mediator"


def test_a_response_does_not_end_the_contact_officer_s_waiting(agency, clock):
    stand_in(agency)
    case = dispatched(agency, handler="mediator", contact="mediator")
    workflow.respond(case.no, by=agency.dispatcher)

    clock.shift(FIVE)

    assert relieve_silent() == 1
    now = case.assignments.get(ended_at=None)
    assert (now.handler, now.contact) == (agency.mediator, agency.enforcer)
    clock.shift(days=1)
    stand_in(agency, "enforcer", "chief")
    assert relieve_silent() == 0, "the limit is over"


def test_it_goes_from_hand_to_hand_and_back_to_nobody(agency, clock):
    stand_in(agency)
    stand_in(agency, "enforcer", "mediator")
    on_duty(agency, "chief")
    case = dispatched(agency)

    seen = []
    for _round in range(4):
        clock.shift(FIVE)
        relieve_silent()
        seen.append(handler_of(case))

    assert seen == ["enforcer", "chief", "chief", "chief"]


def test_who_is_named_anew_has_five_minutes_too(agency, clock):
    stand_in(agency, "enforcer", "mediator")
    case = dispatched(agency, contact="mediator")
    clock.shift(minutes=30)

    workflow.assign(case.no, by=agency.dispatcher, handler="enforcer")
    clock.shift(minutes=4)

    assert relieve_silent() == 0


UNFIT = [
    # who would stand in, and why they cannot
    ("mediator_b", "of another district"),
    ("callback", "no handler of complaints"),
    ("supervisor", "reads only"),
]


@pytest.mark.parametrize(("other", "why"), UNFIT)
def test_who_could_not_be_named_does_not_take_over(agency, clock, other, why):
    stand_in(agency, other=other)
    case = dispatched(agency)
    clock.shift(FIVE)

    assert relieve_silent() == 0, why
    assert handler_of(case) == "mediator"


def test_who_has_left_does_not_take_over(agency, clock):
    stand_in(agency)
    User.objects.filter(pk=agency.enforcer.pk).update(is_active=False)
    dispatched(agency)
    clock.shift(FIVE)

    assert relieve_silent() == 0


def test_the_contact_officer_too_and_the_three_stay_three(agency, clock):
    stand_in(agency)
    three = dispatched(agency, contact="mediator", follow_up="enforcer")
    free = dispatched(agency, contact="mediator", follow_up="callback")
    clock.shift(FIVE)

    assert relieve_silent() == 1

    assert three.assignments.get(ended_at=None).contact == agency.mediator
    assert free.assignments.get(ended_at=None).contact == agency.enforcer


def test_every_good_sweep_is_followed_by_a_look(agency, clock):
    stand_in(agency)
    case = dispatched(agency)
    clock.shift(FIVE)

    tasks.sweep_deadlines()

    assert handler_of(case) == "enforcer"
    assert invariants.check()[1] == []


def test_many_cost_as_many_queries_as_one(agency, clock):
    stand_in(agency)

    def cost(number: int) -> int:
        for _case in range(number):
            dispatched(agency)
        clock.shift(FIVE)
        with CaptureQueriesContext(connection) as queries:
            assert relieve_silent() == number
        return len(queries)

    assert cost(1) == cost(20)


def test_nothing_to_do_is_one_query(agency, clock, django_assert_num_queries):
    dispatched(agency)

    with django_assert_num_queries(1):
        relieve_silent()


@pytest.fixture
def petition(agency, clock):
    """In the hands of its core handler, whose ten minutes run; the chief is its leader."""
    cast = Cast(agency)
    case = agency.ticket("web", kind="petition")
    cast.act(case, "dispatch", "dispatcher")
    cast.act(case, "accept", "petition_officer")
    named = {"leader": "chief", "core_handler": "x_petition_officer", "callback": "callback"}
    workflow.assign_triple(case.no, by=agency.leader, **named)
    clock.shift(FIVE)
    return case


def test_who_takes_a_petition_over_is_its_core_handler(agency, petition):
    silent = User.objects.get(username="x_petition_officer")
    Substitute.objects.create(person=silent, stand_in=agency.petition_officer, by=agency.chief)

    assert relieve_silent() == 1

    assert handler_of(petition) == "petition_officer"
    three = petition.responsibilities.latest("pk")
    assert three.core_handler == agency.petition_officer
    assert (three.leader, three.callback) == (agency.chief, agency.callback)


def test_whoever_leads_a_petition_or_calls_back_does_not_take_it_over(agency, petition):
    silent = User.objects.get(username="x_petition_officer")
    Substitute.objects.create(person=silent, stand_in=agency.chief, by=agency.chief)

    assert relieve_silent() == 0
    assert handler_of(petition) == "x_petition_officer"


@pytest.mark.django_db(transaction=True)
def test_any_number_may_look_at_once(agency, clock):
    stand_in(agency)
    cases = [dispatched(agency) for _case in range(10)]
    clock.shift(FIVE)

    in_threads(*[relieve_silent] * 4)
    relieve_silent()

    assert CaseEvent.objects.filter(kind=CaseEvent.Kind.HANDED_OVER).count() == len(cases)
    assert {handler_of(case) for case in cases} == {"enforcer"}
