"""Every word the dashboard's scripts put on the screen, and the same wording for the first paint."""

from datetime import datetime, timedelta

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from agency.core.models import DeadlineRule
from agency.core.models.deadline import state_of
from agency.core.roles import titled
from agency.core.text import listed

DAY = timedelta(days=1)


def words() -> dict[str, str]:
    """For the scripts: a word in braces is filled in by them."""
    return {
        "left": _("{time} left"),
        "late": _("{time} late"),
        "days": _("{days} d"),
        "due": _("due {time}"),
        "metLate": _("done late {time}"),
        "endedUnmet": _("ended, not done"),
        "told": _("told: {people}"),
        "escalated": _("escalated to {people}"),
        "escalatedTo": _("escalated → {people}"),
        "pressed": _("pressed: {who} {time}"),
        "pressedTo": _("pressed: {who} {time} → {people}"),
        "toldNobody": _("nobody told yet"),
        "toldMany": _("{names} (of {count})"),
        "toldComma": _(", "),
        "nobody": _("{target}: nobody to tell"),
        "waiting": _("{target}: not delivered yet"),
        "summed_up": _("found late, told in the summary"),
        "stalled": _("Deadline monitoring has stopped since {time}"),
        "neverSwept": _("Deadline monitoring has never run"),
        "unnamed": _("and {count} more; here the longest late, the escalated, the newest"),
        "slow": _("Sweep delayed · {seconds} s"),
        "watched": _("Sweep normal · {seconds} s ago"),
        "lost": _("Disconnected, last update {time}"),
        "loggedOut": _("You are logged out. Log in again."),
        "provisional": _("provisional"),
        "arrivals": _("arrivals"),
        "breaches": _("breaches"),
        "usual": _("usual range"),
        "hour": _("{hour}:00"),
        "perWeek": _("tickets a week"),
    }


def targets() -> dict[str, str]:
    """Rungs of the ladder, by their codes."""
    return {code: str(label) for code, label in DeadlineRule.Target.choices}


def weekdays() -> list[str]:
    return [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]


# -- the first paint, worded as the scripts will word it --------------------------------


def countdown(due_at: datetime, now: datetime) -> str:
    """What is left, rounded down; what is late, rounded up: 00:00 is never late."""
    left = due_at - now
    if left >= timedelta(0):
        return _("{time} left").format(time=_span(left // timedelta(seconds=1)))
    return _("{time} late").format(time=_span(-(left // timedelta(seconds=1))))


def _span(seconds: int) -> str:
    """04:32, 5:04:32, 3 d."""
    if seconds >= DAY.total_seconds():
        return _("{days} d").format(days=seconds // int(DAY.total_seconds()))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    clock = f"{minutes:02d}:{seconds:02d}"
    return f"{hours}:{clock}" if hours else clock


def percent(rate: float | None) -> str:
    """Rounded down: 100.0 % is said only where nothing was late."""
    return "—" if rate is None else f"{int(rate * 1000 + 1e-9) / 10:.1f}%"


def due_title(due_at: datetime, explanation: str) -> str:
    """The exact moment and, below it, how it was counted."""
    due = _("due {time}").format(time=f"{due_at:%m-%d %H:%M:%S}")
    return "\n".join(filter(None, [due, explanation]))


def upcoming(row: dict, now: datetime) -> dict:
    """A row of the list of what is due next, with its state and words."""
    due_at, warn_at = parse_datetime(row["due_at"]), parse_datetime(row["warn_at"] or "")
    still = timedelta(seconds=row["stood_still_seconds"])
    span = due_at - parse_datetime(row["starts_at"]) - still
    part = max(0.0, min(1.0, (due_at - now) / span)) if span else 0.0
    return row | {
        "state": state_of(due_at, warn_at, now),
        "left": countdown(due_at, now),
        "part": round(part * 100),
        "due_title": due_title(due_at, row["explanation"]),
    }


def breach(row: dict, now: datetime) -> dict:
    """A row of the feed: since when, done or not, and who has been told."""
    met_at = row["met_at"] and parse_datetime(row["met_at"])
    due_at = parse_datetime(row["due_at"])
    done = met_at and _("done late {time}").format(time=f"{met_at:%H:%M}")
    ended = row["cancelled_at"] and _("ended, not done")
    return row | {
        "state": "ended" if done or ended else "overdue",
        "left": done or ended or countdown(due_at, now),
        "due_title": due_title(due_at, row["explanation"]),
        "pressed_text": _pressed(row["pressed"]),
        "reached_text": _reached(row["pressed"]),
        "told_text": " · ".join(_told(row["told"])),
        "highest_text": _highest(row["told"], is_pressed=bool(row["pressed"])),
        "nobody_text": _untold(row["told"], "nobody"),
        "waiting_text": _untold(row["told"], "waiting") or _untold(row["told"], "summed_up"),
    }


def _pressed(person: dict | None) -> str:
    if person is None:
        return ""
    time = f"{parse_datetime(person['at']):%H:%M}"
    return _("pressed: {who} {time}").format(who=person["name"], time=time)


def _reached(person: dict | None) -> str:
    """Who pressed and, once it is delivered, whom it reached."""
    if person is None or not person["people"]:
        return _pressed(person)
    time = f"{parse_datetime(person['at']):%H:%M}"
    return _("pressed: {who} {time} → {people}").format(
        who=person["name"], time=time, people=_names(person)
    )


def _told(rungs: list[dict]) -> list[str]:
    """Who has it, by position and name, since when; and to whom it was escalated."""
    heard = [rung for rung in rungs if rung["state"] == "told"]
    first = [_rung(rung) for rung in heard if rung["target"] == "handler"]
    higher = [_rung(rung) for rung in heard if rung["target"] != "handler"]
    said = [(_("told: {people}"), first), (_("escalated to {people}"), higher)]
    texts = [text.format(people=" · ".join(people)) for text, people in said if people]
    return texts if rungs else [_("nobody told yet")]


def _highest(rungs: list[dict], *, is_pressed: bool) -> str:
    """For the one line of the wall: of the last who were told one by name, and whether it climbed.

    Where somebody pressed, the line says so, and beside it only to whom it climbed.
    """
    heard = [rung for rung in rungs if rung["state"] == "told"]
    if is_pressed and (not heard or heard[-1]["target"] == "handler"):
        return ""
    if not rungs:
        return _("nobody told yet")
    if not heard:
        return ""
    people = _rung(heard[-1] | {"people": heard[-1]["people"][:1]})
    is_first = heard[-1]["target"] == "handler"
    return f"→ {people}" if is_first else _("escalated → {people}").format(people=people)


def _rung(rung: dict) -> str:
    return f"{_names(rung)} {parse_datetime(rung['at']):%H:%M}"


def _names(reached: dict) -> str:
    """Those who are named, by position, and how many there are in all."""
    names = listed(_person(person) for person in reached["people"])
    if reached["count"] > len(reached["people"]):
        names = _("{names} (of {count})").format(names=names, count=reached["count"])
    return names


def _person(person: dict) -> str:
    return titled(person["name"], person["role_name"])


def _untold(rungs: list[dict], state: str) -> str:
    """The rungs in a state in which nobody has been told."""
    sentence, names = words()[state], targets()
    return " · ".join(
        sentence.format(target=names.get(rung["target"], rung["target"]))
        for rung in rungs
        if rung["state"] == state
    )
