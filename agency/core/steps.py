"""The sweep's one statement: what is due on each clock now, taken, told and put into the row.

The engine that runs it: agency/core/deadlines/.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.apps import apps
from django.db import connection

from agency.core.models import Deadline, SystemGap

ANEW = 1000
"""Added to the percent of a warning for each time its clock had moved: it is told again then."""


def percent_of(step: int) -> int:
    """What a warning's ``step`` says: how much of the time is over; 100 on the last day."""
    return step % ANEW


def tables() -> list[type[Deadline]]:
    """Every deadline table there is: the concrete models of Deadline."""
    return [model for model in apps.get_models() if issubclass(model, Deadline)]


@dataclass(frozen=True)
class Sweep:
    """What one sweep did. ``oldest_due_at`` is the oldest due moment it touched, or None."""

    breached: int = 0
    warned: int = 0
    escalated: int = 0
    poisoned: int = 0
    batches: int = 0
    oldest_due_at: datetime | None = None

    @property
    def swept(self) -> int:
        return self.breached + self.warned + self.escalated + self.poisoned

    def __add__(self, other: "Sweep") -> "Sweep":
        oldest = [s.oldest_due_at for s in (self, other) if s.oldest_due_at]
        return Sweep(
            *(getattr(self, f) + getattr(other, f) for f in
              ("breached", "warned", "escalated", "poisoned", "batches")),
            oldest_due_at=min(oldest, default=None),
        )  # fmt: skip


def take(
    model, which: str, at: datetime, *, since: datetime | None = None,
    gap: SystemGap | None = None, limit: int | None = None, ids: Sequence[int] = (),
) -> Sweep:  # fmt: skip
    """The sweep's one statement, for ``which`` rows: a key of WHICH."""
    with connection.cursor() as cursor:
        cursor.execute(
            statement(model, which),
            {
                "at": at, "since": since or "-infinity", "limit": limit, "ids": list(ids),
                "gap": gap and gap.pk, "table": model._meta.label_lower,
            },
        )  # fmt: skip
        breached, warned, escalated, oldest = cursor.fetchone()
    return Sweep(breached, warned, escalated, batches=1, oldest_due_at=oldest)


@cache
def statement(model: type[Deadline], which: str) -> str:
    """The SQL for one deadline table; its names come from the model alone."""
    quote = connection.ops.quote_name
    event = model._meta.get_field("events").related_model
    return SWEEP_SQL.format(
        deadline=quote(model._meta.db_table),
        event=quote(event._meta.db_table),
        subject=quote(model._meta.get_field(model.subject).column),
        which=WHICH[which],
        change=quote(f"{model._meta.db_table}change"),
        pause=quote(f"{model._meta.db_table}pause"),
        anew=ANEW,
    )


WHICH = {
    # what has come due since the last look, but nothing that somebody else has in hand
    "due": """attention_at <= %(at)s AND attention_at > %(since)s
        ORDER BY attention_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED""",
    # the same for one row, which somebody may have dealt with since it was listed
    "one": """id = ANY(%(ids)s) AND attention_at <= %(at)s
        FOR NO KEY UPDATE SKIP LOCKED""",
    # the breaches a late act owes, whenever the sweep would have come; the act locked them
    "late": """id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE""",
}

