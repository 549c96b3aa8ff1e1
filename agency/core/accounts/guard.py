"""Whoever reads what nobody else does is not made, or taken over, unnoticed.

An administrator keeps the accounts and sees no case. With an account that may read secrets
they would: so auditor, leader and the account itself are told at once of what is done to it.
Source: GB/T 22239-2019 level 3, 8.1.5 (system, audit and security management apart).
"""

from agency.core import clock
from agency.core.models import Notification, Unit, User
from agency.core.roles import GUARDED, Role

TOUCHED = {"username", "role", "unit", "email", "is_active"}
"""Fields by which an account changes hands, or what it may."""


def tell(user: User, *, held: str = "") -> None:
    """Something was done to ``user``, who ``held`` another role before it, or none."""
    if {user.role, held} & GUARDED:
        tell_all(user, "account_touched", [Role.AUDITOR, Role.LEADER, "user"])


def tell_own(user: User, topic: str) -> None:
    """``user`` alone, of what may not have been their wish."""
    tell_all(user, topic, ["user"])


def tell_all(user: User, topic: str, targets: list[str]) -> None:
    """At the top: nearest to a new auditor is the new auditor."""
    at, root = f"{clock.now():%Y%m%d%H%M%S}", Unit.objects.get(parent=None)
    Notification.objects.bulk_create(
        [
            Notification(
                dedup_key=f"{topic}:{user.pk}:{target}:{at}", topic=topic, target=target, unit=root,
                handler=user if target == "user" else None, subject="core.user", subject_id=user.pk,
            )
            for target in targets
            if user.is_active or target != "user"
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def may_be_shown(user: User) -> bool:
    """Whether an administrator may hand over the link to a password: to a first one, of nobody who guards."""
    return user.role not in GUARDED and not user.has_usable_password()
