"""How fast the watch is: an idle sweep, many breaches at once, and four sweepers together.

Goals: an idle sweep within 25 % of the same from 10,000 to 1,000,000 open clocks, and under a
thousandth of the one-second interval; 100,000 breaches at 0.7 or more of the rows per second
of the same writes as one bare statement; with four sweepers, every breach exactly once.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from django.db import connection, transaction

from agency.core import deadlines
from benchmarks.scratch import add_clocks, found_agency, say, scratch_database, settle, url_of

IDLE_SWEEPS, IDLE_ROUNDS, IDLE_PAUSE = 200, 15, 1.0
INTERVAL_MS = 1000
DUE = "-2 hours"
FAR = "30 days"


def run(*, open_levels: Sequence[int], closed: int, due: int, rounds: int) -> dict:
    """All three measurements in a scratch database; rows per second, milliseconds, ratios."""
    with scratch_database() as name:
        found_agency()
        add_clocks(closed, due_from=DUE, met=True)
        idle = [_idle(level) for level in _levels(open_levels)]
        drain = _drain(due, rounds) if due else None
        together = _together(due, name) if due else None
    return {
        "closed": closed,
        "idle": idle,
        "idle_spread": _spread([level["median_ms"] for level in idle]),
        "idle_ratio_spread": _spread([level["times_bare"] for level in idle]),
        "drain": drain,
        "four_sweepers": together,
    }


def _spread(values: Sequence[float]) -> float:
    """How far the farthest is from the middle of all, as a ratio."""
    middle = (max(values) + min(values)) / 2
    return round(max(values) / middle - 1, 3)


def _milliseconds(act: Callable) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


# -- nothing is due -----------------------------------------------------------------------


def _levels(levels: Sequence[int]):
    """Fill up to each level in turn."""
    standing = 0
    for level in sorted(levels):
        add_clocks(level - standing, due_from=FAR)
        settle()
        standing = level
        yield level


def _idle(level: int) -> dict:
    """The median of the calmest of some rounds: neighbours on the machine only ever add.

    ``times_bare``: the median of all rounds, each beside as many bare questions for the time,
    asked in turn with it: a machine that is slow for a minute is slow for both.
    """
    deadlines.sweep()
    rounds, ratios = [], []
    for _round in range(IDLE_ROUNDS):
        pairs = [(_milliseconds(deadlines.sweep), _milliseconds(_ask)) for _ in range(IDLE_SWEEPS)]
        sweep, bare = (statistics.median(found) for found in zip(*pairs, strict=True))
        rounds.append(sweep)
        ratios.append(sweep / bare)
        time.sleep(IDLE_PAUSE)
    found = {
        "open": level,
        "median_ms": round(min(rounds), 3),
        "rounds_ms": [round(ms, 3) for ms in rounds],
        "share_of_interval": round(min(rounds) / INTERVAL_MS, 6),
        "times_bare": round(statistics.median(ratios), 2),
    }
    say(f"idle sweep over {level} open: {found['median_ms']} ms, {found['times_bare']} × bare")
    return found


def _ask() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT agency_now()")


# -- many are due at once -----------------------------------------------------------------

BARE = """
WITH moved AS (
    UPDATE cases_casedeadline d SET noticed_at = agency_now(), ladder_step = 1,
        attention_at = agency_now() + rule.ladder_after[2]
    FROM core_deadlinerule rule
    WHERE rule.id = d.rule_id AND d.met_at IS NULL AND d.cancelled_at IS NULL
        AND d.noticed_at IS NULL AND d.due_at < agency_now()
    RETURNING d.id, d.case_id, d.unit_id, d.handler_id, d.due_at, rule.code
), told AS (
    INSERT INTO cases_caseevent (case_id, deadline_id, kind, at, step, data)
    SELECT case_id, id, 'deadline_breached', agency_now(), 0,
        jsonb_build_object('rule', code, 'due_at', due_at, 'target', 'handler') FROM moved
)
INSERT INTO core_notification
    (dedup_key, topic, target, unit_id, handler_id, subject, subject_id, step, created_at)
SELECT 'cases.casedeadline:' || id || ':deadline_breached:0', 'deadline_breached', 'handler',
    unit_id, handler_id, 'cases.casedeadline', id, 0, agency_now() FROM moved
"""
"""The same writes with nothing around them: no order, no batches, no skipping."""


def _bare() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BARE)


def _drain(due: int, rounds: int) -> dict:
    """Both ways in turn, each on as many fresh rows; the medians and their ratio.

    ``cpu_ratio`` counts the database's processor time instead: what neighbours do to the
    clock on the wall, they do not do to that.
    """
    ways = {"bare": _bare, "sweep": deadlines.sweep}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    cpu: dict[str, list[float]] = {name: [] for name in ways}
    for _round in range(rounds):
        for name, way in ways.items():
            before = _breaches()
            add_clocks(due, due_from=DUE)
            settle()
            began = _backend_cpu_seconds()
            seconds[name].append(_milliseconds(way) / 1000)
            cpu[name].append(_backend_cpu_seconds() - began)
            if _breaches() - before != due:
                raise RuntimeError(f"{name} recorded {_breaches() - before} of {due} breaches")
            say(f"{due} due, {name}: {seconds[name][-1]:.2f} s, cpu {cpu[name][-1]:.2f} s")
    middle = {name: statistics.median(found) for name, found in seconds.items()}
    busy = {name: statistics.median(found) for name, found in cpu.items()}
    return {
        "due": due,
        "sweep_rows_per_second": round(due / middle["sweep"]),
        "bare_rows_per_second": round(due / middle["bare"]),
        "ratio": round(middle["bare"] / middle["sweep"], 3),
        "cpu_ratio": round(busy["bare"] / busy["sweep"], 3) if busy["sweep"] else None,
        "seconds": {name: [round(s, 2) for s in found] for name, found in seconds.items()},
    }


def _backend_cpu_seconds() -> float:
    """Processor time our connection's server process has used; 0 where it runs elsewhere."""
    stat = Path(f"/proc/{_one('SELECT pg_backend_pid()')}/stat")
    if not stat.exists() or "postgres" not in stat.read_text():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _breaches() -> int:
    return _one("SELECT count(*) FROM cases_caseevent WHERE kind = 'deadline_breached'")


def _one(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


# -- four at once -------------------------------------------------------------------------


def _together(due: int, name: str, sweepers: int = 4) -> dict:
    """Four processes of their own; every breach must be recorded once, and by somebody."""
    before, told = _breaches(), _one("SELECT count(*) FROM core_notification")
    add_clocks(due, due_from=DUE)
    settle()
    command = [sys.executable, "manage.py", "sweep_deadlines", "--once", "--format", "json"]
    environment = os.environ | {"DATABASE_URL": url_of(name)}
    started = time.perf_counter()
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)  # noqa: S603 – our own list of programs
        for _ in range(sweepers)
    ]
    answers = [json.loads(process.communicate()[0]) for process in running]
    seconds = time.perf_counter() - started
    found = {
        "due": due,
        "events": _breaches() - before,
        "notices": _one("SELECT count(*) FROM core_notification") - told,
        "each": [answer["breached"] for answer in answers],
        "seconds_with_start": round(seconds, 2),
    }
    say(f"four sweepers: {found['events']} events of {due} due, {found['each']}")
    return found
