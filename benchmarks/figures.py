"""How fast a year's figures beside the year before come from what is kept, and from the rows.

Goals: at least 200 times faster than the direct count in the same run, and equal to it in every
figure; one corrected case has its days recounted within 0.2 s.
"""

import time
from collections.abc import Callable
from datetime import date

from django.db import connection

from agency.core.models import Unit
from benchmarks.scratch import found_agency, parts, say, scratch_database, tried
from cases.models import Case
from reports import keeping, proof
from reports.figures import Counting
from reports.indicators import CATALOGUE
from reports.models import CountedSpan, StaleDay
from reports.periods import Period

YEAR = 2025
"""The year that is reported; the cases lie in it and in the one before."""

PAST = """
WITH told AS (
    SELECT n, nextval('cases_case_id_seq') AS id, n %% 4 AS fourth,
        timestamptz '2024-01-01 00:00+08' + n * (interval '731 days' / %(cases)s) AS at
    FROM generate_series(%(from)s, %(to)s) n
), matter AS (
    INSERT INTO cases_case (id, no, kind, state, title, narrative, demand, urgent, is_priority, result,
        channel_id, consents_to_publish, consents_to_entrust, unit_id, handler_id, merchant_address,
        merchant_phone, agreed_answer, conclusion, principle, arrived_at, registered_at, ended_at,
        closed_at, recovered_amount)
    SELECT t.id, 'F' || t.id, CASE fourth WHEN 0 THEN 'petition' WHEN 1 THEN 'consultation' ELSE 'complaint' END,
        'archived', '净水器漏水拒绝退货', '', '', false, false,
        CASE n %% 3 WHEN 0 THEN 'failed' ELSE 'settled' END, (SELECT min(id) FROM cases_channel),
        false, false, person.unit_id, person.id, '', '', '', '', '', at, agency_now(),
        at + n %% 40 * interval '1 day', at + interval '41 days', n %% 500
    FROM told t JOIN (
        SELECT id, unit_id, row_number() OVER () AS place, count(*) OVER () AS people
        FROM core_user WHERE role = 'mediator') person ON person.place = 1 + n %% people
), ticket AS (
    INSERT INTO cases_ticket (no, channel_id, external_no, round, line, case_id, title, narrative,
        demand, urgent, arrived_at, registered_at, reply_text, return_reason, return_basis)
    SELECT 'FT' || id, (SELECT min(id) FROM cases_channel), 'F' || id, 1, '', id, '', '', '', false,
        at, agency_now(), '', '', '' FROM told
)
INSERT INTO cases_ledgerentry (case_id, respond_due_at, contact_due_at, accept_due_at, responded_at,
    contacted_at, accepted_at, ended_at, result, satisfaction, national_satisfaction)
SELECT id, at + interval '10 minutes', at + interval '30 minutes', at + interval '9 days',
    at + n %% 12 * interval '1 minute', at + n %% 35 * interval '1 minute', at + n %% 10 * interval '1 day',
    at + n %% 40 * interval '1 day', '', CASE n %% 3 WHEN 0 THEN 'dissatisfied' ELSE 'satisfied' END, n %% 9 = 0
FROM told
"""
"""Cases of two past years as a ledger brings them, evenly spread over the days and the mediators."""


def run(*, cases: int) -> dict:
    """All measurements in a scratch database, in milliseconds."""
    with scratch_database():
        found_agency()
        _fill(cases)
        root, year = Unit.objects.get(parent=None), Period.of_year(YEAR)
        built = _timed(lambda: keeping.keep(budget=float("inf")))
        say("measuring …")
        direct = _timed(lambda: _told(root, year, reads_facts=False))
        kept = min(_timed(lambda: _told(root, year)) for _time in range(5))
        if _told(root, year) != _told(root, year, reads_facts=False):
            raise RuntimeError("what is kept and what the rows say differ")
        return {
            "cases": cases, "days": CountedSpan.objects.filter(span="day").count(),
            "build_ms": built, "direct_ms": direct, "kept_ms": kept,
            "ratio": round(direct / kept, 1), "correction": _correction(),
            "differences": len(proof.prove_all()["differences"]),
        }  # fmt: skip


def _fill(cases: int) -> None:
    with connection.cursor() as cursor:
        tried(cursor, "SET session_replication_role = replica")
        done = 0
        for part in parts(cases, 100_000):
            told = {"from": done, "to": done + part - 1, "cases": cases}
            cursor.execute(PAST, told)
            done += part
        tried(cursor, "SET session_replication_role = origin")
        for table in ("cases_case", "cases_ticket", "cases_ledgerentry"):
            cursor.execute(f"VACUUM (ANALYZE) {table}")


def _told(unit: Unit, period: Period, *, reads_facts: bool = True) -> list[tuple]:
    rows = Counting(unit, period, reads_facts=reads_facts).rows(CATALOGUE)
    return [(row.indicator.code, *row.dimensions.values(), row.value, row.previous) for row in rows]


def _timed(act: Callable) -> float:
    began = time.perf_counter()
    act()
    return round((time.perf_counter() - began) * 1000, 2)


def _correction() -> dict:
    """One case of the middle of the year is corrected: its days, then their months."""
    middle = Period(date(YEAR, 6, 15), date(YEAR, 6, 15)).holds("arrived_at", is_day=False)
    case = Case.objects.filter(middle).order_by("pk").first()
    Case.objects.filter(pk=case.pk).update(recovered_amount=777)
    days = StaleDay.objects.count()
    found = {"days": days, "days_ms": _timed(keeping.recount_next)}
    found["months_ms"] = _timed(lambda: keeping.keep(budget=float("inf")))
    return found
