"""One merchant on one page 一户一档: complaints, interviews, letters, pledges, repairs, and whether it helped.

Everything as its viewer may see it, under all names the merchant has.
"""

from dataclasses import dataclass

from django.db.models import Count, Max, Min, Q, QuerySet

from agency.core.models import User
from cases.lifecycle import Kind
from cases.models import Case, Merchant, Result
from interviews import effect
from interviews.effect import Effect
from interviews.models import Attendance, Guidance, Interview, Repeat

LATEST = 20
"""So many complaints are named; the others are counted."""
PROBLEMS = 5
WENT_WELL = (Result.SETTLED, Result.PERFORMED, Result.SELF_SETTLED)
UNCOUNTED = (Result.REFUSED, Result.WITHDRAWN)


@dataclass(frozen=True)
class Record:
    """``complaints``: total first last open settled failed uncounted. ``courses``: each interview's,
    with its effect, the newest first. ``repeats``: complaints about what was pledged.
    """

    merchant: Merchant
    names: list[Merchant]
    complaints: dict
    problems: list[tuple[str, int]]
    latest: list[Case]
    courses: list[tuple[Attendance, Effect | None]]
    guidance: list[Guidance]
    repeats: int


def of(merchant: int, *, user: User) -> Record | None:
    """None where ``user`` sees nothing of it, as where it is not there."""
    found = Merchant.objects.select_related("head").filter(pk=merchant).first()
    if found is None:
        return None
    names = list(found.same.order_by("pk"))
    seen = Case.objects.visible_to(user).filter(kind=Kind.COMPLAINT, merchant__in=names)
    courses = _courses(names, user)
    letters = Guidance.objects.visible_to(user).filter(merchant__in=names)
    guidance = list(letters.select_related("document", "unit").order_by("-at"))
    complaints = _counted(seen)
    if not (complaints["total"] or courses or guidance):
        return None
    again = Repeat.objects.filter(attendance__in=[course.pk for course in courses], case__in=seen)
    return Record(
        merchant=found.head or found, names=names, complaints=complaints, problems=_problems(seen),
        latest=list(seen.select_related("problem", "unit").order_by("-arrived_at")[:LATEST]),
        courses=[(course, effect.of(course, user=user)) for course in courses], guidance=guidance,
        repeats=again.count(),
    )  # fmt: skip


def _courses(names: list[Merchant], user: User) -> list[Attendance]:
    mine = Attendance.objects.filter(
        merchant__in=names, interview__in=Interview.objects.visible_to(user)
    )
    rows = mine.select_related("interview__unit", "merchant", "session").order_by(
        "-interview__proposed_at", "-pk"
    )
    return list(
        rows.prefetch_related(
            "notices", "services", "pledges__items", "rectifications__rechecks", "documents"
        )
    )


def _counted(seen: QuerySet[Case]) -> dict:
    return seen.aggregate(
        total=Count("pk"), first=Min("arrived_at"), last=Max("arrived_at"),
        open=Count("pk", filter=Q(closed_at=None)),
        settled=Count("pk", filter=Q(result__in=WENT_WELL)),
        failed=Count("pk", filter=Q(result=Result.FAILED)),
        uncounted=Count("pk", filter=Q(result__in=UNCOUNTED)),
    )  # fmt: skip


def _problems(seen: QuerySet[Case]) -> list[tuple[str, int]]:
    """What is complained of most, with how often."""
    rows = seen.exclude(problem=None).values_list("problem__name_zh").annotate(n=Count("pk"))
    return list(rows.order_by("-n", "problem__name_zh")[:PROBLEMS])
