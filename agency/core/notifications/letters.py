"""An e-mail from the notices it carries: one by one, or many as a digest."""

import hashlib
from collections import Counter
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation

from agency.core.models import Notification, User
from agency.core.notifications import words
from agency.core.notifications.words import Notice

NAMED_IN_A_DIGEST = 10
"""So many matters are named; the page behind the link has them all."""


def compose(notifications: list[Notification], to: User) -> tuple[EmailMessage | None, set[int]]:
    """The e-mail for ``to``, in the house's first language, and the pks of what it tells.

    Untold is what went out of the receiver's sight since, and all where the account or its
    address is gone; with nothing to tell there is no e-mail.
    """
    with translation.override(settings.LANGUAGE_CODE):
        told = words.tell(notifications, to=to) if to.is_active and to.email else {}
        known = [n for n in notifications if n.pk in told]
        if not known:
            return None, set()
        headline, text = _written(known, [told[n.pk] for n in known])
    message = EmailMessage(headline, text, to=[to.email], headers=_headers(notifications, to))
    return message, set(told)


def _written(notifications: list[Notification], notices: list[Notice]) -> tuple[str, str]:
    if len(notices) == 1:
        return notices[0].headline, _filled("mail/notice.txt", notices[0].path, notice=notices[0])
    headline = words.headline_of_many(Counter(n.topic for n in notifications))
    shown, more = notices[:NAMED_IN_A_DIGEST], max(0, len(notices) - NAMED_IN_A_DIGEST)
    return headline, _filled(
        "mail/digest.txt", words.page("admin:index"), headline=headline, notices=shown, more=more
    )


def _filled(template: str, path: str, **values) -> str:
    return render_to_string(template, {"link": settings.PUBLIC_URL.rstrip("/") + path, **values})


def _headers(notifications: list[Notification], to: User) -> dict[str, str]:
    """The same for the same notices, so that a letter sent again can be known as such."""
    key = dedup_key(notifications)
    digest = hashlib.sha256(f"{key} {to.pk}".encode()).hexdigest()[:40]
    return {
        "X-Dedup-Key": key,
        "Message-ID": f"<{digest}@{urlsplit(settings.PUBLIC_URL).hostname or 'localhost'}>",
        "Auto-Submitted": "auto-generated",
    }


def dedup_key(notifications: list[Notification]) -> str:
    """The notice's own key; a digest has one made of all of theirs."""
    keys = sorted(n.dedup_key for n in notifications)
    if len(keys) == 1:
        return keys[0]
    return "digest:" + hashlib.sha256("\n".join(keys).encode()).hexdigest()[:40]
