"""Whom a notice concerns: a handler, or the nearest who holds a role."""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q, QuerySet

from agency.core import clock
from agency.core.clock import AgencyNow
from agency.core.models import Delivery, Notification, User
from agency.core.notifications import words
from agency.core.notifications.topics import topic_of
from agency.core.roles import Role

log = logging.getLogger(__name__)

BATCH = 1000
PERSONAL = {"handler", "user"}
"""Targets that mean the notification's ``handler``."""

WITHOUT_HANDLER = {"handler": Role.DISPATCHER, "unit": None}
"""Who is told while nobody has the matter in hand, beside the unit that owes it; None: nobody."""

Takers = Callable[[list[Notification]], Mapping[int, Collection[Role]]]
"""By the pk of each notification the roles that could take its matter in hand."""

Barred = Callable[[list[Notification]], Mapping[int, Collection[int]]]
"""By the pk of each notification the people, by theirs, who may not do what it asks for."""

Dispatchers = Callable[[list[Notification]], Mapping[int, Sequence[User]]]
"""By the pk of each notification for the dispatchers who of them is meant now; none: all."""

_takers: dict[str, Takers] = {}
_barred: dict[str, Barred] = {}
_dispatchers: dict[str, Dispatchers] = {}

STANDS_IN = {Role.CHIEF: Role.LEADER, Role.CALLBACK: Role.REGISTRAR}
"""Who is told at once where nobody near holds the post."""

MOST = 20
"""So many are told of one matter; more would mean nobody."""


def taken_by(subject: str, takers: Takers) -> None:
    """Let ``takers`` say who could take in hand what is about ``subject`` (``app.model``)."""
    _takers[subject] = takers


def kept_from(subject: str, barred: Barred) -> None:
    """Let ``barred`` say who may not do what is asked about ``subject`` (``app.model``)."""
    _barred[subject] = barred


def dispatched_by(subject: str, dispatchers: Dispatchers) -> None:
    """Let ``dispatchers`` say who is on duty for what is about ``subject`` (``app.model``)."""
    _dispatchers[subject] = dispatchers


POISON_PAUSE = timedelta(minutes=5)
"""A notice that cannot be addressed is let be for so long."""


def address_pending(until: float) -> int:
    """Address every new notice, oldest first, until the monotonic moment ``until``."""
    total = 0
    while addressed := _address_some(_new(), until):
        total += addressed
        if time.monotonic() > until:
            break
    return total


def _new():
    free = Q(postponed_until=None) | Q(postponed_until__lte=AgencyNow())
    return Notification.objects.filter(free, addressed_at=None).order_by("created_at", "pk")


def _address_some(new: QuerySet, until: float) -> int:
    """One batch nobody else has in hand; halved while it fails, until what is to blame is alone."""
    batch: list[Notification] = []
    try:
        with transaction.atomic():
            batch += _taken(new)
            return _address(batch)
    except (OperationalError, InterfaceError):  # the database is away or says wait
        raise
    except Exception:
        if not batch:
            raise
        if len(batch) == 1:
            return _put_aside(batch[0])
    middle = len(batch) // 2
    halves = [[n.pk for n in half] for half in (batch[:middle], batch[middle:])]
    return sum(
        _address_some(new.filter(pk__in=half), until)
        for half in halves
        if time.monotonic() <= until
    )


def _taken(new: QuerySet) -> list[Notification]:
    locked = new.select_for_update(skip_locked=True, of=("self",), no_key=True)
    return list(locked.select_related("unit", "handler")[:BATCH])


@transaction.atomic
def _put_aside(notification: Notification) -> int:
    """Keep a notice that cannot be addressed from silencing the others; it comes back later."""
    log.exception("notification %s cannot be addressed", notification.pk)
    later = AgencyNow() + POISON_PAUSE
    Notification.objects.filter(pk=notification.pk).update(postponed_until=later)
    alarm = Notification(
        dedup_key=f"notice_poisoned:{clock.now():%Y%m%d%H}", topic="notice_poisoned",
        target=Role.ADMIN, unit=notification.unit,
        subject="core.notification", subject_id=notification.pk,
    )  # fmt: skip
    Notification.objects.bulk_create([alarm], ignore_conflicts=True)
    return 0


