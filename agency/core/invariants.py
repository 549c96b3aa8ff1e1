"""What must never be true, as queries that return the offending rows.

Each query may run in production: it only reads. Its number stays when others come and go. An app adds its own in its ``invariants.py`` as ``INVARIANTS``.
"""

from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.db import connection, transaction

from agency.core import deadlines
from agency.core.models import Numbered

OF_EACH_TABLE = {
    "I2 what asks for the sweep has it within a minute while the watch is up": """
        SELECT id FROM {deadline} WHERE attention_at < agency_now() - interval '60 seconds'
        AND (SELECT max(last_ok_at) FROM core_heartbeat WHERE starts_with(name, 'sweep:'))
            > agency_now() - interval '10 seconds'
        AND NOT EXISTS (SELECT 1 FROM core_systemgap
                        WHERE coalesce(to_at, agency_now()) > agency_now() - interval '60 seconds')""",
    "I2b an open unnoticed clock asks for attention": """
        SELECT id FROM {deadline} WHERE met_at IS NULL AND cancelled_at IS NULL
        AND paused_at IS NULL AND noticed_at IS NULL AND attention_at IS NULL""",
    "I3 a breach has exactly one event": """
        SELECT d.id FROM {deadline} d LEFT JOIN {event} e
        ON e.deadline_id = d.id AND e.kind = 'deadline_breached'
        WHERE d.noticed_at IS NOT NULL GROUP BY d.id HAVING count(e.id) <> 1""",
    "I3b no event of a breach without a breach": """
        SELECT e.id FROM {event} e JOIN {deadline} d ON d.id = e.deadline_id
        WHERE e.kind = 'deadline_breached' AND d.noticed_at IS NULL""",
    "I4 no breach is noticed before it is due": """
        SELECT id FROM {deadline} WHERE noticed_at <= due_at""",
    "I5 nothing met or cancelled in time is breached": """
        SELECT id FROM {deadline} WHERE noticed_at IS NOT NULL
        AND (met_at <= due_at OR cancelled_at <= due_at)""",
    "I6 everything met or cancelled late is breached": """
        SELECT id FROM {deadline} WHERE noticed_at IS NULL
        AND (met_at > due_at OR cancelled_at > due_at)""",
    "I7 a due moment that moved has its change row": """
        SELECT c.deadline_id FROM (
            SELECT DISTINCT ON (deadline_id) deadline_id, new_due_at
            FROM {deadline}change ORDER BY deadline_id, id DESC) c
        JOIN {deadline} d ON d.id = c.deadline_id WHERE d.due_at <> c.new_due_at""",
    "I8 every step is told, or summed up with its gap": """
        SELECT e.id FROM {event} e WHERE e.step IS NOT NULL AND e.data->'gap' IS NULL
        AND NOT EXISTS (SELECT 1 FROM core_notification n WHERE n.dedup_key =
                        '{label}:' || e.deadline_id || ':' || e.kind || ':' || e.step)""",
    "I8b what fell into a gap is summed up": """
        SELECT g.id FROM core_systemgap g WHERE g.to_at < agency_now() - interval '60 seconds'
        AND EXISTS (SELECT 1 FROM {deadline} d WHERE d.gap_id = g.id)
        AND NOT EXISTS (SELECT 1 FROM core_notification n WHERE n.dedup_key = 'gap:' || g.id)""",
    "I19 no clock is met before it started or in the future": """
        SELECT id FROM {deadline} WHERE met_at < starts_at
        OR met_at > agency_now() + interval '2 seconds'
        OR noticed_at > agency_now() + interval '2 seconds'""",
}

INVARIANTS = {
    "I8c a delivery is sent, dead or tried again": """
        SELECT id FROM core_delivery WHERE sent_at IS NULL AND dead_at IS NULL
        AND next_try_at < agency_now() - interval '1 hour'""",
    # Where nobody addresses at all, the watchdog barks: agency/core/alarms.py.
    "I8d no notice is passed over by a younger one for an hour": """
        SELECT id FROM core_notification WHERE addressed_at IS NULL AND postponed_until IS NULL
        AND created_at < (SELECT max(created_at) FROM core_notification
                          WHERE addressed_at < agency_now() - interval '1 hour')""",
    "I10 the heart beats forward": """
        SELECT name FROM core_heartbeat WHERE last_ok_at > agency_now() + interval '2 seconds'""",
    "I10b gaps do not overlap": """
        SELECT a.id FROM core_systemgap a JOIN core_systemgap b ON a.id < b.id
        AND tstzrange(a.from_at, a.to_at) && tstzrange(b.from_at, b.to_at)""",
}


def check() -> tuple[int, list[dict]]:
    """How many invariants were checked, and those violated with up to ten offending rows."""
    queries = _queries()
    violations = []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # ten years of history take a while
        for name, sql in queries.items():
            cursor.execute(sql)
            if rows := [row[0] for row in cursor.fetchmany(10)]:
                violations.append({"invariant": name, "rows": rows})
    return len(queries), violations


NUMBERED = """
    SELECT s.id FROM core_numberseries s LEFT JOIN ({numbers}) d
    ON d.number LIKE replace(replace(s.name, '_', '\\_'), '#', '%')
    GROUP BY s.id HAVING count(DISTINCT d.number) <> s.last - s.elsewhere"""


def _numbered() -> str:
    """Over every table whose rows bear numbers of a series."""
    tables = [model._meta.db_table for model in apps.get_models() if issubclass(model, Numbered)]
    numbers = " UNION ALL ".join(f"SELECT number FROM {table}" for table in tables)  # noqa: S608 – names come from the models
    return NUMBERED.format(numbers=numbers)


def _queries() -> dict[str, str]:
    queries = INVARIANTS | {"documents are numbered without a gap": _numbered()}
    for model in deadlines.tables():
        names = {
            "deadline": model._meta.db_table,
            "event": model._meta.get_field("events").related_model._meta.db_table,
            "label": model._meta.label_lower,
        }
        for name, sql in OF_EACH_TABLE.items():
            queries[f"{name} ({names['label']})"] = sql.format(**names)
    for config in apps.get_app_configs():
        module = f"{config.name}.invariants"
        if config.name != "agency.core" and find_spec(config.name) and find_spec(module):
            queries |= import_module(module).INVARIANTS
    return queries
