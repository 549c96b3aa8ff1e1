"""Who is on duty now: whom a notice means that names nobody, and who follows up then.

The roster and who stands in: cases/models/duty.py; they are written in cases/workflow/duty.py.
"""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Length

from agency.core import clock
from agency.core.models import Notification, Unit, User
from agency.core.roles import Role
from cases.models import Post, Shift, Substitute

DISPATCHING = frozenset({Role.DISPATCHER, Role.CHIEF})
"""Who may be on duty as dispatcher."""


def nearest(able: QuerySet[User], post: str, unit: Unit) -> User | None:
    """Of ``able`` who is on duty at ``post`` for ``unit``, or the nearest above; else None."""
    shifts = Shift.objects.at(clock.now()).filter(post=post, unit__path__in=unit.ancestor_paths)
    by_nearness = shifts.filter(person__in=able).order_by(Length("unit__path").desc(), "person")
    shift = by_nearness.select_related("person").first()
    return shift and shift.person


def dispatchers(notifications: list[Notification]) -> dict[int, Sequence[User]]:
    """Whom each notice means that is for the dispatchers, by its pk: the nearest on duty.

    Beside who shows no sign of life their substitute is told. Where nobody is on duty, or
    nobody told shows one, the notice is missing here: it means every dispatcher then.
    """
    at = clock.now()
    paths = {path for n in notifications for path in n.unit.ancestor_paths}
    shifts = Shift.objects.at(at).filter(post=Post.DISPATCHER, unit__path__in=paths)
    there = list(shifts.order_by("person").values_list("unit__path", "person"))
    if not there:
        return {}
    stand_ins = dict(
        Substitute.objects.filter(person__in=[person for _path, person in there])
        .values_list("person", "stand_in")
    )  # fmt: skip
    asked = User.objects.at_work().filter(role__in=DISPATCHING).select_related("unit")
    people = asked.in_bulk({person for _path, person in there} | set(stand_ins.values()))
    return {
        n.pk: told
        for n in notifications
        if (told := _told(n, there, stand_ins, people, at)) and any(_is_there(p, at) for p in told)
    }


def _told(notification, there, stand_ins, people: dict[int, User], at: datetime) -> list[User]:
    """Who is on duty nearest, and who stands in for who is silent; of who may see its unit."""
    above = notification.unit.ancestor_paths
    able = {pk: user for pk, user in people.items() if user.unit.path in above}
    for path in above:
        if on_duty := [able[pk] for at_path, pk in there if at_path == path and pk in able]:
            silent = [user for user in on_duty if not _is_there(user, at)]
            beside = [able.get(stand_ins.get(user.pk)) for user in silent]
            return list(dict.fromkeys(filter(None, [*on_duty, *beside])))
    return []


def _is_there(user: User, at: datetime) -> bool:
    seen = user.last_seen_at
    return seen is not None and seen > at - settings.HAND_OVER_AFTER
