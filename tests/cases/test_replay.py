"""Rehearsals: arrivals played again, and staff who answer in time, late, or never."""

import csv
import io
import json
from collections import Counter
from datetime import timedelta
from itertools import islice
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from agency.core import deadlines, invariants
from cases import intake
from cases.imports import maps
from cases.models import Case, Ticket
from cases.rehearsal import arrivals, stage
from cases.rehearsal.staff import Cast, Limits, plan
from cases.rehearsal.stage import Stage

MINUTE = timedelta(minutes=1)
LIMITS = Limits(10 * MINUTE, 30 * MINUTE)


def dice(seed) -> Random:
    return Random(seed)


@pytest.fixture
def wait(clock):
    """Time passes as the stage waits for it, and not otherwise; a little, if it does not wait."""

    def wait(seconds):
        clock.shift(seconds=max(seconds, 0.01))
        return False

    return wait


@pytest.fixture
def fast(monkeypatch):
    """Waits are as long as they need be: time stands still anyway."""
    monkeypatch.setattr(stage, "LONGEST_WAIT", 3600.0)


def own_day():
    return arrivals.read(arrivals.OWN_DAY, maps.load("arrivals"))


def coming(*bodies, every=MINUTE, channel="minyi"):
    consumer = {"name": "陈先生", "phone": "13800138001"}
    for number, body in enumerate(bodies):
        base = {
            "external_no": f"R-{number}",
            "kind": "complaint",
            "title": "漏水",
            "consumer": consumer,
        }
        yield arrivals.Arrival(number * every, channel, base | body)


# -- what comes -------------------------------------------------------------------------


def test_the_projects_own_day_is_a_day_that_the_intake_takes_whole(agency, clock):
    rows = own_day()

    assert len(rows) == 600
    assert {row.channel for row in rows} == set(agency.channels)
    assert {row.body["kind"] for row in rows} == {"complaint", "report", "consultation", "petition"}
    by_hour = Counter(row.at.hour for row in rows)
    assert by_hour[10] > 50 > 10 > by_hour[4], "people complain by day"
    played = list(arrivals.again(rows, run="R1", speed=1, channel="web", random=dice(1)))
    hall = Stage(Cast(), seed="")
    hall.register(played)
    assert (hall.created, hall.refused) == (600, 0)


def test_rows_come_again_at_their_pace_or_faster_and_the_first_at_once(agency):
    rows = own_day()
    first, second, *_rest = rows

    played = list(arrivals.again(rows, run="R1", speed=10, channel="web", random=dice(1)))

    assert played[0].after == timedelta()
    assert played[1].after == (second.at - first.at) / 10
    assert "arrived_at" not in played[0].body
    assert played[0].body["external_no"].startswith("R1-")


def test_a_file_in_any_order_is_played_in_the_order_of_its_moments(agency, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "created_date,complaint_type\n2015-12-11T11:00:00,b\n,x\n2015-12-11T10:00:00,a\n"
    )

    rows = arrivals.read(path, maps.load("arrivals"))

    assert [row.body["title"] for row in rows] == ["a", "b"]


@pytest.mark.parametrize(
    ("speed", "hour", "gap"), [(20, 10, 2.9), (20, 3, 6), (40, 10, 1.45), (0.01, 10, 6)]
)
def test_endless_traffic_comes_as_it_does_at_this_hour_and_never_ceases(
    agency, clock, speed, hour, gap
):
    now = clock.now.replace(hour=hour)
    endless = arrivals.endless(
        own_day(), run="SIM1", speed=speed, channel="web", districts=["east", "west"],
        now=lambda: now, random=dice(7),
    )  # fmt: skip

    played = list(islice(endless, 800))

    mean = played[-1].after.total_seconds() / 800
    assert gap * 0.6 < mean <= gap * 1.1, "the longest gaps are cut"
    assert (
        max(b.after - a.after for a, b in zip(played, played[1:], strict=False)) <= 6 * MINUTE / 60
    )
    assert len({arrival.body["external_no"] for arrival in played}) == 800
    assert Counter(a.body.get("unit") for a in played)["east"] > 100
    if hour == 10:
        assert len({arrival.channel for arrival in played}) == 8


# -- what staff do ----------------------------------------------------------------------


def outcome(steps):
    """Whether the plan answers and contacts within the limits: in time, late, never."""
    moments = {s.verb: s.after for s in steps if s.data.get("outcome") != "no_answer"}
    if "respond" not in moments:
        return "never"
    in_time = moments["respond"] <= LIMITS.respond and moments["contact"] <= LIMITS.contact
    return "in time" if in_time else "late"


