"""The cases of one citizen, by telephone or identity number: exact, within scope, on record.

No list and no search finds anybody by these. Who asks here leaves a row: who, when, by which
of the two, and how many were found; never the number.
"""

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import QuerySet

from agency.core import clock
from agency.core.models import User
from cases.models import Case, Consumer, Ticket

LOOKED_UP = 4
"""Beside the three that Django's log of the admin knows: added, changed, deleted."""


@transaction.atomic
def cases_of(*, by: User, **number: str) -> QuerySet[Case]:
    """The citizen's cases that ``by`` sees. ``number``: phone or id_number, as intake keeps it.

    A reporter is not found.
    """
    [asked] = number
    citizens = list(Consumer.objects.filter(**number).values_list("pk", flat=True))
    own = Case.objects.filter(consumer__in=citizens).values_list("pk", flat=True)
    linked = Ticket.objects.filter(consumer__in=citizens).values_list("case", flat=True)
    found = Case.objects.visible_to(by).filter(pk__in={*own, *linked})
    _put_on_record(by, asked, found.count())
    return found


def _put_on_record(by: User, asked: str, count: int) -> None:
    LogEntry.objects.create(
        user=by, action_time=clock.now(), action_flag=LOOKED_UP,
        content_type=ContentType.objects.get_for_model(Case),
        change_message=f"looked up by {asked}, found {count}",
    )  # fmt: skip
