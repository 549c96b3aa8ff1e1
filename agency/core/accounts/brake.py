"""The brake on guessing: after so many wrong tries in a row a key rests for a while.

For passwords, codes of the second factor, tokens and whatever else can be guessed. A key is a
name together with a place, a name alone, or a place; a name is counted whether or not there
is such an account, so that nobody learns which there are. A browser in which somebody has
been logged in before is counted by itself: a stranger who tries their name elsewhere does not
keep them out. Why this is our own: docs/decisions/0008-a-brake-of-our-own.md.
"""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from agency.core import clock
from agency.core.accounts.addresses import address_of, network_of
from agency.core.clock import AgencyNow
from agency.core.models import LoginTry, User

Limits = Mapping[str, int]
"""Keys, one's own first, and after how many wrong tries each rests; 0: never."""

CODES = 5
"""Wrong codes, then the key rests as after wrong passwords: they are shorter."""

KNOWN = "browser"
"""The cookie of a browser in which somebody was logged in: signed, and worth nothing else."""


def limits_of_login(name: str, user: User | None, request) -> Limits:
    """What a try under ``name`` counts for; ``user`` is whose name it is, if anybody's."""
    if user and _is_known(user, request):
        return {f"{name}\0{request.COOKIES[KNOWN]}": settings.LOGIN_TRIES}
    network = network_of(address_of(request))
    return {
        f"{name}\0{network}": settings.LOGIN_TRIES,
        name: settings.LOGIN_TRIES_ANYWHERE,
        f"\0{network}": settings.LOGIN_TRIES_OF_A_PLACE,
    }


def limits_of_code(user: User, request) -> Limits:
    """The same of a code of the second factor: who knows the password does not keep the owner out."""
    name, tries = f"code\0{user.pk}", settings.LOGIN_TRIES and CODES
    if _is_known(user, request):
        return {f"{name}\0{request.COOKIES[KNOWN]}": tries}
    return {f"{name}\0{network_of(address_of(request))}": tries, name: 2 * tries}


def _is_known(user: User, request) -> bool:
    known = request.get_signed_cookie(KNOWN, default="", max_age=settings.BROWSER_KNOWN)
    return known == str(user.pk)


def remember_browser(response, user: User) -> None:
    """From now on this browser is counted by itself when ``user`` logs in."""
    response.set_signed_cookie(
        KNOWN, str(user.pk), max_age=settings.BROWSER_KNOWN, httponly=True,
        secure=settings.SESSION_COOKIE_SECURE, samesite="Lax",
    )  # fmt: skip


def limits_of_place(what: str, request) -> Limits:
    """Tries at ``what``, by where they come from."""
    return {f"{what}\0{network_of(address_of(request))}": settings.LOGIN_TRIES_OF_A_PLACE}


@transaction.atomic
def count(limits: Limits, *, user: User | None = None) -> datetime | None:
    """Count a try under each key; where one rests, when there may be the next.

    Before anything is looked at: of tries that come at once none is free. Who gets it
    right calls ``forget``. A try that is refused is not counted and prolongs nothing.
    """
    digests = {LoginTry.digest_of(key): most for key, most in limits.items() if most}
    _lock(sorted(digests))
    at = clock.now()
    tries = LoginTry.objects.filter(digest__in=digests, rests_until__gt=at)
    if until := tries.aggregate(until=Max("rests_until"))["until"]:
        return until
    LoginTry.objects.filter(at__lt=at - 2 * settings.LOGIN_REST).delete()
    LoginTry.objects.bulk_create(
        LoginTry(digest=digest, user=user, at=at, rests_until=_rest_after(digest, most, at))
        for digest, most in digests.items()
    )
    return None


def _rest_after(digest: str, most: int, at: datetime) -> datetime | None:
    """How long the key rests if this try is wrong too; None while more are left."""
    recent = LoginTry.objects.filter(digest=digest, at__gte=at - settings.LOGIN_REST)
    is_last = recent.filter(rests_until=None).count() + 1 >= most
    return at + settings.LOGIN_REST if is_last else None


def forget(limits: Limits) -> None:
    """They knew it: one's own key begins anew, of the others this try is taken back."""
    own, *others = map(LoginTry.digest_of, limits)
    LoginTry.objects.filter(digest=own).delete()
    for digest in others:
        newest = LoginTry.objects.filter(digest=digest).order_by("-at", "-pk").values("pk")[:1]
        LoginTry.objects.filter(pk__in=newest).delete()


def rests_until(user: User) -> datetime | None:
    """Until when somebody, somewhere, is refused under this name."""
    resting = LoginTry.objects.filter(user=user, rests_until__gt=AgencyNow())
    return resting.aggregate(until=Max("rests_until"))["until"]


def is_resting(limits: Limits) -> bool:
    """Whether one of these very keys rests: wrong passwords are no wrong codes."""
    digests = map(LoginTry.digest_of, limits)
    resting = LoginTry.objects.filter(digest__in=list(digests), rests_until__gt=AgencyNow())
    return resting.exists()


def lift(user: User) -> None:
    """Let the account in again at once, from everywhere."""
    LoginTry.objects.filter(user=user).delete()


def _lock(digests: list[str]) -> None:
    """One try under a key at a time is counted."""
    with connection.cursor() as cursor:
        for digest in digests:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [digest])
