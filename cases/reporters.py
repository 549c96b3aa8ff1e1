"""What becomes known of who sent a report, and then stands nowhere else in clear.

Source: SAMR Order 121 §37; docs/rules.md, "Reading in plain".
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from django.db.models import Model

from agency.core.text import mask_text
from cases.models import Case, Reporter
from cases.models.party import Person
from cases.models.texts import lost

WORDS = ("title", "narrative", "demand")
REWRITTEN = ("contacts", "assignments", "petition_records", "follow_ups")
"""What staff wrote on a case and may be written anew; what may not (decisions, notices, notes, what
was supplemented, the names of files) stays as it was written, and is masked where it is shown."""


def know(report: Case, rows: Iterable[Person], words: Iterable[str] = ()) -> None:
    """Save with the reporter what ``rows`` tell of them, and ``words`` of theirs; what is kept of the
    report and its tickets passes ``Case.kept`` anew. Wants the case locked.
    """
    reporter = report.reporter = report.reporter or Reporter()
    reporter.take_in(rows)
    there = reporter.told + mask_text(reporter.told)  # as the tickets' texts are kept
    words = dict.fromkeys([*words, lost(report, *(getattr(report, name) for name in WORDS))])
    report.told_by("\n".join(text for text in words if text and text not in there))
    if not (reporter.is_known or reporter.told):
        report.reporter = None
        return
    reporter.save()
    for row in (report, *rewritten(report)):
        row.save()
    for ticket in report.tickets.all():
        ticket.veil(reporter)
        ticket.save(update_fields=WORDS)


def rewritten(case: Case) -> Iterator[Model]:
    """The rows of REWRITTEN, to be saved as what is known by now lets them be kept."""
    for row in chain.from_iterable(getattr(case, name).all() for name in REWRITTEN):
        row.case = case
        yield row