def _address(batch: list[Notification]) -> int:
    """The deliveries and the mark of each; for who holds them locked."""
    directory, at = Directory(batch), clock.now()
    people = {notification: directory.receivers(notification) for notification in batch}
    deliveries = [
        delivery
        for notification, users in people.items()
        for user in users
        for delivery in _deliveries(notification, user, at, directory)
    ]
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True, batch_size=BATCH)
    _miss([notification for notification, users in people.items() if not users], at)
    Notification.objects.filter(pk__in=[n.pk for n in batch]).update(addressed_at=at)
    return len(batch)


def _deliveries(
    notification: Notification, user: User, at: datetime, directory: "Directory"
) -> Iterable[Delivery]:
    told = {"notification": notification, "recipient": user, "next_try_at": at}
    if not topic_of(notification.topic).is_letter:
        yield Delivery(channel=Delivery.Channel.IN_APP, sent_at=at, **told)
    if settings.NOTIFY_BY_EMAIL and user.email and directory.sends_mail(notification, user):
        yield Delivery(channel=Delivery.Channel.EMAIL, **told)


def _miss(unheard: list[Notification], at: datetime) -> None:
    """Let the administrators know that a position is empty: once an hour, not once a notice."""
    for notification in unheard:
        log.warning(
            "notification %s: nobody to tell as %s of unit %s",
            notification.pk, notification.target, notification.unit_id,
        )  # fmt: skip
    wanted = [
        Notification(
            dedup_key=f"nobody:{n.unit_id}:{n.target}:{at:%Y%m%d%H}", topic="nobody_to_tell",
            target=Role.ADMIN, unit=n.unit, subject="core.notification", subject_id=n.pk,
            created_at=at,
        )
        for n in unheard
        if n.target != Role.ADMIN
    ]  # fmt: skip
    Notification.objects.bulk_create(wanted, ignore_conflicts=True)


