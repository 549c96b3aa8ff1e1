"""Who stands aside from a case: may not be named for it, and does nothing on it."""

from django.db.models import Exists, F, Q, QuerySet
from django.db.models.functions import Coalesce, TruncDate
from django.utils.translation import gettext as _

from agency.core.calendar import SHANGHAI
from agency.core.clock import AgencyNow
from agency.core.errors import RuleViolation
from agency.core.models import User
from cases.lifecycle import State
from cases.models import Case, Decision, Merchant, Recusal
from cases.models.merchant import identity

TODAY = TruncDate(AgencyNow(), tzinfo=SHANGHAI)
IN_FORCE = Q(ended_on=None) | Q(ended_on__gte=TODAY)


def recused(case: Case) -> QuerySet[User]:
    """Who may not handle the case: by the recusal list, or a party had them stand aside."""
    return User.objects.filter(Q(pk__in=_listed(case)) | Q(pk__in=_stood_aside(case)))


def _listed(case: Case) -> QuerySet:
    """Who has the case's merchant on the recusal list today."""
    named = Merchant.objects.filter(pk=case.merchant_id).values(one=Coalesce("head", "pk"))
    entries = Recusal.objects.alias(counts_as=identity("merchant"))
    return entries.filter(IN_FORCE, counts_as__in=named).values("profile__person")


def has_listed(person: object, merchant: object) -> Exists:
    """Of a query: whether ``person`` has ``merchant`` on the recusal list today.

    ``merchant``: as which it counts, the ``identity`` of cases/models/merchant.py.
    """
    entries = Recusal.objects.alias(counts_as=identity("merchant"))
    return Exists(entries.filter(IN_FORCE, profile__person=person, counts_as=merchant))


def _stood_aside(case: Case) -> QuerySet:
    """Whose mediation of this case ended with a recusal that was granted. Order 121 §21.

    While it is asked for, whose mediation rests.
    """
    granted = Q(case__decisions__kind=Decision.Kind.RECUSAL, case__decisions__ground="granted")
    ended_by_it = granted & Q(case__decisions__at=F("ended_at"))
    rests = Q(ended_at=None, case__state=State.SUSPENDED_RECUSAL)
    return case.mediations.filter(ended_by_it | rests).exclude(mediator=None).values("mediator")


def check_may_handle(person: User, case: Case) -> None:
    """Refuse who is recused, and say why."""
    if case.merchant_id and _listed(case).filter(profile__person=person).exists():
        raise RuleViolation(
            _("%(name)s may not handle this merchant's cases: the recusal list says so.")
            % {"name": person.name}
        )
    if _stood_aside(case).filter(mediator=person).exists():
        raise RuleViolation(
            _("%(name)s stands aside in this case: a recusal was asked for.")
            % {"name": person.name}
        )
