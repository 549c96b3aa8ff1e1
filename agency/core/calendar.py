"""Working days, calendar days and minutes: when a clock runs out, and how that was counted.

Pure functions over one small immutable value, the WorkCalendar; the deadline engine and the
``due_date`` command call them. Every day here is a day in Asia/Shanghai. Its rows: workdays.py.

Sources: SAMR Order 121 §45 (the first day is not counted, the last one rolls forward); Civil
Code §§201-203; the yearly holiday notice of the State Council (which days are off, which
weekend days are worked).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Self
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from agency.core.text import listed

SHANGHAI = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)
# No daylight saving since 1991: from here on Shanghai's wall clock can be added to.
FIRST_YEAR, LAST_YEAR = 1992, 2199
# A longer clock is a slip of the keyboard, and would be counted day by day.
LONGEST = timedelta(days=36_525)
# When the alarm of a day counted backwards rings: the start of office hours.
OPENING = time(9)

LENGTHS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": ONE_DAY,
    "workday": ONE_DAY,
    "workday_before": ONE_DAY,
}
ROLLS = ("off_day", "holiday_only", "none")

Window = tuple[time, time]
Pause = tuple[date | datetime, date | datetime]


class CalendarMissing(ValueError):
    """A count needs the calendar of ``year``, which is not loaded."""

    def __init__(self, year: int) -> None:
        super().__init__(_("The calendar of the year %(year)d is not loaded.") % {"year": year})
        self.year = year


@dataclass(frozen=True)
class WorkCalendar:
    """What the holiday notices say of single days; every other day follows the week.

    ``names`` holds the holiday that a day in ``exceptions`` belongs to.
    """

    exceptions: Mapping[date, bool]  # True: a make-up working day; False: off for a holiday
    names: Mapping[date, str]
    years: frozenset[int]  # whose notice is loaded

    @classmethod
    def of(cls, rows: Iterable[tuple[date, bool, str]]) -> Self:
        """The calendar of rows of (day, is it worked, name of the holiday)."""
        rows = list(rows)
        return cls(
            exceptions={day: is_workday for day, is_workday, _name in rows},
            names={day: name for day, _worked, name in rows},
            years=noticed_years(day for day, _worked, _name in rows),
        )

    def is_workday(self, day: date) -> bool:
        """Whether ``day`` is worked; in a year that is not loaded, by its weekday."""
        return self.exceptions.get(day, day.weekday() < 5)

    def is_holiday(self, day: date) -> bool:
        """Whether a notice names ``day`` as off; an ordinary weekend is not a holiday."""
        return self.exceptions.get(day) is False


def noticed_years(days: Iterable[date]) -> frozenset[int]:
    """The years whose notice these exceptional ``days`` hold.

    A notice may reach back into December of the year before (the one for 2023 made
    2022-12-31 a day off), so a year of which only December is named is not loaded.
    """
    return frozenset(day.year for day in days if day.month < 12)


@dataclass(frozen=True)
class Due:
    """When a clock runs out.

    ``due_at`` is aware, in Asia/Shanghai; acting at that very moment is in time.
    ``unrolled_on`` is the last day before it rolled forward: the day to raise the alarm.
    ``provisional``: a day of a year that is not loaded was needed; it was taken as off on
    weekends and worked otherwise. ``is_named``: a document says so, and no calendar moves it.
    """

    due_at: datetime
    unrolled_on: date
    provisional: bool
    explain: Callable[[], str] = field(repr=False, compare=False)
    is_named: bool = False

    @property
    def due_on(self) -> date:
        return self.due_at.date()

    @property
    def alarm_at(self) -> datetime:
        """The morning of the last day before it rolled forward."""
        return _at(self.unrolled_on, OPENING)

    @property
    def explanation(self) -> str:
        """The counting in words, in the language active now."""
        return self.explain()


def due(
    start: datetime,
    amount: int,
    unit: str,
    *,
    calendar: WorkCalendar,
    roll: str = "off_day",
    window: Window | None = None,
    pauses: Iterable[Pause] = (),
    strict: bool = False,
) -> Due:
    """When a clock of ``amount`` ``unit``s (a key of LENGTHS) that starts at ``start`` is due.

    second, minute, hour: from the very moment on, day and night, or inside ``window`` (from,
    to) on working days only. day, workday: the day of ``start`` is not counted, and the last
    day ends at 23:59:59.999999; ``window`` plays no part. workday_before: so many working
    days before ``start``, at OPENING.

    ``roll`` says which last day of a count in days moves on: ``off_day`` one that is not
    worked, ``holiday_only`` one that a notice names, ``none`` none. An extension is counted
    anew from ``start`` with both amounts together, never from the first due day.

    ``pauses``: (from, to) as aware datetimes or days, in any order, overlapping or not. Days
    from the first up to, not including, the last do not count, and the day of ``start`` does not
    anyway; times are left out exactly.

    Raises CalendarMissing if ``strict`` and a day of a year that is not loaded is needed;
    ValueError for a naive time, an unknown unit or roll, and figures out of reach.

    Source: SAMR Order 121 §§22, 45; Civil Code §§201-203 (docs/rules.md).
    """
    _check(amount, unit, roll, window)
    clock = _Clock(
        _in_shanghai(start), amount, unit, calendar, roll, window, _in_order(pauses), strict
    )
    if unit == "workday_before":
        return _due_before(clock)
    if unit in ("day", "workday"):
        return _due_in_days(clock)
    return _due_in_time(clock)


# -- the arguments ------------------------------------------------------------------------


def _check(amount: int, unit: str, roll: str, window: Window | None) -> None:
    if unit not in LENGTHS:
        raise ValueError(_("“%(unit)s” is not a unit of time.") % {"unit": unit})
    if roll not in ROLLS:
        raise ValueError(_("“%(roll)s” is not a way to roll the last day.") % {"roll": roll})
    if amount < 1:
        raise ValueError(_("The amount must be at least 1."))
    if amount > LONGEST // LENGTHS[unit]:
        raise ValueError(_("The clock would run for more than a century."))
    if window and window[0] >= window[1]:
        raise ValueError(_("The window must open before it closes."))


def _in_shanghai(moment: date | datetime) -> datetime:
    """The aware ``moment`` in Shanghai's time; of a day, its first moment."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(
            _("%(moment)s is not between the years %(first)d and %(last)d.")
            % {"moment": moment, "first": FIRST_YEAR, "last": LAST_YEAR}
        )
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time.min, SHANGHAI)
    if moment.utcoffset() is None:
        raise ValueError(_("%(moment)s has no UTC offset.") % {"moment": moment.isoformat()})
    return moment.astimezone(SHANGHAI)


