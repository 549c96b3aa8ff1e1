"""The board: what is owed now, for each subtree, whether anybody sweeps or not."""

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agency.core import deadlines, notifications, watch
from agency.core.models import DeadlineRule, Unit, User
from agency.core.roles import Role
from cases import workflow
from cases.models import CaseDeadline
from reports import board, dashboard, words
from reports.dashboard import Wanted
from tests.stories import PASSWORD, TEN

MOMENT = timedelta(microseconds=1)


def shown(user, **wanted) -> dict:
    return dashboard.seen_by(user, Wanted(**wanted)).shown


def counts(rows: list[dict]) -> dict:
    """Only what is not nothing: key → on time, at risk, overdue."""
    found = {row["key"]: (row["on_time"], row["at_risk"], row["overdue"]) for row in rows}
    return {key: sums for key, sums in found.items() if any(sums)}


@pytest.mark.parametrize(
    ("waited", "on_time", "at_risk", "overdue"),
    [
        (timedelta(minutes=5) - MOMENT, 2, 0, 0),
        (timedelta(minutes=5), 1, 1, 0),  # the first warning point of the ten minutes
        (TEN, 1, 1, 0),  # the due moment itself is in time
        (TEN + MOMENT, 1, 0, 1),
    ],
)
def test_a_clock_is_near_from_its_warning_point_and_late_after_its_due_moment(
    agency, clock, waited, on_time, at_risk, overdue
):
    agency.ticket(unit="east")
    clock.shift(waited)

    totals = shown(agency.supervisor)["totals"]

    assert totals == {
        "open": 2, "on_time": on_time, "at_risk": at_risk, "overdue": overdue,
        "breached_today": overdue,
    }  # fmt: skip


def test_the_board_is_right_when_nobody_has_ever_swept(agency, clock):
    case = agency.ticket(unit="east")
    clock.shift(minutes=12)

    seen = shown(agency.supervisor)

    assert seen["sweep_age_seconds"] is None and seen["swept_at"] is None
    assert seen["totals"]["overdue"] == 1
    [late] = seen["breaches"]
    assert (late["case"], late["rule"]) == (case.no, "ticket.respond_10")
    assert late["noticed_at"] is None and late["told"] == []


def test_it_tells_the_age_of_the_newest_good_sweep(agency, clock):
    watch.keep_watch("loop")
    clock.shift(seconds=17)

    assert shown(agency.supervisor)["sweep_age_seconds"] == 17


def test_who_has_truly_been_told_of_a_breach_stands_beside_it(agency, clock):
    case = agency.ticket(unit="east")
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")
    clock.shift(TEN + MOMENT)
    deadlines.sweep()
    assert rungs(agency.supervisor) == [("handler", "waiting", [])]

    notifications.deliver_pending()
    clock.shift(minutes=5)
    deadlines.sweep()
    notifications.deliver_pending()

    assert rungs(agency.supervisor) == [
        ("handler", "told", ["韩雪梅"]), ("chief", "told", ["杨建国"]),
    ]  # fmt: skip
    [late] = shown(agency.supervisor)["breaches"]
    assert late["told"][1]["at"] == clock.now.astimezone(board.SHANGHAI).isoformat()
    said = words.breach(late, clock.now)
    assert "科室负责人 杨建国 " in said["told_text"]
    assert said["highest_text"].startswith("升级→ 科室负责人 杨建国 ")
    handlers = words.breach(late | {"told": late["told"][:1]}, clock.now)["highest_text"]
    assert handlers.startswith("→ 调解员 韩雪梅 "), "told, and not climbed"
    pressed = {"name": "王建军", "at": late["told"][1]["at"], "people": []}
    assert (
        words.breach(late | {"pressed": pressed}, clock.now)["highest_text"] == said["highest_text"]
    )
    answers = words.breach(late | {"pressed": pressed, "told": late["told"][:1]}, clock.now)
    assert answers["highest_text"] == "", "the line says that it was pressed for"
    assert not said["nobody_text"] + said["waiting_text"]


