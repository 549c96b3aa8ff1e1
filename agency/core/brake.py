"""The brake on guessing passwords: after so many wrong ones in a row a name rests for a while.

For the login form. A name is counted whether or not there is such an account, so that nobody
learns which there are. Why this is our own: docs/decisions/0008-a-brake-of-our-own.md.
"""

from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from agency.core import clock
from agency.core.models import LoginTry


@transaction.atomic
def count_try(username: str) -> datetime | None:
    """Count a try to log in; where the name rests, when it may try again.

    Before the password is looked at: of tries that come at once none is free. Who gets it
    right calls ``forget``. A try that is refused is not counted and prolongs nothing.
    """
    tries, rest = LoginTry.of(username), settings.LOGIN_REST
    _lock(username)
    at = clock.now()
    latest = list(tries.order_by("-at").values_list("at", flat=True)[: settings.LOGIN_TRIES])
    is_full = latest and len(latest) == settings.LOGIN_TRIES
    if is_full and latest[0] - latest[-1] <= rest and at < latest[0] + rest:
        return latest[0] + rest
    LoginTry.objects.filter(at__lt=at - 2 * rest).delete()
    LoginTry.objects.create(digest=LoginTry.digest_of(username), at=at)
    return None


def forget(username: str) -> None:
    """Begin to count anew: they knew the password."""
    LoginTry.of(username).delete()


def _lock(username: str) -> None:
    """One try under a name at a time is counted."""
    with connection.cursor() as cursor:
        key = LoginTry.digest_of(username)
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
