"""The doors to the board: who may, what is refused, and how it is told."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from agency.core import deadlines, notifications
from agency.core.models import DeadlineRule, User
from cases import intake, workflow
from cases.models import Case
from reports import behind, board, views
from tests.stories import TEN

KEYS = {
    "as_of", "sweep_age_seconds", "totals", "by_unit", "by_channel", "by_rule", "by_handler",
    "next_due", "on_time_rates",
}  # fmt: skip
PAGES = ["/dashboard/", "/dashboard/wall/", "/dashboard/cases/"]


def page_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_board_answers_what_the_contract_names(agency, clock):
    case = agency.ticket(unit="east")
    api = agency.client("supervisor")

    status, board = api.get("deadlines/board/")

    assert status == 200 and set(board) >= KEYS
    assert set(board["totals"]) == {"open", "on_time", "at_risk", "overdue", "breached_today"}
    assert set(board["by_unit"][0]) == {"key", "name", "on_time", "at_risk", "overdue"}
    first = board["next_due"][0]
    assert (first["case"], first["rule"], first["unit"]) == (case.no, "ticket.respond_10", "east")
    assert first["due_at"] == "2026-03-02T09:10:00+08:00" and first["handler"] is None


def test_the_same_board_is_not_sent_twice(agency, clock):
    api = agency.client("supervisor")
    api.get("deadlines/board/")
    same = {"If-None-Match": api.response["ETag"]}

    assert api.http.get("/api/v1/deadlines/board/", headers=same).status_code == 304
    clock.shift(seconds=1)
    assert api.http.get("/api/v1/deadlines/board/", headers=same).status_code == 200


@pytest.mark.parametrize("username", ["registrar", "mediator", "auditor", "admin", "outlet_a"])
def test_who_supervises_nobody_gets_no_board(agency, clock, username):
    assert agency.client(username).get("deadlines/board/")[0] == 403
    for page in PAGES:
        assert page_of(getattr(agency, username)).get(page).status_code == 403


@pytest.mark.parametrize("username", ["supervisor", "leader", "chief"])
def test_supervisors_leaders_and_chiefs_open_every_page(agency, clock, username):
    agency.ticket(unit="east")
    for page in PAGES:
        assert page_of(getattr(agency, username)).get(page).status_code == 200, page


@pytest.mark.parametrize("address", ["/dashboard/", "/dashboard/cases/"])
def test_each_page_leads_to_the_same_places_under_the_same_names(agency, clock, address):
    page = page_of(agency.leader).get(address).content.decode()
    bar = page[page.index('<nav class="bar-nav"') : page.index("</nav>")]

    links = re.findall(r'<a href="([^"]+)"[^>]*>([^<]+?) *<', bar)

    assert links == [
        ("/dashboard/", "督办看板"),
        ("/reports/", "统计报表"),
        ("/dashboard/wall/", "大屏"),
        ("/admin/", "我的待办"),
        ("/admin/cases/case/", "案件"),
        ("/admin/core/delivery/", "通知"),
    ]


def test_the_wall_learns_no_title(agency, clock):
    """Neither painted nor in what its page asks for: a visitor may look over its shoulder."""
    agency.ticket(unit="east", title="羽绒服掉毛")
    page = page_of(agency.supervisor).get("/dashboard/wall/")

    asked = page.context["config"]["query"]
    board = agency.client("supervisor").get("deadlines/board/", **asked)[1]

    assert [row["title"] for row in board["next_due"]] == ["", ""]
    assert "羽绒服掉毛" not in page.content.decode()
    assert "羽绒服掉毛" not in page.content.decode("unicode_escape")
    assert "羽绒服掉毛" in page_of(agency.supervisor).get("/dashboard/").content.decode()


def test_who_is_not_logged_in_is_led_to_the_login(agency, clock):
    assert Client().get("/api/v1/deadlines/board/").status_code == 401
    for page in PAGES:
        assert Client().get(page)["Location"] == f"/login/?next={page}"


def test_a_unit_outside_ones_subtree_is_not_there(agency, clock):
    for unit in ("west", "agency", "nowhere"):
        assert agency.client("chief").get("deadlines/board/", unit=unit)[0] == 404
        assert page_of(agency.chief).get("/dashboard/", {"unit": unit}).status_code == 404
        assert page_of(agency.chief).get("/dashboard/cases/", {"unit": unit}).status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        {"untis": "east"},
        {"titles": "yes"},
        {"channel": "fax"},
        {"rule": "ticket.respond_99"},
        {"unit": "a\0"},
    ],
)
def test_what_cannot_be_asked_is_refused(agency, clock, asked):
    expected = 404 if "unit" in asked else 400
    assert agency.client("supervisor").get("deadlines/board/", **asked)[0] == expected
    assert page_of(agency.supervisor).get("/dashboard/", asked).status_code == expected


@pytest.mark.parametrize("asked", [{"show": "all"}, {"foo": "1"}, {"rotate": "x"}])
def test_pages_refuse_what_they_do_not_know(agency, clock, asked):
    page = "/dashboard/wall/" if "rotate" in asked else "/dashboard/cases/"
    assert page_of(agency.supervisor).get(page, asked).status_code == 400


def test_a_bad_address_is_told_in_a_page_of_the_house(agency, clock):
    page = page_of(agency.supervisor).get("/dashboard/cases/?show=all").content.decode()

    assert 'lang="zh-hans"' in page and agency.supervisor.name in page
    assert "show: 没有这个筛选" in page and 'href="/"' in page


def test_what_the_framework_refuses_is_told_without_its_reason():
    elsewhere = Client(headers={"host": "evil.example"})

    page, problem = elsewhere.get("/login/"), elsewhere.get("/api/v1/cases/")

    assert page.status_code == problem.status_code == 400
    assert "evil.example" not in page.content.decode() + problem.content.decode()
    assert 'class="card"' in page.content.decode() and problem.json()["status"] == 400


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", ["/api/v1/nowhere/", "/api/v1/cases/TS1/no_verb/", "/api/v2/"])
def test_an_address_that_is_not_there_is_told_to_a_machine_as_a_problem(method, path):
    answer = getattr(Client(), method)(path)

    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["errors"]) == (404, 404, {})
    assert problem["detail"] and "nowhere" not in problem["detail"]


def test_and_to_a_person_in_a_page(db):
    answer = Client().get("/nowhere/")

    assert answer.status_code == 404
    assert 'class="card"' in answer.content.decode()


@pytest.mark.parametrize("name", ["handler", "unit", "at_unit", "channel", "rule", "show"])
def test_a_character_that_no_code_holds_is_refused(agency, clock, name):
    asked = {name: "a\0"}
    assert page_of(agency.supervisor).get("/dashboard/cases/", asked).status_code == 400


def test_what_was_late_here_is_listed_without_a_link_when_the_case_went_elsewhere(agency, clock):
    case = agency.ticket(unit="east", title="健身房不退费")
    clock.shift(TEN + timedelta(seconds=1))
    workflow.respond(case.no, by=agency.mediator)
    workflow.dispatch(case.no, by=agency.dispatcher, unit="west")
    clock.shift(seconds=1)
    address = f"/admin/cases/case/{case.pk}/change/"

    board = agency.client("chief").get("deadlines/board/")[1]
    assert (board["totals"]["breached_today"], board["breaches"][0]["url"]) == (1, "")
    assert agency.client("supervisor").get("deadlines/board/")[1]["breaches"][0]["url"] == address

    chief = page_of(agency.chief)
    listed = chief.get("/dashboard/cases/", {"show": "breached_today"}).content.decode()
    assert case.no in listed and agency.units["west"].name in listed
    assert address not in listed and "健身房" not in listed
    feed = chief.get("/dashboard/").content.decode()
    assert case.no in feed and 'href=""' not in feed and f'href="{address}"' not in feed
    whole = page_of(agency.supervisor).get("/dashboard/cases/", {"show": "breached_today"})
    assert address in whole.content.decode() and "健身房" in whole.content.decode()


@pytest.mark.parametrize("waited", [0, 300, 600, 601, 1800, 1801])
def test_behind_each_figure_are_just_its_clocks(agency, clock, waited):
    agency.ticket(unit="east")
    agency.ticket("web", unit="west")
    agency.handled_case()
    clock.shift(timedelta(seconds=waited))
    totals = agency.client("supervisor").get("deadlines/board/")[1]["totals"]

    for show, figure in totals.items():
        rows = behind.listing(agency.supervisor, behind.Asked(show=show))["rows"]
        assert len(rows) == figure, show


def test_the_list_behind_a_figure_masks_numbers_in_titles(agency, clock):
    agency.ticket(unit="east", title="商家 13912345678 拒绝退款")
    clock.shift(TEN)

    page = page_of(agency.supervisor).get("/dashboard/cases/", {"show": "open"}).content.decode()

    assert "139****5678" in page and "13912345678" not in page


def test_a_report_has_the_same_title_in_every_list_and_no_reporter(agency, clock):
    told = {"name": "欧阳明月", "phone": "13912345678"}
    agency.ticket(unit="east", kind="report", title="欧阳明月举报后厨卫生差", consumer=told)
    chief = page_of(agency.chief)
    clock.shift(seconds=1)

    for address in ("/dashboard/", "/dashboard/cases/", "/admin/", "/admin/cases/case/"):
        page = chief.get(address).content.decode()
        assert "****举报后厨卫生差" in page and "欧阳" not in page, address


def test_a_chief_sees_behind_a_figure_only_the_own_subtree(agency, clock):
    mine, other = agency.ticket(unit="east"), agency.ticket(unit="west")
    clock.shift(seconds=1)

    page = page_of(agency.chief).get("/dashboard/cases/").content.decode()

    assert mine.no in page and other.no not in page


def test_the_chips_behind_a_figure_name_nobody_of_other_units(agency, clock):
    agency.ticket(unit="east")
    theirs = User.objects.get(username="mediator_b")

    def chips(user, **asked):
        page = page_of(user).get("/dashboard/cases/", asked).content.decode()
        return re.findall(r'class="button quiet" href="[^"]*"[^>]*>([^<]*) ×<', page)

    asked = {"handler": theirs.username, "at_unit": "west"}
    assert chips(agency.supervisor, **asked) == [
        f"单位：{agency.units['west'].name}", f"承办人：{theirs.name}",
    ]  # fmt: skip
    assert chips(agency.chief, **asked) == ["单位：west", f"承办人：{theirs.username}"]

    late = agency.ticket(unit="east")
    clock.shift(TEN + timedelta(seconds=1))
    deadlines.sweep()
    workflow.dispatch(late.no, by=agency.dispatcher, unit="west", handler=theirs.username)
    asked = {"handler": theirs.username, "show": "overdue"}
    assert chips(agency.chief, **asked) == [f"承办人：{theirs.name}"], "the clock listed is theirs"


def test_the_first_paint_holds_the_figures_and_no_personal_data(agency, clock):
    case = agency.ticket(unit="east")
    clock.shift(minutes=5, seconds=28)

    page = page_of(agency.supervisor).get("/dashboard/", {"unit": "east"}).content.decode()

    assert case.no in page and "04:32" in page
    assert "陈小满" not in page and "13800138000" not in page


def test_behind_a_figure_what_stands_still_is_neither_done_nor_late(agency, clock):
    agency.ticket(unit="east").deadlines.update(paused_at=clock.now, attention_at=None)
    clock.shift(days=200)

    rows = behind.listing(agency.supervisor, behind.Asked.of({"show": "open"}))["rows"]

    found = {(r["state"], str(r["verdict"])) for r in rows}
    assert found == {("paused", "暂停计时")}


def test_the_board_without_titles_leads_to_the_cases_all_the_same(agency, clock):
    page = page_of(agency.supervisor).get("/dashboard/?titles=no")

    links = re.findall(r'href="(/dashboard/cases/[^"]*)"', page.content.decode())
    assert page.status_code == 200 and links and not [url for url in links if "titles" in url]


def test_what_is_owed_under_a_rule_out_of_force_can_be_asked_for(agency, clock):
    rule = DeadlineRule.objects.filter(code="ticket.respond_10")

    def offered(address: str) -> list[str]:
        page = page_of(agency.supervisor).get(address).content.decode()
        return re.findall(r'<option value="ticket.respond_10"( selected)?>', page)

    case = agency.ticket(unit="east")
    rule.update(in_force_to="2026-03-01")
    assert offered("/dashboard/") == [""]
    assert offered("/dashboard/?rule=ticket.respond_10") == [" selected"]

    workflow.respond(case.no, by=agency.mediator)
    clock.shift(days=1)
    assert offered("/dashboard/") == [], "nothing is owed under it any more"
    assert offered("/dashboard/?rule=ticket.respond_10") == [" selected"]


@pytest.mark.parametrize("sheet", ["core/base.css", "core/admin.css"])
@pytest.mark.parametrize("state", ["on_time", "at_risk", "overdue", "paused", "ended", "done"])
def test_each_state_has_its_colour_and_its_sign_in_both_houses(sheet, state):
    """Dashboard and admin load a sheet each, and a list shows any of the states."""
    rules = Path(finders.find(sheet)).read_text()

    assert f".state.{state} {{ color: " in rules
    assert f".state.{state}::before {{ content: " in rules


def test_the_dashboard_tells_of_the_pile_beside_what_runs(agency, clock):
    """History that was brought in open does not wait: it is not counted."""
    for unit in ("east", "west", "west"):
        agency.ticket("petition", kind="petition", unit=unit)
    channel = agency.channels["minyi"]
    old = agency.submission(unit="west", arrived_at="2014-03-01T10:00:00+08:00")
    intake.register_many([old], channel=channel, by=channel.client, history=True)
    said = "无人承办且无计时：{} 件".format

    def page(user, **asked):
        return page_of(user).get("/dashboard/", asked).content.decode()

    assert said(3) in page(agency.supervisor) and said(1) in page(agency.chief)
    narrowed = page(agency.supervisor, unit="west", channel="petition")
    assert said(2) in narrowed and "?state=unheld&amp;unit=west&amp;channel=petition" in narrowed
    assert "无人承办" not in page(agency.supervisor, channel="web")
    assert "无人承办" not in page(agency.supervisor, rule="ticket.respond_10")


def test_the_wall_names_what_is_late_and_to_whom_it_was_escalated(agency, clock):
    case = agency.ticket(unit="west", title="健身房不退费")  # west has no chief
    clock.shift(TEN + timedelta(seconds=1))
    deadlines.sweep()
    clock.shift(minutes=5)
    deadlines.sweep()
    notifications.deliver_pending()

    wall = page_of(agency.supervisor).get("/dashboard/wall/").content.decode()
    late = wall.split('id="late"')[1].split("</ol>")[0]

    assert f'data-text="case">{case.no}<' in late and "05:01" in late
    assert 'data-text="unit_name">' + agency.units["west"].name in late
    assert "→ 领导 郑国华 09:15" in late and "健身房" not in wall
    dashboard = page_of(agency.supervisor).get("/dashboard/").content.decode()
    assert "升级至 领导 郑国华 09:15" in dashboard


def test_what_was_ended_late_pushes_nothing_owed_off_the_wall(agency, clock, monkeypatch):
    monkeypatch.setattr(board, "SHOWN", 2)
    owed = agency.ticket(unit="west")
    for _late in range(3):
        clock.shift(seconds=1)
        case = agency.ticket(unit="east")
    clock.shift(TEN)
    for case in Case.objects.exclude(pk=owed.pk):
        workflow.respond(case.no, by=agency.mediator)

    seen = agency.client("supervisor").get("deadlines/board/")[1]

    assert [row["case"] for row in seen["late"]] == [owed.no]
    assert owed.no not in [row["case"] for row in seen["breaches"]]
    assert 'id="late-part" hidden' not in page_of(agency.supervisor).get(PAGES[1]).content.decode()


def test_the_wall_names_the_longest_late_and_the_latest_and_counts_the_others(agency, clock):
    first = agency.ticket(unit="east")
    clock.shift(minutes=6)
    later = [agency.ticket(unit="east").no for _late in range(5)]
    clock.shift(minutes=5)
    deadlines.sweep()
    clock.shift(minutes=6)
    deadlines.sweep()

    named = [row["case"] for row in agency.client("supervisor").get("deadlines/board/")[1]["late"]]

    assert named == [first.no, later[0], *later[3:]], "the longest late first"
    wall = page_of(agency.supervisor).get("/dashboard/wall/").content.decode()
    assert "另有 2 项超时" in wall


def test_the_newest_late_row_keeps_its_place_beside_those_that_were_escalated(agency, clock):
    first = agency.ticket(unit="east")
    clock.shift(minutes=6)
    later = [agency.ticket(unit="east").no for _late in range(4)]
    clock.shift(minutes=5, seconds=30)
    newest = agency.ticket(unit="east")
    clock.shift(minutes=5)
    deadlines.sweep()
    clock.shift(minutes=5, seconds=30)
    deadlines.sweep()

    named = [row["case"] for row in agency.client("supervisor").get("deadlines/board/")[1]["late"]]

    assert named == [first.no, later[0], later[3], newest.no]


def test_the_wall_s_right_half_gives_the_deadlines_the_room_the_units_leave(agency, clock):
    agency.ticket(unit="east")

    wall = page_of(agency.supervisor).get("/dashboard/wall/").content.decode()
    rules = wall.split('id="rules"')[1].split("</tbody>")[0]

    assert "10分钟响应" in rules and "30分钟联系" in rules
    many = [{"key": n} for n in range(12)]
    for units, left in ((3, 6), (9, 0), (12, 0)):
        shown = views.worst({"by_unit": many[:units], "by_rule": many})
        assert (len(shown["units"]), len(shown["rules"])) == (min(units, 10), left)


def test_a_wall_without_anything_late_has_no_place_for_it(agency, clock):
    agency.ticket(unit="east")

    assert 'id="late-part" hidden' in page_of(agency.supervisor).get(PAGES[1]).content.decode()
