"""The past comes in: lines of a ledger as tickets with their cases, a statement a table.

What arrives here is over: no clock starts, nobody is told. What the rules of its day would have
asked is written beside it (LedgerEntry), so that what was late counts as late in the figures.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction

from agency.core import clock, workdays
from agency.core.calendar import SHANGHAI
from agency.core.models import DeadlineRule
from cases import numbers
from cases.calendar import day_of
from cases.models import Topic

RESPOND, CONTACT = "ticket.respond_10", "ticket.contact_30"
ACCEPT = ("complaint.accept", "council.accept")
"""The decision on a complaint, told: the authority's limit, or the council's."""

OWED = {"respond_due_at": (RESPOND,), "contact_due_at": (CONTACT,), "accept_due_at": ACCEPT}

Due = timedelta | datetime | None


class Line(NamedTuple):
    """One row of a ledger, clean, with keys for codes. None and "": the ledger does not say.

    ``topic`` and ``campaign`` are still codes: what nobody knows here is added with its batch.
    """

    external_no: str
    channel_id: int
    kind: str
    unit_id: int
    is_below: bool
    arrived_at: datetime
    responded_at: datetime | None
    contacted_at: datetime | None
    accepted_at: datetime | None
    ended_at: datetime | None
    respond_due_at: datetime | None
    contact_due_at: datetime | None
    accept_due_at: datetime | None
    result: str
    recovered_amount: Decimal | None
    satisfaction: str
    category_id: int | None
    problem_id: int | None
    merchant_name: str
    merchant_uscc: str
    outlet_id: int | None
    national_satisfaction: bool
    topic: str
    campaign: str
    title: str


class Limits:
    """When a ticket of some day would have been due; each answer is counted once."""

    def __init__(self) -> None:
        codes = [code for group in OWED.values() for code in group]
        self.rules = list(DeadlineRule.objects.filter(code__in=codes))
        self.calendar = workdays.load()
        self.known: dict[tuple, dict[str, Due]] = {}

    def of(
        self, kind: str, channel: str, profile: str, arrived_at: datetime
    ) -> dict[str, datetime | None]:
        """The due moments of OWED by name; None where nothing bound it or no calendar is loaded."""
        day = day_of(arrived_at)
        key = (kind, channel, profile, day)
        if key not in self.known:
            self.known[key] = self._on(kind, channel, profile, day)
        return {
            name: arrived_at + due if isinstance(due, timedelta) else due
            for name, due in self.known[key].items()
        }

    def _on(self, kind: str, channel: str, profile: str, day: date) -> dict[str, Due]:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI)
        bound = [
            rule
            for rule in self.rules
            if rule.is_in_force(day)
            and rule.binds(kind=kind, channel=channel, contactable=True, profile=profile)
        ]
        return {
            name: next((self._due(rule, noon) for rule in bound if rule.code in codes), None)
            for name, codes in OWED.items()
        }

    def _due(self, rule: DeadlineRule, start: datetime) -> Due:
        """Days count from the day, whatever the hour; minutes and hours from the very moment."""
        due = rule.due(start, self.calendar)
        if due.provisional:
            return None
        in_days = rule.unit in {DeadlineRule.Length.DAY, DeadlineRule.Length.WORKDAY}
        return due.due_at if in_days else due.due_at - start


def _add_topics(lines: Sequence[Line]) -> None:
    """One that only a ledger speaks of is of those years alone: out of use, no new case has it."""
    told = {line.topic: Topic.Kind.PRIORITY for line in lines}
    told = {line.campaign: Topic.Kind.CAMPAIGN for line in lines} | told
    told.pop("", None)
    there = set(Topic.objects.filter(code__in=told).values_list("code", flat=True))
    Topic.objects.bulk_create(
        Topic(code=code, kind=kind, name_zh=code, is_active=False)
        for code, kind in sorted(told.items())
        if code not in there
    )


@transaction.atomic
def take_in(lines: Sequence[Line]) -> int:
    """Write what does not stand yet, by channel and external number; how many were new.

    One import of ledgers at a time: each waits for the other's batch.
    """
    if not lines:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(PREPARE)
        _add_topics(lines)
        _copy(cursor, lines)
        at = clock.now()
        told = {"at": at, "day": f"{at.astimezone(SHANGHAI):%Y%m%d}", **_sequences(cursor)}
        for statement in (MERCHANTS, FRESH, CASES, TICKETS, ENTRIES, TOPICS, EVENTS):
            cursor.execute(statement, told)
        cursor.execute(PLAN_AS_BEFORE)
        cursor.execute("SELECT count(*) FROM ledger_fresh")
        return cursor.fetchone()[0]


def _sequences(cursor) -> dict[str, str]:
    """Asked for once a batch: by name for each row it would be the dearest part of it."""
    cursor.execute(
        """SELECT pg_get_serial_sequence('cases_case', 'id'),
                  pg_get_serial_sequence('cases_ticket', 'id')"""
    )
    return dict(zip(("cases", "tickets"), cursor.fetchone(), strict=True))


def _copy(cursor, lines: Sequence[Line]) -> None:
    with cursor.copy(f"COPY ledger_line ({','.join(Line._fields)}) FROM STDIN") as copy:
        for line in lines:
            copy.write_row(line)


# -- the statements -----------------------------------------------------------------------

# A batch is small beside the tables it is looked up in, and the planner cannot know that.
PREPARE = """
SELECT pg_advisory_xact_lock(hashtext('cases.ledger'));
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
CREATE TEMP TABLE IF NOT EXISTS ledger_line (
    external_no text, channel_id bigint, kind text, unit_id bigint, is_below boolean,
    arrived_at timestamptz, responded_at timestamptz, contacted_at timestamptz,
    accepted_at timestamptz, ended_at timestamptz, respond_due_at timestamptz,
    contact_due_at timestamptz, accept_due_at timestamptz, result text,
    recovered_amount numeric, satisfaction text, category_id bigint, problem_id bigint,
    merchant_name text, merchant_uscc text, outlet_id bigint, national_satisfaction boolean,
    topic text, campaign text, title text, place bigserial
) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS ledger_fresh (
    LIKE ledger_line, case_id bigint, ticket_id bigint, running bigint, merchant_id bigint,
    state text
) ON COMMIT DELETE ROWS;
TRUNCATE ledger_line, ledger_fresh;
"""

# The transaction may be somebody else's, and go on.
PLAN_AS_BEFORE = """
SET LOCAL enable_hashjoin TO DEFAULT;
SET LOCAL enable_mergejoin TO DEFAULT;
"""

# In one order everywhere, as cases/merchants.py adds them.
MERCHANTS = """
INSERT INTO cases_merchant (name, uscc, address, phone)
SELECT DISTINCT ON (merchant_uscc, CASE merchant_uscc WHEN '' THEN merchant_name END)
    merchant_name, merchant_uscc, '', ''
