"""What there is to weigh for a refusal on R3: to each factor of Order 121 §17 the cases that may speak for it.

Nothing is ticked by it: whoever refuses looks, and says which factors hold.
"""

from dataclasses import dataclass, replace

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core.models import User
from cases import earlier
from cases.earlier import YEAR, Finding
from cases.grounds import FACTORS
from cases.lifecycle import Kind, State
from cases.models import Case, Consumer

NUMBERS = ("phone", "id_number")
"""By which somebody is the same person; from one door come several."""

SHARED = {
    "phone": gettext_lazy("One telephone under %(n)s names"),
    "door": gettext_lazy("One address under %(n)s names"),
}


@dataclass(frozen=True)
class Evidence:
    """A factor by its code and name, and what was found of it."""

    factor: str
    name: str
    found: list[Finding]


def evidence(case: Case, user: User) -> list[Evidence]:
    """Of each factor what ``user`` may see of the year before; of what is no complaint, nothing."""
    if case.kind != Kind.COMPLAINT:
        return []
    seen = _before(case, user)
    people = earlier.citizens(case.consumer, seen)
    persons = {person.pk: person for asked in NUMBERS for person in people.get(asked, [])}
    own = seen.filter(earlier.of_people(persons.values())) if persons else seen.none()
    about = seen.filter(merchant__in=case.merchant.same) if case.merchant else seen.none()
    found = {
        "volume": _volume(case, own),
        "mass": _mass(case, own, about),
        "no_consumption": _no_consumption(case, own, about),
        "shared_contact": _shared(case.consumer, people, seen),
    }
    return [
        Evidence(code, str(FACTORS[code]), told)
        for code, rows in found.items()
        if (told := [row for row in rows if row])
    ]


def _before(case: Case, user: User) -> QuerySet[Case]:
    year = {"arrived_at__lte": case.arrived_at, "arrived_at__gt": case.arrived_at - YEAR}
    seen = earlier.beside(user, case.kind).filter(kind=Kind.COMPLAINT, **year)
    return seen.exclude(pk=case.pk).exclude(state=State.MERGED)


def _volume(case: Case, own: QuerySet[Case]) -> list[Finding | None]:
    of_class = own.filter(category=case.category) if case.category_id else own.none()
    return [
        earlier.found(own, _("Complaints by the same person within the year before")),
        earlier.found(of_class, _("Of these, about the same goods or services")),
    ]


def _mass(case: Case, own: QuerySet[Case], about: QuerySet[Case]) -> list[Finding | None]:
    """That others complain of a merchant speaks against the merchant: only the same words are told of them."""
    same = own.filter(pk__in=about.values("pk"))
    of_problem = same.filter(problem=case.problem) if case.problem_id else same.none()
    return [
        earlier.found(
            same,
            _("Complaints by the same person about the same merchant within the year before"),
        ),
        earlier.found(of_problem, _("Of these, about the same problem")),
        _alike(case, own, about),
    ]


def _alike(case: Case, own: QuerySet[Case], about: QuerySet[Case]) -> Finding | None:
    if not (told := earlier.alike(case, about)):
        return None
    by_them = told.every.filter(pk__in=own.values("pk")).count()
    return replace(told, aside=[_("%(n)s of them by the same person") % {"n": by_them}])


def _no_consumption(case: Case, own: QuerySet[Case], about: QuerySet[Case]) -> list[Finding | None]:
    again = (
        own.filter(pk__in=about.values("pk"), arrived_at__date__lt=case.occurred_on)
        if case.occurred_on
        else own.none()
    )
    refused = own.filter(decisions__ground="R3").distinct()
    return [
        earlier.found(
            again,
            _("Bought on %(day)s, after a complaint by the same person about the same merchant")
            % {"day": case.occurred_on},
        ),
        earlier.found(
            refused, _("Complaints by the same person that were not accepted on this ground (R3)")
        ),
    ]


def _shared(
    own: Consumer, people: dict[str, list[Consumer]], seen: QuerySet[Case]
) -> list[Finding | None]:
    return [_under_names(own, people[asked], seen, why) for asked, why in SHARED.items() if asked in people]  # fmt: skip


def _under_names(
    own: Consumer, people: list[Consumer], seen: QuerySet[Case], why: str
) -> Finding | None:
    names = earlier.names_of([own, *people])
    if len(names) < 2:
        return None
    return earlier.found(seen.filter(earlier.of_people(people)), why % {"n": len(names)})
