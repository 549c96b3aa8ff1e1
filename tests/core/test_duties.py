"""What is done beside the watch never gets in its way."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection

from agency.core import duties, tasks, watch
from agency.core.management.commands import sweep_deadlines
from agency.core.models import Notification
from agency.core.notifications import words


@pytest.fixture
def done(monkeypatch) -> list[str]:
    """Of three duties the second fails; the names of those that were done."""
    done = []

    def fails():
        raise IntegrityError

    known = [lambda: done.append("first"), fails, lambda: done.append("last")]
    monkeypatch.setattr(duties, "_duties", known)
    return done


def test_a_long_one_is_done_piece_by_piece_and_the_next_sweep_goes_on(monkeypatch):
    left = list(range(5))

    def long():
        while left:
            yield left.pop()

    monkeypatch.setattr(duties, "_duties", [long])
    monkeypatch.setattr(duties, "BUDGET", 0)
    duties.do_all()
    assert len(left) == 4

    monkeypatch.setattr(duties, "BUDGET", 60)
    duties.do_all()
    assert not left


class Rounds:
    """Three rounds of the loop; when each wanted to be over."""

    interval = 1.0

    def __init__(self):
        self.ends = []

    @property
    def stopping(self):
        return len(self.ends) == 3

    def sleep_until(self, moment):
        self.ends.append(moment)


@pytest.mark.parametrize(
    "sweep", [tasks.sweep_deadlines, lambda: call_command("sweep_deadlines", once=True)]
)
def test_one_that_fails_is_told_and_keeps_nobody_from_theirs(agency, clock, done, sweep):
    sweep()

    assert done == ["first", "last"]
    assert watch.last_ok_at() == clock.now
    [alarm] = Notification.objects.all()
    assert (alarm.topic, alarm.target) == ("alarm_duty_failed", "admin")
    [told] = words.tell([alarm], to=agency.admin).values()
    assert told.headline != alarm.topic


def test_the_loop_goes_on_as_if_it_had_not_failed(agency, clock, done, monkeypatch):
    swept, keep_watch = [], watch.keep_watch

    def watched(trigger, *, since):
        swept.append(since)
        return keep_watch(trigger, since=since)

    monkeypatch.setattr(watch, "keep_watch", watched)
    monkeypatch.setattr(connection, "close", lambda: None)  # at the end: the test goes on
    agency.ticket()

    sweep_deadlines.Command().loop(Rounds())

    full, *bounded = swept
    assert full is None
    assert bounded == [clock.now - sweep_deadlines.MARGIN] * 2, "what was swept is not read again"
    assert done == ["first", "last"] * 3
