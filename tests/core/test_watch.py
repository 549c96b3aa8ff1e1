"""Who watches the watch: a hole is written down once, and what fell into it is told once."""

import os
import subprocess
import sys
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import transaction

from agency.core import deadlines, watch
from agency.core.models import Heartbeat, Notification, SystemGap
from cases.models import CaseDeadline
from tests.stories import TEN, clock_of
from tests.threads import in_threads

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def notices(topic):
    return Notification.objects.filter(topic=topic)


def test_a_hole_is_one_gap_and_what_fell_into_it_is_summed_up_once(agency, clock):
    watch.keep_watch("loop")
    fell_silent = clock.now
    cases = [agency.ticket() for _ in range(3)]
    clock.shift(HOUR)

    watch.keep_watch("loop")
    back = clock.now
    clock.shift(SECOND)
    watch.keep_watch("loop")

    [gap] = SystemGap.objects.all()
    assert (gap.from_at, gap.to_at) == (fell_silent, back)
    for case in cases:
        missed = clock_of(case, "ticket.respond_10")
        assert (missed.gap, missed.noticed_at) == (gap, back)
        assert missed.breached_at == case.arrived_at + TEN, "the true moment"
    assert not notices("deadline_breached").exists()
    [summary] = notices("breaches_found_late")
    assert (summary.subject, summary.subject_id) == ("core.systemgap", gap.pk)
    assert summary.target == "supervisor"


@pytest.mark.parametrize(("silence", "gaps"), [(10 * SECOND, 0), (10 * SECOND + SECOND / 1000, 1)])
def test_a_gap_is_more_than_ten_seconds_of_silence(db, clock, silence, gaps):
    watch.keep_watch("loop")
    clock.shift(silence)

    watch.keep_watch("loop")

    assert SystemGap.objects.count() == gaps
    assert not Notification.objects.exists(), "nothing fell into it, nobody is told"


def test_the_first_sweep_ever_ends_no_gap(agency, clock):
    agency.ticket()
    clock.shift(HOUR)

    assert watch.keep_watch("loop").breached == 2

    assert not SystemGap.objects.exists()
    assert notices("deadline_breached").count() == 2


def test_a_breach_of_before_the_hole_is_told_by_itself(agency, clock):
    case = agency.ticket()
    clock.shift(TEN + SECOND)
    Heartbeat.objects.create(name="sweep:loop@elsewhere", last_ok_at=clock.now)
    clock.shift(HOUR)

    watch.keep_watch("loop")

    assert clock_of(case, "ticket.respond_10").gap is None
    assert clock_of(case, "ticket.contact_30").gap is not None
    assert notices("deadline_breached").count() == 1


def test_a_version_of_any_length_stops_no_heart():
    """An image's digest is longer than a heartbeat holds."""
    told = {"CODE_VERSION": "sha256:" + "a" * 64}
    asked = "from agency.core import watch; print(watch.VERSION)"
    said = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {asked}"],
        env=os.environ | told, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert len(said.stdout.strip()) == Heartbeat._meta.get_field("version").max_length


def test_the_heart_never_beats_backwards(db, clock):
    watch.keep_watch("loop")
    before = watch.last_ok_at()
    clock.shift(-HOUR)

    watch.keep_watch("loop")
    assert watch.last_ok_at() == before
    assert Heartbeat.objects.get().runs == 2

    clock.shift(HOUR + SECOND)
    watch.keep_watch("loop")
    assert watch.last_ok_at() == before + SECOND


def test_two_loops_on_one_host_have_a_row_each(db, clock, monkeypatch):
    watch.keep_watch("loop")
    monkeypatch.setattr(watch.os, "getpid", lambda: 1)
    watch.keep_watch("loop")
    watch.keep_watch("loop")

    assert sorted(Heartbeat.objects.values_list("runs", flat=True)) == [1, 2]


def test_a_workers_new_child_goes_on_with_the_row_of_the_old_one(db, clock, monkeypatch):
    monkeypatch.setattr(watch, "current_process", lambda: SimpleNamespace(index=0))
    for pid in (11, 12):
        monkeypatch.setattr(watch.os, "getpid", lambda pid=pid: pid)
        watch.keep_watch("celery")

    assert Heartbeat.objects.get().runs == 2


@pytest.mark.parametrize(("age", "left"), [(timedelta(days=7), 2), (timedelta(days=7) + SECOND, 1)])
def test_a_full_sweep_forgets_processes_long_gone(db, clock, age, left):
    gone = "sweep:loop@gone:7", "sweep:celery@gone:8", "mail:loop@gone:9"
    for name in gone:
        Heartbeat.objects.create(name=name, last_ok_at=clock.now - age)

    watch.keep_watch("loop", since=clock.now)
    assert Heartbeat.objects.count() == 4

    watch.keep_watch("loop")
    assert Heartbeat.objects.filter(name__contains="loop@").count() == left + 1
    assert Heartbeat.objects.filter(name=gone[1]).exists(), "its own trigger forgets it"


