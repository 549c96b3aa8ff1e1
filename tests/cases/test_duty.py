"""三专: who dispatches, contacts and follows up, who stands in for them, and who is on duty."""

import time
from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from agency.core import deadlines, notifications
from agency.core.errors import Forbidden, Invalid, RuleViolation
from agency.core.models import Delivery, User
from cases import workflow
from cases.models import Assignment, Post, Shift, Substitute
from cases.workflow import duty
from tests.conftest import START
from tests.stories import PASSWORD

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 3, 2)
ROSTER = "/admin/cases/shift/"


# -- three people -----------------------------------------------------------------------

THREE = [
    # contact, follow-up, override; the field that is refused
    ("mediator", "enforcer", False, None),
    ("mediator", None, False, None),
    ("mediator", "mediator", False, "follow_up"),
    ("mediator", "dispatcher", False, "follow_up"),
    ("dispatcher", None, False, "contact"),
    ("mediator", "mediator", True, None),
    ("dispatcher", "dispatcher", True, None),
]


@pytest.mark.parametrize(("contact", "follow_up", "override", "refused"), THREE)
def test_three_people_hold_the_three_parts_unless_somebody_says_otherwise(
    agency, contact, follow_up, override, refused
):
    case = agency.ticket()

    status, answer = agency.client("dispatcher").post(
        f"cases/{case.no}/dispatch/",
        {"unit": "east", "contact": contact, "follow_up": follow_up, "override": override},
    )

    if refused:
        assert (status, list(answer["errors"])) == (400, [refused])
        assert not case.assignments.exists()
    else:
        assert status == 200
        assert answer["assignments"][0]["override"] is override


def test_the_parts_stay_three_people_when_one_is_changed(agency):
    case = agency.ticket()
    workflow.dispatch(
        case.no, by=agency.dispatcher, unit="east", contact="mediator", follow_up="enforcer"
    )
    dispatcher = agency.client("dispatcher")

    assert dispatcher.post(f"cases/{case.no}/assign/", {"contact": "enforcer"})[0] == 400
    body = {"contact": "enforcer", "override": True}
    assert dispatcher.post(f"cases/{case.no}/assign/", body)[0] == 200


def test_the_database_holds_to_it_too(agency):
    case = agency.ticket()

    with pytest.raises(IntegrityError, match="three_people"), transaction.atomic():
        Assignment.objects.create(
            case=case, unit=agency.units["east"], by=agency.dispatcher,
            contact=agency.mediator, follow_up=agency.mediator,
        )  # fmt: skip


# -- what the roster does ------------------------------------------------------------------


def on_duty(agency, person, post, unit="agency"):
    Shift.objects.create(
        unit=agency.units[unit], post=post, person=person, by=agency.leader,
        starts_at=START, ends_at=START + timedelta(hours=12),
    )  # fmt: skip


def told_of(topic) -> set[str]:
    """Who is told next, by username."""
    notifications.deliver_pending()
    new = Delivery.objects.filter(notification__topic=topic, channel="in_app")
    told = set(new.values_list("recipient__username", flat=True))
    new.delete()
    return told


def test_what_nobody_has_dispatched_is_told_to_the_dispatcher_on_duty(agency, clock):
    night = User.objects.create_user(
        "night", PASSWORD, name="小夜", role="dispatcher", unit=agency.dispatcher.unit
    )
    agency.ticket("web")
    is_there = User.objects.filter(pk=agency.dispatcher.pk)

    def warned(minutes) -> set[str]:
        clock.shift(minutes=minutes)
        deadlines.sweep()
        return told_of("deadline_warned") & {"dispatcher", "night"}

    assert warned(5) == {"dispatcher", "night"}, "nobody is on duty"
    on_duty(agency, agency.dispatcher, Post.DISPATCHER)
    is_there.update(last_seen_at=clock.now)
    assert warned(3) == {"dispatcher"}
    Substitute.objects.create(person=agency.dispatcher, stand_in=night, by=agency.leader)
    User.objects.filter(pk=night.pk).update(last_seen_at=clock.now + timedelta(minutes=7))
    assert warned(7) == {"dispatcher", "night"}, "silent: the substitute, too"
    Substitute.objects.update(stand_in=agency.chief)
    assert warned(9) == {"dispatcher", "night"}, "nobody shows a sign of life"


