"""Whoever changes what a past day counts leaves that day to be recounted (reports/keeping.py).

By triggers of the database, in the transaction of the change, so that no door can forget it. Today
is counted from the rows and needs none: what arrives and is done the same day costs nothing here.
"""

# ruff: noqa: S608 – nothing in these statements comes from outside

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION reports_ends_of(cases bigint[]) RETURNS SETOF timestamptz LANGUAGE sql STABLE AS $$
    SELECT unnest(ARRAY[c.arrived_at, c.ended_at, l.ended_at])
    FROM cases_case c LEFT JOIN cases_ledgerentry l ON l.case_id = c.id WHERE c.id = ANY (cases)
$$;

CREATE FUNCTION reports_days_of(cases bigint[]) RETURNS SETOF timestamptz LANGUAGE sql STABLE AS $$
    SELECT reports_ends_of(cases)
    UNION ALL SELECT arrived_at FROM cases_ticket WHERE case_id = ANY (cases)
    UNION ALL SELECT at FROM cases_decision WHERE case_id = ANY (cases)
    UNION ALL SELECT due_at FROM cases_casedeadline WHERE case_id = ANY (cases)
    UNION ALL SELECT unnest(ARRAY[respond_due_at, contact_due_at, accept_due_at, accepted_at])
    FROM cases_ledgerentry WHERE case_id = ANY (cases)
$$;

CREATE FUNCTION reports_to_recount(moments timestamptz[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO reports_staleday (day, transaction)
    SELECT day, pg_current_xact_id()::text::bigint
    FROM (SELECT DISTINCT (m AT TIME ZONE 'Asia/Shanghai')::date AS day FROM unnest(moments) m) d
    WHERE day < (agency_now() AT TIME ZONE 'Asia/Shanghai')::date
    ON CONFLICT DO NOTHING
$$;

CREATE FUNCTION reports_to_recount_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reports_staleday (day, transaction)
    SELECT starts_on, pg_current_xact_id()::text::bigint
    FROM reports_countedspan WHERE span = 'day' ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
"""

ENTRY = ("respond_due_at", "contact_due_at", "accept_due_at", "accepted_at", "ended_at")
MOMENTS = {
    "cases_case": ("arrived_at", "ended_at"),
    "cases_ticket": ("arrived_at",),
    "cases_ledgerentry": ENTRY,
    "cases_decision": ("at",),
    "cases_casedeadline": ("due_at",),
}
"""Table → the moments its rows count by: of rows that come and go."""

OF_ITS_CASE = ("cases_followup", "cases_referral", "cases_casetopic", "cases_petitionsheet")
"""These count when their case arrived or ended."""

CHANGED = {
    "cases_case": (
        "kind category_id channel_id unit_id handler_id result ended_at recovered_amount arrived_at",
        "ARRAY(SELECT reports_days_of(ARRAY[NEW.id])) || ARRAY[OLD.arrived_at, OLD.ended_at]",
    ),
    "cases_ticket": (
        "case_id channel_id arrived_at", "ARRAY[OLD.arrived_at, NEW.arrived_at]",
    ),
    "cases_ledgerentry": (
        " ".join(("case_id", *ENTRY, "responded_at contacted_at result satisfaction national_satisfaction outlet_id")),
        "ARRAY(SELECT reports_days_of(ARRAY[OLD.case_id, NEW.case_id])) || ARRAY["
        + ", ".join(f"OLD.{moment}" for moment in ENTRY) + "]",
    ),
    "cases_casedeadline": (
        "rule_id case_id channel_id answerable_id handler_id due_at met_at cancelled_at cancel_reason paused_at",
        "ARRAY[OLD.due_at, NEW.due_at]",
    ),
    "cases_followup": (
        "case_id is_rating satisfaction", "ARRAY(SELECT reports_ends_of(ARRAY[OLD.case_id, NEW.case_id]))",
    ),
    "cases_referral": (
        "case_id unit_id outcome", "ARRAY(SELECT reports_ends_of(ARRAY[OLD.case_id, NEW.case_id]))",
    ),
    "cases_casetopic": (
        "case_id topic_id", "ARRAY(SELECT reports_ends_of(ARRAY[OLD.case_id, NEW.case_id]))",
    ),
    "cases_petitionsheet": (
        "case_id national_satisfaction", "ARRAY(SELECT reports_ends_of(ARRAY[OLD.case_id, NEW.case_id]))",
    ),
}  # fmt: skip
"""Table → the columns a figure reads, and the moments whose days their change reaches."""

NAMES = {
    "core_user": "username", "core_unit": "code kind", "cases_channel": "code",
    "cases_category": "code", "cases_topic": "code kind",
}  # fmt: skip
"""What values of a dimension are called: renamed, everything is counted anew."""


def _forwards() -> str:
    told = [FUNCTIONS]
    for table in (*MOMENTS, *OF_ITS_CASE):
        told += [
            _many(table, operation, rows)
            for operation, rows in (("INSERT", "NEW"), ("DELETE", "OLD"))
        ]
    told += [_one(table, columns.split(), days) for table, (columns, days) in CHANGED.items()]
    told += [_renamed(table, columns.split()) for table, columns in NAMES.items()]
    return "".join(told)


def _many(table: str, operation: str, rows: str) -> str:
    """Once a statement, however many rows it brings or takes away."""
    if table in MOMENTS:
        moments = ", ".join(MOMENTS[table])
        days = f"SELECT DISTINCT date_trunc('day', m, 'Asia/Shanghai') FROM touched, unnest(ARRAY[{moments}]) m"
    else:
        days = "SELECT reports_ends_of(ARRAY(SELECT case_id FROM touched))"
    name = f"{table}_{operation.lower()}_recounts"
    return f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM reports_to_recount(ARRAY({days})); RETURN NULL; END $$;
        CREATE TRIGGER {name} AFTER {operation} ON {table} REFERENCING {rows} TABLE AS touched
        FOR EACH STATEMENT EXECUTE FUNCTION {name}();
    """


def _one(table: str, columns: list[str], days: str) -> str:
    name = f"{table}_update_recounts"
    return f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM reports_to_recount({days}); RETURN NULL; END $$;
        CREATE TRIGGER {name} AFTER UPDATE OF {", ".join(columns)} ON {table}
        FOR EACH ROW WHEN ({_differs(columns)}) EXECUTE FUNCTION {name}();
    """


def _renamed(table: str, columns: list[str]) -> str:
    return f"""
        CREATE TRIGGER {table}_renamed_recounts AFTER UPDATE OF {", ".join(columns)} ON {table}
        FOR EACH ROW WHEN ({_differs(columns)}) EXECUTE FUNCTION reports_to_recount_all();
    """


def _differs(columns: list[str]) -> str:
    return " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns)


def _backwards() -> str:
    own = [
        f"DROP FUNCTION {table}_{operation}_recounts() CASCADE;"
        for table in (*MOMENTS, *OF_ITS_CASE) for operation in ("insert", "delete")
    ]  # fmt: skip
    own += [f"DROP FUNCTION {table}_update_recounts() CASCADE;" for table in CHANGED]
    return (
        "".join(own)
        + """
        DROP FUNCTION reports_to_recount_all() CASCADE;
        DROP FUNCTION reports_to_recount(timestamptz[]);
        DROP FUNCTION reports_days_of(bigint[]);
        DROP FUNCTION reports_ends_of(bigint[]);
    """
    )


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0004_facts"),
        ("cases", "0062_moments"),
        ("core", "0028_letter_prefix"),
    ]

    operations = [migrations.RunSQL(_forwards(), _backwards())]