def _in_order(pauses: Iterable[Pause]) -> list[tuple[datetime, datetime]]:
    """The pauses by their beginning; they may overlap, for no time is left out twice."""
    ordered = sorted((_in_shanghai(begin), _in_shanghai(end)) for begin, end in pauses)
    if any(end < begin for begin, end in ordered):
        raise ValueError(_("A pause must end after it begins."))
    return ordered


# -- counting -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Clock:
    """One count: what it was asked, and the years whose calendar it had to guess."""

    start: datetime
    amount: int
    unit: str
    calendar: WorkCalendar
    roll: str
    window: Window | None
    pauses: list[tuple[datetime, datetime]]
    strict: bool
    guessed: set[int] = field(default_factory=set)

    @property
    def first_day(self) -> date:
        """The day that is not counted: of the start, or of the resumption if it was paused before.

        A pause that begins on the day of the start takes no second day.
        """
        day = self.start.date()
        for begin, end in self.pauses:
            if begin.date() < day < end.date():
                day = end.date()
        return day

    def is_paused(self, day: date) -> bool:
        return any(begin.date() <= day < end.date() for begin, end in self.pauses)

    def is_workday(self, day: date) -> bool:
        return self._noticed(day).is_workday(day)

    def rolls_on(self, day: date) -> bool:
        if self.roll == "off_day":
            return not self.is_workday(day)
        return self.roll == "holiday_only" and self._noticed(day).is_holiday(day)

    def _noticed(self, day: date) -> WorkCalendar:
        if day.year not in self.calendar.years:
            if self.strict:
                raise CalendarMissing(day.year)
            self.guessed.add(day.year)
        return self.calendar


def _due_in_days(clock: _Clock) -> Due:
    counted = _counted_days(clock)
    due_on = last = counted[-1]
    # A clock that is paused while its last day rolls goes on rolling when it resumes.
    while clock.is_paused(due_on) or clock.rolls_on(due_on):
        due_on += ONE_DAY
    explain = partial(_days_in_words, clock, counted, due_on)
    return Due(_at(due_on, time.max), last, bool(clock.guessed), explain)


