"""Somebody leaves: their open cases, duties and substitutions go to others, in bounded steps."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from agency.core import clock
from agency.core.errors import Forbidden, Invalid, NotThere
from agency.core.models import Unit, User
from agency.core.roles import STAFF, Role
from cases import acts, lifecycle
from cases.lifecycle import Kind
from cases.models import (
    Assignment,
    Callback,
    Case,
    CaseDeadline,
    CaseEvent,
    Departure,
    Heir,
    Mediation,
    Responsibility,
    Shift,
    Substitute,
)
from cases.workflow.closing import callers
from cases.workflow.duty import may_be_at
from cases.workflow.hands import keep_three, officers, successor, three_of
from cases.workflow.load import with_load

MANAGERS = {Role.CHIEF, Role.LEADER}
STEP = 50
POSTS = ("handler", "contact", "follow_up")
LEVELS = ("leader", "callback")
"""Who answers for a petition and who calls back; its core handler is who handles it."""
ABLE = frozenset().union(
    *(lifecycle.officers_of(kind, post) for kind in Kind for post in (*POSTS, *LEVELS))
)
"""The roles that can take over anything at all."""
LOOKED_AT = 200
"""So many cases are looked at before the first step."""


@dataclass(frozen=True)
class Share:
    """What one of those who take over is to get: usernames, codes; empty for any."""

    person: str
    unit: str = ""
    kind: str = ""


@transaction.atomic
def begin(*, by: User, person: str, shares: Iterable[Share], switch_off: bool) -> Departure:
    """Say who takes over what; where a hand-over is under way already, that is its new plan."""
    if by.role not in MANAGERS:
        raise Forbidden
    leaving = User.objects.filter(_within(by), username=person).exclude(pk=by.pk).first()
    if leaving is None:
        raise Invalid({"person": [_("Nobody of this name is in your units.")]})
    heirs = [_heir(by, leaving, share) for share in shares]
    if not heirs:
        raise Invalid({"heirs": [_("Say who takes over.")]})
    departure, _made = Departure.objects.select_for_update().get_or_create(
        person=leaving, done_at=None, defaults={"by": by}
    )
    departure.switch_off = switch_off
    departure.save()
    departure.heirs.all().delete()
    for heir in heirs:
        heir.departure = departure
    Heir.objects.bulk_create(heirs)
    return departure


def _within(by: User) -> Q:
    return Q(unit__path__startswith=by.unit.path)


def leavers(by: User) -> QuerySet[User]:
    """Who may be asked to hand over: the staff below ``by``."""
    return User.objects.filter(_within(by), role__in=STAFF, is_active=True).exclude(pk=by.pk)


def takers(by: User) -> QuerySet[User]:
    """Who may be named to take over."""
    return User.objects.at_work().filter(_within(by), role__in=ABLE)


def _heir(by: User, leaving: User, share: Share) -> Heir:
    person = takers(by).filter(username=share.person).exclude(pk=leaving.pk).first()
    unit = Unit.objects.subtree(by.unit).filter(code=share.unit).first() if share.unit else None
    if person is None or bool(unit) != bool(share.unit) or share.kind not in {"", *Kind.values}:
        raise Invalid({"heirs": [_("This person, unit or kind cannot be named here.")]})
    return Heir(person=person, unit=unit, kind=share.kind)


def visible(user: User) -> QuerySet[Departure]:
    """The hand-overs ``user`` may see and go on with."""
    if user.role not in MANAGERS:
        return Departure.objects.none()
    return Departure.objects.filter(person__unit__path__startswith=user.unit.path)


def left(person: User) -> QuerySet[Case]:
    """The open cases ``person`` has any part in."""
    current = Assignment.objects.filter(ended_at=None)
    named = current.filter(Q(handler=person) | Q(contact=person) | Q(follow_up=person))
    mediated = Mediation.objects.filter(ended_at=None, mediator=person)
    latest = Responsibility.objects.filter(case=OuterRef("case")).order_by("-pk").values("pk")[:1]
    levels = Responsibility.objects.filter(
        Q(leader=person) | Q(callback=person), pk=Subquery(latest), case__kind=Kind.PETITION
    )
    parts = (rows.values("case") for rows in (named, mediated, levels))
    mine = reduce(or_, (Q(pk__in=cases) for cases in parts), Q(handler=person))
    return Case.objects.open().filter(mine)


def stranded(departure: Departure, *, by: User) -> list[Case]:
    """The cases in hand of which some part is nobody's of those named; the first are looked at."""
    estate = Estate(departure, by, clock.now())
    cases = left(departure.person).select_related("unit").order_by("pk")[:LOOKED_AT]
    return [case for case in cases if None in estate.heirs_of(case, _current(case)).values()]


