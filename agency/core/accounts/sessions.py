"""Sessions: thirty minutes without a person end one, twelve hours end it in any case.

Django's session engine (settings.SESSION_ENGINE) on a table of our own, so that each account's
sessions can be counted, shown and ended. The limits stand in the query that reads a session
(``alive`` in agency/core/models/session.py): by the database's clock, at no further cost.
"""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as Store
from django.db import transaction
from django.db.models import Q, QuerySet

from agency.core.clock import AgencyNow
from agency.core.models import Session, User

WALL = ("/dashboard/wall/", "/api/v1/deadlines/board/")
"""What a session that hangs on the wall may still read when it is idle."""

GRAIN = timedelta(minutes=1)
"""So exactly is it known when somebody was there; within it no row is written again."""

PLACE = "place"
"""Where a session says from which browser and address it was begun."""


def digest_of(key: str) -> str:
    """160 bits of the SHA-256, as many as the key has."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


class SessionStore(Store):
    """Reads none that has ended; ``row`` is what was read, None for a new one."""

    row: Session | None = None

    @classmethod
    def get_model_class(cls):
        return Session

    @property
    def digest(self) -> str | None:
        """What the row is called: who reads the table has no cookie of it."""
        return digest_of(self.session_key) if self.session_key else None

    def exists(self, session_key):
        return super().exists(digest_of(session_key))

    def delete(self, session_key=None):
        if key := session_key or self.session_key:
            super().delete(digest_of(key))

    def _get_session_from_db(self):
        is_stale = Q(seen_at__lt=AgencyNow() - GRAIN)
        living = Session.objects.alive().annotate(is_stale=is_stale)
        self.row = living.filter(pk=self.digest).first()
        if self.row is None:
            self._session_key = None
        return self.row

    def create_model_instance(self, data):
        row = super().create_model_instance(data)
        row.session_key, row.user_id = self.digest, data.get(SESSION_KEY)
        return row

    @property
    def is_for_the_wall_alone(self) -> bool:
        """Nobody has been at it for long: it may show the wall, and nothing else."""
        self._get_session()
        return bool(self.row and not self.row.is_used)

    @classmethod
    def clear_expired(cls) -> None:
        living = Session.objects.alive().values("pk")
        Session.objects.exclude(pk__in=living).delete()


class OnlyTheWall:
    """Middleware. A session that hangs on the wall opens nothing else once it is idle."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        has_cookie = settings.SESSION_COOKIE_NAME in request.COOKIES
        if has_cookie and request.path not in WALL and request.session.is_for_the_wall_alone:
            return self.without(request.session, request)
        return self.get_response(request)

    def without(self, hanging: SessionStore, request):
        """The answer to who is not logged in. The wall beside it keeps its cookie."""
        request.session = nobodys = SessionStore()
        response = self.get_response(request)
        if request.session is nobodys and nobodys.is_empty():
            request.session = hanging
        return response


def seen(session: SessionStore) -> None:
    """A person has just used it. One that is idle already stays so."""
    if session.row and session.row.is_used and session.row.is_stale:
        Session.objects.filter(pk=session.digest).update(seen_at=AgencyNow())


def hang_on_wall(session: SessionStore) -> None:
    """From now on it shows the wall also while nobody is at it."""
    session.modified = True  # its cookie lasts as long
    if session.row and not session.row.hangs_on_wall:
        Session.objects.filter(pk=session.digest).update(hangs_on_wall=True)


@transaction.atomic
def begin(session: SessionStore, user: User) -> None:
    """Write the session of who has just logged in; the oldest beyond SESSIONS_AT_ONCE end.

    One that hangs on the wall goes on hanging there, and opens nothing else any more.
    """
    User.objects.select_for_update().get(pk=user.pk)
    session.save()
    if not settings.SESSIONS_AT_ONCE:
        return
    others = Session.objects.filter(user=user).exclude(pk=session.digest)
    newest = others.filter(hangs_on_wall=False).order_by("-started_at").values_list("pk", flat=True)
    kept = list(newest[: settings.SESSIONS_AT_ONCE - 1])
    _end(others.exclude(pk__in=kept))


def end_others(user: User, session: SessionStore) -> None:
    """Log ``user`` out everywhere but here, the wall too."""
    Session.objects.filter(user=user).exclude(pk=session.digest).delete()


def of(user: User) -> QuerySet[Session]:
    """Their sessions that are not over, the latest first."""
    return Session.objects.alive().filter(user=user).order_by("-started_at")


def _end(sessions: QuerySet[Session]) -> None:
    sessions.filter(hangs_on_wall=False).delete()
    long_ago = AgencyNow() - settings.SESSION_IDLE
    sessions.filter(hangs_on_wall=True).update(seen_at=long_ago)
