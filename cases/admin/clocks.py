"""A clock as people read it: how long is left, until when, and how that was counted."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core.calendar import SHANGHAI, WorkCalendar
from agency.core.models.deadline import state_of
from cases.calendar import day_in_words, day_of, length
from cases.clocks import Right
from cases.counted import explain
from cases.lifecycle import PauseReason
from cases.models import CaseDeadline

READ_WITH = ("pauses", "excuses")
"""What of_deadline reads beside every clock."""

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Countdown:
    """What stands in a row. ``state``: on_time, at_risk, overdue, paused, done, or ended: a right that lapsed.

    ``marks`` stand beside it: extended, excused; ``notes`` below its counting.
    """

    state: str
    text: str
    due_at: datetime
    warn_at: datetime | None = None
    day: str = ""
    explanation: str = ""
    provisional: bool = False
    is_running: bool = True
    marks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def due_ms(self) -> int:
        return milliseconds(self.due_at)

    @property
    def warn_ms(self) -> int:
        return milliseconds(self.warn_at or self.due_at)

    @property
    def moment(self) -> str:
        return f"{self.due_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def milliseconds(moment: datetime) -> int:
    """As the browser counts."""
    return int(moment.timestamp() * 1000)


def countdown(
    due_at: datetime, at: datetime, *, warn_at: datetime | None = None, **more
) -> Countdown:
    """An open clock at ``at``."""
    state = state_of(due_at, warn_at, at)
    if state == "overdue":
        # Rounded up: what is late is never shown as 00:00.
        late = at - due_at + timedelta(microseconds=999_999)
        return Countdown(state, _("%(time)s late") % {"time": span(late)}, due_at, **more)
    text = _("%(time)s left") % {"time": span(due_at - at)}
    return Countdown(state, text, due_at, warn_at, **more)


def of_deadline(deadline: CaseDeadline, at: datetime, calendar: WorkCalendar) -> Countdown:
    """The clock with its reasons; ``calendar`` is ``work_calendar_of`` the rules of all that are shown.

    A cancelled one ended with what was settled out there: no other is shown. Reads its pauses and excuses: whoever shows many fetches them beforehand.
    """
    explained = {
        "provisional": deadline.provisional and not deadline.met_at,
        "explanation": explain(deadline, calendar),
        "marks": marks(deadline), "notes": notes(deadline, at),
    }  # fmt: skip
    if deadline.cancelled_at:
        told = {"moment": short(deadline.cancelled_at, at)}
        said = _("ended on %(moment)s: settled out there") % told
        state = "ended" if deadline.cancelled_at <= deadline.due_at else "overdue"
        return Countdown(state, said, deadline.due_at, is_running=False, **explained)
    if deadline.met_at:
        return _met(deadline, at, calendar, explained)
    if deadline.paused_at:
        text = _("paused since %(moment)s") % {"moment": short(deadline.paused_at, at)}
        return Countdown("paused", text, deadline.due_at, is_running=False, **explained)
    day = day_name(deadline.due_at, at, calendar) if deadline.due_at - at > DAY else ""
    return countdown(deadline.due_at, at, warn_at=deadline.warn_at, day=day, **explained)


RIGHTS = {
    "petition.object": gettext_lazy("time to object"),
    "petition.review_request": gettext_lazy("time to ask for a review"),
    "petition.final_review_request": gettext_lazy("time to ask for the final review"),
}


def of_right(right: Right, at: datetime, *, awaits_receipt: bool = False) -> Countdown:
    """Until when a right lasts, or when it ended: nobody is late by it.

    ``awaits_receipt``: it counts from the receipt of a letter, and nobody has said that day yet.
    """
    last = {"day": day_name(right.due.due_at, at)}
    is_over = right.due.due_at < at
    said = [_("Legal basis: %(basis)s") % {"basis": right.rule.basis}]
    if awaits_receipt:
        said.append(_("Counted from the day it went out, until the day it was received is told."))
    return Countdown(
        "ended" if is_over else "on_time",  # a lapsed right is nobody's work done
        (_("ended on %(day)s") if is_over else _("until %(day)s")) % last,
        right.due.due_at, explanation=right.due.explanation, is_running=False,
        provisional=awaits_receipt or right.due.provisional and not is_over, notes=tuple(said),
    )  # fmt: skip


def marks(deadline: CaseDeadline) -> tuple[str, ...]:
    """What makes it another clock than its rule says."""
    said = []
    if deadline.extension:
        said.append(
            _("extended by %(length)s") % {"length": length(deadline.extension, deadline.rule.unit)}
        )
    if deadline.noticed_at and deadline.excuses.all():
        said.append(_("excused"))
    return tuple(said)


def notes(deadline: CaseDeadline, at: datetime) -> tuple[str, ...]:
    """The law it stands on; the day before it rolled on, when the alarm is raised; what a pause waits for."""
    said = [_("Legal basis: %(basis)s") % {"basis": deadline.rule.basis}]
    if deadline.alarm_at and not deadline.met_at:
        day = {"day": day_name(deadline.alarm_at, at)}
        said.append(_("Alarm on %(day)s, the last day before it moved on.") % day)
    for pause in deadline.pauses.all() if deadline.paused_at else ():
        if pause.to_at is None:
            why = (
                PauseReason(pause.reason).label
                if pause.reason in PauseReason.values
                else pause.reason
            )
            said.append(_("Paused for %(reason)s.") % {"reason": why})
    return tuple(said)


def _met(
    deadline: CaseDeadline, at: datetime, calendar: WorkCalendar, explained: dict
) -> Countdown:
    """Of minutes how many it took, of days the moment: that is what the law asks."""
    if deadline.rule.unit in {"day", "workday"}:
        limit = _limit(deadline, at)
        text = _("%(moment)s, limit %(limit)s") % {
            "moment": short(deadline.met_at, at), "limit": limit,
        }  # fmt: skip
    else:
        text = _("%(taken)s of %(limit)s") % {
            "taken": span(_taken(deadline)),
            "limit": span(deadline.due_at - deadline.starts_at),
        }
    state = "done" if deadline.met_at <= deadline.due_at else "overdue"
    return Countdown(state, text, deadline.due_at, is_running=False, **explained)


def _limit(deadline: CaseDeadline, at: datetime) -> str:
    """So many days, or the day that a document names."""
    if deadline.is_named:
        return _("until %(day)s") % {"day": day_name(deadline.due_at, at)}
    return length(deadline.rule.amount + deadline.extension, deadline.rule.unit)


def _taken(deadline: CaseDeadline) -> timedelta:
    """Of what is late rounded up: it never reads like its limit."""
    late = deadline.met_at > deadline.due_at
    return deadline.met_at - deadline.starts_at + late * timedelta(microseconds=999_999)


def span(time: timedelta) -> str:
    """04:32 below an hour, then hours and minutes, from a day on days; rounded down."""
    seconds = int(time.total_seconds())
    if time < HOUR:
        return f"{seconds // 60:02}:{seconds % 60:02}"
    if time < DAY:
        return _("%(hours)s h %(minutes)s min") % {
            "hours": seconds // 3600, "minutes": seconds % 3600 // 60,
        }  # fmt: skip
    return length(time.days, "day")


def day_name(moment: datetime, at: datetime, calendar: WorkCalendar | None = None) -> str:
    """2月28日 周六 调休: what makes the day a surprise is said; so is another year than that of ``at``."""
    day = day_of(moment)
    name = day_in_words(day, day_of(at))
    if not calendar or day not in calendar.exceptions:
        return name
    why = _("make-up working day") if calendar.is_workday(day) else calendar.names.get(day, "")
    return f"{name} {why}"


def short(moment: datetime | None, at: datetime) -> str:
    """11-21 09:03 in the year of ``at``, else 2025-11-21; empty for None."""
    if moment is None:
        return ""
    local = moment.astimezone(SHANGHAI)
    same = local.year == at.astimezone(SHANGHAI).year
    return f"{local:%m-%d %H:%M}" if same else f"{local:%Y-%m-%d}"
