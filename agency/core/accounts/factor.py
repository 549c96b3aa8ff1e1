"""The second factor: six digits from an app on one's phone, or a recovery code from paper.

The codes are computed by django-otp (RFC 6238). Its tables are not used: they keep the phone's
secret and the recovery codes in clear, ours seal the one and digest the others; and time is
the database's. A machine is not asked: its token is its factor.
"""

import base64
import re
import secrets
import unicodedata
from datetime import datetime
from urllib.parse import quote, urlencode

import segno
from django.db import transaction
from django.utils.translation import gettext as _
from django_otp.oath import TOTP

from agency.core import clock
from agency.core.accounts import brake, guard
from agency.core.clock import AgencyNow
from agency.core.models import ApiToken, Factor, RecoveryCode, User

SECRET_BYTES = 20
"""As RFC 4226 recommends for HMAC-SHA-1."""

TOLERANCE = 1
"""A phone's clock may be so many steps of thirty seconds off."""

RECOVERY_CODES = 10

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""None that is mistaken for another: twelve of them are sixty bits."""


class Refused(Exception):
    """The code is wrong or was used. ``until``: too many were, the next may be tried then."""

    def __init__(self, until: datetime | None = None) -> None:
        self.until = until


def has_factor(user: User) -> bool:
    return Factor.objects.filter(user=user, confirmed_at__isnull=False).exists()


@transaction.atomic
def prepare(user: User) -> Factor:
    """A new secret for a phone to read; nothing asks for its codes before ``confirm``.

    Opened twice at once, the page shows the later one.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    Factor.objects.filter(user=user, confirmed_at=None).delete()
    secret = base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()
    factor = Factor(user=user, secret=secret)
    factor.save()
    return factor


def confirm(user: User, code: str, request) -> list[str]:
    """The phone has shown its first code: from now on it is asked for. Returns recovery codes."""
    _check(user, code, request, is_confirmed=False)
    Factor.objects.filter(user=user).update(confirmed_at=AgencyNow())
    return new_recovery_codes(user)


def verify(user: User, code: str, request) -> None:
    """Raises Refused unless it is this moment's code, not used before, or a recovery code."""
    _check(user, code, request, is_confirmed=True)


@transaction.atomic
def new_recovery_codes(user: User) -> list[str]:
    """Ten codes in clear, this once; what was left of the earlier ones ends."""
    factor = Factor.objects.select_for_update().get(user=user)
    factor.recovery_codes.all().delete()
    codes = ["".join(secrets.choice(LETTERS) for _ in range(12)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(factor=factor, digest=ApiToken.digest_of(code)) for code in codes
    )
    return ["-".join(re.findall("....", code)) for code in codes]


def codes_left(user: User) -> int:
    return RecoveryCode.objects.filter(factor__user=user, used_at=None).count()


@transaction.atomic
def reset(user: User) -> None:
    """The phone is lost: the next login sets up another one, and no session outlives it."""
    Factor.objects.filter(user=user).delete()
    user.end_sessions()


@transaction.atomic
def reset_for(user: User) -> None:
    """An administrator resets it; the person is told, for it may not have been their wish."""
    reset(user)
    guard.tell_own(user, "factor_reset")


# -- what a phone reads -----------------------------------------------------------------------


def address_of(factor: Factor) -> str:
    """The otpauth:// address that an app knows the account by."""
    asked = {"secret": factor.secret, "issuer": _("Consumer protection workbench")}
    return f"otpauth://totp/{quote(factor.user.username)}?{urlencode(asked, quote_via=quote)}"


def picture_of(factor: Factor) -> str:
    """The same as a QR code: an SVG as a data address, on white whatever the page's colours."""
    return segno.make(address_of(factor), error="m").svg_data_uri(scale=5, light="#fff")


def spelled(factor: Factor) -> str:
    """The secret in groups of four, for who types it."""
    return " ".join(re.findall("....", factor.secret))


# -- one code ---------------------------------------------------------------------------------


def _check(user: User, typed: str, request, *, is_confirmed: bool) -> None:
    limits = brake.limits_of_code(user, request)
    if until := brake.count(limits, user=user):
        raise Refused(until=until)
    code = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed)).upper()
    if not _is_right(user, code, is_confirmed=is_confirmed):
        if brake.is_resting(limits):
            guard.tell_own(user, "codes_guessed")
        raise Refused
    brake.forget(limits)


@transaction.atomic
def _is_right(user: User, code: str, *, is_confirmed: bool) -> bool:
    """Looks at one code at a time, so that none counts twice."""
    locked = Factor.objects.select_for_update().filter(user=user)
    factor = locked.filter(confirmed_at__isnull=not is_confirmed).first()
    if factor is None:
        return False
    if re.fullmatch("[0-9]{6}", code):
        return _is_of_the_phone(factor, int(code))
    unused = factor.recovery_codes.filter(used_at=None, digest=ApiToken.digest_of(code))
    return bool(unused.update(used_at=AgencyNow()))


def _is_of_the_phone(factor: Factor, code: int) -> bool:
    totp = TOTP(base64.b32decode(factor.secret))
    totp.time = clock.now().timestamp()
    if not totp.verify(code, tolerance=TOLERANCE, min_t=factor.last_step + 1):
        return False
    Factor.objects.filter(pk=factor.pk).update(last_step=totp.t())
    return True