@pytest.mark.parametrize("pace", [1.0, 60.0])
def test_most_are_answered_in_time_some_late_some_never(pace):
    found = Counter(
        outcome(plan(LIMITS, dispatch=True, kind="complaint", pace=pace, random=dice(n)))
        for n in range(2000)
    )

    assert 0.82 < found["in time"] / 2000 < 0.88
    assert 0.08 < found["late"] / 2000 < 0.12
    assert 0.03 < found["never"] / 2000 < 0.07


AGREED = [
    "accept", "start_mediation", "settle", "confirm_performance", "follow_up",
    "reply_ticket", "close", "approve",
]  # fmt: skip
NOT_FILED = ["verify", "decline_filing", "approve", "notify", "reply_ticket", "close", "approve"]
REPLIED = [
    "accept", "assign_triple", "record_visit", "record_inspection", "reply", "evaluate",
    "reply_ticket", "close", "approve",
]  # fmt: skip


def verbs_of(steps) -> list[str]:
    return [step.verb for step in steps]


def test_a_plan_is_the_same_for_the_same_dice_and_in_the_order_of_a_case():
    def steps(seed):
        return plan(LIMITS, dispatch=True, kind="complaint", pace=1, random=dice(seed))

    assert steps(3) == steps(3)
    assert verbs_of(steps(3)) == ["dispatch", "respond", "contact", *AGREED]


@pytest.mark.parametrize(
    ("limits", "kind", "verbs"),
    [
        (LIMITS, "consultation", ["respond", "contact", "answer", "reply_ticket", "close"]),
        (Limits(10 * MINUTE, None), "report", ["respond", *NOT_FILED]),
        (None, "complaint", AGREED),
        (Limits(None, None), "petition", ["respond", *REPLIED]),
    ],
)
def test_staff_do_what_is_asked_for(limits, kind, verbs):
    steps = plan(limits, dispatch=False, kind=kind, pace=1, random=dice(3))

    assert verbs_of(steps) == verbs


# -- played -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "channel", "seed"),
    [
        ("complaint", "minyi", "a"), ("complaint", "walkin", "c"), ("report", "minyi", "b"),
        ("consultation", "minyi", "a"), ("consultation", "walkin", "b"),
        ("petition", "petition", "b"),
    ],
)  # fmt: skip
def test_staff_carry_every_case_they_take_up_to_its_end(
    agency, clock, wait, fast, kind, channel, seed
):
    hall = Stage(Cast(), seed=seed)

    hall.play(coming(*[{"kind": kind}] * 4, channel=channel), wait=wait)
    while hall.agenda:
        clock.set(hall.agenda[0].at)
        hall.perform(clock.now)

    assert hall.refused == 0
    states = Counter(Case.objects.values_list("state", flat=True))
    assert states["closed"] >= 3, "who never acts leaves a case where it is"
    assert set(states) <= {"closed", "registered", "dispatched", "forwarded"}
    assert invariants.check()[1] == []


def test_a_rehearsal_is_played_through_intake_and_workflow_by_the_agencys_own_people(
    agency, clock, wait, fast
):
    hall = Stage(Cast(), seed="a")

    hall.play(coming(*[{}] * 6, *[{"unit": "west"}] * 3, *[{"kind": "report"}] * 3), wait=wait)

    assert hall.created == 12
    assert hall.refused == 0
    deadlines.sweep()
    states = Counter(
        clock_.state_at(clock.now)
        for case in Case.objects.all()
        for clock_ in case.deadlines.select_related("rule")
    )
    assert states["met"] > 15
    assert set(states) <= {"met", "met_late", "running", "breached"}
    actors = set(
        Case.objects.exclude(events__actor=None).values_list("events__actor__username", flat=True)
    )
    assert {"dispatcher", "mediator", "mediator_b", "enforcer", "channel-minyi"} <= actors


def test_who_is_late_is_late_by_the_real_clock_and_nobody_waits_for_them(agency, clock, wait, fast):
    began = clock.now
    hall = Stage(Cast(), seed="a", pace=1000.0)

    hall.play(coming(*[{}] * 20, every=timedelta(seconds=1)), wait=wait)

    assert clock.now - began < 2 * MINUTE
    answered = Ticket.objects.exclude(responded_at=None).count()
    assert 14 <= answered < 20
    clock.shift(minutes=11)
    assert deadlines.sweep().breached == 20 - answered


def test_the_same_seed_plays_the_same_and_another_one_another(agency, clock, wait, fast):
    def played(seed, run):
        hall = Stage(Cast(), seed=seed, pace=60.0)
        began = clock.now
        rows = list(coming({}, {}))
        for row in rows:
            row.body["external_no"] = f"{run}-{row.body['external_no']}"
        hall.play(rows, wait=wait)
        tickets = Ticket.objects.filter(external_no__startswith=run).order_by("pk")
        return [
            t.responded_at and round((t.responded_at - began).total_seconds(), 1) for t in tickets
        ]

    assert played("a", "R1") == played("a", "R2") != played("b", "R3")


