"""How much everybody has in hand, and who has the least."""

from datetime import datetime, timedelta

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from agency.core.models import Unit, User
from agency.core.roles import Role
from cases.lifecycle import HANDLERS, whose_work
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


def desks(top: Unit, at: datetime) -> list[User]:
    """Who handles cases in ``top`` and below, by unit, who has the most first.

    Each with ``load``, and of the open cases: how many there are (``open``), are ``late`` and fall
    due within a day (``near``); ``next_due_at``.
    """
    people = User.objects.filter(unit__path__startswith=top.path, role__in=HANDLERS | {Role.CHIEF})
    figures = _figures(people, at)
    found = with_load(people).select_related("unit").order_by("unit__path", "-load", "name")
    for person in found:
        for name, figure in (figures.get(person.pk) or NOTHING).items():
            setattr(person, name, figure)
    return [person for person in found if person.is_at_work or person.open]


NOTHING = {"open": 0, "late": 0, "near": 0, "next_due_at": None}


def _figures(people: QuerySet[User], at: datetime) -> dict[int, dict]:
    soon = Q(next_due_at__gte=at, next_due_at__lt=at + timedelta(days=1))
    rows = Case.objects.open().filter(handler__in=people).order_by().values("handler")
    counted = rows.annotate(
        open=Count("pk"), late=Count("pk", filter=Q(next_due_at__lt=at)),
        near=Count("pk", filter=soon), soonest=Min("next_due_at"),
    )  # fmt: skip
    return {row.pop("handler"): {**row, "next_due_at": row["soonest"]} for row in counted}


def least_loaded(
    people: QuerySet[User], unit: Unit, kind: str, *, last: QuerySet[User]
) -> User | None:
    """Of ``people`` the one of the unit itself with the least in hand; None for nobody.

    Whose work the kind is comes first, and the chief only where there is nobody else: who decides
    should not handle; of the others first who is none of ``last``. Of two with the same load, who
    is longer there.
    """
    own = with_load(people.filter(unit__path__startswith=unit.path))
    own = own.alias(comes_last=Q(pk__in=last)).order_by("comes_last", "load", "pk")
    others = own.exclude(role=Role.CHIEF)
    return others.filter(role__in=whose_work(kind)).first() or others.first() or own.first()
