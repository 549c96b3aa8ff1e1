"""The verbs of a case: the one door for every write.

Admin, portal, API, imports and tasks translate a request and call these. Each is one
transaction: the case and its clocks are locked, then the database's clock is read.
All raise Forbidden, NotThere, RuleViolation or Invalid (agency/core/errors.py).
"""

from agency.core.models import User
from agency.core.roles import Role
from cases.lifecycle import MOVES, Kind
from cases.models import Case, Proposal
from cases.workflow.closing import approve, close, disapprove, may_not_decide
from cases.workflow.hands import RULING_AFTER, dispatch, return_, returns_of
from cases.workflow.tickets import contact, link_ticket, reply_ticket, respond

VERBS = {
    "dispatch": dispatch,
    "return": return_,
    "respond": respond,
    "contact": contact,
    "reply_ticket": reply_ticket,
    "link_ticket": link_ticket,
    "close": close,
    "approve": approve,
    "disapprove": disapprove,
}
"""The verbs by their public names, for the doors."""


def allowed(case: Case, user: User) -> list[str]:
    """The verbs ``user`` may do on ``case`` now, in the order of the tables.

    It promises role, scope, state and four eyes; a verb may still refuse what it is given.
    """
    if not Case.objects.in_hands_of(user).filter(pk=case.pk).exists():
        return []
    pending = case.pending
    return [
        m.verb
        for m in MOVES[Kind(case.kind)]
        if m.is_open_to(user.role, case.state, pending=bool(pending))
        and _makes_sense(m.verb, case, user, pending)
    ]


def _makes_sense(verb: str, case: Case, user: User, pending: Proposal | None) -> bool:
    """Whether ``verb`` has something to do here now, and it is for ``user`` to do it."""
    match verb:
        case "respond":
            return case.tickets.filter(responded_at=None).exists()
        case "reply_ticket":
            return case.tickets.filter(replied_at=None).exists()
        case "dispatch":
            return (user.role == Role.LEADER) == (returns_of(case) >= RULING_AFTER)
        case "approve" | "disapprove":
            return may_not_decide(case, pending, user) is None
    return True