def _current(case: Case) -> Assignment | None:
    return case.assignments.filter(ended_at=None).first()


@transaction.atomic
def step(pk: int, *, by: User, after: int = 0, most: int = STEP) -> int | None:
    """Hand over the next cases, at most ``most``, beyond the one with the key ``after``.

    Returns the last one's key, for the next step; None when all were looked at. Then the
    hand-over is done, unless there are cases left that none of the named may take.
    """
    departure = visible(by).select_for_update(of=("self",)).filter(pk=pk, done_at=None).first()
    if departure is None:
        raise NotThere
    waiting = left(departure.person).filter(pk__gt=after).order_by("pk")
    keys = list(waiting.values_list("pk", flat=True)[:most])
    acts.lock_cases(pk__in=keys)
    at = clock.now()
    estate = Estate(departure, by, at)
    # Asked again: what was closed or given on before it was locked stays as it is.
    still = left(departure.person).filter(pk__in=keys)
    for case in still.select_related("unit").order_by("pk"):
        estate.hand_over(case)
    if keys:
        return keys[-1]
    if not left(departure.person).exists():
        _finish(departure, at)
    return None


class Estate:
    """What somebody leaves, on its way to the others."""

    def __init__(self, departure: Departure, by: User, at: datetime) -> None:
        self.person, self.by, self.at = departure.person, by, at
        self.heirs = list(departure.heirs.select_related("person", "unit"))
        people = with_load(User.objects.filter(pk__in=[heir.person_id for heir in self.heirs]))
        self.loads = dict(people.values_list("pk", "load"))

    def hand_over(self, case: Case) -> None:
        """Every part of the leaving person in ``case`` for which somebody named is fit."""
        current = _current(case)
        taken = {post: heir for post, heir in self.heirs_of(case, current).items() if heir}
        if mediator := taken.get("mediator"):
            self.mediations(case).update(mediator=mediator)
        if taken:
            self.write(case, current, taken)

    def heirs_of(self, case: Case, current: Assignment | None) -> dict[str, User | None]:
        """Each part of the leaving person, and who takes it; None where nobody named may."""
        parts = {
            post for post in POSTS if current and getattr(current, f"{post}_id") == self.person.pk
        }
        if case.handler_id == self.person.pk:
            parts.add("handler")
        heirs: dict[str, User | None] = {}
        for post in sorted(parts, reverse=True):  # the handler first
            heirs[post] = self.heir_for(case, post, current, heirs)
        if self.mediations(case).exists():
            handler = heirs.get("handler")
            heirs["mediator"] = handler or self.heir_for(case, "handler", current, heirs)
        three = three_of(case)
        for post in LEVELS if three else ():
            if getattr(three, f"{post}_id") == self.person.pk:
                heirs[post] = self.heir_for(case, post, current, heirs)
        return heirs

    def mediations(self, case: Case) -> QuerySet[Mediation]:
        return case.mediations.filter(ended_at=None, mediator=self.person)

    def heir_for(
        self, case: Case, post: str, current: Assignment | None, taken: dict
    ) -> User | None:
        """Who takes over this part; None where none of those named may."""
        fit = set(officers(case, post, case.unit).values_list("pk", flat=True))
        if post in LEVELS:
            three = three_of(case)
            fit -= {three.leader_id, three.core_handler_id, three.callback_id}
            fit -= {heir.pk for heir in taken.values() if heir}
        elif current and post != "handler" and not current.override:
            others = {"contact", "follow_up"} - {post}
            fit -= {current.by_id, *(getattr(current, f"{other}_id") for other in others)}
            fit -= {taken[other].pk for other in others if taken.get(other)}
        able = [h for h in self.heirs if h.person_id in fit and _covers(h, case)]
        narrowest = max((h.narrowness for h in able), default=0)
        able = [h for h in able if h.narrowness == narrowest]
        best = min(able, key=lambda h: (self.loads[h.person_id], h.person_id), default=None)
        return best and best.person

    def write(self, case: Case, current: Assignment | None, taken: dict[str, User]) -> None:
        """The new people, and one event a part."""
        posts = {f"{post}_id": heir.pk for post, heir in taken.items() if post in POSTS}
        if current and posts:
            current.ended_at = self.at
            current.save(update_fields=["ended_at"])
            successor(current, self.at, **posts).save()
        if handler := taken.get("handler"):
            self.loads[handler.pk] += 1
            keep_three(case, handler, by=self.by, at=self.at)
            Case.objects.filter(pk=case.pk).update(handler=handler)
            CaseDeadline.objects.open().filter(case=case).update(handler=handler)
        if levels := {post: heir for post, heir in taken.items() if post in LEVELS}:
            self.name_levels(case, levels)
        CaseEvent.objects.bulk_create(
            CaseEvent(
                case=case, kind=CaseEvent.Kind.HANDED_OVER, actor=self.by, at=self.at,
                data={"post": post, "person": self.person.username, "handler": heir.username},
            )
            for post, heir in taken.items()
        )  # fmt: skip

    def name_levels(self, case: Case, levels: dict[str, User]) -> None:
        """Of the three of a petition, in whose place others are now; a call that waits is theirs."""
        three = three_of(case)
        three.pk, three.by, three.at = None, self.by, self.at
        for post, heir in levels.items():
            setattr(three, post, heir)
        three.save(force_insert=True)
        if heir := levels.get("callback"):
            able = callers(case).filter(pk=heir.pk).first()
            Callback.objects.filter(case=case, done_at=None).update(officer=able)