def test_nobody_is_said_to_be_told_where_the_posts_are_empty(agency, clock):
    User.objects.exclude(pk=agency.supervisor.pk).update(is_active=False)
    agency.ticket(unit="east")
    clock.shift(TEN + MOMENT)
    deadlines.sweep()
    notifications.deliver_pending()

    assert rungs(agency.supervisor) == [("handler", "nobody", [])]
    [late] = shown(agency.supervisor)["breaches"]
    said = words.breach(late, clock.now)
    assert said["nobody_text"] and not said["told_text"] + said["waiting_text"]


def test_of_many_receivers_two_are_named_and_all_are_counted(agency, clock):
    for i in range(3):
        User.objects.create_user(
            f"d{i}", PASSWORD, name=f"小{i}", role=Role.DISPATCHER, unit=agency.units["agency"]
        )
    agency.ticket()
    clock.shift(TEN + MOMENT)
    deadlines.sweep()
    notifications.deliver_pending()

    [late] = shown(agency.supervisor)["breaches"]
    [rung] = late["told"]

    assert (len(rung["people"]), rung["count"]) == (2, 4)
    assert "4" in words.breach(late, clock.now)["told_text"]


def test_what_was_found_late_in_a_gap_is_told_in_the_summary(agency, clock):
    watch.keep_watch("loop")
    agency.ticket(unit="east")
    clock.shift(hours=1)
    watch.keep_watch("loop")
    notifications.deliver_pending()

    assert {state for _target, state, _people in rungs(agency.supervisor)} == {"summed_up"}


def test_both_lists_say_what_it_is_about_without_anybody_in_it(agency, clock):
    agency.ticket(unit="east", title="陈小满要求退货，电话13800138000")
    agency.ticket(unit="east", kind="report", title="举报某店陈小满")
    clock.shift(TEN + MOMENT)

    seen = shown(agency.supervisor)

    for rows in (seen["next_due"], seen["breaches"]):
        titles = {row["title"] for row in rows}
        assert titles == {"陈**要求退货，电话138****8000", "举报某店****"}


def rungs(user) -> list[tuple]:
    """Of the latest breach: target, state and names."""
    late = shown(user)["breaches"][0]
    return [(r["target"], r["state"], [p["name"] for p in r["people"]]) for r in late["told"]]


def test_what_was_met_late_stays_among_the_breaches_and_is_no_longer_owed(agency, clock):
    case = agency.ticket(unit="east")
    clock.shift(TEN + MOMENT)
    workflow.respond(case.no, by=agency.mediator)
    clock.shift(seconds=1)

    seen = shown(agency.supervisor)

    assert seen["totals"] == {
        "open": 1, "on_time": 1, "at_risk": 0, "overdue": 0, "breached_today": 1,
    }  # fmt: skip
    assert seen["breaches"][0]["met_at"] is not None
    assert seen["on_time_rates"]["ticket.respond_10"] == {"due": 1, "in_time": 0, "rate": 0}


def test_the_rate_of_today_counts_what_was_met_or_has_fallen_due(agency, clock):
    met, _missed, _running = (agency.ticket(unit="east") for _ in range(3))
    workflow.respond(met.no, by=agency.mediator)
    clock.shift(TEN)
    assert shown(agency.supervisor)["on_time_rates"]["ticket.respond_10"] == {
        "due": 1, "in_time": 1, "rate": 1,
    }  # fmt: skip

    clock.shift(seconds=1)

    rates = shown(agency.supervisor)["on_time_rates"]
    assert rates["ticket.respond_10"] == {"due": 3, "in_time": 1, "rate": 1 / 3}
    assert rates["ticket.contact_30"] == {"due": 0, "in_time": 0, "rate": None}


