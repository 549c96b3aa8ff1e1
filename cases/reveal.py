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
from agency.core.roles import OUTSIDERS, Role
from cases import lifecycle
from cases.lifecycle import HANDLERS, Kind
from cases.models import Callback, Case, Consumer, FollowUp, Reporter, Ticket
from cases.workflow.allowed import Sight

CONSUMER, REPORTER = (
    [f"{owner}.{name}" for name in ("phone", "name", "id_number", "address", "told")]
    for owner in ("consumer", "reporter")
)
REVEALERS = HANDLERS | {Role.CALLBACK}
STAND_INS = {Role.DISPATCHER, Role.CHIEF}
"""They reach the citizen of a case that nobody has in hand yet."""
ASKERS = REVEALERS | STAND_INS | OUTSIDERS | {Role.REGISTRAR, Role.CUSTODIAN}
"""A registrar, where they are named to call back."""
OF_OPERATOR = ["consumer.phone", "consumer.name"]
"""What an outlet or firm reads of who was referred to it, while they are."""
CALLED = ["consumer.phone"]
"""What who is to call back reads."""


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
    meant = _ticket(case, ticket) if ticket else case
    person = meant.consumer if ticket else case.person
    if not isinstance(person, Reporter if field in REPORTER else Consumer):
        raise RuleViolation(_("Nobody is known here of whom this could be told."))
    _brake(by)
    Access.objects.create(
        kind=Access.Kind.REVEALED, by=by, what=field, reason=case.know_others().shown(reason),
        subject=meant._meta.label_lower, subject_id=meant.pk, at=clock.now(),
    )  # fmt: skip
    fact = field.partition(".")[2]
    return person.own_words if fact == "told" else getattr(person, fact)


def _ticket(case: Case, no: str) -> Ticket:
    """The one whose citizen is asked for; a report's tickets name nobody."""
    ticket = case.tickets.select_related("consumer").filter(no=no).first()
    if ticket is None:
        raise Invalid({"ticket": [_("This case has no such ticket.")]})
    return ticket


def _case(no: str, by: User, field: str) -> Case:
    seen = Case.objects.visible_to(by).select_related("consumer", "reporter", "handler")
    case = seen.filter(no=no).first()
    if case is None:
        raise NotThere
    if (case.kind == Kind.REPORT) != (field in REPORTER):
        raise RuleViolation(_("Nobody is known here of whom this could be told."))
    if field not in REPORTER and field not in _readable(Sight(case, by)):
        if by.role not in REVEALERS | OUTSIDERS:
            raise Forbidden
        raise RuleViolation(_("Only who handles the case now may read this."))
    return case


def _readable(sight: Sight) -> list[str]:
    """The fields of the consumer that somebody needs now."""
    if sight.user.role in OUTSIDERS:
        mine = sight.case.referrals.open().of(sight.user)
        return OF_OPERATOR if mine.exists() else []
    if _has_in_hand(sight):
        return CONSUMER
    return CALLED if _is_to_call_back(sight) else []


def _is_to_call_back(sight: Sight) -> bool:
    """Whether this one may, named for it or because nobody is, and it was not done yet: after the
    end of a complaint, too.
    """
    case, by = sight.case, sight.user
    if by.role not in lifecycle.roles_of("follow_up") or "follow_up" not in sight.verbs:
        return False
    if Callback.objects.waiting_for(by).filter(case=case).exists():
        return True
    return case.kind == Kind.COMPLAINT and (sight.awaits_call or not _was_called_back(case))


def _was_called_back(case: Case) -> bool:
    return case.follow_ups.exclude(satisfaction=FollowUp.Satisfaction.UNREACHED).exists()


def _has_in_hand(sight: Sight) -> bool:
    """Named as handler, contact or follow-up officer; of nobody's case, or of one whose handler
    has left, who could contact them.
    """
    case, by = sight.case, sight.user
    named = case.assignments.filter(ended_at=None).first()
    posts = {named.handler_id, named.contact_id, named.follow_up_id} if named else set()
    if by.pk in posts:
        return True
    is_nobodys = case.handler is None or not case.handler.is_active
    return is_nobodys and "contact" in sight.verbs


def _brake(by: User) -> None:
    """So many in an hour are work; more is somebody taking the data out."""
    if Access.objects.is_enough(by, Access.Kind.REVEALED, settings.REVEALS_AN_HOUR):
        raise RuleViolation(
            _("You have read %(most)s secret fields within an hour: ask your chief.")
            % {"most": settings.REVEALS_AN_HOUR}
        )


def may_reveal(sight: Sight, ticket: Ticket | None = None) -> list[str]:
    """The fields the page offers whoever sees the case so, of the case's own person or ``ticket``'s."""
    case, user = sight.case, sight.user
    person = ticket.consumer if ticket else case.person
    if person is None:
        return []
    if user.role == Role.CUSTODIAN:
        return _known(REPORTER, person) if case.kind == Kind.REPORT else []
    if user.role not in ASKERS or case.kind == Kind.REPORT:
        return []
    return _known(_readable(sight), person)


def may_call(sight: Sight) -> bool:
    """Whether who is to reach the citizen reads the number; also where none is kept that they
    could read: nobody left one, or it is a reporter's, and the custodian calls.
    """
    return not keeps_number(sight.case) or CALLED[0] in _readable(sight)


def keeps_number(case: Case) -> bool:
    return case.kind != Kind.REPORT and case.is_contactable


def _known(fields: list[str], person: Consumer | Reporter) -> list[str]:
    """Without the own words where the case shows every one of them."""
    return [name for name in fields if not name.endswith(".told") or person.own_words]