def _counted_days(clock: _Clock) -> list[date]:
    day, counted = clock.first_day, []
    while len(counted) < clock.amount:
        day += ONE_DAY
        if not clock.is_paused(day) and (clock.unit == "day" or clock.is_workday(day)):
            counted.append(day)
    return counted


def _due_before(clock: _Clock) -> Due:
    if clock.pauses:
        raise ValueError(_("A count backwards cannot be paused."))
    day, counted = clock.start.date(), []
    while len(counted) < clock.amount:
        day -= ONE_DAY
        if clock.is_workday(day):
            counted.append(day)
    explain = partial(_days_before_in_words, clock, counted)
    return Due(_at(day, OPENING), day, bool(clock.guessed), explain)


def _due_in_time(clock: _Clock) -> Due:
    spans = _counted_spans(clock)
    due_at = spans[-1][1]
    return Due(due_at, due_at.date(), bool(clock.guessed), partial(_time_in_words, clock, spans))


def _counted_spans(clock: _Clock) -> list[tuple[datetime, datetime]]:
    """The stretches that make up the amount; the last ends when the clock is due."""
    left, counted = clock.amount * LENGTHS[clock.unit], []
    for begin, end in _running_spans(clock):
        if end - begin >= left:
            return [*counted, (begin, begin + left)]
        left -= end - begin
        counted.append((begin, end))
    raise ValueError(_("The clock would run for more than a century."))


def _running_spans(clock: _Clock) -> Iterator[tuple[datetime, datetime]]:
    """The stretches in which the clock runs, in order, none of them empty."""
    for opens, closes in _open_spans(clock):
        begin = max(opens, clock.start)
        for pause_begin, pause_end in clock.pauses:
            if begin < min(pause_begin, closes):
                yield begin, min(pause_begin, closes)
            begin = max(begin, pause_end)
        if begin < closes:
            yield begin, closes


def _open_spans(clock: _Clock) -> Iterator[tuple[datetime, datetime]]:
    """All time from the start on, or the window of each working day."""
    if clock.window is None:
        yield clock.start, datetime.max.replace(tzinfo=SHANGHAI)
        return
    opens, closes = clock.window
    for days in range(LONGEST.days):
        day = clock.start.date() + timedelta(days)
        if clock.is_workday(day):
            yield _at(day, opens), _at(day, closes)


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, SHANGHAI)


# -- the counting in words ------------------------------------------------------------------


def _days_in_words(clock: _Clock, counted: Sequence[date], due_on: date) -> str:
    figures = {
        "start": _day_in_words(clock, clock.start.date()),
        "due": _day_in_words(clock, due_on),
    }
    if clock.unit == "workday":
        figures["count"] = _numbered(counted)
        text = _("Start day %(start)s is not counted; %(count)s; due %(due)s.")
    else:
        figures["nth"] = _nth_day(clock, counted[-1])
        figures["last"] = _day_in_words(clock, counted[-1])
        figures["outcome"] = _outcome(clock, counted[-1], due_on)
        text = _("Start day %(start)s is not counted; %(nth)s is %(last)s, %(outcome)s.")
    return " ".join([text % figures, *_notes(clock, _at(due_on, time.max))])


def _days_before_in_words(clock: _Clock, counted: Sequence[date]) -> str:
    text = _("%(amount)d working days back from %(start)s: %(count)s; %(due)s.") % {
        "amount": clock.amount,
        "start": _day_in_words(clock, clock.start.date()),
        "count": _numbered(counted),
        "due": _day_in_words(clock, counted[-1]),
    }
    return " ".join([text, *_notes(clock, clock.start)])


def _time_in_words(clock: _Clock, spans: Sequence[tuple[datetime, datetime]]) -> str:
    figures = {
        "length": _length_in_words(clock),
        "start": f"{clock.start:%Y-%m-%d %H:%M:%S}",
        "due": f"{spans[-1][1]:%Y-%m-%d %H:%M:%S}",
    }
    if clock.window is None:
        text = _("%(length)s from %(start)s, day and night; due %(due)s.")
    else:
        opens, closes = clock.window
        figures |= {"opens": f"{opens:%H:%M}", "closes": f"{closes:%H:%M}"}
        figures["count"] = _elided([_span_in_words(*span) for span in spans])
        text = _(
            "%(length)s from %(start)s, only on working days from %(opens)s to %(closes)s: "
            "%(count)s; due %(due)s."
        )
    return " ".join([text % figures, *_notes(clock, spans[-1][1])])


