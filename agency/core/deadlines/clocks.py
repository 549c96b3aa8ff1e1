"""Clocks are opened, met, cancelled, paused and moved: one door for each."""

from collections.abc import Iterable
from datetime import datetime

from django.apps import apps
from django.db.models import (
    Case,
    DateTimeField,
    F,
    Model,
    Q,
    Value,
    When,
    prefetch_related_objects,
)
from django.db.models.functions import Greatest

from agency.core import steps, workdays
from agency.core.calendar import SHANGHAI, Due, WorkCalendar
from agency.core.models import Deadline, DeadlineRule, Unit, User
from agency.core.models.deadline import MOMENT_AFTER, DeadlinePause, overdue, stood_still


def build(
    model: type[Deadline], rule: DeadlineRule, *, starts_at: datetime, at: datetime,
    work_calendar: WorkCalendar, met: bool = False, due_at: datetime | None = None, **fields,
) -> Deadline:  # fmt: skip
    """An unsaved clock under ``rule``, started at ``starts_at``; ``at`` is this moment.

    ``due_at``: as a document says from the beginning, instead of by the rule.

    ``met``: the citizen stood there, the obligation was met the moment it arose.
    ``fields`` are the model's own: what it is about, ``unit``, ``handler``.
    """
    deadline = model(rule=rule, starts_at=starts_at, answerable=fields["unit"], **fields)
    _set_due(deadline, _named(due_at) if due_at else rule.due(starts_at, work_calendar))
    if met:
        deadline.met_at = starts_at
    else:
        _set_alarms(deadline, at)
    return deadline


def _named(due_at: datetime) -> Due:
    """Due as a document says: it is neither counted nor moved on."""
    day = due_at.astimezone(SHANGHAI)
    return Due(day, day.date(), provisional=False, explain=str, is_named=True)


def _set_due(deadline: Deadline, due: Due) -> None:
    deadline.due_at, deadline.provisional = due.due_at, due.provisional
    deadline.is_named = due.is_named
    moved_on = due.unrolled_on < due.due_on
    deadline.alarm_at = due.alarm_at if moved_on else None


def _set_alarms(deadline: Deadline, at: datetime) -> None:
    """Set the first warning and the first moment the sweep is needed, not before ``at``.

    Not before ``at``: a sweep that reads only what came due since its last run must find
    also a clock that was opened already late.
    """
    percents = sorted(deadline.rule.warn_percents)
    deadline.warn_at = _point(deadline, percents[0]) if percents else None
    alarms = [alarm for alarm in (deadline.warn_at, deadline.alarm_at) if alarm]
    deadline.attention_at = max(min([*alarms, deadline.due_at + MOMENT_AFTER]), at)


def _point(deadline: Deadline, percent: int) -> datetime:
    """When so much of the time that counts is over; what was left out for a pause does not."""
    pauses = deadline.pauses.all() if deadline.pk else ()
    counted = deadline.due_at - deadline.starts_at - stood_still(deadline.starts_at, pauses)
    return deadline.due_at - counted * (100 - percent) / 100


def lock(deadlines) -> None:
    """Lock the open ones of ``deadlines`` until the transaction ends; then read the clock.

    Otherwise a sweep could notice a breach between the moment an act takes and the moment
    it writes, and the act would be in time and breached at once.
    """
    list(locked(deadlines.open()).values_list("pk"))


def locked(deadlines):
    """``deadlines`` in the one order in which rows are locked everywhere.

    no_key: an event that somebody else writes about the row refers to its key alone, and
    must not wait for us; we may be waiting for them.
    """
    return deadlines.select_for_update(of=("self",), no_key=True).order_by("pk")


def _with_pauses(deadlines):
    """With what counting needs of each, asked once for all: rule and pauses."""
    return deadlines.select_related("rule").prefetch_related("pauses")


def meet(deadlines, *, at: datetime) -> list[Deadline]:
    """Meet the open ones of the queryset ``deadlines`` at ``at``; returns them.

    Who is late gets the breach recorded in the same transaction, so that no late act is
    ever forgiven between two sweeps. ``at`` must have been read after ``lock``.
    """
    return _end(deadlines, at, met_at=at)


