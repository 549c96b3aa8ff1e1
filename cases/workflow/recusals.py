"""Whose cases somebody may not handle."""

from django.db.models import Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from agency.core.calendar import SHANGHAI
from agency.core.clock import AgencyNow
from agency.core.errors import RuleViolation
from agency.core.models import User
from cases.models import Case, Recusal

TODAY = TruncDate(AgencyNow(), tzinfo=SHANGHAI)


def recused(case: Case) -> QuerySet[Recusal]:
    """The entries of all recusal lists that name the case's merchant today."""
    in_force = Q(ended_on=None) | Q(ended_on__gte=TODAY)
    return Recusal.objects.filter(in_force, merchant=case.merchant_id)


def check_may_handle(person: User, case: Case) -> None:
    """Refuse who has the case's merchant on the recusal list."""
    if case.merchant_id and recused(case).filter(profile__person=person).exists():
        raise RuleViolation(
            _("%(name)s may not handle this merchant's cases: the recusal list says so.")
            % {"name": person.name}
        )
