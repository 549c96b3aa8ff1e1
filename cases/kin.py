"""Which cases that came out of one another are told of together: a report and a case that names
people never, but to the custodian and to whoever made one out of the other.

Every door reads this. Source: SAMR Order 121 §37; docs/decisions/0012-sealed-people.md.
"""

from collections.abc import Iterable

from django.db.models import Q

from agency.core.models import User
from agency.core.roles import Role
from cases.lifecycle import Kind
from cases.models import Case, CaseEvent

Kinds = CaseEvent.Kind
NAMES_A_CASE = ("from", "into", "case_no", "origin", "of")
"""What an event may say of another case."""
BRANCHED = {Kinds.SPLIT, Kinds.CONVERTED}
"""These tell of nothing else: without the other case they are not told."""


def of(case: Case, user: User) -> list[Case]:
    """What it came out of, first, and what came out of it, as far as ``user`` may know."""
    kin = list(Case.objects.filter(Q(offspring=case) | Q(origin=case)).order_by("pk"))
    told = [other for other in kin if not _are_apart(case, other.kind) or _knows(user, case, other)]
    return sorted(told, key=lambda other: other.pk != case.origin_id)


def origin_of(case: Case, user: User) -> Case | None:
    """What it came out of, as far as ``user`` may know."""
    return next((other for other in of(case, user) if other.pk == case.origin_id), None)


def _are_apart(case: Case, kind: str) -> bool:
    return (case.kind == Kind.REPORT) != (kind == Kind.REPORT)


def _knows(user: User, case: Case, other: Case) -> bool:
    """Whoever made one out of the other: the event of the later one's beginning names them."""
    later = case if case.origin_id == other.pk else other
    begun = CaseEvent.objects.filter(case=later, kind=Kinds.REGISTERED, actor=user)
    return user.role == Role.CUSTODIAN or begun.exists()


def told(case: Case, events: Iterable[CaseEvent], user: User | None) -> list[CaseEvent]:
    """``events`` of ``case`` without what names a case apart from it. ``user``: None for anybody."""
    events = list(events)
    if user and user.role == Role.CUSTODIAN:
        return events
    hidden = _hidden(case, events)
    return [e for e in events if (user and e.actor == user) or _veiled(e, hidden)]


def _veiled(event: CaseEvent, hidden: set[str]) -> bool:
    """Whether the event is still told, without the numbers that are ``hidden``."""
    named = {key for key in NAMES_A_CASE if event.data.get(key) in hidden}
    event.data = {key: said for key, said in event.data.items() if key not in named}
    return not (named and event.kind in BRANCHED)


def _hidden(case: Case, events: list[CaseEvent]) -> set[str]:
    named = {no for event in events for key in NAMES_A_CASE if (no := event.data.get(key))}
    others = Case.objects.filter(no__in=named).only("no", "kind") if named else []
    return {other.no for other in others if _are_apart(case, other.kind)}