def test_a_chief_on_duty_as_dispatcher_is_written_to_as_one(agency, clock, settings):
    settings.NOTIFY_BY_EMAIL = True
    User.objects.update(email="somebody@agency.example")
    agency.ticket("web", unit="east")
    on_duty(agency, agency.chief, Post.DISPATCHER, "east")
    User.objects.filter(pk=agency.chief.pk).update(last_seen_at=clock.now + timedelta(minutes=11))

    clock.shift(minutes=11)
    deadlines.sweep()
    notifications.receivers.address_pending(time.monotonic() + 5)

    written_to = Delivery.objects.filter(notification__topic="deadline_breached", channel="email")
    assert set(written_to.values_list("recipient__username", flat=True)) == {"chief"}


def test_whoever_is_on_duty_to_follow_up_is_named_for_it(agency, clock):
    on_duty(agency, agency.callback, Post.FOLLOW_UP)
    cases = [agency.ticket() for _case in range(3)]
    people = [{}, {"follow_up": "enforcer"}, {"contact": "mediator"}]

    for case, named in zip(cases, people, strict=True):
        if "contact" in named:
            on_duty(agency, agency.mediator, Post.FOLLOW_UP, "east")
        workflow.dispatch(case.no, by=agency.dispatcher, unit="east", **named)

    follow_up = [case.assignments.get().follow_up for case in cases]
    assert follow_up == [agency.callback, agency.enforcer, agency.callback]


# -- the roster -------------------------------------------------------------------------


def plan(agency, people, *, by=None, unit="east", post="contact", monday=MONDAY):
    return duty.plan_week(by=by or agency.chief, unit=unit, post=post, monday=monday, people=people)


def test_the_shifts_of_a_week_leave_no_minute_out():
    cells = duty.week(MONDAY)

    assert [cell.key for cell in cells[:3]] == [
        "2026-03-02T08:00", "2026-03-02T20:00", "2026-03-03T08:00",
    ]  # fmt: skip
    assert len(cells) == 14
    assert all(a.ends_at == b.starts_at for a, b in zip(cells, cells[1:], strict=False))
    assert cells[-1].ends_at == duty.week(date(2026, 3, 9))[0].starts_at


def test_a_week_is_planned_at_once_and_planned_anew(agency, clock):
    plan(agency, {"2026-03-03T08:00": "mediator", "2026-03-03T20:00": "enforcer"})

    plan(agency, {"2026-03-03T08:00": "enforcer"})

    [shift] = Shift.objects.all()
    assert shift.person == agency.enforcer
    assert shift.starts_at == datetime.fromisoformat("2026-03-03T08:00+08:00")
    assert shift.ends_at == datetime.fromisoformat("2026-03-03T20:00+08:00")


def test_what_is_over_stays_as_it_was(agency, clock):
    plan(agency, {"2026-03-02T08:00": "mediator", "2026-03-03T08:00": "mediator"})
    clock.shift(days=1)

    plan(agency, {"2026-03-02T08:00": "enforcer", "2026-03-03T08:00": "enforcer"})

    assert [s.person for s in Shift.objects.all()] == [agency.mediator, agency.enforcer]


def test_nobody_is_on_duty_twice_at_one_post(agency, clock):
    plan(agency, {"2026-03-03T08:00": "petition_officer"})

    with pytest.raises(RuleViolation):
        plan(agency, {"2026-03-03T08:00": "petition_officer"}, by=agency.leader, unit="agency")
    plan(agency, {"2026-03-03T08:00": "petition_officer"}, post="follow_up")

    assert Shift.objects.count() == 2


