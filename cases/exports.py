"""What a list of cases says where it is taken out (agency/core/exports.py): of a report no narrative,
of no text what a person is known by.
"""

from collections.abc import Callable, Iterator
from itertools import islice

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy

from agency.core import spreadsheet
from agency.core.exports import List
from agency.core.text import listed
from agency.core.traces import mask_traces
from cases.lifecycle import Kind
from cases.models import Case, Ticket
from cases.others import know_others

AT_ONCE = 500
"""Cases read in one go."""

Column = Callable[[Case], spreadsheet.Value]


def _first(case: Case) -> Ticket | None:
    return min(case.tickets.all(), key=lambda ticket: ticket.pk, default=None)


def _citizen(part: str) -> Column:
    """A reporter's data are nobody's, here as everywhere."""
    return lambda case: case.consumer.masked()[part] if case.consumer else ""


def _told(part: str) -> Column:
    """Of a report no narrative leaves."""
    return lambda case: "" if case.kind == Kind.REPORT else _leaving(case, getattr(case, part))


def _leaving(case: Case, text: str) -> str:
    """A text as it leaves the house: who handles the case needs its cards, plates and accounts,
    whoever is sent a list needs none.
    """
    return mask_traces(case.shown(text))


def _named(part: str, name: str = "name") -> Column:
    return lambda case: getattr(getattr(case, part), name, "")


def _moment(part: str) -> Column:
    return lambda case: getattr(_first(case), part, None)


def _numbers(case: Case) -> str:
    tickets = sorted(case.tickets.all(), key=lambda ticket: ticket.pk)
    return listed(ticket.external_no or ticket.no for ticket in tickets)


COLUMNS: dict[str, Column] = {
    gettext_lazy("case number"): lambda case: case.no,
    gettext_lazy("channel"): _named("channel"),
    gettext_lazy("platform numbers"): _numbers,
    gettext_lazy("kind"): Case.get_kind_display,
    gettext_lazy("state"): Case.get_state_display,
    gettext_lazy("arrived at"): lambda case: case.arrived_at,
    gettext_lazy("responded at"): _moment("responded_at"),
    gettext_lazy("contacted at"): _moment("contacted_at"),
    gettext_lazy("title"): lambda case: _leaving(case, case.title),
    gettext_lazy("narrative"): _told("narrative"),
    gettext_lazy("demand"): _told("demand"),
    gettext_lazy("citizen"): _citizen("name"),
    gettext_lazy("phone"): _citizen("phone"),
    gettext_lazy("merchant"): _named("merchant"),
    gettext_lazy("unified social credit code"): _named("merchant", "uscc"),
    gettext_lazy("category"): _named("category"),
    gettext_lazy("problem"): _named("problem"),
    gettext_lazy("disputed amount"): lambda case: case.amount,
    gettext_lazy("unit"): _named("unit"),
    gettext_lazy("handler"): _named("handler"),
    gettext_lazy("next due"): lambda case: case.next_due_at,
    gettext_lazy("closed at"): lambda case: case.closed_at,
    gettext_lazy("result"): Case.get_result_display,
    gettext_lazy("recovered amount"): lambda case: case.recovered_amount,
}
"""As the ledgers that staff keep by hand have them."""

SHOWN = (
    "channel", "unit", "handler", "consumer", "reporter", "merchant", "category", "problem",
)  # fmt: skip


def _read(keys: list[int]) -> Iterator[Case]:
    """In the order of ``keys``, with whom else each case's texts may name."""
    tickets = Prefetch("tickets", Ticket.objects.select_related("consumer"))
    cases, left = Case.objects.select_related(*SHOWN).prefetch_related(tickets), iter(keys)
    while some := list(islice(left, AT_ONCE)):
        found = {case.pk: case for case in know_others(cases.filter(pk__in=some))}
        yield from (found[key] for key in some)


CASES = List(
    what="cases", right="cases.export_case", columns=COLUMNS, read=_read,
    note=gettext_lazy("Names and numbers are masked, and of reports nothing is told that citizens wrote but the title."),
)  # fmt: skip
