"""The start page below the clocks: what waits without one, and what history is not."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from agency.core.models import User
from cases import intake, workflow
from cases.admin.watchlist import Watchlist
from cases.models import Case
from tests.cases.test_admin import desk, numbers
from tests.stories import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("only_1030")]


def history(agency, arrived_at="2014-03-01T10:00:00+08:00", **changes) -> Case:
    """A ticket of long ago, as an import brings it: no clock runs for it."""
    row = agency.submission(arrived_at=arrived_at, **changes)
    channel = agency.channels["minyi"]
    [outcome] = intake.register_many([row], channel=channel, by=channel.client, history=True)
    return Case.objects.get(no=outcome.answer["case"]["no"])


def petition(agency, **changes) -> Case:
    return agency.ticket("petition", kind="petition", **changes)


def test_history_does_not_wait_for_dispatch(agency, clock):
    for _row in range(3):
        history(agency)
    fresh = petition(agency)

    assert numbers(desk("dispatcher").get("/admin/")) == [fresh.no]


def test_what_an_import_takes_as_history_already_is_none_of_the_queue_s(agency, clock):
    """In the last minute of the thirty days (`HISTORY` in cases/models/ticket.py)."""
    nearly = clock.now - timedelta(days=30, seconds=-40)
    history(agency, arrived_at=nearly.isoformat())

    assert numbers(desk("dispatcher").get("/admin/")) == []


@pytest.mark.parametrize(
    ("username", "number"), [("dispatcher", 3), ("leader", 3), ("chief", 2), ("mediator_b", 0)]
)
def test_what_nobody_has_and_no_clock_tells_of_is_a_pile(agency, clock, username, number):
    """History that was brought in open is none of it, until somebody takes it up."""
    waiting = [petition(agency, unit=unit) for unit in ("east", "east", "west")]
    agency.ticket(unit="east")
    history(agency, unit="east")
    given = petition(agency, unit="east")
    workflow.dispatch(given.no, by=agency.dispatcher, unit="east", handler="petition_officer")
    http, pile = desk(username), f"{reverse('admin:cases_case_changelist')}?state=unheld"

    page = http.get("/admin/").content.decode()

    assert (f'href="{pile}"' in page) == bool(number)
    if number:
        assert f"无人承办且无计时：{number} 件" in page
        assert set(numbers_listed(http.get(pile))) == {case.no for case in waiting[:number]}


def test_the_pile_s_number_costs_no_more_than_it_tells(agency, clock):
    assert Case.objects.unheld().tally() == ""
    for _row in range(3):
        petition(agency)
    assert (Case.objects.unheld().tally(3), Case.objects.unheld().tally(2)) == ("3", "2+")


def test_history_brought_in_open_is_listed_by_itself_and_is_work_once_it_comes_back(agency, clock):
    old = [history(agency, unit="east"), history(agency, unit="east")]
    http, listed = desk("dispatcher"), reverse("admin:cases_case_changelist")
    assert set(numbers_listed(http.get(f"{listed}?state=lying"))) == {case.no for case in old}
    assert "无人承办" not in http.get("/admin/").content.decode()

    workflow.dispatch(old[0].no, by=agency.dispatcher, unit="east", handler="mediator")
    workflow.return_(old[0].no, by=agency.mediator, reason="不属本区", explanation="经营地在西城")

    assert numbers_listed(http.get(f"{listed}?state=lying")) == [old[1].no]
    assert Case.objects.unheld().get().no == old[0].no


def test_history_left_by_who_is_gone_waits_for_the_unit(agency, clock):
    case = history(agency, unit="east")
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")
    agency.mediator.is_active = False
    agency.mediator.save()
    other = User.objects.create_user(
        "other", PASSWORD, name="小其", role="mediator", unit=agency.units["east"]
    )

    assert numbers(desk(other).get("/admin/")) == [case.no]


def test_what_arrived_and_still_waits_is_no_history_later(agency, clock):
    waiting = petition(agency)
    clock.shift(days=40)

    assert numbers(desk("dispatcher").get("/admin/")) == [waiting.no]


def test_history_waits_for_who_was_given_it_and_when_it_came_back(agency, clock):
    case = history(agency, unit="east")
    assert numbers(desk("mediator").get("/admin/")) == []

    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")
    assert numbers(desk("mediator").get("/admin/")) == [case.no]

    workflow.return_(case.no, by=agency.mediator, reason="不属本区", explanation="经营地在西城")
    assert numbers(desk("dispatcher").get("/admin/")) == [case.no]


def test_the_latest_come_first_and_those_cut_off_are_told(agency, clock, monkeypatch):
    monkeypatch.setattr("cases.admin.watchlist.Watchlist.MOST_IDLE", 2)
    http, arrived = desk("dispatcher"), []
    for _petition in range(3):
        clock.shift(minutes=1)
        arrived.insert(0, petition(agency).no)
        more = f"{reverse('admin:cases_case_changelist')}?state=waiting"
        page = http.get("/admin/")
        assert numbers(page) == arrived[:2]
        assert (more in page.content.decode()) == (len(arrived) > 2)

    assert numbers_listed(http.get(more)) == arrived


def numbers_listed(response) -> list[str]:
    return [case.no for case in response.context["cl"].result_list]


@pytest.mark.parametrize(
    ("passed", "state"),
    [(timedelta(minutes=1), "on_time"), (timedelta(minutes=9), "at_risk"),
     (timedelta(minutes=11), "overdue")],
)  # fmt: skip
def test_the_registrar_sees_the_state_of_each_next_clock(agency, clock, passed, state):
    agency.ticket()
    clock.shift(passed)

    [row] = rows_of(desk("registrar").get("/admin/"))

    assert f'class="row {state}"' in row
    assert "已登记" in row and "响应" not in row, "the clock is others' to meet"


def test_the_registrar_learns_of_an_answer_before_the_page_counts_on_into_red(agency, clock):
    case, http, ask = agency.ticket(), desk("registrar"), reverse("admin:cases_case_queue")
    seen = http.get("/admin/").context["watchlist"].fingerprint
    clock.shift(minutes=4)
    assert http.get(ask, {"v": seen}).status_code == 204

    workflow.contact(case.no, by=agency.dispatcher, outcome="reached", no_meeting_reason="电话")

    told = http.get(ask, {"v": seen})
    assert told.status_code == 200
    clock.shift(minutes=7)
    fresh = http.get(ask, {"v": told.context["watchlist"].fingerprint})
    assert fresh.status_code == 204, "nothing is owed that could have come due"


def test_a_poll_tells_of_a_state_that_changed_beside_its_clock(agency, clock):
    case = agency.ticket(unit="east")
    workflow.respond(case.no, by=agency.mediator)
    http, ask = desk("mediator"), reverse("admin:cases_case_queue")
    page = http.get("/admin/")
    seen, before = page.context["watchlist"].fingerprint, page.context["watchlist"].marks
    assert [row.case.state for row in page.context["rows"]] == ["reviewing"]
    assert http.get(ask, {"v": seen}).status_code == 204

    workflow.withdraw(case.no, by=agency.chief, reason="自行和解")

    told = http.get(ask, {"v": seen})
    assert told.status_code == 200
    after = told.context["watchlist"].marks
    assert [m.deadline_id for m in after] == [m.deadline_id for m in before], "the clock runs on"
    assert [row.case.state for row in told.context["rows"]] == ["terminated"]


def test_a_poll_tells_of_the_last_row_that_is_shown(agency, clock, monkeypatch):
    """What waits for a decision stands above, and takes no running row's place."""
    monkeypatch.setattr(Watchlist, "MOST_ROWS", 2)
    held, running = agency.mediated_case(), [agency.ticket(unit="east") for _case in range(2)]
    workflow.terminate(held.no, by=agency.mediator, ground="T3", explanation="分歧过大")
    http, ask = desk("chief"), reverse("admin:cases_case_queue")
    page = http.get("/admin/")
    shown = [row.case.no for row in page.context["rows"]]
    assert shown[0] == held.no and set(shown[1:]) == {case.no for case in running}
    seen = page.context["watchlist"].fingerprint
    assert http.get(ask, {"v": seen}).status_code == 204

    last = Case.objects.get(no=shown[-1])
    workflow.note(last.no, by=agency.mediator, text="已联系商家")

    assert http.get(ask, {"v": seen}).status_code == 200


