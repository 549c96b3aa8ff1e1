"""The watch list: who keeps an eye on a case, and how they hear of what others do with it."""

from django.db import transaction

from agency.core.errors import NotThere
from agency.core.models import Notification, User
from cases import kin
from cases.models import Case, CaseEvent, Follow

MOST = 500
"""So many cases of a watch list are shown."""


def is_followed(case: Case, by: User) -> bool:
    return Follow.objects.filter(case=case, user=by).exists()


def followed(by: User) -> list[int]:
    """The cases on the watch list, the latest first."""
    mine = Follow.objects.filter(user=by).order_by("-pk")
    return list(mine.values_list("case", flat=True)[:MOST])


@transaction.atomic
def turn(no: str, *, by: User) -> bool:
    """Follow the case, or leave it be; whether it is followed then. NotThere outside the scope."""
    case = Case.objects.visible_to(by).filter(no=no).first()
    if case is None:
        raise NotThere
    follow, is_new = Follow.objects.get_or_create(case=case, user=by)
    if not is_new:
        follow.delete()
    return is_new


def tell(event: CaseEvent, *, but: set[int]) -> None:
    """Let who follows the case know of what was done; not those ``but``, who did it or know.

    That another case came out of it is told at no bell: it may be secret what that is (kin.py).
    """
    if event.kind in kin.BRANCHED:
        return
    owed = Follow.objects.filter(case=event.case_id).exclude(user__in=but)
    Notification.objects.bulk_create(
        told(event, follow.user, "followed") for follow in owed.select_related("user")
    )


def told(event: CaseEvent, user: User, topic: str) -> Notification:
    """A notice for one person about what happened to a case."""
    return Notification(
        dedup_key=f"{topic}:{event.pk}:{user.pk}", topic=topic, target="user", handler=user,
        unit=event.case.unit, subject="cases.caseevent", subject_id=event.pk, created_at=event.at,
    )  # fmt: skip
