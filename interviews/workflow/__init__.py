"""The verbs of an interview: the one door for every write.

Admin, API, imports and tasks translate a request and call these. Each is one transaction: the
interview and its clocks are locked, then the database's clock is read. All raise Forbidden,
NotThere, RuleViolation or Invalid (agency/core/errors.py).
"""

from interviews.lifecycle import MOVES
from interviews.models import Interview
from interviews.workflow import calling, ending, links, meeting, proposing, repairing
from interviews.workflow.proposing import propose

__all__ = ["VERBS", "allowed", "propose"]

VERBS = {
    "approve": proposing.approve,
    "reject": proposing.reject,
    "issue_notice": calling.issue_notice,
    "stop_notices": calling.stop_notices,
    "record_service": calling.record_service,
    "confirm_address": calling.confirm_address,
    "notify_by_phone": calling.notify_by_phone,
    "postpone": calling.postpone,
    "hold": meeting.hold,
    "record_no_show": meeting.record_no_show,
    "sign_pledge": repairing.sign_pledge,
    "check_pledge": repairing.check_pledge,
    "add_rectification": repairing.add_rectification,
    "report_rectification": repairing.report_rectification,
    "make_report_link": links.make_report_link,
    "extend_rectification": repairing.extend_rectification,
    "submit_recheck": repairing.submit_recheck,
    "escalate": ending.escalate,
    "close": ending.close,
}
"""The verbs by their public names, for the doors."""


def allowed(interview: Interview, user) -> list[str]:
    """The verbs ``user`` may do on ``interview`` now, in the order of the table.

    It promises role, state and that a merchant is where the verb begins; a verb may still refuse.
    """
    courses = {attendance.state for attendance in interview.merchants.all()}
    return [
        move.verb
        for move in MOVES
        if user.role in move.roles
        and interview.state in move.states
        and (not move.courses or not move.courses.isdisjoint(courses))
        and not (move.verb in {"approve", "reject"} and not proposing.may_decide(interview, user))
    ]