def test_yesterday_stands_beside_today(agency, clock):
    missed = agency.ticket(unit="east")
    clock.shift(minutes=40)
    workflow.contact(
        missed.no, by=agency.mediator, outcome="reached", no_meeting_reason="电话中已解决"
    )
    clock.shift(days=1)

    seen = shown(agency.supervisor)

    assert seen["usual_rates"]["yesterday"]["ticket.respond_10"] == {
        "due": 1, "in_time": 0, "rate": 0,
    }  # fmt: skip
    assert seen["totals"]["breached_today"] == 0


def test_the_soonest_due_comes_first_and_the_late_are_not_due_next(agency, clock):
    first = agency.ticket(unit="east")
    clock.shift(minutes=3)
    second = agency.ticket("web", unit="west")
    clock.shift(minutes=8)

    due = [(row["case"], row["rule"]) for row in shown(agency.supervisor)["next_due"]]

    assert due == [
        (second.no, "ticket.respond_10"),
        (first.no, "ticket.contact_30"),
        (second.no, "ticket.contact_30"),
    ]


def test_the_bar_of_what_is_due_next_does_not_count_a_pause_as_time_gone(agency, clock):
    """Of a hundred minutes twenty are gone, whatever it stood still in between."""
    DeadlineRule.objects.create(
        code="test.hundred", kinds=["complaint"], starts_on="ticket_arrived", met_by="reply",
        amount=100, unit="minute", pauses=["appraisal"], in_force_from="2022-01-01", basis="test",
    )  # fmt: skip
    hundred = agency.ticket(unit="east").deadlines.filter(rule__code="test.hundred")
    clock.shift(minutes=10)
    deadlines.pause(hundred, at=clock.now, reason="appraisal", by=agency.mediator)
    clock.shift(minutes=50)
    deadlines.resume(hundred, at=clock.now, by=agency.mediator)
    clock.shift(minutes=10)

    [row] = [r for r in shown(agency.supervisor)["next_due"] if r["rule"] == "test.hundred"]

    assert row["stood_still_seconds"] == 50 * 60
    assert words.upcoming(row, clock.now)["part"] == 80


def test_each_row_says_how_its_time_was_counted_and_the_calendar_is_read_once(agency, clock):
    DeadlineRule.objects.create(
        code="test.days", kinds=["complaint"], starts_on="ticket_arrived", met_by="reply",
        amount=7, unit="workday", in_force_from="2022-01-01", basis="test",
    )  # fmt: skip
    for unit in ("east", "west"):
        agency.ticket(unit=unit)
    clock.shift(minutes=11)

    with CaptureQueriesContext(connection) as asked:
        seen = shown(agency.supervisor)

    assert sum("core_workday" in query["sql"] for query in asked) == 1
    said = {row["rule"]: row["explanation"] for row in [*seen["next_due"], *seen["breaches"]]}
    assert "30分钟" in said["ticket.contact_30"] and "10分钟" in said["ticket.respond_10"]
    [row, _other] = [row for row in seen["next_due"] if row["rule"] == "test.days"]
    due, counted = words.upcoming(row, clock.now)["due_title"].split("\n")
    assert "03-11" in due and "2026-03-11" in counted
    assert shown(agency.supervisor, titles="no")["next_due"][0]["explanation"] == ""


def test_arrivals_are_counted_by_shanghais_hour_beside_the_usual_range(agency, clock):
    for weeks in range(8):
        for _ticket in range(weeks):
            agency.ticket(unit="east")
        clock.shift(weeks=1)
    agency.ticket(unit="west")

    hours = shown(agency.supervisor)["hours"]

    assert hours[9] == {"hour": 9, "arrived": 1, "breached": 0, "low": 1, "high": 6}
    heat = dashboard.seen_by(agency.supervisor, Wanted()).heat
    assert heat[0][9] == round(28 / 8, 1)


# -- scope ------------------------------------------------------------------------------


def test_each_viewer_sees_the_sum_of_their_own_subtree(agency, clock):
    agency.ticket(unit="east")
    agency.ticket("web", unit="west")
    agency.ticket()
    clock.shift(seconds=1)

    assert counts(shown(agency.supervisor)["by_unit"]) == {
        "agency": (2, 0, 0), "east": (2, 0, 0), "west": (2, 0, 0),
    }  # fmt: skip
    assert counts(shown(agency.chief)["by_unit"]) == {"east": (2, 0, 0)}
    assert shown(agency.chief)["totals"]["open"] == 2
    assert {row["unit"] for row in shown(agency.chief)["next_due"]} == {"east"}