def test_a_lost_database_loses_no_arrival_and_no_act(agency, clock, wait, fast, monkeypatch):
    real, fails = intake.register_many, iter([True, True])

    def register(*args, **kwargs):
        if next(fails, False):
            raise OperationalError("gone")
        return real(*args, **kwargs)

    monkeypatch.setattr(intake, "register_many", register)
    monkeypatch.setattr(stage.connection, "close", lambda: None)
    hall = Stage(Cast(), seed="a")

    hall.play(coming(*[{}] * 3), wait=wait)

    assert hall.created == 3


def test_begun_again_it_takes_up_what_it_left_undone(agency, clock, wait, fast):
    first = Stage(Cast(), seed="a")
    first.register(list(coming({}, {}, {})))
    assert not Ticket.objects.exclude(responded_at=None).exists()

    second = Stage(Cast(), seed="a")
    second.adopt("R-")
    second.play([], wait=wait)

    assert sorted(due.step.verb for due in first.agenda) == sorted(
        ["dispatch", "respond", "contact", *AGREED] * 3
    )
    assert Ticket.objects.exclude(responded_at=None).count() == 3


def test_it_stops_when_told_to(agency, clock):
    hall = Stage(Cast(), seed="a")

    hall.play(coming(*[{}] * 3), wait=lambda seconds: True)

    assert hall.created == 1


# -- the commands -----------------------------------------------------------------------


@pytest.fixture
def run(agency, settings, monkeypatch, wait, fast):
    settings.DEMO = True
    monkeypatch.setattr("cases.rehearsal.until_asked_to_stop", lambda: wait)

    def run(*arguments):
        out = io.StringIO()
        call_command(*map(str, arguments), "--format", "json", stdout=out)
        return json.loads(out.getvalue())

    return run


def test_replay_tells_how_many_it_created_and_each_time_anew(run, clock):
    assert run("replay", arrivals.OWN_DAY, "--speed", 100, "--limit", 4)["created"] == 4
    clock.shift(seconds=1)
    assert run("replay", arrivals.OWN_DAY, "--speed", 100, "--limit", 4)["created"] == 4
    assert Ticket.objects.count() == 8
    assert all(abs(t.arrived_at - clock.now) < 60 * MINUTE for t in Ticket.objects.all())


def test_replay_knows_a_foreign_file_by_its_columns_or_by_a_map(run, tmp_path):
    path = tmp_path / "311.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            [
                ["unique_key", "created_date", "complaint_type", "descriptor", "borough", "incident_zip"],
                [90000001, "2015-12-11T10:53:55", "Vending", "N/A", "BRONX", 10001],
                [90000002, "2015-12-11T10:54:25", "Traffic", "Congestion", "BRONX", ""],
            ]
        )  # fmt: skip
    map_ = "tests/cases/fixtures/maps/nyc311.toml"

    assert run("replay", path, "--speed", 60)["created"] == 2
    assert run("replay", path, "--speed", 60, "--map", map_)["created"] == 2
    assert set(Case.objects.values_list("kind", "title")) == {
        ("consultation", "Vending"), ("consultation", "Traffic"),
        ("report", "Vending"), ("consultation", "Traffic: Congestion"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--speed", "0"], "--speed"),
        (["--limit", "-1"], "--limit"),
        (["--channel", "nowhere", "--map", "tests/cases/fixtures/maps/cfpb.toml"], "cfpb"),
        (["--map", "nothing"], "nothing"),
    ],
)
def test_a_wrong_call_gets_a_sentence(run, options, sentence):
    with pytest.raises(CommandError, match=sentence):
        run("replay", arrivals.OWN_DAY, *options)
    assert not Ticket.objects.exists()


def test_traffic_plays_until_it_is_stopped(run, monkeypatch, wait):
    turns = iter(range(80))

    def stop(seconds) -> bool:
        return wait(seconds) or next(turns, None) is None

    monkeypatch.setattr("cases.rehearsal.until_asked_to_stop", lambda: stop)

    answer = run("traffic", "--seed", "1")

    assert answer["created"] > 15
    assert answer["acts"] > 5
    assert Ticket.objects.filter(external_no__startswith="SIM").count() == answer["created"]


@pytest.mark.parametrize("command", [["traffic"], ["replay", arrivals.OWN_DAY]])
def test_a_real_agency_is_never_rehearsed_in(run, settings, command):
    settings.DEMO = False

    with pytest.raises(CommandError, match="DEMO=1"):
        run(*command)
    assert not Ticket.objects.exists()
