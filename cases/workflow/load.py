"""How much everybody has in hand, and who has the least."""

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from agency.core.models import Unit, User
from agency.core.roles import Role
from cases.models import Case

PRESSING = Q(urgent=True) | Q(is_priority=True)

LOAD = Coalesce(
    Subquery(
        Case.objects.open()
        .filter(handler=OuterRef("pk"))
        .order_by()
        .values("handler")
        .annotate(load=Count("pk") + Count("pk", filter=PRESSING))
        .values("load")
    ),
    Value(0),
)
"""Of a person: the open cases they handle, an urgent or priority one counted twice."""


def with_load(people: QuerySet[User]) -> QuerySet[User]:
    """Each with ``load``."""
    return people.annotate(load=LOAD)


def least_loaded(people: QuerySet[User], unit: Unit) -> User | None:
    """Of ``people`` the one of the unit itself with the least in hand; None for nobody.

    The chief only where there is nobody else: who decides should not handle. Of two with the
    same load, who is longer there.
    """
    own = with_load(people.filter(unit__path__startswith=unit.path)).order_by("load", "pk")
    return own.exclude(role=Role.CHIEF).first() or own.first()
