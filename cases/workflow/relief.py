"""Nobody is there: a ticket that waits for its response, or its citizen for a call, goes on to
who stands in or is on duty.

The rows are the queue: every good sweep is followed by a look (agency/core/duties.py). Any number
may look at once, and a case that somebody acts on is left to them.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import OuterRef, Subquery

from agency.core import clock
from agency.core.models import Notification, User
from cases import lifecycle
from cases.lifecycle import Kind
from cases.models import Assignment, Case, CaseDeadline, CaseEvent, Responsibility
from cases.workflow.hands import successor

BATCH = 500
POSTS = ("handler", "contact")
LOST, GOT = 0, 1
"""Steps of a notice: to whom was it taken from, to whom was it given."""


@dataclass(frozen=True)
class Relief:
    """One part of one assignment goes from a person to another."""

    assignment: int
    case: int
    post: str
    person: int
    heir: int


def relieve_silent() -> int:
    """Hand over every ticket that waits in the hands of who is not there.

    Source: docs/rules.md, section "People". Returns how many parts changed hands.
    """
    total = 0
    while found := _find():
        done = _relieve(sorted({relief.case for relief in found}))
        total += done
        if done < BATCH:
            break
    return total


@transaction.atomic
def _relieve(cases: list[int]) -> int:
    """Lock what nobody acts on, look again, and hand it over."""
    free = Case.objects.select_for_update(no_key=True, skip_locked=True).filter(pk__in=cases)
    locked = list(free.order_by("pk").values_list("pk", flat=True))
    found = _find(locked) if locked else []
    if found:
        _hand_over(found, clock.now())
    return len(found)


def _find(cases: list[int] | None = None) -> list[Relief]:
    """Who is to be relieved by whom, among ``cases``; None: among all, at most BATCH parts."""
    with connection.cursor() as cursor:
        cursor.execute(
            SILENT, {"cases": cases, "silence": settings.HAND_OVER_AFTER, "most": BATCH, **FITTING}
        )
        return [Relief(*row) for row in cursor.fetchall()]


FIT = [(kind, post, role) for kind in Kind for post in POSTS for role in lifecycle.officers_of(kind, post)]  # fmt: skip
FITTING = {
    "kinds": [str(kind) for kind, _post, _role in FIT],
    "posts": [post for _kind, post, _role in FIT],
    "roles": [str(role) for _kind, _post, role in FIT],
}

# A response is owed within minutes: only the open clocks of this day are read, not every one.
# The contact officer is waited for until the citizen was reached, or the limit for it is over;
# who answers for the handler has ended that one's waiting.
# Nobody gets back what was taken from them since the clock started: it ends with the last one.
# Who is recused is so by the definition of cases/recusals.py, and who of the three of a petition
# never handles it by that of hands.py, here for many cases at once.
SILENT = """
WITH silent AS MATERIALIZED (
    SELECT a.id, a.case_id, part.post, part.person_id, min(d.starts_at) AS starts_at
    FROM cases_casedeadline d
    JOIN core_deadlinerule r ON r.id = d.rule_id AND r.met_by IN ('respond', 'contact')
    JOIN cases_assignment a ON a.case_id = d.case_id AND a.ended_at IS NULL
    CROSS JOIN LATERAL (VALUES ('handler', a.handler_id), ('contact', a.contact_id))
        AS part (post, person_id)
    JOIN core_user person ON person.id = part.person_id
    WHERE d.met_at IS NULL AND d.cancelled_at IS NULL
        AND (r.met_by = 'respond' OR part.post = 'contact' AND d.due_at > agency_now())
        AND d.due_at > agency_now() - interval '1 day'
        AND d.due_at < agency_now() + interval '1 day'
        AND (%(cases)s::bigint[] IS NULL OR d.case_id = ANY (%(cases)s))
        AND greatest(a.assigned_at, d.starts_at, person.last_seen_at)
            <= agency_now() - %(silence)s
    GROUP BY a.id, part.post, part.person_id
)
SELECT silent.id, silent.case_id, silent.post, silent.person_id, heir.id
FROM silent
JOIN cases_assignment a ON a.id = silent.id
JOIN cases_case c ON c.id = silent.case_id
JOIN core_unit place ON place.id = a.unit_id
CROSS JOIN LATERAL (
    SELECT heir.id FROM (
        SELECT stand_in_id AS person_id, 0 AS distance FROM cases_substitute
        WHERE person_id = silent.person_id
        UNION ALL
        SELECT shift.person_id, 1 + length(place.path) - length(unit.path)
        FROM cases_shift shift JOIN core_unit unit ON unit.id = shift.unit_id
        WHERE shift.post = silent.post AND starts_with(place.path, unit.path)
            AND shift.starts_at <= agency_now() AND shift.ends_at > agency_now()
    ) choice
    JOIN core_user heir ON heir.id = choice.person_id AND heir.is_active
    JOIN core_unit home ON home.id = heir.unit_id
        AND (starts_with(home.path, place.path) OR starts_with(place.path, home.path))
    JOIN unnest(%(kinds)s::text[], %(posts)s::text[], %(roles)s::text[]) AS fit (kind, post, role)
        ON fit.kind = c.kind AND fit.post = silent.post AND fit.role = heir.role
    WHERE NOT EXISTS (
        SELECT FROM cases_assignment before
        WHERE before.case_id = c.id AND coalesce(before.ended_at, 'infinity') >= silent.starts_at
            AND heir.id = CASE silent.post
                WHEN 'handler' THEN before.handler_id ELSE before.contact_id END
    ) AND NOT EXISTS (
        SELECT FROM cases_recusal r JOIN cases_profile p ON p.id = r.profile_id
        JOIN cases_merchant listed ON listed.id = r.merchant_id
        JOIN cases_merchant named ON named.id = c.merchant_id
        WHERE silent.post = 'handler' AND p.person_id = heir.id
            AND coalesce(listed.head_id, listed.id) = coalesce(named.head_id, named.id)
            AND coalesce(r.ended_on, 'infinity')
                >= (agency_now() AT TIME ZONE 'Asia/Shanghai')::date
    ) AND NOT EXISTS (
        SELECT FROM cases_mediation m LEFT JOIN cases_decision d
            ON d.case_id = c.id AND d.kind = 'recusal' AND d.ground = 'granted' AND d.at = m.ended_at
        WHERE silent.post = 'handler' AND m.case_id = c.id AND m.mediator_id = heir.id
            AND (d.id IS NOT NULL OR m.ended_at IS NULL AND c.state = 'suspended_recusal')
    ) AND NOT EXISTS (
        SELECT FROM cases_responsibility three
        WHERE silent.post = 'handler' AND three.case_id = c.id
            AND heir.id IN (three.leader_id, three.callback_id)
            AND three.id = (SELECT max(id) FROM cases_responsibility WHERE case_id = c.id)
    ) AND (
        silent.post = 'handler' OR a.override
        OR heir.id NOT IN (a.by_id, coalesce(a.follow_up_id, 0))
    )
    ORDER BY choice.distance, heir.id LIMIT 1
) heir
ORDER BY silent.id, silent.post LIMIT %(most)s
"""


def _hand_over(found: list[Relief], at: datetime) -> None:
    """Assignments, cases, clocks, events and notices: a statement each, however many."""
    parts: dict[int, dict[str, int]] = defaultdict(dict)
    for relief in found:
        parts[relief.assignment][f"{relief.post}_id"] = relief.heir
    ended = list(Assignment.objects.filter(pk__in=parts).order_by("pk"))
    Assignment.objects.filter(pk__in=parts).update(ended_at=at)
    fresh = [successor(assignment, at, **parts[assignment.pk]) for assignment in ended]
    Assignment.objects.bulk_create(fresh)
    _name_handlers(found)
    _keep_three(found, at)
    people = User.objects.in_bulk({r.person for r in found} | {r.heir for r in found})
    CaseEvent.objects.bulk_create(
        CaseEvent(
            case_id=r.case, kind=CaseEvent.Kind.HANDED_OVER, at=at,
            data={
                "post": r.post, "person": people[r.person].username,
                "handler": people[r.heir].username,
            },
        )
        for r in found
    )  # fmt: skip
    units = {assignment.case_id: assignment.unit_id for assignment in ended}
    Notification.objects.bulk_create(
        Notification(
            dedup_key=f"handed_over:{r.assignment}:{r.post}:{step}", topic="handed_over",
            target="user", handler_id=person, unit_id=units[r.case], subject="cases.case",
            subject_id=r.case, step=step, created_at=at,
        )
        for r in found
        for step, person in ((LOST, r.person), (GOT, r.heir))
    )  # fmt: skip


def _name_handlers(found: list[Relief]) -> None:
    handlers = {relief.case: relief.heir for relief in found if relief.post == "handler"}
    Case.objects.bulk_update(
        [Case(pk=pk, handler_id=heir) for pk, heir in handlers.items()], ["handler"]
    )
    of_the_case = Case.objects.filter(pk=OuterRef("case")).values("handler")[:1]
    CaseDeadline.objects.open().filter(case__in=handlers).update(handler=Subquery(of_the_case))


def _keep_three(found: list[Relief], at: datetime) -> None:
    """三级负责: who handles a petition now is its core handler, as ``keep_three`` has it."""
    heirs = {relief.case: relief.heir for relief in found if relief.post == "handler"}
    told = Responsibility.objects.filter(case__in=heirs).order_by("case", "-pk").distinct("case")
    Responsibility.objects.bulk_create(
        Responsibility(
            case_id=three.case_id, leader_id=three.leader_id, callback_id=three.callback_id,
            core_handler_id=heirs[three.case_id], by_id=three.by_id, at=at,
        )
        for three in told
    )  # fmt: skip
