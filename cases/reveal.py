"""One field of one person in plain, for who needs it now: asked with a reason, on record.

The consumer's for whoever has the case in hand, the reporter's for the custodian alone.
Source: SAMR Order 121 §37; PIPL §51.
"""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from agency.core import clock
from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.models import Access, User
from agency.core.roles import Role
from cases.lifecycle import HANDLERS, Kind
from cases.models import Case, Consumer, Reporter, Ticket
from cases.workflow.allowed import allowed

CONSUMER, REPORTER = (
    [f"{owner}.{name}" for name in ("phone", "name", "id_number", "address", "told")]
    for owner in ("consumer", "reporter")
)
REVEALERS = HANDLERS | {Role.CALLBACK}
STAND_INS = {Role.DISPATCHER, Role.CHIEF}
"""They reach the citizen of a case that nobody has in hand yet."""
ASKERS = REVEALERS | STAND_INS | {Role.REGISTRAR, Role.CUSTODIAN}
"""A registrar, where they are named to call back."""
IN_HAND = {"contact", "follow_up"}
"""Who may do one of these on a case nobody is named for has to speak to the citizen."""


@transaction.atomic
def reveal(no: str, *, by: User, field: str, reason: str, ticket: str = "") -> str:
    """The plain value, "" where it is not known. ``field``: of CONSUMER or REPORTER.

    ``ticket``: whose citizen is meant, where several are on the case; else the case's own.
    Raises Forbidden for a role that never may, NotThere, RuleViolation.
    """
    roles = {Role.CUSTODIAN} if field in REPORTER else ASKERS - {Role.CUSTODIAN}
    if by.role not in roles:
        raise Forbidden
    case = _case(no, by, field)
    _brake(by)
    meant = _ticket(case, ticket) if ticket else case
    Access.objects.create(
        kind=Access.Kind.REVEALED, by=by, what=field, reason=case.shown(reason),
        subject=meant._meta.label_lower, subject_id=meant.pk, at=clock.now(),
    )  # fmt: skip
    return getattr(meant.consumer if ticket else case.person, field.partition(".")[2])


def _ticket(case: Case, no: str) -> Ticket:
    """The one whose citizen is asked for; a report's tickets name nobody."""
    ticket = case.tickets.select_related("consumer").filter(no=no).first()
    if ticket is None:
        raise Invalid({"ticket": [_("This case has no such ticket.")]})
    if ticket.consumer is None:
        raise RuleViolation(_("Nobody is known here of whom this could be told."))
    return ticket


def _case(no: str, by: User, field: str) -> Case:
    seen = Case.objects.visible_to(by).select_related("consumer", "reporter")
    case = seen.filter(no=no).first()
    if case is None:
        raise NotThere
    if not isinstance(case.person, Reporter if field in REPORTER else Consumer):
        raise RuleViolation(_("Nobody is known here of whom this could be told."))
    if field not in REPORTER and not has_in_hand(case, by):
        if by.role not in REVEALERS:
            raise Forbidden
        raise RuleViolation(_("Only who handles the case now may read this."))
    return case


def has_in_hand(case: Case, by: User) -> bool:
    """Named as handler, contact or follow-up officer; of nobody's case, who must call."""
    named = case.assignments.filter(ended_at=None).first()
    posts = {named.handler_id, named.contact_id, named.follow_up_id} if named else set()
    if by.pk in posts:
        return True
    return (case.handler_id is None or by.role == Role.CALLBACK) and bool(
        IN_HAND & set(allowed(case, by))
    )


def _brake(by: User) -> None:
    """So many in an hour are work; more is somebody taking the data out."""
    if Access.objects.lately(by, Access.Kind.REVEALED).count() >= settings.REVEALS_AN_HOUR:
        raise RuleViolation(
            _("You have read %(most)s secret fields within an hour: ask your chief.")
            % {"most": settings.REVEALS_AN_HOUR}
        )


def may_reveal(case: Case, user: User) -> list[str]:
    """The fields the page offers ``user``."""
    if user.role == Role.CUSTODIAN:
        return _known(REPORTER, case) if case.kind == Kind.REPORT and case.reporter_id else []
    if user.role not in ASKERS or case.kind == Kind.REPORT or not case.consumer_id:
        return []
    return _known(CONSUMER, case) if has_in_hand(case, user) else []


def _known(fields: list[str], case: Case) -> list[str]:
    """Without the own words where the case shows every one of them."""
    return [name for name in fields if not name.endswith(".told") or case.person.told]
