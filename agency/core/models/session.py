from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow


class SessionManager(BaseSessionManager):
    def alive(self):
        """The sessions that may still be opened; ``is_used``: for more than the wall."""
        at = AgencyNow()
        used = Q(
            seen_at__gt=at - settings.SESSION_IDLE, started_at__gt=at - settings.SESSION_LENGTH
        )
        coming_in = Q(user=None, started_at__gt=at - settings.LOGIN_LASTS)
        hangs = Q(hangs_on_wall=True, started_at__gt=at - settings.WALL_LASTS)
        is_used = used & (Q(user__isnull=False) | coming_in)
        return self.annotate(is_used=is_used).filter(is_used | hangs)


class Session(AbstractBaseSession):
    """One browser that is logged in, or on its way to it (then without ``user``).

    ``seen_at`` is the last thing a person did, not what an open page asked by itself.
    ``hangs_on_wall``: when idle it still shows the wall, and nothing else.
    """

    user = models.ForeignKey("core.User", models.CASCADE, null=True, related_name="sessions")
    started_at = models.DateTimeField(_("since"), db_default=AgencyNow())
    seen_at = models.DateTimeField(_("last seen"), db_default=AgencyNow())
    hangs_on_wall = models.BooleanField(default=False)

    objects = SessionManager()

    def save(self, *args, force_update=False, **options) -> None:
        """What the browser holds is written again; when it began and was seen is not."""
        if force_update:
            options["update_fields"] = ["session_data", "expire_date", "user"]
        super().save(*args, force_update=force_update, **options)

    @classmethod
    def get_session_store_class(cls):
        from agency.core.accounts.sessions import SessionStore

        return SessionStore