def test_a_filter_narrows_figures_and_lists_alike(agency, clock):
    agency.ticket(unit="east")
    agency.ticket("web", unit="east")
    clock.shift(TEN + MOMENT)

    seen = shown(agency.supervisor, channel="web", unit="east", rule="ticket.respond_10")

    assert seen["totals"]["open"] == seen["totals"]["overdue"] == 1
    assert [row["channel"] for row in seen["breaches"]] == ["web"]
    assert seen["next_due"] == []
    assert list(seen["on_time_rates"]) == ["ticket.respond_10"]
    [row] = shown(agency.supervisor, channel="minyi")["next_due"]
    assert row["rule"] == "ticket.contact_30"


# -- against a plain count --------------------------------------------------------------

ORACLE = """
SELECT count(*) FILTER (WHERE running),
       count(*) FILTER (WHERE running AND NOT due_at < %(at)s AND warn_at <= %(at)s),
       count(*) FILTER (WHERE running AND due_at < %(at)s),
       count(*) FILTER (WHERE today AND verdict AND NOT coalesce(met_at <= due_at, false))
FROM (SELECT d.*, u.path,
             met_at IS NULL AND cancelled_at IS NULL AS running,
             (due_at AT TIME ZONE 'Asia/Shanghai')::date
                 = (%(at)s AT TIME ZONE 'Asia/Shanghai')::date AS today,
             (met_at IS NOT NULL OR due_at < %(at)s)
                 AND (cancelled_at IS NULL OR cancelled_at > due_at) AS verdict
      FROM cases_casedeadline d JOIN core_unit u ON u.id = d.answerable_id) d
WHERE path LIKE %(path)s
"""


@pytest.mark.parametrize("seed", range(5))
def test_it_equals_a_plain_count_over_any_data(agency, clock, seed):
    make_any_clocks(agency, clock.now, random.Random(seed))

    for user in (agency.supervisor, agency.chief):
        with connection.cursor() as cursor:
            cursor.execute(ORACLE, {"at": clock.now, "path": user.unit.path + "%"})
            running, near, late, breached = cursor.fetchone()
        seen = shown(user)
        assert seen["totals"] == {
            "open": running, "on_time": running - near - late, "at_risk": near,
            "overdue": late, "breached_today": breached,
        }  # fmt: skip
        for group in ("by_unit", "by_channel", "by_rule", "by_handler"):
            sums = [sum(row[state] for row in seen[group]) for state in ("at_risk", "overdue")]
            assert sums == [near, late], group


def make_any_clocks(agency, at, chance) -> None:
    """A hundred clocks around ``at``, in every state the database allows."""
    case = agency.ticket(unit="east")
    CaseDeadline.objects.filter(case=case).update(cancelled_at=at, attention_at=None)
    rules, units = list(DeadlineRule.objects.all()), list(Unit.objects.all())
    channels = list(agency.channels.values())
    people = [None, agency.mediator, agency.chief]
    clocks = []
    for _ in range(100):
        due = at + timedelta(minutes=chance.choice([-3000, -700, -1, 0, 1, 600, 900]))
        one = CaseDeadline(
            case=case, ticket=None, rule=chance.choice(rules), unit=case.unit, answerable=chance.choice(units),
            channel=chance.choice(channels), handler=chance.choice(people),
            starts_at=due - timedelta(minutes=20), due_at=due,
            warn_at=chance.choice([None, due - timedelta(minutes=5)]), noticed_at=None,
        )  # fmt: skip
        end_somehow(one, at, chance)
        clocks.append(one)
    with connection.cursor() as cursor:  # one case has one open clock a rule; here it has many
        cursor.execute("DROP INDEX casedeadline_one_open_per_case_and_rule")
    CaseDeadline.objects.bulk_create(clocks)