def cancel(deadlines, *, at: datetime, reason: str) -> list[Deadline]:
    """End the open ones of ``deadlines`` unmet, with a reason code; a breach before ``at`` stays."""
    return _end(deadlines, at, cancelled_at=at, cancel_reason=reason)


def _end(deadlines, at: datetime, **moment) -> list[Deadline]:
    ended = list(locked(deadlines.open()))
    if any(d.paused_at for d in ended) and resume(deadlines, at=at):
        ended = list(locked(deadlines.open()))
    late = [d.pk for d in ended if d.due_at < at and d.noticed_at is None]
    if late:
        steps.take(deadlines.model, "late", at, ids=late)
    deadlines.model.objects.filter(pk__in=[d.pk for d in ended]).update(attention_at=None, **moment)
    for deadline in ended:
        deadline.__dict__.update(moment, attention_at=None)
        deadline.noticed_at = at if deadline.pk in late else deadline.noticed_at
    return ended


def run_on(deadlines, *, at: datetime) -> list[Deadline]:
    """Let those run on that were cancelled, as if they never had been.

    One whose breach was noticed stays noticed, once; its ladder is not climbed again.
    """
    back = list(_with_pauses(locked(deadlines.filter(cancelled_at__isnull=False))))
    for deadline in back:
        deadline.cancelled_at, deadline.cancel_reason = None, ""
        if deadline.noticed_at is None:
            _set_alarms(deadline, at)
    deadlines.model.objects.bulk_update(
        back, ["cancelled_at", "cancel_reason", "warn_at", "attention_at"]
    )
    return back


def hand_over(deadlines, *, unit: Unit, handler: User | None, at: datetime) -> None:
    """Let the open ones be owed by ``unit`` and ``handler``.

    What was late before ``at``, noticed or not, stays on the account of the unit that let it pass.
    """
    is_late = Q(noticed_at__isnull=False) | overdue(at)
    answerable = Case(When(is_late, then=F("answerable")), default=Value(unit.pk))
    deadlines.open().update(unit=unit, handler=handler, answerable=answerable)


def hush(deadlines) -> None:
    """Tell nobody more of what was missed: it stays open, and missed. Locked by now."""
    missed = deadlines.open().filter(noticed_at__isnull=False)
    deadlines.model.objects.filter(pk__in=missed.values("pk")).update(attention_at=None)


def pause(
    deadlines, *, at: datetime, reason: str, by: User, note: str = "", since: datetime | None = None
) -> list[Deadline]:  # fmt: skip
    """Stop counting where the rule may be paused for ``reason``; returns what was paused.

    What is late already stays late: a breach is for ever. ``at`` must have been read after
    ``lock``. ``since``: from when time does not count, where that is written down later.
    """
    rows = deadlines.running().filter(rule__pauses__contains=[reason], due_at__gte=at)
    paused, model = list(locked(rows)), beside(deadlines.model, "Pause")
    for deadline in paused:
        begin = max(since or at, deadline.starts_at)
        model.objects.create(deadline=deadline, from_at=begin, reason=reason, note=note, by=by)
        deadline.paused_at, deadline.attention_at = begin, None
        deadline.save(update_fields=["paused_at", "attention_at"])
    return paused


def resume(
    deadlines, *, at: datetime, by: User | None = None, until: datetime | None = None
) -> list[Deadline]:
    """Count on where a pause lasts: the due moment is counted anew without it.

    ``until``: when the pause was over, where that is written down later; what has become late
    since is late.
    """
    resumed = list(locked(deadlines.filter(paused_at__isnull=False).select_related("rule")))
    if resumed:
        beside(deadlines.model, "Pause").objects.filter(deadline__in=resumed, to_at=None).update(
            to_at=Greatest(F("from_at"), until or at, output_field=DateTimeField())
        )
        prefetch_related_objects(resumed, "pauses")
        work_calendar = work_calendar_of(deadline.rule for deadline in resumed)
    for deadline in resumed:
        deadline.paused_at = None
        move(deadline, deadline.count(work_calendar), cause="resumed", at=at, by=by)
    return resumed


