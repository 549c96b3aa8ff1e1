"""The database's own hand: three triggers on every table of ours write down what is done to it,
and one on each trail numbers what is added to it.

Not by django-pgtrigger: whoever may write could switch its triggers off by a setting. They are
put up after each migration, from the one list below, so that no model can be forgotten.
"""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection
from django.db.models import Model

from agency.core.models import Audit, Trail

# A batch is what one seal will cover. Its number is given out past all transactions; a
# transaction has its own number before it reads that of the batch, so that the seal can tell
# when nobody is left who may still write under it.
CREATE_BATCH = """
CREATE SEQUENCE core_trail_batch;
SELECT nextval('core_trail_batch');
CREATE FUNCTION trail_batch() RETURNS bigint LANGUAGE sql VOLATILE
AS $$ SELECT CASE WHEN pg_current_xact_id() IS NOT NULL
                  THEN pg_sequence_last_value('core_trail_batch') END $$;
"""
DROP_BATCH = """
DROP FUNCTION IF EXISTS audit_rows() CASCADE;
DROP FUNCTION IF EXISTS trail_row() CASCADE;
DROP FUNCTION trail_batch();
DROP SEQUENCE core_trail_batch;
"""

LEFT_OUT = {
    "core.Heartbeat": "a program's pulse, once a second",
    "reports.Snapshot": "a picture of figures that are stored elsewhere, drawn anew all the time",
    "core.Seal": "the next seal is over it",
    "core.Session": "it changes with each step; a login is seen by last_login",
    "sessions.Session": "as above: Django's own, which stands empty",
    "cases.CaseSearch": "made from the case, again and again",
    "cases.MerchantSearch": "as above: from the merchant",
    "reports.DailyFact": "counted from the rows, again and again",
    "reports.MonthlyFact": "as above",
    "reports.CountedSpan": "as above",
    "reports.StaleDay": "as above: what is to be counted",
    "contenttypes.ContentType": "Django's list of models",
    "auth.Permission": "Django's list of rights, which nobody is asked for",
}
UNTOLD = {"core.User": ["last_seen_at"]}
"""Columns whose change is no change: signs of life are no trail of where somebody was."""


def audited() -> list[type[Model]]:
    """Every model whose rows are audited; the trails tell of themselves."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and not issubclass(model, Trail)
        and model._meta.label not in LEFT_OUT
    ]  # fmt: skip


# One function for all tables. The comparison is made from the columns the table has at that
# moment, so that no migration finds it out of date; PostgreSQL keeps the plans of the other two.
AUDIT_ROWS = """
CREATE OR REPLACE FUNCTION audit_rows() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    who text[] := string_to_array(current_setting('agency.acting', true), '|');
    entry core_audit;
    compared text;
