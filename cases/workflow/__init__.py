"""The verbs of a case: the one door for every write.

Admin, portal, API, imports and tasks translate a request and call these. Each is one
transaction: the case and its clocks are locked, then the database's clock is read.
All raise Forbidden, NotThere, RuleViolation or Invalid (agency/core/errors.py).
"""

from agency.core.models import User
from agency.core.roles import Role
from cases.lifecycle import MOVES, Kind
from cases.models import Case
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
    open_to = [
        m.verb for m in MOVES[Kind(case.kind)] if user.role in m.roles and case.state in m.frm
    ]
    return [verb for verb in open_to if _makes_sense(verb, case, user)]


def _makes_sense(verb: str, case: Case, user: User) -> bool:
    """Whether ``verb`` has something to do here now."""
    match verb:
        case "respond":
            return case.tickets.filter(responded_at=None).exists()
        case "reply_ticket":
            return case.tickets.filter(replied_at=None).exists()
        case "dispatch" if not _awaits_approval(case):
            return (user.role == Role.LEADER) == (returns_of(case) >= RULING_AFTER)
        case "close" | "return" | "dispatch":
            return not _awaits_approval(case)
        case "approve" | "disapprove":
            pending = case.proposals.filter(decided_at=None).first()
            return bool(pending) and may_not_decide(case, pending, user) is None
    return True


def _awaits_approval(case: Case) -> bool:
    """Somebody has proposed to close it: until that is decided it stays where it is."""
    return case.proposals.filter(decided_at=None).exists()
