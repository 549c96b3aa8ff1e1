"""The session: who came and what was said, and who did not come."""

from datetime import datetime

from django.utils.translation import gettext as _

from agency.core.errors import Invalid, RuleViolation
from agency.core.models import User
from agency.core.roles import Role
from interviews import acts
from interviews.acts import Act, Kinds, not_before
from interviews.letters.forms import Form
from interviews.lifecycle import Milestone
from interviews.models import Attendance, Interview, Session
from interviews.workflow import papers


def hold(
    no: str, *, by: User, present: list[int], minutes: str, held_at: datetime | None = None,
    until: datetime | None = None, host: str = "", recorder: str = "", place: str = "",
) -> Interview:  # fmt: skip
    """Write down a session that took place, with who came; also one earlier than planned.

    Nothing is held before it is served: RuleViolation names who was not. Who was called in and is
    not ``present`` stays so, until ``record_no_show``. ``host`` and ``recorder``: usernames, two
    different people; without them whoever writes it down was the host.
    """
    with acts.begin(no, "hold", by) as act:
        came = act.merchants(present)
        if not came:
            raise Invalid({"present": [_("Name who came.")]})
        held_at = act.past("held_at", held_at)
        for attendance in came:
            _check_served(attendance, held_at)
        session = Session.objects.create(
            interview=act.interview, held_at=held_at, until=until and act.past("until", until),
            place=place or act.interview.place, minutes=minutes, **_led(act, host, recorder),
        )  # fmt: skip
        act.take_effect()
        act.interview.held_at = act.interview.held_at or held_at
        act.interview.save()
        act.record(Kinds.HELD, session=session.pk, held_at=held_at.isoformat())
        for attendance in came:
            _came(act, attendance, session)
        papers.write_if_few(act)
    return act.interview


def _check_served(attendance: Attendance, held_at: datetime) -> None:
    served_at = attendance.served_at
    if served_at is None or not not_before(held_at, served_at):
        said = _("%(name)s was not served before the session: nothing is held with it.")
        raise RuleViolation(said % {"name": attendance.merchant.name})


def _led(act: Act, host: str, recorder: str) -> dict[str, User | None]:
    led_by = papers.colleague(act, "host", host) if host else act.by
    written_by = papers.colleague(act, "recorder", recorder) if recorder else None
    if written_by == led_by:
        raise RuleViolation(_("Who leads the session does not record it: two people hold it."))
    return {"host": led_by, "recorder": written_by}


def _came(act: Act, attendance: Attendance, session: Session) -> None:
    attendance.session = session
    act.lead(attendance)
    act.stop(Milestone.RECORDED, attendance=attendance)
    act.record(Kinds.ATTENDED, attendance=attendance, session=session.pk)
    papers.order(act, Form.MINUTES, attendance)


def record_no_show(no: str, *, by: User, merchant: int, reason: str = "") -> Interview:
    """A merchant that was served did not come. A second notice follows, then a measure.

    Not before the moment it was called in for, unless the session was held without it.
    """
    with acts.begin(no, "record_no_show", by) as act:
        attendance = act.merchant(merchant)
        _check_missed(act, attendance)
        attendance.absences += 1
        act.lead(attendance)
        act.stop(Milestone.RECORDED, attendance=attendance)
        act.record(Kinds.NO_SHOW, attendance=attendance, absences=attendance.absences)
        if attendance.absences > 1:
            act.tell(Role.LEADER, topic="interview_missed")
    return act.interview


def _check_missed(act: Act, attendance: Attendance) -> None:
    served_at, is_past = attendance.served_at, attendance.hold_at <= act.at
    sessions = act.interview.sessions.all()
    held_without = any(not_before(session.held_at, served_at) for session in sessions)
    if served_at is None or served_at > act.at:
        said = _("%(name)s counts as served only later: it need not have come.")
    elif not is_past and not held_without:
        said = _("%(name)s is called in for a moment that is still to come.")
    else:
        return
    raise RuleViolation(said % {"name": attendance.merchant.name})
