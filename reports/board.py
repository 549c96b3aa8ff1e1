"""What is owed in the whole agency at one moment, counted once a second for all viewers.

Everything is counted from ``due_at`` by the database's clock, so the board is right even
when nobody sweeps; ``reports.dashboard`` sums it for each viewer's subtree. The number of
queries does not depend on the data.
"""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.db.models.functions import ExtractHour

from agency.core import watch
from agency.core.calendar import SHANGHAI
from agency.core.models import DeadlineRule, Unit, User
from agency.core.models.deadline import (
    IN_TIME,
    OPEN,
    RUNNING,
    at_risk,
    decided,
    overdue,
    stood_still,
)
from cases.models import CaseDeadline, CaseDeadlinePause, Channel, Ticket
from outlets.models import OutletDeadline
from reports import told
from reports.shared import Shared

SHOWN = 20
"""Rows of each list."""
NAMED = 4
"""So many of what is late are named on the wall: below them five of what is due next find room."""
LONGEST = 2
"""Of these, so many are the longest late."""
HANDLERS_RUNG = 1
"""Of each ladder: who handles it is told with the breach, others above."""
FEED_REACHES = timedelta(hours=24)


def compute(at: datetime) -> dict:
    """The board at ``at``, as plain lists and ids: cells to be summed."""
    rules = list(DeadlineRule.objects.values("id", "code", "name_zh", "name_en"))
    rule_ids = [rule["id"] for rule in rules]
    cells = list(_cells(at))
    people = {cell[3] for cell in cells}
    return {
        "cells": cells,
        "today": list(_today(at, rule_ids)),
        "arrivals": list(_arrivals(at)),
        "outlets": list(_of_outlets(at)),
        "swept_at": watch.last_ok_at(),
        "units": list(Unit.objects.values("id", "code", "name", "path", "kind")),
        "channels": list(Channel.objects.values("id", "code", "name_zh", "name_en", "is_active")),
        "rules": {r["code"]: r for r in rules},
        "handlers": list(User.objects.filter(pk__in=people).values("id", "username", "name")),
    }


def start_of_day(at: datetime) -> datetime:
    """The first moment of the day ``at`` lies in, in Shanghai."""
    return at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)


def _cells(at: datetime):
    """``unit, channel, rule, handler, open, at_risk, overdue`` of all clocks still running."""
    return (
        CaseDeadline.objects.open()
        .values_list("answerable_id", "channel_id", "rule__code", "handler_id")
        .annotate(
            open=Count("id"),
            near=Count("id", filter=at_risk(at)),
            late=Count("id", filter=overdue(at)),
        )
    )


def _of_outlets(at: datetime):
    """``unit, rule, open, at_risk, overdue`` of what outlets owe: figures of their own."""
    return (
        OutletDeadline.objects.open()
        .values_list("answerable_id", "rule__code")
        .annotate(
            open=Count("id"),
            near=Count("id", filter=at_risk(at)),
            late=Count("id", filter=overdue(at)),
        )
    )


def _today(at: datetime, rule_ids: list[int]):
    """``unit, channel, rule, hour, due, in_time`` of today's clocks whose verdict is in."""
    today = start_of_day(at)
    due_today = Q(due_at__gte=today, due_at__lt=today + timedelta(days=1))
    return (
        # The rules are named for the index on (rule, due_at).
        CaseDeadline.objects.filter(due_today, decided(at), rule__in=rule_ids)
        .values_list(
            "answerable_id", "channel_id", "rule__code", ExtractHour("due_at", tzinfo=SHANGHAI)
        )
        .annotate(due=Count("id"), in_time=Count("id", filter=IN_TIME))
    )


def _arrivals(at: datetime):
    """``unit, channel, hour, tickets`` that arrived today."""
    return (
        Ticket.objects.filter(arrived_at__gte=start_of_day(at), arrived_at__lte=at)
        .values_list("case__unit_id", "channel_id", ExtractHour("arrived_at", tzinfo=SHANGHAI))
        .annotate(tickets=Count("id"))
    )


ROW = (
    "pk", "case_id", "case__no", "rule__code", "rule__name_zh", "rule__name_en",
    "answerable__code", "answerable__name", "case__unit__path", "case__unit__name", "channel__code", "channel__name_zh", "channel__name_en",
    "case__handler__username", "case__handler__name",
    "starts_at", "warn_at", "due_at", "noticed_at", "met_at", "cancelled_at", "provisional",
)  # fmt: skip
"""A clock as the lists show it. They are read by each subtree for itself, from indexes on
what is open: as flat with a million clocks as with ten, and no list for everybody is stored.
"""


def soonest_due(at: datetime, within: Q) -> list[dict]:
    """What is due next ``within`` a condition, and how long each stood ``still``; the late are
    not due next.
    """
    upcoming = CaseDeadline.objects.filter(RUNNING, within, due_at__gte=at)
    rows = list(upcoming.order_by("due_at", "pk").values(*ROW)[:SHOWN])
    paused = defaultdict(list)
    for pause in CaseDeadlinePause.objects.filter(deadline__in=[row["pk"] for row in rows]):
        paused[pause.deadline_id].append(pause)
    return [row | {"still": stood_still(row["starts_at"], paused[row["pk"]])} for row in rows]


def latest_breaches(at: datetime, within: Q) -> tuple[list[dict], list[dict]]:
    """The latest breaches, newest first: still owed, noticed or not, and what was ended late.

    And NAMED of what is still owed, whatever has ended since, the longest late first: the longest
    late, the latest, then the latest that were escalated, as many as there is room for. What ended late is noticed by then: the database sees to that.
    """
    clocks = CaseDeadline.objects.filter(within)
    late = clocks.filter(overdue(at)).order_by("-due_at", "-pk")
    past = clocks.filter(noticed_at__gte=at - FEED_REACHES).exclude(OPEN).order_by("-noticed_at")
    owed, ended = (list(rows.values(*ROW)[:SHOWN]) for rows in (late, past))
    newest = sorted([*owed, *ended], key=lambda row: (row["due_at"], row["pk"]), reverse=True)
    escalated = list(late.filter(ladder_step__gt=HANDLERS_RUNG).values(*ROW)[:NAMED])
    longest = list(late.order_by("due_at", "pk").values(*ROW)[:LONGEST])
    named = {row["pk"]: row for row in [*longest, *owed[:1], *escalated, *owed]}
    named = sorted(list(named.values())[:NAMED], key=lambda row: (row["due_at"], row["pk"]))
    newest, named = _with_told(newest[:SHOWN], named)
    return newest, named


def _with_told(*lists: list[dict]) -> list[list[dict]]:
    """Each list with who was told of each row, and who pressed for it."""
    rows = {row["pk"]: row for rows in lists for row in rows}
    rungs, pressed = told.of_breaches(list(rows)), told.pressed_for(list(rows.values()))
    for pk, row in rows.items():
        row |= {"told": rungs.get(pk, []), "pressed": pressed.get(pk)}
    return [[rows[row["pk"]] for row in each] for each in lists]


shared = Shared("board", compute, timedelta(seconds=1))