FROM ledger_line l WHERE merchant_name <> '' AND NOT EXISTS (
    SELECT FROM cases_merchant m WHERE l.merchant_uscc <> '' AND m.uscc <> '' AND m.uscc = l.merchant_uscc)
AND NOT EXISTS (
    SELECT FROM cases_merchant m WHERE l.merchant_uscc = '' AND m.uscc = '' AND m.name = l.merchant_name)
ORDER BY merchant_uscc, CASE merchant_uscc WHEN '' THEN merchant_name END, place
ON CONFLICT DO NOTHING
"""

# What was ended is put away; what nobody told the end of lies open, as in the ledger.
FRESH = """
INSERT INTO ledger_fresh
SELECT once.*, nextval(%(cases)s::regclass), nextval(%(tickets)s::regclass), nextval('cases_number'),
    coalesce(coded.id, named.id),
    CASE WHEN ended_at IS NOT NULL THEN 'archived' WHEN is_below THEN 'dispatched'
         ELSE 'registered' END
FROM (
    SELECT DISTINCT ON (channel_id, external_no) * FROM ledger_line l
    WHERE NOT EXISTS (SELECT FROM cases_ticket t WHERE t.channel_id = l.channel_id
        AND t.external_no = l.external_no AND t.external_no <> '')
    ORDER BY channel_id, external_no, place
) once
LEFT JOIN cases_merchant coded ON once.merchant_uscc <> '' AND coded.uscc <> ''
    AND coded.uscc = once.merchant_uscc
LEFT JOIN cases_merchant named ON once.merchant_uscc = '' AND named.uscc = ''
    AND named.name = once.merchant_name
"""

PREFIX = "".join(f" WHEN '{kind.value}' THEN '{sign}'" for kind, sign in numbers.PREFIXES.items())
NUMBER = "%(day)s || lpad(running::text, greatest(5, length(running::text)), '0')"

CASES = f"""
INSERT INTO cases_case (id, no, kind, state, title, narrative, demand, category_id, problem_id,
    urgent, consents_to_publish, consents_to_entrust, merchant_id, merchant_address,
    merchant_phone, channel_id, unit_id, is_priority, result, ended_at, recovered_amount,
    agreed_answer, conclusion, principle, arrived_at, registered_at, closed_at)
SELECT case_id, CASE kind{PREFIX} END || {NUMBER}, kind, state, left(title, 200), '', '',
    category_id, problem_id, false, false, false, merchant_id, '', '', channel_id, unit_id, false,
    CASE WHEN ended_at IS NULL THEN '' ELSE result END, CASE WHEN result <> '' THEN ended_at END,
    recovered_amount, '', '', '', arrived_at, %(at)s, ended_at
FROM ledger_fresh
"""  # noqa: S608 – prefixes of our own

TICKETS = f"""
INSERT INTO cases_ticket (id, no, channel_id, external_no, round, line, case_id, title, narrative,
    demand, urgent, arrived_at, registered_at, responded_at, contacted_at, reply_text,
    return_reason, return_basis)
SELECT ticket_id, '{numbers.TICKET_PREFIX}' || {NUMBER}, channel_id, external_no, 1, '', case_id,
    left(title, 200), '', '', false, arrived_at, %(at)s, responded_at, contacted_at, '', '', ''
FROM ledger_fresh
"""  # noqa: S608 – a prefix of our own

ENTRIES = """
INSERT INTO cases_ledgerentry (case_id, respond_due_at, contact_due_at, accept_due_at,
    responded_at, contacted_at, accepted_at, ended_at, result, satisfaction, national_satisfaction, outlet_id)
SELECT case_id, respond_due_at, contact_due_at, accept_due_at, responded_at, contacted_at,
    accepted_at, ended_at, result, satisfaction, national_satisfaction, outlet_id
FROM ledger_fresh
"""

TOPICS = """
INSERT INTO cases_casetopic (case_id, topic_id, at)
SELECT case_id, t.id, %(at)s FROM ledger_fresh l
JOIN cases_topic t ON t.code IN (l.topic, l.campaign) AND t.code <> ''
WHERE l.topic <> '' OR l.campaign <> ''
"""

EVENTS = f"""
INSERT INTO cases_caseevent (case_id, ticket_id, at, kind, data)
SELECT case_id, ticket_id, %(at)s, 'registered', jsonb_build_object(
    'ticket', '{numbers.TICKET_PREFIX}' || {NUMBER}, 'channel', ch.code, 'round', 1, 'to', state)
FROM ledger_fresh l JOIN cases_channel ch ON ch.id = l.channel_id
"""  # noqa: S608 – a prefix of our own
