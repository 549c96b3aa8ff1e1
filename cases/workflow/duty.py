"""Who is on duty when, and who stands in for whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from agency.core import clock
from agency.core.calendar import SHANGHAI
from agency.core.errors import Forbidden, Invalid, RuleViolation
from agency.core.models import Unit, User
from agency.core.roles import Role
from cases import lifecycle, on_duty
from cases.lifecycle import Kind
from cases.models import Post, Shift, Substitute

PLANNERS = {Role.DISPATCHER, Role.CHIEF, Role.LEADER}
DAYS = 7


@dataclass(frozen=True)
class Cell:
    """One shift of a week's roster, before anybody is named."""

    starts_at: datetime
    ends_at: datetime

    @property
    def key(self) -> str:
        """How a form calls it: 2026-03-02T08:00."""
        return f"{self.starts_at:%Y-%m-%dT%H:%M}"


def week(monday: date) -> list[Cell]:
    """The shifts of the week that begins on ``monday``, without a gap: the last ends with it."""
    changes = sorted(time.fromisoformat(change) for change in settings.DUTY_CHANGES)
    days = [monday + timedelta(days=number) for number in range(DAYS + 1)]
    moments = [datetime.combine(day, at, SHANGHAI) for day in days for at in changes]
    count = DAYS * len(changes)
    return [Cell(*pair) for pair in zip(moments[:count], moments[1 : count + 1], strict=True)]


def may_be_at(post: str) -> set[Role]:
    """Who may be on duty at ``post``: whoever a dispatch of some kind may name for it."""
    if post == Post.DISPATCHER:
        return set(on_duty.DISPATCHING)
    return {role for kind in Kind for role in lifecycle.officers_of(kind, post)}


def candidates(unit: Unit, post: str) -> QuerySet[User]:
    """Whom the roster of ``unit`` may name for ``post``: of the unit, or one below or above."""
    near = Q(unit__path__startswith=unit.path) | Q(unit__path__in=unit.ancestor_paths)
    return User.objects.at_work().filter(near, role__in=may_be_at(post))


@transaction.atomic
def plan_week(
    *, by: User, unit: str, post: str, monday: date, people: Mapping[str, str]
) -> list[Shift]:
    """Let the week be as told: ``people`` are usernames by the key of their cell.

    A cell that is not named is nobody's; what is over stays as it was.
    """
    _check_planner(by)
    where = Unit.objects.select_for_update(no_key=True).subtree(by.unit).filter(code=unit).first()
    if where is None:
        raise Invalid({"unit": [_("There is no such unit.")]})
    at, cells = clock.now(), week(monday)
    to_come = [cell for cell in cells if cell.ends_at > at]
    named = _named(where, post, {c.key: people[c.key] for c in to_come if people.get(c.key)})
    kept = Shift.objects.filter(unit=where, post=post, ends_at__gt=at)
    kept.between(cells[0].starts_at, cells[-1].ends_at).delete()
    shifts = [
        Shift(
            unit=where, post=post, person=named[cell.key], starts_at=cell.starts_at,
            ends_at=cell.ends_at, by=by,
        )
        for cell in to_come
        if cell.key in named
    ]  # fmt: skip
    return _written(shifts)


def _named(unit: Unit, post: str, people: Mapping[str, str]) -> dict[str, User]:
    known = {u.username: u for u in candidates(unit, post).filter(username__in=people.values())}
    unknown = {key for key, username in people.items() if username not in known}
    if unknown:
        wrong = [_("Nobody of this name can take it in this unit.")]
        raise Invalid(dict.fromkeys(sorted(unknown), wrong))
    return {key: known[username] for key, username in people.items()}


def _written(shifts: list[Shift]) -> list[Shift]:
    try:
        with transaction.atomic():
            return Shift.objects.bulk_create(shifts)
    except IntegrityError:
        sentence = _("Somebody named here is on duty at this post elsewhere at the same time.")
        raise RuleViolation(sentence) from None


@transaction.atomic
def name_substitutes(*, by: User, stand_ins: Mapping[str, str]) -> None:
    """Who stands in for whom: usernames of one's own subtree; an empty one ends it."""
    _check_planner(by)
    below = User.objects.at_work().filter(unit__path__startswith=by.unit.path)
    people = {user.username: user for user in below}
    errors = {
        name: [_("Nobody of this name can stand in for them.")]
        for name, other in stand_ins.items()
        if name not in people or (other and other not in people) or name == other
    }
    if errors:
        raise Invalid(errors)
    Substitute.objects.filter(person__username__in=stand_ins).delete()
    Substitute.objects.bulk_create(
        Substitute(person=people[name], stand_in=people[other], by=by)
        for name, other in stand_ins.items()
        if other
    )


def _check_planner(by: User) -> None:
    if by.role not in PLANNERS:
        raise Forbidden
