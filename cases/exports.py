"""Lists of cases taken out as spreadsheets: masked, with a reason, so many rows, on record.

Whoever the file is sent on to sees no more than the list shows; of a report no narrative
leaves at all. The auditor sees who took what out, and is told of much at once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core import clock, spreadsheet
from agency.core.calendar import SHANGHAI
from agency.core.errors import Forbidden, RuleViolation
from agency.core.models import Access, Notification, User
from agency.core.roles import Role
from agency.core.text import listed, mask_text
from cases.lifecycle import Kind
from cases.models import Case, Ticket
from cases.others import know_others

AT_ONCE = 500
"""Cases read in one go."""


@dataclass(frozen=True)
class Order:
    """An export that is on record: which cases, for whom, and when."""

    keys: list[int]
    by: User
    at: datetime

    @property
    def mark(self) -> str:
        """Whose copy it is."""
        return _("%(unit)s · %(name)s (%(account)s) · exported %(at)s · %(rows)s cases · masked, for official use") % {
            "unit": self.by.unit.name, "name": self.by.name, "account": self.by.username,
            "at": f"{self.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", "rows": len(self.keys),
        }  # fmt: skip


@transaction.atomic
def order(cases: QuerySet[Case], *, by: User, which: str, reason: str) -> Order:
    """Put on record that ``by`` takes ``cases`` out, in their order. ``which``: told in words.

    Locks the account, so that the hour's brake holds for two at once. Raises Forbidden, RuleViolation.
    """
    if not by.has_perm("cases.export_case"):
        raise Forbidden
    _brake(by)
    at = clock.now()
    keys = list(cases.values_list("pk", flat=True)[: settings.EXPORT_ROWS + 1])
    _check_length(keys)
    access = Access.objects.create(
        kind=Access.Kind.EXPORTED, by=by, what="cases", reason=mask_text(reason), which=which[:500],
        found=len(keys), at=at,
    )  # fmt: skip
    _alert(access)
    return Order(keys, by, at)


def _brake(by: User) -> None:
    """So many in an hour are work; more is somebody taking the data out."""
    if Access.objects.is_enough(by, Access.Kind.EXPORTED, settings.EXPORTS_AN_HOUR):
        raise RuleViolation(
            _("You have exported %(most)s lists within an hour: ask your chief.")
            % {"most": settings.EXPORTS_AN_HOUR}
        )


def _check_length(keys: list[int]) -> None:
    if not keys:
        raise RuleViolation(_("No case is in this list: nothing to export."))
    if len(keys) > settings.EXPORT_ROWS:
        raise RuleViolation(
            _("More than %(most)s cases: narrow the list, and export it in parts.")
            % {"most": settings.EXPORT_ROWS}
        )


def _alert(access: Access) -> None:
    """Tell the auditor, once an hour, of who takes out more than work needs."""
    lately = Access.objects.lately(access.by, Access.Kind.EXPORTED)
    if lately.aggregate(rows=Sum("found"))["rows"] <= settings.EXPORT_ALERT_ROWS:
        return
    notice = Notification(
        dedup_key=f"exported_much:{access.by_id}:{access.at:%Y%m%d%H}", topic="exported_much",
        target=Role.AUDITOR, unit=access.by.unit, subject=Access._meta.label_lower, subject_id=access.pk,
    )  # fmt: skip
    Notification.objects.bulk_create([notice], ignore_conflicts=True)


# -- the file -------------------------------------------------------------------------------

Column = Callable[[Case], spreadsheet.Value]


def _first(case: Case) -> Ticket | None:
    return min(case.tickets.all(), key=lambda ticket: ticket.pk, default=None)


def _citizen(part: str) -> Column:
    """A reporter's data are nobody's, here as everywhere."""
    return lambda case: case.consumer.masked()[part] if case.consumer else ""


def _told(part: str) -> Column:
    """Of a report no narrative leaves."""
    return lambda case: "" if case.kind == Kind.REPORT else case.shown(getattr(case, part))


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
    gettext_lazy("title"): lambda case: case.shown(case.title),
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


def write(ordered: Order, file: BinaryIO) -> None:
    """The spreadsheet of an export that is on record."""
    headings = [str(heading) for heading in COLUMNS]
    with spreadsheet.marked(file, headings, mark=ordered.mark) as row:
        for case in _read(ordered.keys):
            row([column(case) for column in COLUMNS.values()])


def _read(keys: list[int]) -> Iterator[Case]:
    """In the order of ``keys``, with whom else each case's texts may name."""
    tickets = Prefetch("tickets", Ticket.objects.select_related("consumer"))
    cases, left = Case.objects.select_related(*SHOWN).prefetch_related(tickets), iter(keys)
    while some := list(islice(left, AT_ONCE)):
        found = {case.pk: case for case in know_others(cases.filter(pk__in=some))}
        yield from (found[key] for key in some)
