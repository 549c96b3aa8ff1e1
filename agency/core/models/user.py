import hashlib
import secrets

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models, transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from agency.core.roles import STAFF, Role, landing


class UserManager(BaseUserManager):
    def create_user(self, username: str, password: str | None = None, **fields) -> "User":
        """A new account; without a password it can only use tokens."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def at_work(self) -> models.QuerySet:
        """Who can be given work: switched on, and has ever chosen a password to come in with."""
        never = UNUSABLE_PASSWORD_PREFIX
        return self.filter(is_active=True).exclude(password__startswith=never)


class User(AbstractUser):
    """A person with one role in one unit, or a channel's machine client."""

    first_name = last_name = date_joined = None
    name = models.CharField(_("name"), max_length=60)
    role = models.CharField(_("role"), max_length=20, choices=Role)
    unit = models.ForeignKey(
        "core.Unit", models.PROTECT, related_name="users", verbose_name=_("unit")
    )
    last_seen_at = models.DateTimeField(_("last seen"), null=True, editable=False)
    """Their last sign of life, to the minute (agency/core/presence.py)."""
    password_since = models.DateTimeField(db_default=AgencyNow(), editable=False)
    """Since when the password is what it is."""
    created_at = models.DateTimeField(_("created at"), db_default=AgencyNow(), editable=False)

    objects = UserManager()
    REQUIRED_FIELDS = ["name", "role", "unit"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            # Django would grant a superuser everything; here the role alone does.
            models.CheckConstraint(condition=Q(is_superuser=False), name="user_is_no_superuser"),
        ]
        indexes = [
            # Serves the ladder: who holds this role in this unit.
            models.Index(fields=["unit", "role"], name="user_of_unit_and_role"),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @transaction.atomic
    def save(self, *args, **kwargs) -> None:
        """Who had the old password may have a token or a session too: a new one ends them all."""
        has_new_password = self.pk and self._password is not None
        super().save(*args, **kwargs)
        if has_new_password:
            User.objects.filter(pk=self.pk).update(password_since=AgencyNow())
            self.end_tokens()
            self.end_sessions()
            self.tries.all().delete()

    def end_tokens(self) -> None:
        """From now on every token of the account is refused."""
        self.tokens.filter(revoked_at=None).update(revoked_at=AgencyNow())

    def end_sessions(self) -> None:
        """Whoever is logged in with the account is logged out at the next request."""
        self.sessions.all().delete()

    @property
    def is_at_work(self) -> bool:
        """As ``User.objects.at_work()`` finds them."""
        return self.is_active and self.has_usable_password()

    @property
    def has_tokens(self) -> bool:
        return self.tokens.filter(revoked_at=None).exists()

    @property
    def is_staff(self) -> bool:
        """May open the admin; the role says so, there is no second switch."""
        return self.role in STAFF

    @property
    def landing(self) -> str:
        return landing(self.role)


class LoginTry(models.Model):
    """One try that has not succeeded, under one key (agency/core/accounts/brake.py).

    Of the key there is a keyed digest alone: people type their password into the wrong field.
    ``user`` is whose name it was, if anybody's. The last of too many says until when the key rests.
    """

    digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="tries")
    rests_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # Serves the brake: the latest tries under one name.
            models.Index(fields=["digest", "at"], name="login_try_of_name"),
            # Serves the brake: tries so old that they are forgotten.
            models.Index(fields=["at"], name="login_try_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.digest[:8]} {self.at}"

    @staticmethod
    def digest_of(key: str) -> str:
        return salted_hmac("agency.core.LoginTry", key, algorithm="sha256").hexdigest()


class ApiToken(models.Model):
    """A bearer token of an account or a channel client. Only its SHA-256 is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(db_default=AgencyNow())
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")

    def __str__(self) -> str:
        return f"{self.user_id}:{self.digest[:8]}"

    @staticmethod
    def digest_of(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def issue(cls, user: User) -> str:
        """A new token for ``user``, in clear: it cannot be read again. Earlier ones stay valid."""
        token = secrets.token_urlsafe(32)
        cls.objects.create(user=user, digest=cls.digest_of(token))
        return token
