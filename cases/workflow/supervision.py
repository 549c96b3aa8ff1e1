"""Pressing 督办 for what is overdue, or came back: no clock stops for it, and who owes it hears
of it at once.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from agency.core.errors import RuleViolation
from agency.core.models import Notification, User
from agency.core.roles import Role
from cases import acts
from cases.acts import Act
from cases.models import Case, CaseDeadline, CaseEvent, Decision, Supervision


def supervise(no: str, *, by: User, note: str = "") -> Case:
    """Press for what is overdue on the case, or owed since it was reopened.

    The handler and the section chief are told; the leader too, where it was reopened.
    """
    with acts.begin(no, "supervise", by) as act:
        owed = to_press_for(act.case, act.at)
        if owed is None:
            raise RuleViolation(_("Nothing is overdue on this case."))
        pressed = Supervision.objects.create(case=act.case, by=by, at=act.at, note=note)
        act.record(CaseEvent.Kind.SUPERVISED, supervision=pressed.pk)
        for target in _whom(act):
            _tell(act, pressed, owed.pk, target)
    return act.case


def to_press_for(case: Case, at: datetime) -> CaseDeadline | None:
    """What is overdue; of a case that was reopened, what is owed next, late or not."""
    running = case.deadlines.running().order_by("due_at", "pk")
    if not _is_reopened(case):
        running = running.overdue(at)
    return running.first()


def _is_reopened(case: Case) -> bool:
    return case.decisions.filter(kind=Decision.Kind.REOPENED).exists()


def is_pressed(case: Case) -> bool:
    """Whether it came back and was pressed for since (仍不满意通报督办)."""
    reopened = case.decisions.filter(kind=Decision.Kind.REOPENED).order_by("pk").last()
    return reopened is not None and case.supervisions.filter(at__gte=reopened.at).exists()


def _whom(act: Act) -> list[str]:
    """The handler, or who could take it; and a chief who is not that handler, where there is one."""
    case = act.case
    chiefs = User.objects.at_work().filter(role=Role.CHIEF, unit__path__in=case.unit.ancestor_paths)
    has_chief = chiefs.exclude(pk=case.handler_id).exists()
    is_leaders = act.by.role != Role.LEADER and _is_reopened(case)
    return ["handler"] + [Role.CHIEF] * has_chief + [Role.LEADER] * is_leaders


def _tell(act: Act, pressed: Supervision, owed: int, target: str) -> None:
    Notification.objects.create(
        dedup_key=Supervision.notice_key(pressed.pk, target), topic="supervised", target=target,
        unit=act.case.unit, handler=act.case.handler, subject="cases.casedeadline",
        subject_id=owed, created_at=act.at,
    )  # fmt: skip
