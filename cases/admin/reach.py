"""The scope again, in a shape an index can serve.

``visible_to`` decides; it asks two questions joined by "or", which sends the planner through
the whole table when somebody sees little of it. ``within`` says the same in keys: added to a
scoped query it takes nothing away and finds the rows first.
"""

from django.db.models import Q, QuerySet

from agency.core.models import Unit, User
from cases.models import Assignment


def within(rows: QuerySet, user: User, *, case: str = "pk", now: bool = False) -> QuerySet:
    """``rows`` with a ``unit`` that lie in ``user``'s subtree or were given to ``user`` elsewhere.

    ``case`` names the key of the case in a row; ``now`` leaves out what was given away again.
    """
    units = Unit.objects.subtree(user.unit).values_list("pk", flat=True)
    given = Assignment.objects.of(user).exclude(case__unit__path__startswith=user.unit.path)
    if now:
        given = given.filter(ended_at=None)
    elsewhere = list(given.values_list("case", flat=True))
    inside = Q(unit__in=list(units))
    return rows.filter(inside | Q(**{f"{case}__in": elsewhere}) if elsewhere else inside)
