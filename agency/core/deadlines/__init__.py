"""THE ENGINE: clocks are opened, met and cancelled here, and one sweep watches them all.

Every concrete model of Deadline is a registered table; its own event model stands beside it.

- clocks: opens, meets, cancels, pauses and moves them.
- recount: counts again what a holiday notice changes.
- sweeping: takes every step that has come due. The statement itself: agency/core/steps.py.
"""

from agency.core.deadlines.clocks import (
    beside,
    build,
    cancel,
    extend,
    hand_over,
    hush,
    leave_out,
    lock,
    locked,
    meet,
    pause,
    resume,
    run_on,
    set_due,
    take_over,
    work_calendar_of,
)
from agency.core.deadlines.recount import count_again
from agency.core.deadlines.sweeping import seconds_to_next_step, sweep
from agency.core.models.deadline import MOMENT_AFTER
from agency.core.steps import Sweep, tables

__all__ = [
    "MOMENT_AFTER",
    "Sweep",
    "beside",
    "build",
    "cancel",
    "count_again",
    "extend",
    "hand_over",
    "hush",
    "leave_out",
    "lock",
    "locked",
    "meet",
    "pause",
    "resume",
    "run_on",
    "seconds_to_next_step",
    "set_due",
    "sweep",
    "tables",
    "take_over",
    "work_calendar_of",
]
