"""What an outlet settles on the spot, or hands up: a case like any other, counted once."""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.models import Unit, User
from agency.core.roles import Role
from cases import excluded, intake, submission, workflow
from cases.models import Case, Channel
from cases.workflow import papers, referrals

SETTLED, HANDED_UP = "settled", "handed_up"


@transaction.atomic
def register(
    code: str, *, by: User, told: dict, result: str, agreement: str = "",
    recovered_amount: Decimal | None = None, reason: str = "", key: str = "", photo=None,
) -> tuple[Case, bool]:  # fmt: skip
    """A dispute at the outlet ``code``, by its liaison; the case, and whether it is new.

    ``told`` as a channel tells it. Settled, it is closed at once; handed up, it is the outlet's
    district's with the original arrival. ``key``: sent twice, it is registered once. ``photo``:
    an upload, kept as evidence. Raises Forbidden, NotThere for another's outlet, Invalid.
    """
    if by.role != Role.OUTLET_LIAISON:
        raise Forbidden
    unit = Unit.objects.select_related("parent").filter(code=code, pk=by.unit_id).first()
    if unit is None:
        raise NotThere
    no, is_new = _registered(unit, told, key and f"{unit.code}:{key}")
    case = Case.objects.get(no=no)
    if is_new:
        referrals.found_there(case, unit=unit, by=by)
        if photo:
            papers.attach(no, by=by, upload=photo)
        if result == SETTLED:
            _check_is_theirs(case)
            case = workflow.settle(
                no, by=by, agreement=agreement, recovered_amount=recovered_amount
            )
            referrals.close_settled(case, by=by)
        else:
            case = workflow.hand_up(no, by=by, reason=reason)
    return case, is_new


def _check_is_theirs(case: Case) -> None:
    """What is handled by the agency is no more settled at a counter than it is sent there."""
    if why := excluded.kept_here(case):
        raise RuleViolation(_("%(why)s Hand it up.") % {"why": why})


def _registered(unit: Unit, told: dict, key: str) -> tuple[str, bool]:
    """Number of the case, and whether it is new. Raises Invalid."""
    channel = Channel.objects.select_related("client").get(code="outlet")
    above = unit.parent.code if unit.parent and unit.parent.parent_id else None
    body = {**told, "kind": "complaint", "unit": above}
    row = submission.parse(body, channel=channel, on=submission.today(), key=key)
    [outcome] = intake.register_many([row], channel=channel, by=channel.client)
    if outcome.is_refused:
        raise Invalid(outcome.faults)
    return outcome.answer["case"]["no"], not outcome.replay
