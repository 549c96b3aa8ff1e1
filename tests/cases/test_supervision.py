"""Pressing for what is overdue: who may, who hears of it, and where it is seen."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation

from agency.core import deadlines, notifications
from agency.core.models import Delivery, Notification, User
from agency.core.notifications import words as notice_words
from agency.core.notifications.api import entries
from agency.core.notifications.bell import bell_of
from cases import workflow
from cases.admin.dressed import dressed
from cases.models import Case, CaseEvent
from reports import dashboard, words
from tests.cases.lives import Cast
from tests.stories import PASSWORD, TEN, clock_of

MOMENT = timedelta(microseconds=1)


@pytest.fixture
def late(agency, clock):
    """A case in the mediator's hands whose ten minutes have just passed."""
    case = agency.ticket()
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")
    clock.shift(TEN + MOMENT)
    deadlines.sweep()
    return case


def told_of(case) -> set[str]:
    """Who has a notice that somebody presses, by username."""
    notifications.deliver_pending()
    rows = Delivery.objects.filter(
        notification__topic="supervised", notification__subject_id__in=case.deadlines.values("pk")
    )
    return set(rows.values_list("recipient__username", flat=True))


def feed(user) -> dict[str, str]:
    """Who pressed for each late clock in the feed, by its rule."""
    rows = dashboard.seen_by(user, dashboard.Wanted()).shown["breaches"]
    return {row["rule"]: row["pressed"] and row["pressed"]["name"] for row in rows}


def page_of(case, user) -> str:
    http = Client()
    http.force_login(user)
    return http.get(f"/admin/cases/case/{case.pk}/change/").content.decode()


def test_the_handler_and_the_chief_hear_who_presses_and_no_clock_stops(agency, late, clock):
    before = list(late.deadlines.values())

    status, answer = agency.client("supervisor").post(f"cases/{late.no}/supervise/")

    assert status == 200 and answer["state"] == "dispatched"
    assert told_of(late) == {"mediator", "chief"}
    assert list(late.deadlines.values()) == before
    event = late.events.get(kind="supervised")
    assert (event.actor, event.at) == (agency.supervisor, clock.now)


def test_who_is_pressed_learns_of_every_late_clock_and_where_to_read_what_was_said(
    agency, late, clock
):
    clock.shift(timedelta(minutes=21))
    workflow.supervise(late.no, by=agency.supervisor, note="陈女士催了三次，今天办结")
    told_of(late)

    chief, mediator = (notice_of(user)["details"] for user in (agency.chief, agency.mediator))
    assert mediator[:2] == ["该案现有 2 项时限超时。", "督办附有说明，请打开案件页查看。"]
    whose = f"承办人：{agency.mediator.name}"
    assert whose in chief and whose not in mediator
    assert "陈女士" not in "".join(chief + mediator), "an e-mail leaves the house"


def test_where_nobody_has_it_in_hand_those_hear_of_it_who_could_take_it(agency, clock):
    case = agency.ticket(unit="west")
    clock.shift(TEN + MOMENT)

    workflow.supervise(case.no, by=agency.leader)

    assert told_of(case) == {"dispatcher", "mediator_b"}


def test_who_is_to_press_reads_that_nobody_has_it_until_it_is_answered(agency, clock):
    case = agency.ticket(unit="east")
    clock.shift(TEN + MOMENT)
    deadlines.sweep()
    clock.shift(minutes=5)
    deadlines.sweep()
    notifications.deliver_pending()

    def said() -> list[str]:
        mine = bell_of(agency.chief).filter(notification__topic="deadline_escalated")
        return [
            line for notice in entries(list(mine), to=agency.chief) for line in notice["details"]
        ]

    assert "尚无承办人。" in said()
    [breached] = Notification.objects.filter(topic="deadline_breached")
    for who in (agency.mediator, agency.dispatcher):
        assert "尚无承办人。" in notice_words.tell([breached], to=who)[breached.pk].details
    workflow.respond(case.no, by=agency.mediator)
    assert "尚无承办人。" not in said() and f"承办人：{agency.mediator.name}" not in said()
    details = notice_words.tell([breached], to=agency.dispatcher)[breached.pk].details
    assert "当时尚无承办人。" in details, "now somebody has it"


