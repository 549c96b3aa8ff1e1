"""How fast the question is answered whose complaints call for an interview.

Goal: at most a second among a million complaints, for the leader, who sees all of them.
"""

import statistics
import time
from collections import Counter

from django.db import connection
from django.test.utils import CaptureQueriesContext

from agency.core import clock
from agency.core.models import Unit, User
from agency.core.roles import Role
from benchmarks.scratch import found_agency, say, scratch_database, tried
from cases.models import Category
from interviews import triggers

YEARS = 5
"""Over so many years the complaints are spread, evenly."""
PART = 100_000


def run(*, cases: int, times: int) -> dict:
    """The whole question and each rule by itself: milliseconds on the wall, and how much was found."""
    with scratch_database():
        found_agency()
        root = Unit.objects.get(parent=None)
        leader = User.objects.create(username="leader", role=Role.LEADER, unit=root)
        _categories()
        _fill(cases)
        say("measuring …")
        chief = User.objects.filter(role=Role.MEDIATOR).select_related("unit").first()
        return {
            "cases": cases, "leader": _timed(leader, times), "in_a_district": _timed(chief, times),
            "rules": {trigger.code: _timed(leader, times, trigger) for trigger in triggers.read()},
        }  # fmt: skip


def _timed(user: User, times: int, trigger: triggers.Trigger | None = None) -> dict:
    def ask():
        if trigger is None:
            return triggers.suggestions(user)
        return triggers.MEASURES[trigger.measure](trigger, user, clock.now())

    found, took = ask(), []
    for _turn in range(times):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1000)
    with CaptureQueriesContext(connection) as asked:
        ask()
    told = {
        "median_ms": round(statistics.median(took), 1), "worst_ms": round(max(took), 1),
        "statements": len(asked), "found": dict(Counter(s.trigger.code for s in found)),
    }  # fmt: skip
    say(f"{trigger.code if trigger else user.username}: {told}")
    return told


def _categories() -> None:
    """A few trades, and the problems that rules ask for."""
    Category.objects.bulk_create(
        Category(scheme=scheme, code=code, level=1, name_zh=code, name_en=code)
        for scheme, codes in (
            ("goods", [f"G{n:02}" for n in range(40)]),
            ("complaint_problem", ["P0404", "P0801", "P0302", *(f"P9{n:02}" for n in range(37))]),
        )
        for code in codes
    )


# A few merchants have most complaints: by the cube of a uniform draw, from a fixed seed.
MERCHANTS = """
INSERT INTO cases_merchant (name, uscc, address, phone)
SELECT '商户' || n, '', '', '' FROM generate_series(1, %s) n
"""
CASES = """
INSERT INTO cases_case (no, kind, state, title, narrative, demand, urgent, is_priority, result, ended_at,
    closed_at, channel_id, consents_to_publish, consents_to_entrust, unit_id, handler_id, merchant_id,
    category_id, problem_id, merchant_address, merchant_phone, agreed_answer, conclusion, principle,
    arrived_at, registered_at)
SELECT 'B' || nextval('cases_number'), 'complaint', 'closed', '净水器漏水拒绝退货', repeat('商家拒绝退货，', 12),
    '', false, false, (ARRAY['settled', 'performed', 'failed', 'refused', 'withdrawn'])[1 + n %% 5], at, at,
    (SELECT min(id) FROM cases_channel), false, false, person.unit_id, person.id,
    first.merchant + floor(power(random(), 3) * %(merchants)s)::bigint,
    first.trade + n %% 40, first.problem + floor(random() * 40)::bigint,
    '', '', '', '', '', at, at
FROM generate_series(1, %(part)s) n
JOIN (SELECT id, unit_id, row_number() OVER () AS place, count(*) OVER () AS people
      FROM core_user WHERE role = 'mediator') person ON person.place = 1 + n %% people,
LATERAL (SELECT agency_now() - random() * %(days)s * interval '1 day' + n * interval '0 s' AS at) moment,
(SELECT (SELECT min(id) FROM cases_merchant) AS merchant,
        (SELECT min(id) FROM cases_category WHERE scheme = 'goods') AS trade,
        (SELECT min(id) FROM cases_category WHERE scheme = 'complaint_problem') AS problem) first
"""


def _fill(cases: int) -> None:
    merchants = max(cases // 10, 100)
    with connection.cursor() as cursor:
        tried(cursor, "SET session_replication_role = replica")
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(MERCHANTS, [merchants])
        left = cases
        while left > 0:
            part = min(left, PART)
            cursor.execute(CASES, {"part": part, "merchants": merchants, "days": YEARS * 365})
            left -= part
        tried(cursor, "SET session_replication_role = origin")
        for table in ("cases_case", "cases_merchant", "cases_category"):
            cursor.execute(f"VACUUM (ANALYZE) {table}")