class Directory:
    """Who holds which role where, read once for a whole batch."""

    def __init__(self, batch: list[Notification]) -> None:
        paths = {path for n in batch for path in n.unit.ancestor_paths}
        in_nobodys_hands = [n for n in batch if _is_open_to_all(n)]
        roles = {_role(n) for n in batch}
        roles |= {STANDS_IN[role] for role in roles & set(STANDS_IN)}
        self.hands = _hands(in_nobodys_hands)
        self.barred = _asked(_barred, batch)
        self.on_duty = _asked(_dispatchers, [n for n in batch if _is_for_dispatchers(n)])
        roles |= {Role.CHIEF}.union(*self.hands.values()) if in_nobodys_hands else set()
        near = Q(role__in=roles, unit__path__in=paths)
        if any(topic_of(n.topic).for_all_below for n in batch):
            near |= Q(role__in=roles)
        people = User.objects.at_work().filter(near | Q(role=Role.ADMIN))
        self.holders: dict[tuple[str, str], list[User]] = defaultdict(list)
        for user in people.select_related("unit").order_by("pk"):
            self.holders[user.role, user.unit.path].append(user)
        self.owing = self._who_may_know(in_nobodys_hands)

    def receivers(self, notification: Notification) -> list[User]:
        """Whom to tell; of administrators any where none is near. Nobody: an empty list."""
        handler = notification.handler
        if notification.target in PERSONAL and handler and handler.is_active:
            return [handler]
        if topic_of(notification.topic).for_all_below:
            return self._below(notification)
        if notification.target == Role.ADMIN:
            return self._nearest(notification) or self._administrators()
        if _is_open_to_all(notification):
            return self._open_to_all(notification)
        stand_in = STANDS_IN.get(notification.target)
        return self._nearest(notification) or self._nearest(notification, stand_in)

    def sends_mail(self, notification: Notification, user: User) -> bool:
        """To whom it is for; who is told because nobody has it in hand reads it in the house."""
        is_meant = user.role == _role(notification) or user in self.on_duty.get(notification.pk, ())
        return topic_of(notification.topic).by_email and (
            is_meant or not _is_open_to_all(notification)
        )

    def _open_to_all(self, notification: Notification) -> list[User]:
        """The dispatchers on duty, else all, and those who could take it, the unit's chief first."""
        people = list(dict.fromkeys([*self._nearest(notification), *self.owing[notification]]))
        if len(people) > MOST:
            log.warning(
                "notification %s: %s of %s receivers told", notification.pk, MOST, len(people)
            )
        return people[:MOST]

    def _unit_of(self, notification: Notification) -> list[User]:
        hands = self.hands.get(notification.pk)
        team = self._nearest(notification, *hands) if hands else []
        is_chiefs = notification.target == "unit" or notification.topic == "deadline_breached"
        return [*self._nearest(notification, Role.CHIEF), *team] if is_chiefs else team

    def _who_may_know(self, notifications: list[Notification]) -> dict[Notification, list[User]]:
        """Of those who could take each one, who may see what it is about: a few queries a person."""
        meant: dict[User, list[Notification]] = defaultdict(list)
        for notification in notifications:
            for user in self._unit_of(notification):
                meant[user].append(notification)
        known = {user: words.tell(rows, to=user) for user, rows in meant.items()}
        return {
            n: [user for user in self._unit_of(n) if n.pk in known[user]] for n in notifications
        }

    def _nearest(self, notification: Notification, *roles: str | None) -> list[User]:
        """Who holds a role in the unit, or in the nearest unit above that has somebody.

        Without ``roles``: whom it is for, of the dispatchers who is on duty.
        """
        if not roles and (on_duty := self.on_duty.get(notification.pk)):
            return list(on_duty)
        roles = roles or (_role(notification),)
        barred = self.barred.get(notification.pk, ())
        teams = (
            [u for role in roles for u in self.holders.get((role, path), []) if u.pk not in barred]
            for path in notification.unit.ancestor_paths
        )
        return next(filter(None, teams), [])

    def _below(self, notification: Notification) -> list[User]:
        role, top = _role(notification), notification.unit.path
        return [
            user
            for (held, path), team in self.holders.items()
            if held == role and path.startswith(top)
            for user in team
            if words.tell([notification], to=user)
        ]

    def _administrators(self) -> list[User]:
        everywhere = [team for (role, _path), team in self.holders.items() if role == Role.ADMIN]
        return [user for team in everywhere for user in team]


def _hands(notifications: list[Notification]) -> dict[int, list[Role]]:
    """The roles that could take each in hand, but the chief, who is told of the breach."""
    found = _asked(_takers, notifications)
    return {pk: [r for r in Role if r in roles and r != Role.CHIEF] for pk, roles in found.items()}


def _asked(registry: Mapping[str, Callable], notifications: list[Notification]) -> dict:
    """What whoever is registered for their subjects says of them, all of a subject at once."""
    by_subject: dict[str, list[Notification]] = defaultdict(list)
    for notification in notifications:
        by_subject[notification.subject].append(notification)
    return {
        pk: said
        for subject, group in by_subject.items()
        if subject in registry
        for pk, said in registry[subject](group).items()
    }


def _is_open_to_all(notification: Notification) -> bool:
    """Meant for a handler, and there is none."""
    handler = notification.handler
    return notification.target in WITHOUT_HANDLER and not (handler and handler.is_active)


def _is_for_dispatchers(notification: Notification) -> bool:
    is_meant = notification.target == Role.DISPATCHER or _is_open_to_all(notification)
    return is_meant and _role(notification) == Role.DISPATCHER


def _role(notification: Notification) -> str | None:
    return WITHOUT_HANDLER.get(notification.target, notification.target)