def test_a_poll_tells_of_what_nobody_has(agency, clock):
    http, ask = desk("chief"), reverse("admin:cases_case_queue")
    seen = http.get("/admin/").context["watchlist"].fingerprint
    assert http.get(ask, {"v": seen}).status_code == 204

    case = agency.ticket(unit="east", kind="consultation", channel="walkin")
    Case.objects.filter(pk=case.pk).update(next_due_at=None)

    assert http.get(ask, {"v": seen}).status_code == 200


def test_a_case_that_came_back_says_how_often(agency, clock):
    case = agency.ticket(unit="east")
    [fresh] = rows_of(desk("dispatcher").get("/admin/"))
    assert "退单" not in fresh

    workflow.return_(case.no, by=agency.mediator, reason="不属本区", explanation="经营地在西城")
    [row] = rows_of(desk("dispatcher").get("/admin/"))
    assert "已退单 1 次" in row

    workflow.dispatch(case.no, by=agency.dispatcher, unit="west")
    assert not any("退单" in row for row in rows_of(desk("dispatcher").get("/admin/")))


def test_what_is_not_in_the_queue_is_looked_for_among_all_cases(agency, clock):
    other = agency.ticket(unit="east")
    workflow.respond(other.no, by=agency.mediator)
    http = desk("dispatcher")

    page = http.get("/admin/", {"q": other.no}).content.decode()

    everywhere = f"{reverse('admin:cases_case_changelist')}?q={other.no}"
    assert f'href="{everywhere}"' in page
    assert numbers_listed(http.get(everywhere)) == [other.no]


def rows_of(response) -> list[str]:
    """The page's rows, from the top."""
    return re.findall(
        r'<div class="row .*?<div class="drawer"', response.content.decode(), re.DOTALL
    )