SWEEP_SQL = """
WITH due AS MATERIALIZED (
    SELECT ctid AS place, id, {subject} AS subject_id, rule_id, unit_id, handler_id,
           starts_at, due_at, alarm_at, noticed_at, warned_percent, ladder_step
    FROM {deadline} WHERE {which}
), step AS MATERIALIZED (
    SELECT place, due.id, subject_id, unit_id, handler_id, due_at, rule.code,
           taken.kind, taken.rung, warning.reached,
           CASE taken.kind WHEN 'deadline_warned' THEN warning.reached > warned_percent
                           WHEN 'deadline_escalated' THEN rungs > 0
                           ELSE true END AS is_news,
           CASE taken.kind WHEN 'deadline_warned' THEN warning.reached + {anew} * moves
                           WHEN 'deadline_breached' THEN 0 ELSE taken.rung END AS no,
           CASE WHEN taken.kind = 'deadline_warned' OR taken.rung = 0 THEN 'handler'
                ELSE rule.ladder_targets[least(taken.rung, rungs)] END AS target,
           CASE WHEN taken.kind = 'deadline_warned'
                    THEN least(warning.upcoming, due_at + interval '1 microsecond')
                -- not before this moment: a bounded sweep looks for what came due since
                WHEN taken.rung < rungs THEN greatest(%(at)s,
                    coalesce(noticed_at, %(at)s) + rule.ladder_after[taken.rung + 1])
                WHEN rungs > 0 THEN %(at)s + rule.repeat_after END AS next_at,
           -- not what came due when others kept watch again: who froze in a gap may wake late
           CASE WHEN taken.kind = 'deadline_breached' AND due_at >= gap.from_at
                 AND (gap.to_at IS NULL OR due_at < gap.to_at) THEN gap.id END AS gap_id
    FROM due
    JOIN core_deadlinerule rule ON rule.id = due.rule_id
    LEFT JOIN core_systemgap gap ON gap.id = %(gap)s
    CROSS JOIN LATERAL (SELECT cardinality(rule.ladder_after) AS rungs) ladder
    CROSS JOIN LATERAL (
        SELECT CASE WHEN noticed_at IS NOT NULL THEN 'deadline_escalated'
                    WHEN due_at < %(at)s THEN 'deadline_breached'
                    ELSE 'deadline_warned' END AS kind,
               -- a rung without delay is climbed with the breach itself
               -- whose ladder was taken away stays where it stands, and nobody is told
               CASE WHEN noticed_at IS NOT NULL THEN ladder_step + least(rungs, 1)
                    WHEN rule.ladder_after[1] = interval '0' THEN 1 ELSE 0 END AS rung
    ) taken
    -- asked of what is warned of alone; pauses may overlap, and none is left out twice
    CROSS JOIN LATERAL (
        SELECT CASE taken.kind WHEN 'deadline_warned' THEN
                   (SELECT count(*) FROM {change} c WHERE c.deadline_id = due.id) END AS moves,
               CASE taken.kind WHEN 'deadline_warned' THEN
                   (SELECT coalesce(sum(upper(span) - lower(span)), interval '0')
                    FROM (SELECT unnest(range_agg(tstzrange(from_at, to_at))) AS span
                          FROM {pause} p WHERE p.deadline_id = due.id AND to_at IS NOT NULL) one)
               END AS still
    ) before
    CROSS JOIN LATERAL (
        SELECT max(p) FILTER (WHERE w.at <= %(at)s + interval '1 millisecond') AS reached,
               min(w.at) FILTER (WHERE w.at > %(at)s + interval '1 millisecond') AS upcoming
        FROM (SELECT p, due_at - (due_at - starts_at - still) * (100 - p) / 100 AS at
              FROM unnest(rule.warn_percents) p
              -- the last day by the count, where the due day was moved on from it
              UNION ALL SELECT 100, alarm_at WHERE alarm_at IS NOT NULL) w
        WHERE taken.kind = 'deadline_warned'
    ) warning
), moved AS (
    UPDATE {deadline} d SET
        noticed_at = CASE step.kind WHEN 'deadline_breached' THEN %(at)s ELSE d.noticed_at END,
        gap_id = coalesce(d.gap_id, step.gap_id),
        warned_percent = greatest(d.warned_percent, step.reached),
        ladder_step = CASE step.kind WHEN 'deadline_warned' THEN d.ladder_step ELSE step.rung END,
        attention_at = step.next_at,
        sweep_errors = 0
    -- by its place in the table: no look-up is cheaper. A row that changed hands in the
    -- very moment between this statement's beginning and its lock stands in a place that the
    -- statement cannot see; it is left to the next sweep, and so only what moved is told.
    FROM step WHERE d.ctid = step.place
    RETURNING step.*
), told AS (
    INSERT INTO {event} ({subject}, deadline_id, kind, at, step, data)
    SELECT subject_id, id, kind, %(at)s, no, jsonb_strip_nulls(jsonb_build_object(
        'rule', code, 'due_at', due_at, 'target', target, 'gap', gap_id))
    FROM moved WHERE is_news
), outbox AS (
    INSERT INTO core_notification
        (dedup_key, topic, target, unit_id, handler_id, subject, subject_id, step, created_at)
    SELECT %(table)s || ':' || id || ':' || kind || ':' || no,
           kind, target, unit_id, handler_id, %(table)s, id, no, %(at)s
    FROM moved WHERE is_news AND gap_id IS NULL
)
SELECT count(*) FILTER (WHERE kind = 'deadline_breached'),
       count(*) FILTER (WHERE kind = 'deadline_warned'),
       count(*) FILTER (WHERE kind = 'deadline_escalated'),
       min(due_at)
FROM moved
"""