def _notes(clock: _Clock, due_at: datetime) -> Iterator[str]:
    """What a reader must know besides: the pauses before ``due_at``, and years guessed."""
    pauses = [
        _("%(begin)s to %(end)s") % {"begin": begin, "end": end} if begin != end else begin
        for begin, end in _pauses_in_words(clock, due_at)
    ]
    if pauses:
        yield _("Not counted while paused: %(pauses)s.") % {"pauses": listed(pauses)}
    if clock.guessed:
        years = listed(sorted(clock.guessed))
        yield _(
            "Provisional: the calendar of %(years)s is not loaded; weekends were taken as off, "
            "and no holidays."
        ) % {"years": years}


def _pauses_in_words(clock: _Clock, due_at: datetime) -> Iterator[tuple[str, str]]:
    """The first and the last day left out, without the day of the start; of times, the moments."""
    for begin, end in clock.pauses:
        if begin >= due_at or end <= clock.start:
            continue
        if clock.unit not in ("day", "workday"):
            yield f"{begin:%Y-%m-%d %H:%M:%S}", f"{end:%Y-%m-%d %H:%M:%S}"
            continue
        start = clock.start.date()
        first = begin.date() + ONE_DAY if begin.date() == start else begin.date()
        last = end.date() - ONE_DAY
        if first <= last:
            yield first.isoformat(), last.isoformat()


def _day_in_words(clock: _Clock, day: date) -> str:
    """The day as in “2024-10-12 (Sat, make-up working day)”."""
    figures = {
        "day": day.isoformat(),
        "weekday": weekday_name(day),
        "holiday": clock.calendar.names.get(day, ""),
    }
    if day not in clock.calendar.exceptions:
        return _("%(day)s (%(weekday)s)") % figures
    if clock.calendar.is_workday(day):
        return _("%(day)s (%(weekday)s, make-up working day)") % figures
    return _("%(day)s (%(weekday)s, off: %(holiday)s)") % figures


def weekday_name(day: date) -> str:
    """The short name of the day of the week."""
    return [
        pgettext("weekday", "Mon"),
        pgettext("weekday", "Tue"),
        pgettext("weekday", "Wed"),
        pgettext("weekday", "Thu"),
        pgettext("weekday", "Fri"),
        pgettext("weekday", "Sat"),
        pgettext("weekday", "Sun"),
    ][day.weekday()]


def _nth_day(clock: _Clock, last: date) -> str:
    paused = (last - clock.start.date()).days - clock.amount
    figures = {"amount": clock.amount, "paused": paused}
    if paused:
        return _("day %(amount)d (not counting %(paused)d of pause)") % figures
    return _("day %(amount)d") % figures


def _outcome(clock: _Clock, last: date, due_on: date) -> str:
    figures = {"due": _day_in_words(clock, due_on)}
    if due_on == last:
        if clock.roll != "off_day":
            return _("which stays")
        return _("taken for a working day") if last.year in clock.guessed else _("a working day")
    if clock.roll == "holiday_only":
        return _("a public holiday, moved on to %(due)s") % figures
    return _("not a working day, moved on to %(due)s") % figures


def _length_in_words(clock: _Clock) -> str:
    texts = {
        "second": _("%(amount)d seconds"),
        "minute": _("%(amount)d minutes"),
        "hour": _("%(amount)d hours"),
    }
    return texts[clock.unit] % {"amount": clock.amount}


def _span_in_words(begin: datetime, end: datetime) -> str:
    return f"{begin.month}/{begin.day} {begin:%H:%M:%S}-{end:%H:%M:%S}"


def _numbered(counted: Sequence[date]) -> str:
    return _elided([f"{day.month}/{day.day}={n}" for n, day in enumerate(counted, start=1)])


def _elided(parts: Sequence[str]) -> str:
    """The parts in a row; of more than eight the first five and the last three."""
    return " ".join(parts if len(parts) <= 8 else [*parts[:5], "…", *parts[-3:]])