def _covers(heir: Heir, case: Case) -> bool:
    in_unit = heir.unit is None or case.unit.path.startswith(heir.unit.path)
    return in_unit and heir.kind in {"", case.kind}


def _finish(departure: Departure, at: datetime) -> None:
    """Nothing is left in hand: duties, substitutions and calls go too, and the account if wanted."""
    person = departure.person
    _hand_over_duties(departure, at)
    Substitute.objects.filter(Q(person=person) | Q(stand_in=person)).delete()
    Callback.objects.filter(officer=person, done_at=None).update(officer=None)
    if departure.switch_off:
        person.is_active = False
        person.save(update_fields=["is_active"])
        person.end_tokens()
    departure.done_at = at
    departure.save(update_fields=["done_at"])


def _hand_over_duties(departure: Departure, at: datetime) -> None:
    """Shifts to come go to the first who may take them and is free; else the cell is empty."""
    heirs = [heir.person for heir in departure.heirs.select_related("person")]
    for shift in Shift.objects.filter(person=departure.person, ends_at__gt=at):
        busy = Shift.objects.filter(
            post=shift.post, starts_at__lt=shift.ends_at, ends_at__gt=shift.starts_at
        ).values_list("person", flat=True)
        able = [p for p in heirs if p.role in may_be_at(shift.post) and p.pk not in set(busy)]
        if able:
            shift.person = able[0]
            shift.save(update_fields=["person"])
        else:
            shift.delete()