def test_a_chief_who_has_it_in_hand_hears_of_it_once(agency, clock):
    case = agency.ticket()
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="chief")
    clock.shift(TEN + MOMENT)

    workflow.supervise(case.no, by=agency.supervisor)

    assert told_of(case) == {"chief"}
    assert Notification.objects.filter(topic="supervised").count() == 1


@pytest.mark.parametrize("shift", [TEN, TEN + MOMENT])
def test_only_what_is_overdue_can_be_pressed_for(agency, clock, shift):
    case = agency.ticket(unit="east")
    clock.shift(shift)
    supervisor, is_late = agency.client("supervisor"), shift > TEN

    allowed = supervisor.get(f"cases/{case.no}/")[1]["allowed"]
    status, answer = supervisor.post(f"cases/{case.no}/supervise/")

    assert ("supervise" in allowed, status) == (is_late, 200 if is_late else 409)
    assert CaseEvent.objects.filter(kind="supervised").exists() == is_late


def test_what_came_back_is_pressed_for_before_it_is_overdue_and_the_leader_hears(agency, clock):
    cast = Cast(agency)
    case = cast.act(cast.bring("complaint", "reopened"), "dispatch", "dispatcher")
    assert "supervise" in workflow.allowed(case, agency.supervisor)
    assert not dressed(Case.objects).get(pk=case.pk).is_pressed

    workflow.supervise(case.no, by=agency.supervisor, note="仍不满意")

    assert dressed(Case.objects).get(pk=case.pk).is_pressed, "the row of the queue says so"
    assert {"leader", "chief"} <= told_of(case)
    told = notice_of(agency.leader)["headline"]
    assert "重新办理中" in told and "超时" not in told


@pytest.mark.parametrize("username", ["mediator", "chief", "dispatcher", "auditor", "admin"])
def test_nobody_below_presses(agency, late, username):
    assert agency.client(username).post(f"cases/{late.no}/supervise/")[0] == 403


def test_a_supervisor_of_another_district_finds_nothing_to_press_for(agency, late):
    User.objects.create_user(
        "supervisor_west", PASSWORD, name="谢春生", role="supervisor", unit=agency.units["west"]
    )

    assert agency.client("supervisor_west").post(f"cases/{late.no}/supervise/")[0] == 404


def test_the_feed_names_who_pressed_while_it_was_owed(agency, late, clock):
    assert feed(agency.supervisor) == {"ticket.respond_10": None}
    workflow.supervise(late.no, by=agency.leader)
    clock.shift(seconds=1)
    assert feed(agency.supervisor) == {"ticket.respond_10": agency.leader.name}

    clock.shift(minutes=20)
    deadlines.sweep()
    assert feed(agency.supervisor)["ticket.contact_30"] is None, "this one was not late then"
    workflow.supervise(late.no, by=agency.supervisor)
    clock.shift(seconds=1)
    assert set(feed(agency.supervisor).values()) == {agency.supervisor.name}

    workflow.respond(late.no, by=agency.mediator)
    clock.shift(seconds=1)
    workflow.supervise(late.no, by=agency.leader)
    clock.shift(seconds=1)
    assert feed(agency.supervisor) == {
        "ticket.respond_10": agency.supervisor.name,  # done before the leader came
        "ticket.contact_30": agency.leader.name,
    }


def test_the_dashboard_says_it_in_its_first_paint(agency, late, clock):
    workflow.supervise(late.no, by=agency.leader)
    clock.shift(seconds=1)
    http = Client()
    http.cookies["django_language"] = "en"
    http.force_login(agency.supervisor)

    page = http.get("/dashboard/").content.decode()
    assert f">pressed: {agency.leader.name} 09:10<" in page, "not delivered yet"

    told_of(late)
    clock.shift(seconds=1)
    [row] = dashboard.seen_by(agency.leader, dashboard.Wanted()).shown["breaches"]
    said = words.breach(row, clock.now)
    assert said["pressed_text"].endswith(" 09:10"), "the wall has no room for more"
    assert said["reached_text"].endswith(" 09:10 → mediator 韩雪梅, section chief 杨建国")