BEGIN
    entry.at := agency_now();
    entry.batch := trail_batch();
    entry.table_name := TG_TABLE_NAME;
    entry.operation := left(TG_OP, 1);
    entry.actor_id := nullif(who[1], '')::bigint;
    entry.process := coalesce(nullif(who[2], ''), left(current_setting('application_name'), 80));
    entry.act := coalesce(who[3], '');
    entry.transaction := pg_current_xact_id()::text::bigint;
    entry.database_role := session_user;
    IF TG_OP = 'INSERT' AND TG_ARGV[0] = 'id' THEN
        INSERT INTO core_audit ({into})
        SELECT {given}, new_rows.id::text, NULL FROM new_rows;
    ELSIF TG_OP = 'DELETE' AND TG_ARGV[0] = 'id' THEN
        INSERT INTO core_audit ({into})
        SELECT {given}, old_rows.id::text, NULL FROM old_rows;
    ELSIF TG_OP = 'UPDATE' THEN
        SELECT string_agg(format(
                   'CASE WHEN o.%1$I IS DISTINCT FROM n.%1$I THEN %1$L END', attname), ', ')
        INTO compared FROM pg_attribute
        WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped
              AND attname <> ALL (TG_ARGV[1]::text[]);
        -- OFFSET 0: compared once, and not again for the condition
        EXECUTE format('INSERT INTO core_audit ({into})
            SELECT {asked}, key, columns FROM (
                SELECT n.%1$I::text AS key, array_remove(ARRAY[%2$s], NULL) AS columns
                FROM new_rows n LEFT JOIN old_rows o USING (%1$I)
                OFFSET 0) changed
            WHERE cardinality(columns) > 0', TG_ARGV[0], compared) USING entry;
    ELSE
        EXECUTE format('INSERT INTO core_audit ({into})
            SELECT {asked}, %I::text, NULL FROM %s', TG_ARGV[0],
            CASE TG_OP WHEN 'INSERT' THEN 'new_rows' ELSE 'old_rows' END) USING entry;
    END IF;
    RETURN NULL;
END $$;
"""
COLUMNS = "at batch table_name operation actor_id process act transaction database_role".split()

CREATE_TRIGGER = """
CREATE TRIGGER {name} AFTER {operation} ON {table} REFERENCING {rows}
FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('{key}', '{{{untold}}}')
"""
ROWS = {
    "INSERT": "NEW TABLE AS new_rows",
    "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "OLD TABLE AS old_rows",
}

# Who adds a row to a trail does not choose its seal: a sealed minute would seem tampered with,
# or the row lie under no seal for ever. Named in full: who writes may have a sequence of their own.
TRAIL_ROW = """
CREATE OR REPLACE FUNCTION trail_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.batch := CASE WHEN pg_catalog.pg_current_xact_id() IS NOT NULL
                      THEN pg_catalog.pg_sequence_last_value('public.core_trail_batch') END;
    RETURN NEW;
END $$;
"""
BATCH = "BATCH"
CREATE_BATCH_TRIGGER = """
CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION trail_row()
"""


def install() -> None:
    """Put up what is missing, on the tables there are: migrations may have gone part of the way."""
    tables = connection.introspection.table_names()
    with connection.cursor() as cursor:
        cursor.execute(_function() + TRAIL_ROW)
        for model, operation in missing():
            if model._meta.db_table in tables:
                cursor.execute(_trigger(model, operation))


def missing() -> list[tuple[type[Model], str]]:
    """Where a trigger is not there, or switched off. To look takes one query."""
    standing = _standing()
    return [
        (model, operation)
        for model, operation in _wanted()
        if (model._meta.db_table, _name(operation)) not in standing
    ]


def trails() -> list[type[Model]]:
    """Every trail: what is written once, and sealed."""
    return [
        model
        for model in apps.get_models()
        if issubclass(model, Trail) and not model._meta.proxy
    ]  # fmt: skip


def _wanted() -> Iterator[tuple[type[Model], str]]:
    """The audit itself is written by no other hand than audit_rows()."""
    yield from ((model, operation) for model in audited() for operation in ROWS)
    yield from ((model, BATCH) for model in trails() if model is not Audit)


def _standing() -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT relname, tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
               WHERE tgfoid IN (to_regproc('public.audit_rows'), to_regproc('public.trail_row'))
               AND tgenabled IN ('O', 'A')"""
        )
        return set(cursor.fetchall())


def _name(operation: str) -> str:
    return f"audit_{operation.lower()}"


def _function() -> str:
    names = ",".join(COLUMNS)
    return AUDIT_ROWS.format(
        into=f"{names}, row_id, columns",
        given=",".join(f"entry.{name}" for name in COLUMNS),
        asked=",".join(f"$1.{name}" for name in COLUMNS),
    )


def _trigger(model: type[Model], operation: str) -> str:
    name, table = _name(operation), connection.ops.quote_name(model._meta.db_table)
    if operation == BATCH:
        return CREATE_BATCH_TRIGGER.format(name=name, table=table)
    return CREATE_TRIGGER.format(
        name=name,
        operation=operation,
        table=table,
        rows=ROWS[operation],
        key=model._meta.pk.column,
        untold=",".join(UNTOLD.get(model._meta.label, [])),
    )