def test_other_heartbeats_are_no_sweeps(db, clock):
    Heartbeat.objects.create(name="mail:celery@here", last_ok_at=clock.now)

    assert watch.last_ok_at() is None


def test_a_sweeper_that_died_in_the_gap_leaves_it_to_the_next(agency, clock, monkeypatch):
    watch.keep_watch("loop")
    fell_silent = clock.now
    agency.ticket()
    clock.shift(HOUR)
    with monkeypatch.context() as dying:
        dying.setattr(watch, "_beat", lambda *args: exit())
        with pytest.raises(SystemExit):
            watch.keep_watch("loop")
    clock.shift(HOUR)

    watch.keep_watch("celery")

    [gap] = SystemGap.objects.all()
    assert (gap.from_at, gap.to_at) == (fell_silent, clock.now)
    assert notices("breaches_found_late").count() == 1


def test_a_sweeper_that_died_after_its_beat_leaves_no_gap_open(agency, clock, monkeypatch):
    watch.keep_watch("loop")
    agency.ticket()
    clock.shift(HOUR)
    beat = clock.now
    with monkeypatch.context() as dying:
        dying.setattr(watch, "_close_gaps", lambda: None)
        dying.setattr(watch, "_sum_up", lambda: exit())
        with pytest.raises(SystemExit):
            watch.keep_watch("loop")
    clock.shift(minutes=5)

    watch.keep_watch("loop")

    first, second = SystemGap.objects.order_by("from_at")
    assert first.to_at == second.from_at == beat, "one after the other, never over each other"
    assert second.to_at == clock.now
    assert notices("breaches_found_late").get().subject_id == first.pk


def test_a_sweep_that_stood_still_leaves_a_gap_as_well(agency, clock, monkeypatch):
    case = agency.ticket()
    watch.keep_watch("loop")
    sweep, stalls = deadlines.sweep, iter([HOUR])

    def stalling(**how):
        swept = sweep(**how)
        clock.shift(next(stalls, timedelta()))
        return swept

    monkeypatch.setattr(deadlines, "sweep", stalling)
    clock.shift(SECOND)
    assert watch.keep_watch("loop").breached == 2

    [gap] = SystemGap.objects.all()
    assert clock_of(case, "ticket.respond_10").gap == gap
    assert notices("breaches_found_late").count() == 1


def test_who_wakes_up_with_an_old_gap_hides_nothing_in_it(agency, clock):
    """A sweeper frozen since the gap marks what fell into it, and tells of what came after."""
    over = clock.now - HOUR
    gap = SystemGap.objects.create(from_at=over - HOUR, to_at=over)
    agency.ticket()
    clock.shift(HOUR)

    deadlines.sweep(gap=gap)

    assert not CaseDeadline.objects.filter(gap=gap).exists()
    assert notices("deadline_breached").count() == 2


def test_what_is_written_after_the_gap_was_closed_is_summed_up_all_the_same(agency, clock):
    watch.keep_watch("loop")
    agency.ticket()
    clock.shift(HOUR)
    gap = watch._open_gap()
    watch._beat("sweep:celery@here", deadlines.Sweep())  # another one, that found all rows taken
    watch._close_gaps()
    watch._sum_up()
    assert not Notification.objects.exists()

    deadlines.sweep(gap=gap)
    clock.shift(SECOND)
    watch.keep_watch("loop")

    assert notices("breaches_found_late").count() == 1
    assert not notices("deadline_breached").exists()


@pytest.mark.django_db(transaction=True)
def test_sweepers_that_come_back_together_share_the_gap(agency, clock):
    watch.keep_watch("loop")
    for _ in range(5):
        agency.ticket()
    clock.shift(HOUR)

    in_threads(*[lambda name=name: watch.keep_watch(name) for name in ("loop", "celery", "once")])
    clock.shift(SECOND)
    watch.keep_watch("loop")

    [gap] = SystemGap.objects.all()
    assert CaseDeadline.objects.filter(gap=gap).count() == 10
    assert notices("breaches_found_late").count() == 1
    assert not notices("deadline_breached").exists()


@pytest.mark.django_db(transaction=True)
def test_a_sweeper_frozen_on_its_own_row_delays_nobody(agency, clock):
    watch.keep_watch("celery")
    case = agency.ticket()
    clock.shift(HOUR)

    old = Heartbeat.objects.create(
        name="sweep:loop@frozen", last_ok_at=clock.now - timedelta(days=8)
    )

    with transaction.atomic():  # frozen: they hold their heartbeats' rows, and never let go
        Heartbeat.objects.select_for_update().get(name__startswith="sweep:celery")
        Heartbeat.objects.select_for_update().get(pk=old.pk)
        in_threads(lambda: watch.keep_watch("loop"))

    assert clock_of(case, "ticket.respond_10").noticed_at == clock.now
    assert watch.last_ok_at() == clock.now
    assert SystemGap.objects.get().to_at == clock.now