def end_somehow(one: CaseDeadline, at, chance) -> None:
    ended = min(at, one.due_at + timedelta(minutes=chance.choice([-10, 0, 10])))
    moment = chance.choice(["met_at", "cancelled_at", None, None])
    if moment:
        setattr(one, moment, max(ended, one.starts_at))
        if ended > one.due_at:
            one.noticed_at = ended


# -- one computation for all ------------------------------------------------------------


@pytest.fixture
def computed(monkeypatch):
    """How often the board was computed."""
    calls = []
    compute = board.shared.compute
    monkeypatch.setattr(board.shared, "compute", lambda at: calls.append(at) or compute(at))
    return calls


def test_two_viewers_in_one_second_cost_one_computation(agency, clock, computed):
    shown(agency.supervisor)
    clock.shift(milliseconds=900)
    shown(agency.chief)
    assert len(computed) == 1

    clock.shift(milliseconds=100)
    shown(agency.leader)
    assert len(computed) == 2


def test_another_process_reads_what_the_first_has_computed(agency, clock, computed):
    agency.ticket(unit="east")
    shown(agency.supervisor)
    another = board.Shared("board", board.shared.compute, board.shared.period)

    picture = another.current()

    assert len(computed) == 1
    assert sum(cell[4] for cell in picture.content["cells"]) == 2


@pytest.mark.parametrize("silence", [timedelta(seconds=1), timedelta(hours=1)])
def test_who_waited_for_the_computation_of_another_shows_it(
    agency, clock, computed, monkeypatch, silence
):
    """Their own picture is as old as their last viewer."""
    another = board.Shared("board", board.shared.compute, board.shared.period)
    another.current()
    clock.shift(silence)
    lock = another._lock
    monkeypatch.setattr(another, "_lock", lambda wait: shown(agency.supervisor) and lock(wait))

    picture = another.current()

    assert picture.as_of == picture.now == clock.now
    assert len(computed) == 2


def test_the_number_of_queries_does_not_depend_on_the_data(agency, clock):
    def queries() -> int:
        clock.shift(TEN)  # also what is usual is counted again
        with CaptureQueriesContext(connection) as asked:
            shown(agency.supervisor)
        return len(asked)

    workflow.respond(agency.ticket(unit="east").no, by=agency.mediator)
    agency.ticket(unit="east")  # a clock with a handler, and a breach: no list is empty
    clock.shift(minutes=11)
    few = queries()
    for channel in ("minyi", "web", "hotline"):
        for unit in ("east", "west"):
            agency.ticket(channel, unit=unit)
    clock.shift(minutes=11)
    deadlines.sweep()

    assert queries() == few
    with CaptureQueriesContext(connection) as asked:
        shown(agency.supervisor)
    assert len(asked) == 2, "a viewer of the same second only asks whether there is a newer one"


def test_what_ended_unmet_ticks_on_no_more(agency, clock):
    """Tried in vain, missed, withdrawn and closed: it is owed no more, and was not done."""
    case = agency.ticket(unit="east")
    workflow.respond(case.no, by=agency.mediator)
    for _n in range(3):
        clock.shift(minutes=1)
        workflow.contact(case.no, by=agency.mediator, outcome="no_answer")
    clock.shift(minutes=40)
    deadlines.sweep()
    workflow.withdraw(case.no, by=agency.mediator, reason="已自行协商")
    workflow.close(case.no, by=agency.mediator, conclusion="撤回")
    workflow.approve(case.no, by=agency.chief)
    clock.shift(hours=3)

    seen = dashboard.seen_by(agency.supervisor, Wanted())

    told = {row["rule"]: words.breach(row, seen.now) for row in seen.shown["breaches"]}
    assert seen.shown["totals"]["overdue"] == 0
    assert {said["state"] for said in told.values()} == {"ended"}
    assert told["ticket.contact_30"]["left"] == "未完成即终止"
