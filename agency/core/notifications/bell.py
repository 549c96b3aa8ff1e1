"""The bell: what one has been told in the house, and what of it one has read."""

from agency.core.clock import AgencyNow
from agency.core.errors import NotThere
from agency.core.models import Delivery, User

MOST_UNREAD = 99
"""So many are counted."""


def bell_of(user: User):
    """What ``user`` has been told in the house, read or not."""
    mine = Delivery.objects.filter(recipient=user, channel=Delivery.Channel.IN_APP)
    return mine.select_related("notification__unit")


def unread(user: User) -> str:
    """How many notices ``user`` has not read, as the sign says it: "3", "99+", "" for none."""
    count = bell_of(user).filter(read_at=None)[: MOST_UNREAD + 1].count()
    return f"{MOST_UNREAD}+" if count > MOST_UNREAD else str(count or "")


def mark_read(user: User, ids: list[int] | None = None) -> int:
    """Mark ``ids`` as read, or all for None; how many were unread. NotThere for a stranger's."""
    rows = bell_of(user)
    if ids:
        rows = rows.filter(pk__in=set(ids))
        if rows.count() < len(set(ids)):
            raise NotThere
    return rows.filter(read_at=None).update(read_at=AgencyNow())


def settle(*dedup_keys: str) -> None:
    """What these notices asked for is done: they count as read, by whomever they were told to.

    Whoever reads at this moment goes first: nobody waits for another's sign.
    """
    asked = Delivery.objects.filter(
        notification__dedup_key__in=dedup_keys, channel=Delivery.Channel.IN_APP, read_at=None
    )
    free = asked.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)
    Delivery.objects.filter(pk__in=list(free)).update(read_at=AgencyNow())
