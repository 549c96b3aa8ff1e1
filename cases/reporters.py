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


def know(report: Case, rows: Iterable[Person]) -> None:
    """Save with the reporter what ``rows`` tell of them, and nothing of it elsewhere: what is kept of
    the report, and of what it was before, loses what could tell, and the reporter keeps the words.
    Wants the report locked.
    """
    reporter = report.reporter or Reporter()
    reporter.take_in(rows)
    if reporter.is_known or reporter.told:
        reporter.save()
        report.reporter = reporter
        report.save(update_fields=["reporter"])
    words = [said for one in (report, *_before(report)) for said in _veiled(one, reporter)]
    there = reporter.told + mask_text(reporter.told)  # as the tickets' texts are kept
    if more := [text for text in dict.fromkeys(words) if text and text not in there]:
        report.told_by("\n".join(more)).save()
        report.save(update_fields=["reporter"])


def _before(report: Case) -> list[Case]:
    """What it was, and what had been merged into that, where nobody is known any more."""
    before = report.was.filter(consumer=None).order_by("pk")
    return [case.know_others() for case in before.select_for_update(no_key=True)]


def _veiled(case: Case, reporter: Reporter) -> Iterator[str]:
    """Keep of the case and of its tickets what tells nobody; what they told before, where it
    loses a word.
    """
    yield lost(case, *(getattr(case, name) for name in WORDS))
    for row in (case, *rewritten(case)):
        row.save()
    for ticket in case.tickets.filter(consumer=None):
        ticket.case, told = case, [getattr(ticket, name) for name in WORDS]
        ticket.veil(reporter)
        ticket.save(update_fields=[*WORDS, "reply_text", "interim_text"])
        if told != [getattr(ticket, name) for name in WORDS]:
            yield "\n".join(filter(None, told))


def rewritten(case: Case) -> Iterator[Model]:
    """The rows of REWRITTEN, to be saved as what is known by now lets them be kept."""
    for row in chain.from_iterable(getattr(case, name).all() for name in REWRITTEN):
        row.case = case
        yield row
