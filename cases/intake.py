"""How a ticket comes in. A single ticket is a list of one: one set of rules, one function.

``register_many`` writes tickets, cases, clocks and events in a few statements for any
number of rows. What a row may say is checked before, by cases/submission.py.
"""

import logging
from collections.abc import Iterator, Sequence

from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from agency.core import clock, deadlines
from agency.core.api import problem_body
from agency.core.models import User
from cases import acts
from cases.desk import Desk
from cases.draft import Draft, Outcome
from cases.models import Case, CaseDeadline, Channel, Ticket
from cases.submission import Submission

log = logging.getLogger(__name__)

CHUNK = 500
"""Rows in one transaction."""
OF_CASE = ("unit", "handler", "consumer", "reporter", "origin")
"""What a further round reads of the case it goes to."""


def register_many(
    rows: Sequence[Submission], *, channel: Channel, by: User, history: bool = False
) -> list[Outcome]:
    """Register ``rows``; one outcome each, in the same order.

    201: a new ticket with its case and running clocks. 200: it stood already, under the
    same key and body or the same external number and round. 409: the key was used for
    another body. 400: the database knows better (unit, category, arrival).

    ``history``: what arrived long ago is kept with its moments and starts no clocks.
    """
    return [
        outcome
        for chunk in _chunks(rows)
        for outcome in _register_or_halve(chunk, channel, by, history)
    ]


def _chunks(rows: Sequence[Submission]) -> Iterator[list[Submission]]:
    """Transactions' worth of rows, none with the same external number twice."""
    chunk: list[Submission] = []
    numbers: set[str] = set()
    for row in rows:
        if len(chunk) == CHUNK or (row.external_no and row.external_no in numbers):
            yield chunk
            chunk, numbers = [], set()
        chunk.append(row)
        numbers.add(row.external_no)
    if chunk:
        yield chunk


def _register_or_halve(rows, channel, by, history) -> list[Outcome]:
    """A row that the database refuses must not cost the others: it is found by halves."""
    try:
        return _register(rows, channel, by, history)
    except OperationalError:
        raise
    except DatabaseError as error:
        # Neither the error's text nor its traceback: they quote the row, and so people.
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        log.error("%s tickets refused: %s %s", len(rows), type(error).__name__, constraint)
        if len(rows) == 1:
            return [Outcome(400, problem_body(400, _("This ticket cannot be stored.")))]
        middle = len(rows) // 2
        return _register_or_halve(rows[:middle], channel, by, history) + _register_or_halve(
            rows[middle:], channel, by, history
        )


@transaction.atomic
def _register(rows, channel, by, history) -> list[Outcome]:
    _lock_numbers(rows, channel)
    tickets = _find_standing(rows, channel)
    desk = Desk(rows, channel, by, clock.now(), history, tickets)
    found = [desk.standing(row) or desk.draft(row) for row in rows]
    desk.write([draft for draft in found if isinstance(draft, Draft)])
    return [Outcome(201, d.answer()) if isinstance(d, Draft) else d for d in found]


def _lock_numbers(rows: Sequence[Submission], channel: Channel) -> None:
    """Hold every external number and key of the batch until it is committed.

    In one order everywhere, so that two batches never wait for each other in a ring.
    """
    names = {f"no:{row.external_no}" for row in rows if row.external_no}
    names |= {f"key:{row.key}" for row in rows if row.key}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT pg_advisory_xact_lock(%s, hashed) FROM (
                   SELECT DISTINCT hashtext(name) AS hashed FROM unnest(%s::text[]) name
                   ORDER BY hashed) locks""",
            [channel.pk, sorted(names)],
        )


def _find_standing(rows: Sequence[Submission], channel: Channel) -> dict[str, dict[int, Ticket]]:
    """External number → round → the ticket that stands; cases that get a round are locked.

    Until its case is locked, somebody may link a ticket to another one: then look again.
    """
    numbers, locked = {row.external_no for row in rows} - {""}, set()
    found = _look_up(numbers, channel) if numbers else {}
    while returning := _returning_to(rows, found) - locked:
        acts.lock_cases(pk__in=returning)
        deadlines.lock(CaseDeadline.objects.filter(case__in=returning))
        locked |= returning
        found = _look_up(numbers, channel)
    return found


def _look_up(numbers: set[str], channel: Channel) -> dict[str, dict[int, Ticket]]:
    """One object for each case, however many of its tickets are found."""
    clocks = CaseDeadline.objects.select_related("rule").order_by("due_at", "pk")
    tickets = Ticket.objects.filter(channel=channel, external_no__in=numbers)
    of_case = (f"case__{name}" for name in OF_CASE)
    tickets = tickets.select_related(*of_case, "channel", "consumer")
    tickets = tickets.prefetch_related("case__topics")
    found: dict[str, dict[int, Ticket]] = {}
    cases: dict[int, Case] = {}
    for ticket in tickets.prefetch_related(Prefetch("deadlines", queryset=clocks)):
        ticket.case = cases.setdefault(ticket.case_id, ticket.case)
        found.setdefault(ticket.external_no, {})[ticket.round] = ticket
    return _with_what_became(found, cases)


def _with_what_became(found: dict[str, dict[int, Ticket]], cases: dict[int, Case]):
    """Of what became a report every further round is the report's: it tells who brought it. But
    not another citizen's, of whom some round is known still.
    """
    asked = {case.became_id for case in cases.values()} - {None}
    reports = Case.objects.filter(pk__in=asked).select_related(*OF_CASE, "merged_into")
    heirs = {one.pk: one.goes_on_as for one in reports.prefetch_related("topics")} if asked else {}
    for rounds in found.values():
        is_anothers = any(ticket.consumer for ticket in rounds.values())
        for ticket in rounds.values():
            if (heir := heirs.get(ticket.case.became_id)) and not is_anothers:
                ticket.case = cases.setdefault(heir.pk, heir)
    return found


def _returning_to(rows: Sequence[Submission], found: dict[str, dict[int, Ticket]]) -> set[int]:
    """The cases to which ``rows`` bring a further round."""
    rounds_of = [(row, found.get(row.external_no, {})) for row in rows]
    return {
        rounds[max(rounds)].case_id
        for row, rounds in rounds_of
        if rounds and row.round not in rounds
    }
