"""Whom the notices of an event reached: of a step of the ladder, and of a press."""

from django.utils.translation import gettext as _

from agency.core.notifications.heard import people
from agency.core.roles import Role, titled
from agency.core.text import listed
from cases.models import CaseDeadline, CaseEvent, Supervision

Kinds = CaseEvent.Kind
STEPS = {Kinds.DEADLINE_BREACHED, Kinds.DEADLINE_ESCALATED}
NAMED = 2
"""So many receivers of a notice are named, the others are counted."""


def notice_keys(event: CaseEvent) -> list[str]:
    """What its notices are known by, a step's as agency/core/steps.py writes it; else none."""
    if event.kind == Kinds.SUPERVISED:
        return Supervision.notice_keys(event.data["supervision"])
    if event.kind not in STEPS:
        return []
    return [f"{CaseDeadline._meta.label_lower}:{event.deadline_id}:{event.kind}:{event.step}"]


def in_words(receivers: list[dict]) -> str:
    """Who has it by now: the first by position and name, and how many; empty where nobody has."""
    told = people(receivers)
    names = listed(titled(who["name"], str(Role(who["role"]).label)) for who in told[:NAMED])
    if len(told) <= NAMED:
        return names
    return _("{names} (of {count})").format(names=names, count=len(told))
