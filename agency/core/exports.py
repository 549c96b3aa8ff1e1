"""Lists taken out as spreadsheets: with a reason, so many rows, on record, whosever they are.

What a row says stands with its app (cases/exports.py, outlets/exports.py): masked, so that
whoever the file is sent on to sees no more than the list shows. The auditor sees who took what
out, and is told of much at once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import Model, QuerySet, Sum
from django.utils.translation import gettext as _

from agency.core import clock, spreadsheet
from agency.core.calendar import SHANGHAI
from agency.core.errors import Forbidden, RuleViolation
from agency.core.models import Access, Notification, User
from agency.core.roles import Role
from agency.core.text import mask_text


@dataclass(frozen=True)
class List:
    """A list that may be taken out: how the record calls it, and by which right."""

    what: str
    right: str
    columns: Mapping[str, Callable[[Any], spreadsheet.Value]]
    read: Callable[[list[int]], Iterable[Model]]
    """The rows of these keys, in their order."""
    note: str
    """What is masked and what is left out, for whoever asks."""


@dataclass(frozen=True)
class Order:
    """An export that is on record: which rows of what, for whom, and when."""

    of: List
    keys: list[int]
    by: User
    at: datetime

    @property
    def mark(self) -> str:
        """Whose copy it is."""
        return _("%(unit)s · %(name)s (%(account)s) · exported %(at)s · %(rows)s rows · masked, for official use") % {
            "unit": self.by.unit.name, "name": self.by.name, "account": self.by.username,
            "at": f"{self.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", "rows": len(self.keys),
        }  # fmt: skip


@transaction.atomic
def order(of: List, rows: QuerySet, *, by: User, which: str, reason: str) -> Order:
    """Put on record that ``by`` takes ``rows`` out, in their order. ``which``: told in words.

    Locks the account, so that the hour's brake holds for two at once. Raises Forbidden, RuleViolation.
    """
    if not by.has_perm(of.right):
        raise Forbidden
    _brake(by)
    at = clock.now()
    keys = list(rows.values_list("pk", flat=True)[: settings.EXPORT_ROWS + 1])
    _check_length(keys)
    access = Access.objects.create(
        kind=Access.Kind.EXPORTED, by=by, what=of.what, reason=mask_text(reason), which=which[:500],
        found=len(keys), at=at,
    )  # fmt: skip
    _alert(access)
    return Order(of, keys, by, at)


def _brake(by: User) -> None:
    """So many in an hour are work; more is somebody taking the data out."""
    if Access.objects.is_enough(by, Access.Kind.EXPORTED, settings.EXPORTS_AN_HOUR):
        raise RuleViolation(
            _("You have exported %(most)s lists within an hour: ask your chief.")
            % {"most": settings.EXPORTS_AN_HOUR}
        )


def _check_length(keys: list[int]) -> None:
    if not keys:
        raise RuleViolation(_("This list is empty: nothing to export."))
    if len(keys) > settings.EXPORT_ROWS:
        raise RuleViolation(
            _("More than %(most)s rows: narrow the list, and export it in parts.")
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


def write(ordered: Order, file: BinaryIO) -> None:
    """The spreadsheet of an export that is on record."""
    columns = ordered.of.columns
    headings = [str(heading) for heading in columns]
    with spreadsheet.marked(file, headings, mark=ordered.mark) as row:
        for one in ordered.of.read(ordered.keys):
            row([column(one) for column in columns.values()])
