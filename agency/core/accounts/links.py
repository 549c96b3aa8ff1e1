"""Links that open once: invitations of the administrator, and forgotten passwords.

Django's own tokens: signed, never stored, dead with the next password, e-mail address or
login, or when their time is over. In the outbox stands whom a link is for; it is made when
its e-mail is written (agency/core/notifications/words.py), or shown to the administrator once.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import base36_to_int, urlsafe_base64_encode

from agency.core import clock
from agency.core.models import Notification, User
from agency.core.roles import Role


class Tokens(PasswordResetTokenGenerator):
    """Of one kind of link; by the database's clock."""

    def __init__(self, kind: str, lasts: timedelta) -> None:
        super().__init__()
        self.key_salt, self.kind, self.lasts = f"agency.core.accounts.{kind}", kind, lasts

    def check_token(self, user, token):
        return super().check_token(user, token) and self._age(token) < self.lasts

    def _age(self, token: str) -> timedelta:
        made = base36_to_int(token.partition("-")[0])
        return timedelta(seconds=self._num_seconds(self._now()) - made)

    def _now(self):
        return clock.now().astimezone(UTC).replace(tzinfo=None)


LETTERS_AN_HOUR = 3

INVITATION = Tokens("invitation", settings.INVITATION_LASTS)
FORGOTTEN = Tokens("forgotten", settings.FORGOTTEN_LASTS)


@dataclass(frozen=True)
class Link:
    """Where it leads, and from when on it does no longer."""

    path: str
    until: datetime

    @property
    def address(self) -> str:
        return settings.PUBLIC_URL.rstrip("/") + self.path


def link_for(user: User) -> Link:
    """A fresh link to a first password, or to a new one in place of a forgotten one."""
    tokens = FORGOTTEN if user.has_usable_password() else INVITATION
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse(tokens.kind, args=[uid, tokens.make_token(user)])
    return Link(path, clock.now() + tokens.lasts)


def is_for_people(user: User) -> bool:
    """A channel has a token and never a password; who is switched off has neither."""
    return user.is_active and user.role != Role.CHANNEL


def can_be_mailed(user: User) -> bool:
    return bool(settings.NOTIFY_BY_EMAIL and user.email and is_for_people(user))


def mail(user: User) -> None:
    """Let the post bring ``user`` a link; not twice within a minute."""
    topic = "password_link" if user.has_usable_password() else "invitation"
    told = Notification(
        dedup_key=f"{topic}:{user.pk}:{clock.now():%Y%m%d%H%M}", topic=topic,
        target="user", unit=user.unit, handler=user, subject="core.user", subject_id=user.pk,
    )  # fmt: skip
    Notification.objects.bulk_create([told], ignore_conflicts=True)


def forgotten(username: str) -> None:
    """Somebody says that they forgot the password of ``username``; nobody learns if it is there.

    Not more than ``LETTERS_AN_HOUR``: a stranger may ask, too.
    """
    user = User.objects.select_related("unit").filter(username=username).first()
    if user and can_be_mailed(user) and _lately(user) < LETTERS_AN_HOUR:
        mail(user)


def _lately(user: User) -> int:
    letters = Notification.objects.filter(topic="password_link", handler=user)
    return letters.filter(created_at__gt=clock.now() - timedelta(hours=1)).count()