@pytest.mark.parametrize("name", ["mediator_b", "supervisor", "nobody"])
def test_who_cannot_take_the_post_here_is_named_with_the_shift(agency, clock, name):
    with pytest.raises(Invalid) as refused:
        plan(agency, {"2026-03-03T08:00": name, "2026-03-03T20:00": "mediator"})

    assert list(refused.value.errors) == ["2026-03-03T08:00"]
    assert not Shift.objects.exists()


def test_others_look_and_do_not_plan(agency, clock):
    with pytest.raises(Forbidden):
        plan(agency, {}, by=agency.mediator)
    with pytest.raises(Invalid):
        plan(agency, {}, unit="west")
    http = Client()
    http.force_login(agency.mediator)

    assert http.get(ROSTER).status_code == 200
    assert http.post(f"{ROSTER}?unit=east", {}).status_code == 403
    assert http.get(f"{ROSTER}?unit=west").status_code == 404


def test_the_page_takes_a_week_and_shows_it(agency, clock):
    http = Client()
    http.force_login(agency.chief)
    address = f"{ROSTER}?unit=east&post=contact&monday=2026-03-04"

    saved = http.post(address, {"2026-03-03T08:00": "mediator"}, follow=True)
    assert saved.status_code == 200
    chosen = {slot.key: slot.chosen for _day, slots in saved.context["days"] for slot in slots}
    assert {key for key, name in chosen.items() if name} == {"2026-03-03T08:00"}

    wrong = http.post(address, {"2026-03-03T20:00": "mediator_b"})
    assert wrong.status_code == 400
    assert "mediator" in {s.person.username for s in Shift.objects.all()}


@pytest.mark.parametrize("asked", ["monday=soon", "monday=0001-01-01", "post=cook", "unit=nowhere"])
def test_what_is_no_week_is_not_there(agency, asked):
    http = Client()
    http.force_login(agency.chief)

    assert http.get(f"{ROSTER}?{asked}").status_code == 404


# -- substitutes ------------------------------------------------------------------------


def test_who_stands_in_for_whom_is_named_and_ended(agency):
    http = Client()
    http.force_login(agency.chief)

    http.post(ROSTER, {"substitutes": "1", "of-mediator": "enforcer", "of-enforcer": ""})
    assert Substitute.objects.get().stand_in == agency.enforcer

    http.post(ROSTER, {"substitutes": "1", "of-mediator": ""})
    assert not Substitute.objects.exists()


def test_the_page_names_hundreds_of_people_once_a_choice_and_one_unit_at_a_time(agency):
    """Everybody beside everybody took half a minute among four hundred."""
    http = Client()
    http.force_login(agency.leader)

    rows = http.get(f"{ROSTER}?unit=west").context["substitutes"]
    assert [row["username"] for row in rows] == ["mediator_b"]
    http.force_login(agency.mediator)
    seen = http.get(ROSTER).content.decode()
    assert '<option value="enforcer"' not in seen, "who only looks is offered nobody"


@pytest.mark.parametrize("other", ["mediator", "mediator_b", "nobody"])
def test_a_substitute_is_somebody_else_of_the_own_units(agency, other):
    with pytest.raises(Invalid):
        duty.name_substitutes(by=agency.chief, stand_ins={"mediator": other})


def test_the_case_page_names_the_substitute_beside_the_person(agency):
    case = agency.ticket()
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", contact="mediator")
    http = Client()
    http.force_login(agency.chief)
    page = f"/admin/cases/case/{case.pk}/change/"
    assert agency.enforcer.name not in http.get(page).content.decode()

    duty.name_substitutes(by=agency.chief, stand_ins={"mediator": "enforcer"})

    assert agency.enforcer.name in http.get(page).content.decode()
