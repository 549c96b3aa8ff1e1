"""A seal a minute: a hash over all that was written to the trails, chained to the one before.

The database makes it, whoever asks: Celery's beat and the watchdog both do, and of two that ask
at once one gets it. ``check`` counts it again from the rows by statements of its own, and names
each minute that does not agree.
"""

import logging
from datetime import timedelta

from django.db import connection, transaction

from agency.core.audit import triggers
from agency.core.models import Seal

log = logging.getLogger(__name__)

A_MINUTE = timedelta(seconds=50)
"""Younger than this, the newest seal is left the newest: two ask, each once a minute."""

STANDS_STILL = timedelta(minutes=10)
"""Longer than any write of ours may take: who still holds the seals up then is a fault."""

# What a row says, without what it does not say: a column that is added later changes nothing.
OF_TRAIL = """
SELECT '{table}' COLLATE "C" AS trail, id,
       sha256(convert_to('{table}' || jsonb_strip_nulls(to_jsonb(t))::text, 'UTF8')) AS said
FROM {table} t WHERE batch <= {until} AND (batch > {after}) IS NOT FALSE
"""
CONTENT = """
SELECT count(*) AS rows, sha256(coalesce(string_agg(said, '' ORDER BY trail, id), '')) AS digest
FROM ({trails}) written
"""
DIGEST = """
encode(sha256(convert_to(concat_ws('|', coalesce({before}, ''), {seal}.no,
    extract(epoch FROM {seal}.from_at), extract(epoch FROM {seal}.until_at),
    {seal}.until_batch, {rows}), 'UTF8') || {digest}), 'hex')
"""

SEAL_TRAILS = """
CREATE OR REPLACE FUNCTION seal_trails(fresh interval) RETURNS SETOF core_seal LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    last core_seal;
    made core_seal;
    content bytea;
    reached bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('seal_trails', 0)) THEN
        RETURN;
    END IF;
    SELECT * INTO last FROM core_seal ORDER BY no DESC LIMIT 1;
    reached := pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
    IF last.sealed_at > agency_now() - fresh
        -- who still works in this database since before the horizon; a lock names its
        -- transaction by the last 32 of 64 bits
        OR last.server = pg_postmaster_start_time() AND EXISTS (
            SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
            WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND granted
            AND datname = current_database()
            AND mod(mod(reached, 1::bigint << 32) - transactionid::text::bigint
                    + (1::bigint << 32), 1::bigint << 32) > reached - last.horizon) THEN
        RETURN;
    END IF;
    made.no := coalesce(last.no, 0) + 1;
    made.from_at := coalesce(last.until_at, agency_now());
    made.until_at := coalesce(last.sealed_at, agency_now());
    made.until_batch := coalesce(last.closed_batch, -1);
    SELECT rows, digest INTO made.rows, content FROM ({content}) sealed;
    made.digest := {digest};
    made.closed_batch := nextval('core_trail_batch') - 1;
    -- A later statement: its snapshot knows whoever has read the number of the batch till then.
    made.horizon := pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
    made.sealed_at := agency_now();
    made.server := pg_postmaster_start_time();
    INSERT INTO core_seal SELECT made.*;
    RETURN NEXT made;
END $$;
"""
CHECK = """
SELECT no, from_at, until_at, sealed.rows AS rows, counted.rows AS found,
       last_no IS DISTINCT FROM nullif(no - 1, 0) AS is_alone, sealed.digest = {digest} AS agrees
FROM (SELECT *, lag(no) OVER w AS last_no, lag(digest) OVER w AS before,
             lag(until_batch) OVER w AS after
      FROM core_seal WHERE no BETWEEN %(first)s - 1 AND %(last)s WINDOW w AS (ORDER BY no)) sealed
CROSS JOIN LATERAL ({content}) counted
WHERE no >= %(first)s ORDER BY no
"""
AT_ONCE = 1000
"""Seals in one statement of the check."""


def install() -> None:
    """Teach the database to seal all the trails there are, and begin."""
    content = _content(after="last.until_batch", until="made.until_batch")
    digest = DIGEST.format(before="last.digest", seal="made", rows="made.rows", digest="content")
    with connection.cursor() as cursor:
        cursor.execute(SEAL_TRAILS.format(content=content, digest=digest))
        cursor.execute("SELECT seal_trails(%s)", [A_MINUTE])


@transaction.atomic
def seal() -> Seal | None:
    """Seal what nobody can add to any more; None where that was done within the minute, or
    somebody still writes. The log keeps the newest outside of the database."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # after a standstill there is much
    made = next(iter(Seal.objects.raw("SELECT * FROM seal_trails(%s)", [A_MINUTE])), None)
    if made:
        log.info("seal %s of %s rows until %s: %s", made.no, made.rows, made.until_at, made.digest)
    return made


def newest() -> Seal | None:
    return Seal.objects.order_by("-no").first()


def check(first: int, last: int) -> list[dict]:
    """The seals from ``first`` to ``last`` that do not agree with the rows they cover."""
    content = _content(after="sealed.after", until="sealed.until_batch")
    digest = DIGEST.format(
        before="sealed.before", seal="sealed", rows="sealed.rows", digest="counted.digest"
    )
    broken = []
    with connection.cursor() as cursor:
        for begin in range(first, last + 1, AT_ONCE):
            cursor.execute(
                CHECK.format(content=content, digest=digest),
                {"first": begin, "last": min(last, begin + AT_ONCE - 1)},
            )
            names = [column.name for column in cursor.description]
            broken += [
                found for row in cursor if (found := _broken(dict(zip(names, row, strict=True))))
            ]
    return broken


def _broken(row: dict) -> dict | None:
    """What is wrong with a seal, if anything."""
    if row["agrees"] and not row["is_alone"]:
        return None
    return {name: row[name] for name in ("no", "from_at", "until_at", "rows", "found")}


def _content(**bounds: str) -> str:
    tables = sorted(model._meta.db_table for model in triggers.trails())
    each = [OF_TRAIL.format(table=table, **bounds) for table in tables]
    return CONTENT.format(trails="UNION ALL".join(each))
