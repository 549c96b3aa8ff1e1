"""A database of the benchmark's own, made on the agency's server and dropped again."""

import io
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from django.core.management import call_command
from django.db import DatabaseError, connection

from agency.core.models import DeadlineRule, Unit, User
from agency.core.roles import Role
from cases.models import Channel

DISTRICTS = 40
HANDLERS_EACH = 10
RULES = ("ticket.respond_10", "ticket.contact_30")


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


@contextmanager
def scratch_database() -> Iterator[str]:
    """Within it, Django works in a fresh migrated database; its name."""
    settings, name = connection.settings_dict, f"bench_{os.getpid()}"
    given, options = settings["NAME"], dict(settings["OPTIONS"])
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    connection.close()
    # Filling takes minutes; what the agency bounds are its own statements.
    settings["NAME"], settings["OPTIONS"] = name, options | {"options": "-c statement_timeout=0"}
    try:
        say(f"filling {name} …")
        call_command("migrate", verbosity=0)
        yield name
    finally:
        connection.close()
        settings["NAME"], settings["OPTIONS"] = given, options
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def url_of(name: str) -> str:
    """DATABASE_URL of the scratch database, for processes of their own."""
    given = connection.settings_dict
    login = ":".join(quote(given[part], safe="") for part in ("USER", "PASSWORD") if given[part])
    return f"postgres://{login}@{given['HOST']}:{given['PORT']}/{name}"


def found_agency() -> None:
    """The two 1030 rules, a channel, and a few hundred people: what a clock refers to."""
    call_command("load_rules", stdout=io.StringIO())
    DeadlineRule.objects.exclude(code__in=RULES).delete()
    # Nothing climbs on while we measure: the same writes, however long the run takes.
    DeadlineRule.objects.update(ladder_after=["0", "30 days", "60 days"])
    root = Unit.objects.create(code="agency", name="agency", kind=Unit.Kind.AGENCY)
    client = User.objects.create(username="minyi", role=Role.CHANNEL, unit=root)
    Channel.objects.create(code="minyi", name_zh="民意速办", name_en="Minyi", client=client)
    for number in range(DISTRICTS):
        unit = Unit.objects.create(
            code=f"d{number}", name=f"d{number}", kind=Unit.Kind.DISTRICT, parent=root
        )
        User.objects.bulk_create(
            User(username=f"d{number}-{n}", role=Role.MEDIATOR, unit=unit)
            for n in range(HANDLERS_EACH)
        )


MATTERS = """
WITH matter AS (
    INSERT INTO cases_case (no, kind, state, title, narrative, demand, urgent, is_priority, result,
        channel_id, consents_to_publish, consents_to_entrust, unit_id, handler_id, merchant_address,
        merchant_phone, agreed_answer, conclusion, principle, arrived_at, registered_at)
    SELECT 'C' || nextval('cases_number'), 'complaint', 'dispatched', '净水器漏水拒绝退货',
        repeat('商家拒绝退货，', 12), '', false, false, '', (SELECT min(id) FROM cases_channel),
        false, false, person.unit_id, person.id, '', '', '', '', '', agency_now(), agency_now()
    FROM generate_series(1, %(matters)s) n
    JOIN (SELECT id, unit_id, row_number() OVER () AS place, count(*) OVER () AS people
          FROM core_user WHERE role = 'mediator') person ON person.place = 1 + n %% people
    RETURNING id, no, unit_id, handler_id, channel_id
), ticket AS (
    INSERT INTO cases_ticket (no, channel_id, external_no, round, line, case_id, title, narrative,
        demand, urgent, arrived_at, registered_at, reply_text, return_reason, return_basis)
    SELECT 'T' || no, channel_id, no, 1, '', id, '净水器漏水拒绝退货', '', '', false,
        agency_now() - interval '2 days', agency_now(), '', '', '' FROM matter
    RETURNING id, case_id
)
INSERT INTO cases_casedeadline (rule_id, case_id, ticket_id, channel_id, unit_id, answerable_id, handler_id,
    starts_at, due_at, warn_at, provisional, is_named, extension, cancel_reason, warned_percent,
    ladder_step, sweep_errors, met_at, attention_at)
SELECT rule.id, m.id, t.id, m.channel_id, m.unit_id, m.unit_id, m.handler_id,
    due.at - interval '1 day', due.at, due.at - interval '12 hours', false, false, 0, '', 80, 0, 0,
    CASE WHEN %(met)s THEN due.at - interval '1 hour' END,
    CASE WHEN NOT %(met)s THEN due.at + interval '1 microsecond' END
FROM matter m JOIN ticket t ON t.case_id = m.id,
     core_deadlinerule rule,
     LATERAL (SELECT %(from)s::timestamptz + m.id %% 3600 * interval '1 second' AS at) due
"""
"""So many cases with a ticket and its two clocks each, due within the hour after ``from``."""


def add_clocks(number: int, *, due_from: str, met: bool = False) -> None:
    """Add ``number`` clocks due within the hour after ``due_from`` (``now`` and an offset)."""
    with connection.cursor() as cursor:
        # Where we may, spare the filling what only the sweep is to pay: checks and triggers.
        tried(cursor, "SET session_replication_role = replica")
        cursor.execute("SELECT agency_now() + %s::interval", [due_from])
        start = cursor.fetchone()[0]
        for part in parts(number // 2, 100_000):
            cursor.execute(MATTERS, {"matters": part, "met": met, "from": start})
        tried(cursor, "SET session_replication_role = origin")


def settle() -> None:
    """Leave nothing of the filling to be done while we measure."""
    with connection.cursor() as cursor:
        for table in ("cases_case", "cases_casedeadline", "cases_caseevent", "core_notification"):
            cursor.execute(f"VACUUM (ANALYZE) {table}")
        tried(cursor, "CHECKPOINT")


def parts(number: int, most: int) -> Iterator[int]:
    while number > 0:
        yield min(number, most)
        number -= most


def tried(cursor, statement: str) -> None:
    try:
        cursor.execute(statement)
    except DatabaseError:
        say(f"not allowed here: {statement}")


# -- measuring ------------------------------------------------------------------------------


def timed(act: Callable, asked: Sequence, times: int) -> dict:
    """Each of ``asked`` in turn, ``times`` in all, after one round that does not count."""
    for one in asked:
        act(one)
    found, cpu = [], []
    for number in range(times):
        one, began = asked[number % len(asked)], time.perf_counter()
        cpu.append(cpu_ms(lambda one=one: act(one)))
        found.append((time.perf_counter() - began) * 1000)
    return {
        "median_ms": round(statistics.median(found), 2),
        "p95_ms": round(statistics.quantiles(found, n=20)[-1], 2),
        "cpu_ms": round(statistics.fmean(cpu), 2),
        "cpu_p95_ms": round(statistics.quantiles(cpu, n=20)[-1], 2),
    }


def cpu_ms(act: Callable) -> float:
    """Milliseconds of processor time, this process's and its database server's."""
    began, here = _server_seconds(), time.process_time()
    act()
    return (time.process_time() - here + _server_seconds() - began) * 1000


def _server_seconds() -> float:
    """Processor time of our connection's server process to the nanosecond, 0 where it is elsewhere."""
    connection.ensure_connection()
    spent = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return int(spent.read_text().split()[0]) / 1e9 if spent.exists() else 0.0


def at_most(limit: float, measured: float) -> dict:
    """A figure beside its limit."""
    return {"measured": measured, "at_most": limit, "is_met": measured <= limit}


def at_least(limit: float, measured: float) -> dict:
    return {"measured": measured, "at_least": limit, "is_met": measured >= limit}
