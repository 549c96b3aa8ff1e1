"""Pressing for what is overdue 督办: no clock stops for it, and who owes it hears of it at once."""

from django.utils.translation import gettext as _

from agency.core.errors import RuleViolation
from agency.core.models import Notification, User
from agency.core.roles import Role
from cases import acts
from cases.acts import Act
from cases.models import Case, CaseEvent, Supervision


def supervise(no: str, *, by: User, note: str = "") -> Case:
    """Press for what is overdue on the case; the handler and the section chief are told."""
    with acts.begin(no, "supervise", by) as act:
        late = act.case.deadlines.overdue(act.at).order_by("due_at", "pk").first()
        if late is None:
            raise RuleViolation(_("Nothing is overdue on this case."))
        pressed = Supervision.objects.create(case=act.case, by=by, at=act.at, note=note)
        act.record(CaseEvent.Kind.SUPERVISED, supervision=pressed.pk)
        for target in _whom(act.case):
            _tell(act, pressed, late.pk, target)
    return act.case


def _whom(case: Case) -> list[str]:
    """The handler, or who could take it; and a chief who is not that handler, where there is one."""
    chiefs = User.objects.filter(role=Role.CHIEF, unit__path__in=case.unit.ancestor_paths)
    has_chief = chiefs.filter(is_active=True).exclude(pk=case.handler_id).exists()
    return ["handler", Role.CHIEF] if has_chief else ["handler"]


def _tell(act: Act, pressed: Supervision, late: int, target: str) -> None:
    Notification.objects.create(
        dedup_key=f"supervision:{pressed.pk}:{target}", topic="supervised", target=target,
        unit=act.case.unit, handler=act.case.handler, subject="cases.casedeadline",
        subject_id=late, created_at=act.at,
    )  # fmt: skip