def extend(
    deadlines, amount: int, *, at: datetime, by: User, again: bool = False
) -> list[Deadline]:
    """Give those still in time, once, ``amount`` more of the rule's unit, counted from the start.

    ``again``: those that had theirs, on top of it and however much; whoever calls knows why.
    ValueError where the rule does not allow so much.
    """
    wanted = _with_pauses(deadlines.running().filter(due_at__gte=at))
    rows = list(locked(wanted.exclude(extension=0) if again else wanted.filter(extension=0)))
    for deadline in rows:
        if amount <= 0 or amount > deadline.rule.extension and not again:
            raise ValueError(amount)
        deadline.extension += amount
        work_calendar = work_calendar_of([deadline.rule])
        move(deadline, deadline.count(work_calendar), cause="extended", at=at, by=by)
    return rows


def take_over(deadline: Deadline, like: Deadline, *, extended: bool, at: datetime) -> None:
    """Leave out what stood still of ``like``, under the same rule, until ``at``; where it is
    ``extended``, give as much more. For one that was just opened.
    """
    deadline.extension = like.extension if extended else 0
    leave_out(deadline, like.pauses.all(), at=at)


def leave_out(deadline: Deadline, pauses: Iterable[DeadlinePause], *, at: datetime) -> None:
    """Count anew without what ``pauses`` left out of another, until ``at`` where one lasts."""
    for pause in pauses:
        from_at, to_at = max(pause.from_at, deadline.starts_at), pause.to_at or at
        if from_at < to_at:
            beside(type(deadline), "Pause").objects.create(
                deadline=deadline, from_at=from_at, to_at=to_at, reason=pause.reason,
                note=pause.note, by=pause.by,
            )  # fmt: skip
    due = deadline.count(work_calendar_of([deadline.rule]))
    move(deadline, due, cause="taken_over", at=at)


def set_due(deadlines, due_at: datetime, *, cause: str, at: datetime, by: User) -> list[Deadline]:
    """Let those still in time be due at ``due_at``, as a document says, instead of by their rule."""
    rows = list(locked(_with_pauses(deadlines.running().filter(due_at__gte=at))))
    for deadline in rows:
        move(deadline, _named(due_at), cause=cause, at=at, by=by)
    return rows


def move(deadline: Deadline, due: Due, *, cause: str, at: datetime, by: User | None = None) -> bool:
    """Let the clock be due as ``due`` says, with the row that says why; True where that is news."""
    is_news = due.due_at != deadline.due_at
    if is_news:
        beside(type(deadline), "Change").objects.create(
            deadline=deadline, old_due_at=deadline.due_at, new_due_at=due.due_at, cause=cause,
            by=by, at=at,
        )  # fmt: skip
    _set_due(deadline, due)
    _set_alarms(deadline, at)
    if is_news:  # its points lie elsewhere now: what is still to come is told, told before or not
        gone = [p for p in deadline.rule.warn_percents if _point(deadline, p) <= at]
        deadline.warned_percent = min(deadline.warned_percent, max(gone, default=0))
    deadline.save(
        update_fields=[
            "due_at",
            "provisional",
            "is_named",
            "alarm_at",
            "warn_at",
            "warned_percent",
            "attention_at",
            "paused_at",
            "extension",
        ]  # fmt: skip
    )
    return is_news


def beside(model: type[Deadline], what: str) -> type[Model]:
    """The model that stands beside a deadline's: its Change, Pause or Excuse."""
    return apps.get_model(f"{model._meta.label}{what}")


def work_calendar_of(rules: Iterable[DeadlineRule]) -> WorkCalendar:
    """The calendar the rules need; an empty one where all run around the clock."""
    days = {DeadlineRule.Length.DAY, DeadlineRule.Length.WORKDAY}
    if any(rule.unit in days or rule.window_from for rule in rules):
        return workdays.load()
    return WorkCalendar.of([])
