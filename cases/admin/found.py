"""What was found beside a case, as everybody who sees those cases may read it."""

from collections.abc import Iterable

from agency.core import clock
from cases.admin import clocks
from cases.earlier import Finding
from cases.models import Case

Row = tuple[Case, str, str, str]
"""A case, its title, when it arrived, and the ticket to name where it is brought to another."""


def rows_of(findings: Iterable[Finding]) -> list[tuple[Finding, list[Row]]]:
    """Each finding with its cases."""
    at = clock.now()
    return [
        (
            one,
            [
                (case, case.shown(case.title), clocks.short(case.arrived_at, at), _ticket(case))
                for case in one.cases
            ],
        )
        for one in findings
    ]


def gathered(findings: list[Finding]) -> list[tuple[Row, list[str]]]:
    """Each case once, with every reason it was found by: those with the most first, then the newest."""
    rows = {row[0].pk: row for _one, found in rows_of(findings) for row in found}
    of = [(one.why, one.among(rows)) for one in findings]
    told = [(row, [why for why, keys in of if pk in keys]) for pk, row in rows.items()]
    return sorted(told, key=lambda row: (-len(row[1]), -row[0][0].arrived_at.timestamp()))


def _ticket(case: Case) -> str:
    return next((ticket.no for ticket in case.tickets.all()), "")
