"""Somebody leaves: what they have in hand goes to others, step by step, each case with its word."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils.translation import gettext as _

from agency.core import clock as database_clock
from agency.core import invariants
from agency.core.errors import Forbidden, Invalid, NotThere
from agency.core.models import User
from agency.core.roles import Role
from cases import workflow
from cases.models import Callback, Case, CaseEvent, Shift, Substitute
from cases.workflow import departures
from cases.workflow.departures import Share
from tests.cases.test_petitions import answered, in_hand
from tests.stories import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(agency):
    return User.objects.create_user(
        "mediator_c", PASSWORD, name="林静", role=Role.MEDIATOR, unit=agency.units["east"]
    )


def given(agency, handler="mediator", kind="complaint", title="健身房闭店", **people):
    case = agency.ticket(kind=kind, title=title)
    return workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler=handler, **people)


def begin(agency, *shares, switch_off=False, person="mediator"):
    return departures.begin(
        by=agency.chief, person=person, shares=[Share(*s) for s in shares], switch_off=switch_off
    )


def run(departure, by, most=50) -> int:
    """Steps taken to the end."""
    after, steps = 0, 0
    while after is not None:
        after = departures.step(departure.pk, by=by, after=after, most=most)
        steps += 1
    departure.refresh_from_db()
    return steps


def handlers(cases) -> list[str]:
    for case in cases:
        case.refresh_from_db()
    return [case.handler.username for case in cases]


def test_everything_goes_over_in_bounded_steps_and_each_case_says_so(agency):
    cases = [given(agency) for _case in range(5)]
    departure = begin(agency, ("enforcer",))

    assert run(departure, agency.chief, most=2) == 4  # two, two, one, and the look that it is all

    assert handlers(cases) == ["enforcer"] * 5
    assert departure.done_at
    events = CaseEvent.objects.filter(kind=CaseEvent.Kind.HANDED_OVER, actor=agency.chief)
    assert {e.case for e in events} == set(cases)
    assert agency.mediator.is_active
    User.objects.get(pk=agency.mediator.pk)
    assert invariants.check()[1] == []


def test_it_can_be_left_and_gone_on_with(agency):
    cases = [given(agency) for _case in range(3)]
    departure = begin(agency, ("enforcer",))
    departures.step(departure.pk, by=agency.chief, most=1)
    assert handlers(cases) == ["enforcer", "mediator", "mediator"]

    assert run(departure, agency.leader) == 2
    assert handlers(cases) == ["enforcer"] * 3


def test_the_narrowest_share_counts_and_among_equals_the_least_loaded(agency, second):
    complaints = [given(agency) for _case in range(4)]
    asked = given(agency, kind="consultation")
    departure = begin(
        agency, ("enforcer",), ("mediator_c",), ("mediator_c", "east", "consultation")
    )

    run(departure, agency.chief)

    assert sorted(handlers(complaints)) == ["enforcer"] * 2 + ["mediator_c"] * 2
    assert handlers([asked]) == ["mediator_c"]


def test_what_ends_before_its_turn_stays_with_who_had_it(agency):
    """Closed between the look and the lock, as by whoever leaves in the next room."""
    closing, other = given(agency), given(agency)
    departure = begin(agency, ("enforcer",))

    def withdraw_first(execute, sql, *rest):
        if "FOR NO KEY UPDATE" in sql and "cases_case" in sql and not closing.closed_at:
            closing.closed_at = database_clock.now()
            Case.objects.filter(pk=closing.pk).update(state="closed", closed_at=closing.closed_at)
        return execute(sql, *rest)

    with connection.execute_wrapper(withdraw_first):
        run(departure, agency.chief)

    assert handlers([closing, other]) == ["mediator", "enforcer"]
    assert not closing.events.filter(kind=CaseEvent.Kind.HANDED_OVER).exists()


def test_what_nobody_named_may_take_is_left_until_somebody_may(agency, second):
    asked = given(agency, kind="consultation")
    departure = begin(agency, ("enforcer",), switch_off=True)

    run(departure, agency.chief)
    assert departure.done_at is None
    assert User.objects.get(username="mediator").is_active
    assert handlers([asked]) == ["mediator"]

    again = begin(agency, ("mediator_c",), switch_off=True)
    assert again == departure
    run(again, agency.chief)
    assert again.done_at
    assert handlers([asked]) == ["mediator_c"]
    assert not User.objects.get(username="mediator").is_active


def test_every_part_goes_and_the_three_stay_three(agency, second):
    case = given(agency, "mediator", contact="mediator", follow_up="enforcer")
    departure = begin(agency, ("enforcer",), ("mediator_c",))

    run(departure, agency.chief)

    now = case.assignments.get(ended_at=None)
    assert now.contact.username == "mediator_c"
    assert now.follow_up == agency.enforcer
    assert now.handler != agency.mediator


def test_a_mediation_goes_with_its_case(agency, clock):
    case = agency.mediated_case()
    departure = begin(agency, ("enforcer",))

    run(departure, agency.chief)

    assert case.mediations.get(ended_at=None).mediator == agency.enforcer
    assert departure.done_at


def test_duties_and_substitutions_go_too(agency):
    at = database_clock.now()
    for days in (-1, 1):
        start = at + timedelta(days=days)
        Shift.objects.create(
            unit=agency.units["east"], post="contact", person=agency.mediator, by=agency.chief,
            starts_at=start, ends_at=start + timedelta(hours=8),
        )  # fmt: skip
    Substitute.objects.create(person=agency.enforcer, stand_in=agency.mediator, by=agency.chief)

    run(begin(agency, ("enforcer",)), agency.chief)

    assert [s.person for s in Shift.objects.all()] == [agency.mediator, agency.enforcer]
    assert not Substitute.objects.exists()


@pytest.mark.parametrize(
    "shares",
    [[], [("mediator",)], [("mediator_b",)], [("enforcer", "west")], [("enforcer", "", "x")]],
)
def test_a_plan_that_cannot_be_is_refused(agency, shares):
    with pytest.raises(Invalid):
        begin(agency, *shares)


def test_it_is_for_chiefs_and_leaders_of_the_own_units(agency):
    with pytest.raises(Forbidden):
        departures.begin(
            by=agency.dispatcher, person="mediator", shares=[Share("enforcer")], switch_off=False
        )
    with pytest.raises(Invalid):
        begin(agency, ("enforcer",), person="mediator_b")
    departure = begin(agency, ("enforcer",))
    with pytest.raises(NotThere):
        departures.step(departure.pk, by=agency.mediator)


def wizard(agency):
    http = Client()
    http.force_login(agency.chief)
    return http


def test_only_who_can_take_something_over_is_offered(agency):
    User.objects.create_user("reader", PASSWORD, role=Role.AUDITOR, unit=agency.units["east"])
    User.objects.create_user("line", PASSWORD, role=Role.CHANNEL, unit=agency.units["east"])

    page = wizard(agency).get("/admin/cases/departure/add/?person=mediator")

    takers = {username for username, _label in page.context["takers"]}
    assert {"chief", "enforcer", "mediator"} <= takers
    assert not {"reader", "line"} & takers
    leavers = {username for username, _label in page.context["leavers"]}
    assert {"reader", "mediator"} <= leavers
    assert not {"line", "chief"} & leavers
    assert '<option value="mediator" selected>' in page.text
    with pytest.raises(Invalid):
        begin(agency, ("reader",))


def test_what_nobody_named_may_take_is_said_before_the_first_step(agency):
    asked, complaint = given(agency, kind="consultation"), given(agency)
    departure = begin(agency, ("enforcer",))
    http, here = wizard(agency), f"/admin/cases/departure/{departure.pk}/change/"

    page = http.get(here)
    assert asked.no in page.text
    assert complaint.no not in page.text
    assert _("Go on") in page.text

    first = http.post(here, {"after": "0"})
    end = http.post(here, {"after": str(first.context["after"])})
    assert handlers([asked, complaint]) == ["mediator", "enforcer"]
    assert asked.no in end.text


def test_whose_report_nobody_named_may_take_stays_secret(agency):
    case = given(agency, handler="enforcer", kind="report", title="陈小满举报，电话13800138000")
    departure = begin(agency, ("mediator",), person="enforcer")

    page = wizard(agency).get(f"/admin/cases/departure/{departure.pk}/change/").text

    assert case.no in page and "****举报，电话****" in page
    assert "陈小满" not in page and "13800138000" not in page


def test_a_refused_plan_keeps_what_was_typed(agency):
    page = wizard(agency).post("/admin/cases/departure/add/", {"heir-3": "enforcer"})
    assert page.status_code == 400
    assert '<option value="enforcer" selected>' in page.text


def test_the_wizard_from_the_first_page_to_the_last(agency):
    cases = [given(agency) for _case in range(2)]
    http = Client()
    http.force_login(agency.chief)

    assert http.get("/admin/cases/departure/add/").status_code == 200
    assert http.post("/admin/cases/departure/add/", {"person": "mediator"}).status_code == 400
    begun = http.post(
        "/admin/cases/departure/add/",
        {"person": "mediator", "heir-0": "enforcer", "switch_off": "on"},
    )
    page = http.get(begun.url)
    assert page.context["left"] == 2
    first = http.post(begun.url, {"after": "0"})
    http.post(begun.url, {"after": str(first.context["after"])})

    assert handlers(cases) == ["enforcer"] * 2
    assert not User.objects.get(username="mediator").is_active
    assert http.get("/admin/cases/departure/").status_code == 200
    http.force_login(agency.dispatcher)
    assert http.get(begun.url).status_code in {403, 404}


# -- the three of a petition --------------------------------------------------------------------


@pytest.fixture
def top(agency):
    """Another leader and another call-back officer, who fit."""
    for name, role in (("leader2", "leader"), ("callback2", "callback")):
        unit = getattr(agency, role).unit
        User.objects.create_user(name, PASSWORD, name=name, role=role, unit=unit)
    return User.objects.get(username="leader2")


@pytest.mark.parametrize("post", ["leader", "callback"])
def test_who_answers_for_a_petition_or_calls_back_leaves_it_to_who_fits(agency, clock, top, post):
    case = answered(agency)
    departure = departures.begin(
        by=top, person=post, shares=[Share("leader2"), Share("callback2")], switch_off=True
    )

    run(departure, top)

    three = case.responsibilities.latest("pk")
    assert getattr(three, post).username == f"{post}2" and departure.done_at
    assert three.core_handler == agency.petition_officer
    assert Callback.objects.get(case=case).officer == three.callback
    event = case.events.get(kind=CaseEvent.Kind.HANDED_OVER)
    assert (event.data["post"], event.data["handler"]) == (post, f"{post}2")


def test_a_petition_nobody_named_may_answer_for_keeps_the_hand_over_open(agency, clock, top):
    case = in_hand(agency)
    departure = departures.begin(
        by=top, person="leader", shares=[Share("mediator")], switch_off=True
    )

    assert departures.stranded(departure, by=top) == [case]
    run(departure, top)

    assert departure.done_at is None
    assert User.objects.get(username="leader").is_active


def test_who_calls_back_does_not_answer_for_it_too(agency, clock, top):
    case = in_hand(agency)
    workflow.assign_triple(case.no, by=agency.leader, leader="chief")
    share = [Share("chief")]
    departure = departures.begin(by=top, person="callback", shares=share, switch_off=False)

    run(departure, top)

    assert departure.done_at is None
    assert case.responsibilities.latest("pk").callback == agency.callback