def test_the_row_of_the_queue_says_so_until_it_is_answered(agency, late):
    http, badge = Client(), '<b class="urgent">督办</b>'
    http.force_login(agency.mediator)
    assert badge not in http.get("/admin/").text

    workflow.supervise(late.no, by=agency.supervisor, note="今天办结")
    assert badge in http.get("/admin/").text

    workflow.respond(late.no, by=agency.mediator)
    assert badge not in http.get("/admin/").text


def test_the_case_tells_whom_a_press_reached_once_it_has(agency, late):
    workflow.supervise(late.no, by=agency.supervisor, note="今天办结")
    assert "已督办 →" not in page_of(late, agency.mediator)

    told_of(late)

    assert "已督办 → 调解员 韩雪梅、科室负责人 杨建国" in page_of(late, agency.mediator)


def test_what_is_said_with_it_stands_on_the_case_alone_and_masked(agency, late):
    note = "市民13912345678已三次来电，请今日办结"
    workflow.supervise(late.no, by=agency.supervisor, note=note)
    told_of(late)

    page = page_of(late, agency.mediator)
    assert "市民139****5678已三次来电" in page and "13912345678" not in page
    rest = [*Notification.objects.values(), *CaseEvent.objects.values()]
    assert "三次来电" not in json.dumps(rest, default=str, ensure_ascii=False)


def test_the_notice_says_who_presses_and_afterwards_that_it_is_done(agency, late):
    workflow.supervise(late.no, by=agency.supervisor)
    told_of(late)

    with translation.override("en"):
        before = notice_of(agency.mediator)
        workflow.respond(late.no, by=agency.mediator)
        after = notice_of(agency.mediator)

    asked, done = f"supervisor {agency.supervisor.name} presses", "pressed for"
    assert asked in before["headline"] and "respond in 10 min" in before["headline"]
    assert done in after["headline"] and after["details"][0].startswith("Done since")
    assert clock_of(late, "ticket.respond_10").met_at


def notice_of(user) -> dict:
    mine = bell_of(user).filter(notification__topic="supervised")
    [notice] = entries(list(mine), to=user)
    return notice


def test_the_supervisor_finds_the_button_on_the_case_and_the_handler_does_not(agency, late):
    assert "/verb/supervise/" in page_of(late, agency.supervisor)
    assert "/verb/supervise/" not in page_of(late, agency.mediator)


def test_what_came_back_and_was_pressed_for_is_replied_once_the_leader_has_signed(agency, clock):
    case = agency.handled_case(external_no="MY-1")
    workflow.close(case.no, by=agency.mediator, conclusion="电话中已解决")
    workflow.approve(case.no, by=agency.chief)
    clock.shift(days=1)
    case = agency.ticket(external_no="MY-1", round=2)
    workflow.supervise(case.no, by=agency.supervisor)
    follow_up, reply = agency.client("enforcer"), f"cases/{case.no}/reply_ticket/"
    assert follow_up.post(reply, {"text": "已补退"})[0] == 403

    workflow.assign(case.no, by=agency.dispatcher, follow_up="enforcer")
    status, told = follow_up.post(reply, {"text": "已补退"})

    assert status == 200 and "reply_ticket" not in told["allowed"]
    assert not case.tickets.exclude(replied_at=None).exists()
    assert clock_of_reply(case).met_at is None
    workflow.approve(case.no, by=agency.leader)
    assert {ticket.reply_text for ticket in case.tickets.all()} == {"已补退"}
    assert clock_of_reply(case).met_at == clock.now


def clock_of_reply(case):
    return case.deadlines.filter(rule__code="ticket.reply").latest("pk")
