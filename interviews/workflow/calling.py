"""Merchants are called in: notices, how they reached each, and another day where one asks for it."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from agency.core.errors import Invalid, RuleViolation
from agency.core.models import User
from interviews import acts, clocks
from interviews.acts import Act, Kinds, not_before
from interviews.letters.forms import Form
from interviews.lifecycle import Milestone
from interviews.models import WAITING, Attendance, Interview, Notice, Service, ServiceAddress
from interviews.workflow import papers

Method = Service.Method
ANNOUNCED_FOR = timedelta(days=30)
"""Source: 市场监督管理行政处罚程序规定 §82 (五)."""
BY_TWO = {Method.DIRECT, Method.LIEN}
"""The methods for which two people go. The form asks for the second; the API may leave it out."""


def issue_notice(
    no: str, *, by: User, merchant: int | None = None, hold_at: datetime | None = None
) -> Interview:
    """Order the notice for one merchant or for all that have none; the second after an absence.

    ``hold_at``: another moment than they were called in for, where that has passed.

    Few are written at once; many in the background (``papers.write_pending``), each numbered in
    the moment it is written.
    """
    with acts.begin(no, "issue_notice", by) as act:
        for attendance in _without_notice(act, merchant, hold_at):
            round_ = attendance.absences + 1
            notice, _is_new = Notice.objects.get_or_create(
                attendance=attendance, round=round_, issued_at=None,
                defaults={"hold_at": attendance.hold_at, "by": act.by},
            )  # fmt: skip
            papers.order(act, Form.NOTICE, attendance, notice=notice)
            act.record(Kinds.NOTICE_ORDERED, attendance=attendance, round=round_)
        papers.write_if_few(act)
    return act.interview


def _without_notice(
    act: Act, merchant: int | None, hold_at: datetime | None
) -> list[Attendance]:  # fmt: skip
    wanted = [act.merchant(merchant)] if merchant else act.able()
    waits = act.interview.documents.filter(WAITING, form=Form.NOTICE)
    ordered = set(waits.values_list("attendance", flat=True))
    left = [attendance for attendance in wanted if attendance.pk not in ordered]
    if not left:
        raise RuleViolation(_("No merchant waits for a notice."))
    for attendance in left:
        _call_in_for(act, attendance, hold_at or attendance.hold_at)
    return left


def _call_in_for(act: Act, attendance: Attendance, hold_at: datetime) -> None:
    if hold_at <= act.at:
        said = _("%(name)s was called in for a moment that has passed: say another (hold_at).")
        raise RuleViolation(said % {"name": attendance.merchant.name})
    if attendance.hold_at != hold_at or attendance.absences:
        attendance.hold_at = hold_at
        attendance.save()
        appointed(act, attendance)


def stop_notices(no: str, *, by: User) -> Interview:
    """Write no more of the notices that wait; those issued stay, and no number is lost."""
    with acts.begin(no, "stop_notices", by) as act:
        waiting = act.interview.documents.filter(WAITING, form=Form.NOTICE)
        if not papers.stop(waiting, at=act.at):
            raise RuleViolation(_("No notice waits to be written."))
        act.record(Kinds.NOTICES_STOPPED)
    return act.interview


def record_service(
    no: str, *, by: User, merchant: int, method: str, at: datetime, recipient: str,
    tracking_no: str = "", relation: str = "", place: str = "", reason: str = "",
    witness: str = "", consent: bool | None = None, servers: list[str] | None = None,
) -> Interview:  # fmt: skip
    """Write down how the notice reached the merchant.

    ``servers``: one or two usernames, by whom; else whoever writes it down. ``reason`` and
    ``witness``: of a refusal. ``consent``: False where the merchant did not agree to electronic
    service; what the API leaves out is not said.
    """
    with acts.begin(no, "record_service", by) as act:
        attendance = act.merchant(merchant)
        notice = attendance.notices.filter(round=attendance.absences + 1).first()
        at = act.past("at", at)
        if notice is None or not not_before(at, notice.issued_at):
            raise RuleViolation(_("The notice was issued later: it cannot have been served then."))
        said = {
            "recipient": recipient, "tracking_no": tracking_no, "relation": relation,
            "place": place, "reason": reason, "witness": witness, "consent": consent,
        }  # fmt: skip
        if said["consent"] is None:
            said["consent"] = _consent(attendance)
        check_method(Method(method), said)
        served_at = at + ANNOUNCED_FOR if method == Method.ANNOUNCEMENT else at
        _serve(
            act, attendance, notice, method=method, at=at, served_at=served_at, **said,
            **_servers(act, Method(method), servers),
        )  # fmt: skip
    return act.interview


def _consent(attendance: Attendance) -> bool | None:
    """What the merchant said of electronic service last; None where it was not asked."""
    confirmed = attendance.addresses.order_by("pk").last()
    return confirmed and confirmed.electronic


def confirm_address(
    no: str, *, by: User, merchant: int, address: str, recipient: str, phone: str,
    electronic: bool, email: str = "", wechat: str = "",
) -> Interview:  # fmt: skip
    """Take down where and how a merchant takes letters, and whether electronically: its word counts."""
    with acts.begin(no, "confirm_address", by) as act:
        attendance = act.merchant(merchant)
        document = papers.order(act, Form.ADDRESS_CONFIRMATION, attendance)
        ServiceAddress(
            attendance=attendance, address=address, recipient=recipient, phone=phone, email=email,
            wechat=wechat, electronic=electronic, by=act.by, at=act.at, document=document,
        ).save()  # fmt: skip
        papers.write_if_few(act)
        act.record(Kinds.ADDRESS_CONFIRMED, attendance=attendance)
    return act.interview


def check_method(method: Method, said: dict) -> None:
    """Raise Invalid or RuleViolation for what this way of serving does not allow."""
    if method == Method.POST and not said["tracking_no"]:
        raise Invalid({"tracking_no": [_("What goes by post has a tracking number.")]})
    if method == Method.ELECTRONIC and said["consent"] is False:
        raise RuleViolation(_("Without the merchant's consent nothing is served electronically."))


def _servers(act: Act, method: Method, names: list[str] | None) -> dict[str, User | None]:
    """Who went: the actor, unless others are named; two different people."""
    people = [papers.colleague(act, "servers", name) for name in names or [act.by.username]]
    if len(people) > 2:
        raise Invalid({"servers": [_("One or two people serve a notice.")]})
    if len({person.pk for person in people}) < len(people):
        raise RuleViolation(_("Two different people serve a notice."))
    if names and method in BY_TWO and len(people) < 2:
        raise RuleViolation(_("By hand a notice is served by two people."))
    return {"server": people[0], "second_server": people[1] if people[1:] else None}


def _serve(act: Act, attendance: Attendance, notice: Notice | None, **said) -> None:
    service = Service(
        attendance=attendance, notice=notice, round=attendance.absences + 1, **said
    )  # fmt: skip
    if notice:
        service.document = papers.order(act, Form.SERVICE_RECORD, attendance)
    service.save()
    papers.write_if_few(act)
    act.lead(attendance)
    act.stop(Milestone.SERVED, attendance=attendance)
    is_short = clocks.is_short(service.served_at, attendance.hold_at)
    act.record(
        Kinds.SERVED, attendance=attendance, service=service.pk, method=said["method"],
        is_short=is_short,
    )  # fmt: skip


def notify_by_phone(
    no: str, *, by: User, merchant: int, reason: str, recipient: str, at: datetime | None = None
) -> Interview:
    """Call a merchant in by telephone where there is no time for paper: with the reason, on record."""
    with acts.begin(no, "notify_by_phone", by) as act:
        attendance = act.merchant(merchant)
        at = act.past("at", at)
        _serve(
            act, attendance, None, method=Method.TELEPHONE, at=at, served_at=at, reason=reason,
            recipient=recipient, server=act.by,
        )  # fmt: skip
    return act.interview


def postpone(
    no: str, *, by: User, to: datetime, reason: str, merchant: int | None = None
) -> Interview:
    """Let one merchant, or all that were served, come at another moment: once each."""
    with acts.begin(no, "postpone", by) as act:
        wanted = [act.merchant(merchant)] if merchant else act.able()
        if to <= act.at:
            raise Invalid({"to": [_("This moment has passed.")]})
        if not wanted:
            raise RuleViolation(_("No merchant waits to be heard."))
        for attendance in wanted:
            _postpone(act, attendance, to, reason)
        if not act.interview.merchants.exclude(hold_at=to).filter(session=None).exists():
            act.interview.hold_at = to
    return act.interview


def _postpone(act: Act, attendance: Attendance, to: datetime, reason: str) -> None:
    if attendance.postponed_at:
        said = _("%(name)s was given another day already: that happens once.")
        raise RuleViolation(said % {"name": attendance.merchant.name})
    attendance.hold_at, attendance.postponed_at, attendance.postponed_for = to, act.at, reason
    act.lead(attendance)
    appointed(act, attendance)
    act.record(Kinds.POSTPONED, attendance=attendance, to_at=to.isoformat())


def appointed(act: Act, attendance: Attendance) -> None:
    """Count anew until when it must be written down what came of the appointment."""
    about = Q(attendance=attendance) & Q(rule__met_by=Milestone.RECORDED)
    act.cancel(pk__in=act.interview.deadlines.filter(about).values("pk"))
    act.start(Milestone.CALLED_IN, {"attendance": attendance}, starts_at=attendance.hold_at)
