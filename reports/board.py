"""What is owed in the whole agency at one moment, counted once a second for all viewers.

Everything is counted from ``due_at`` by the database's clock, so the board is right even
when nobody sweeps; ``reports.dashboard`` sums it for each viewer's subtree. The number of
queries does not depend on the data.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, Window
from django.db.models.functions import ExtractHour, JSONObject, RowNumber

from agency.core import watch
from agency.core.models import DeadlineRule, Unit, User
from agency.core.models.deadline import IN_TIME, OPEN, at_risk, decided, overdue
from cases.models import CaseDeadline, CaseEvent, Channel, Ticket
from reports.shared import Shared

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEXT_PER_UNIT = 20
"""As many as a viewer is shown, so that the soonest of any subtree are among them."""
BREACHES_PER_UNIT = 12
FEED_REACHES = timedelta(hours=24)


def compute(at: datetime) -> dict:
    """The board at ``at``, as plain lists and ids: cells to be summed, rows to be merged."""
    rules = list(DeadlineRule.objects.values("id", "code", "name_zh", "name_en"))
    rule_ids = [rule["id"] for rule in rules]
    cells = list(_cells(at))
    breaches = latest_breaches(at, Q(rule__in=rule_ids))
    people = {cell[3] for cell in cells} | {breach["handler_id"] for breach in breaches}
    return {
        "cells": cells,
        "today": list(_today(at, rule_ids)),
        "arrivals": list(_arrivals(at)),
        "upcoming": _upcoming(at),
        "breaches": breaches,
        "swept_at": watch.last_ok_at(),
        "units": list(Unit.objects.values("id", "code", "name", "path", "kind")),
        "channels": list(Channel.objects.values("id", "code", "name_zh", "name_en", "is_active")),
        "rules": {r["code"]: r for r in rules},
        "handlers": list(User.objects.filter(pk__in=people).values("id", "username", "name")),
    }


def day_of(at: datetime) -> datetime:
    """The first moment of the day ``at`` lies in, in Shanghai."""
    return at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)


def _cells(at: datetime):
    """``unit, channel, rule, handler, open, at_risk, overdue`` of all clocks still running."""
    return (
        CaseDeadline.objects.open()
        .values_list("unit_id", "channel_id", "rule__code", "handler_id")
        .annotate(
            open=Count("id"),
            near=Count("id", filter=at_risk(at)),
            late=Count("id", filter=overdue(at)),
        )
    )


def _today(at: datetime, rule_ids: list[int]):
    """``unit, channel, rule, hour, due, in_time`` of today's clocks whose verdict is in."""
    today = day_of(at)
    due_today = Q(due_at__gte=today, due_at__lt=today + timedelta(days=1))
    return (
        # The rules are named for the index on (rule, due_at).
        CaseDeadline.objects.filter(due_today, decided(at), rule__in=rule_ids)
        .values_list("unit_id", "channel_id", "rule__code", ExtractHour("due_at", tzinfo=SHANGHAI))
        .annotate(due=Count("id"), in_time=Count("id", filter=IN_TIME))
    )


def _arrivals(at: datetime):
    """``unit, channel, hour, tickets`` that arrived today."""
    return (
        Ticket.objects.filter(arrived_at__gte=day_of(at), arrived_at__lte=at)
        .values_list("case__unit_id", "channel_id", ExtractHour("arrived_at", tzinfo=SHANGHAI))
        .annotate(tickets=Count("id"))
    )


ROW = {
    "id": "pk", "unit_id": "unit_id", "channel_id": "channel_id", "handler_id": "handler_id",
    "rule": "rule__code", "case_id": "case_id", "case": "case__no", "starts_at": "starts_at",
    "warn_at": "warn_at", "due_at": "due_at", "provisional": "provisional",
    "noticed_at": "noticed_at", "met_at": "met_at",
}  # fmt: skip
"""A clock as the lists of the board show it, by its fields: ids and moments, no text."""


def _upcoming(at: datetime) -> list[dict]:
    """The soonest due of each unit, from its own index; late ones are not upcoming."""
    soonest = (
        CaseDeadline.objects.filter(OPEN, unit=OuterRef("pk"), due_at__gte=at)
        .order_by("due_at", "pk")
        .values(row=JSONObject(**ROW))
    )
    units = Unit.objects.annotate(rows=ArraySubquery(soonest[:NEXT_PER_UNIT]))
    return [row for rows in units.values_list("rows", flat=True) for row in rows]


def soonest_due(at: datetime, within: Q) -> list[dict]:
    """The soonest due ``within`` a condition, for the viewer who narrows the board."""
    upcoming = CaseDeadline.objects.filter(OPEN, within, due_at__gte=at)
    return _json(upcoming.order_by("due_at", "pk")[:NEXT_PER_UNIT])


def latest_breaches(at: datetime, within: Q) -> list[dict]:
    """Each unit's latest breaches, whether noticed yet or not, whether met late or not."""
    fell_due = Q(due_at__gte=at - FEED_REACHES, due_at__lt=at)
    late = CaseDeadline.objects.filter(fell_due, decided(at), within).exclude(IN_TIME)
    place = Window(RowNumber(), partition_by="unit_id", order_by=("-due_at", "-pk"))
    latest = late.annotate(place=place).filter(place__lte=BREACHES_PER_UNIT)
    return _with_told(_json(latest))


def _json(clocks) -> list[dict]:
    return list(clocks.values_list(JSONObject(**ROW), flat=True))


def _with_told(breaches: list[dict]) -> list[dict]:
    """Each breach with the rungs told of it so far: ``told`` [[target, at], …]."""
    told: dict[int, list] = {}
    steps = CaseEvent.objects.filter(
        deadline__in=[b["id"] for b in breaches],
        kind__in=[CaseEvent.Kind.DEADLINE_BREACHED, CaseEvent.Kind.DEADLINE_ESCALATED],
    )
    for pk, target, moment in steps.order_by("at", "step").values_list(
        "deadline_id", "data__target", "at"
    ):
        told.setdefault(pk, []).append([target, moment])
    return [{**breach, "told": told.get(breach["id"], [])} for breach in breaches]


shared = Shared("board", compute, timedelta(seconds=1))
