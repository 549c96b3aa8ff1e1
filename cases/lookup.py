"""The cases of one citizen, by telephone or identity number: exact, within scope, on record.

No list and no search finds anybody by these. Who asks here leaves a row: who, when, by which
of the two, and which cases were found; never the number.
"""

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from agency.core import clock
from agency.core.errors import RuleViolation
from agency.core.models import Access, User
from cases.models import Case, Consumer, Ticket


@transaction.atomic
def cases_of(*, by: User, **number: str) -> QuerySet[Case]:
    """The citizen's cases that ``by`` sees. ``number``: phone or id_number, as intake keeps it.

    A reporter is not found. Raises RuleViolation after LOOKUPS_AN_HOUR.
    """
    _brake(by)
    [asked] = number
    citizens = list(
        Consumer.objects.filter(**{f"{asked}_index": number[asked]}).values_list("pk", flat=True)
    )
    own = Case.objects.filter(consumer__in=citizens).values_list("pk", flat=True)
    linked = Ticket.objects.filter(consumer__in=citizens).values_list("case", flat=True)
    found = Case.objects.visible_to(by).filter(pk__in={*own, *linked})
    keys = list(found.values_list("pk", flat=True))
    Access.objects.create(
        kind=Access.Kind.LOOKED_UP, by=by, what=asked, subject=Case._meta.label_lower,
        found=len(keys), found_ids=keys, at=clock.now(),
    )  # fmt: skip
    return found


def _brake(by: User) -> None:
    """So many in an hour are work; more is somebody trying numbers."""
    if Access.objects.is_enough(by, Access.Kind.LOOKED_UP, settings.LOOKUPS_AN_HOUR):
        raise RuleViolation(
            _("You have looked up %(most)s numbers within an hour: ask your chief.")
            % {"most": settings.LOOKUPS_AN_HOUR}
        )
