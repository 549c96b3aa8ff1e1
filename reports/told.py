"""Who has truly been told of a breach, and who has pressed for it since.

Told is read from the deliveries, never from what was meant.
"""

from collections import defaultdict
from datetime import datetime
from itertools import chain

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat

from agency.core.notifications.heard import heard, people
from cases.models import CaseDeadline, CaseEvent, Supervision

STEPS = 8
"""So many rungs are read: after them the ladder repeats its last one."""

NAMED = 2
"""So many receivers of a rung are named, the others are counted."""

TOLD, NOBODY, WAITING, SUMMED_UP = "told", "nobody", "waiting", "summed_up"
"""How a rung stands: somebody has it; the post is empty; it is not sent yet; it was found
late and supervisors read of it in one summary."""


def of_breaches(clocks: list[int]) -> dict[int, list[dict]]:
    """The rungs of each clock so far: ``target, at, state, people, count``.

    Of the rungs with one target the first that reached somebody stands for all. Two
    queries, however many clocks.
    """
    if not clocks:
        return {}
    steps, notices = _steps(clocks), heard(_events(clocks).values("key"))
    rungs: dict[int, dict[str, dict]] = defaultdict(dict)
    for step in steps:
        known = rungs[step["deadline_id"]]
        if known.get(step["target"], {}).get("state") != TOLD:
            known[step["target"]] = _rung(step, notices.get(step["key"]))
    return {clock: list(by_target.values()) for clock, by_target in rungs.items()}


def pressed_for(rows: list[dict]) -> dict[int, dict]:
    """Who pressed last for each late clock while it was owed: ``at, name, role`` by its pk; and
    ``people, count``, whom that has reached.
    """
    pressed = Supervision.objects.filter(case__in={row["case_id"] for row in rows}).order_by("at")
    said = pressed.values("pk", "case_id", "at", name=F("by__name"), role=F("by__role"))
    last = {
        row["pk"]: one
        for one in said
        for row in rows
        if one["case_id"] == row["case_id"] and _was_owed(row, one["at"])
    }
    reached = _reached({one["pk"] for one in last.values()})
    return {
        clock: {name: one[name] for name in ("at", "name", "role")} | reached[one["pk"]]
        for clock, one in last.items()
    }


def _reached(presses: set[int]) -> dict[int, dict]:
    """Whom each press has reached by now: the first of them by name, and how many."""
    keys = {pk: Supervision.notice_keys(pk) for pk in presses}
    notices = heard(list(chain.from_iterable(keys.values()))) if keys else {}
    found = {
        pk: people([r for key in own for r in notices.get(key, ())]) for pk, own in keys.items()
    }
    return {pk: {"people": who[:NAMED], "count": len(who)} for pk, who in found.items()}


def _was_owed(row: dict, at: datetime) -> bool:
    """Late at that moment, and not yet ended."""
    ended_at = row["met_at"] or row["cancelled_at"]
    return row["due_at"] < at and (ended_at is None or at <= ended_at)


def _rung(step: dict, receivers: list[dict] | None) -> dict:
    people = [row for row in receivers or [] if row["at"]]
    if people:
        state = TOLD
    elif receivers is None:
        state = SUMMED_UP
    else:
        state = NOBODY if receivers[0]["addressed_at"] else WAITING
    return {
        "target": step["target"],
        "at": people[0]["at"] if people else step["at"],
        "state": state,
        "people": [{"name": row["name"], "role": row["role"]} for row in people[:NAMED]],
        "count": len(people),
    }


def _events(clocks: list[int]):
    """The steps of the ladder; ``key`` is what the notification of each is known by."""
    kinds = [CaseEvent.Kind.DEADLINE_BREACHED, CaseEvent.Kind.DEADLINE_ESCALATED]
    written = CaseEvent.objects.filter(deadline__in=clocks, kind__in=kinds, step__lte=STEPS)
    table, colon = Value(CaseDeadline._meta.label_lower + ":"), Value(":")
    parts = (_text("deadline_id"), colon, "kind", colon, _text("step"))
    return written.annotate(key=Concat(table, *parts, output_field=CharField()))


def _text(column: str) -> Cast:
    return Cast(column, CharField())


def _steps(clocks: list[int]) -> list[dict]:
    rows = _events(clocks).order_by("at", "step")
    return list(rows.values("deadline_id", "key", "at", target=F("data__target")))
