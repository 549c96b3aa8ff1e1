"""What is told about a case's clocks: number, rule, moment and unit, and how it stands now.

Said when it is sent or read, within what the receiver may see then. No title, no party:
an e-mail leaves the house.
"""

from django.utils.translation import gettext as _

from agency.core.models import Notification, User
from agency.core.notifications.words import Notice, Told, moment, page
from agency.core.roles import STAFF
from cases.models import Case, CaseDeadline


def tell(notifications: list[Notification], to: User) -> Told:
    """The notices by the pk of their notification; none of a case ``to`` may not see."""
    mine = Case.objects.visible_to(to)
    rows = CaseDeadline.objects.filter(pk__in=[n.subject_id for n in notifications], case__in=mine)
    clocks = rows.select_related("case", "rule", "unit").in_bulk()
    return {
        n.pk: _notice(n, clocks[n.subject_id], to) for n in notifications if n.subject_id in clocks
    }


def _notice(notification: Notification, clock: CaseDeadline, to: User) -> Notice:
    case = clock.case
    is_staff = to.role in STAFF
    return Notice(
        _headline(notification, clock),
        (*_how_it_stands(clock), _("Unit: %(unit)s") % {"unit": clock.unit.name}),
        about=case.no,
        path=page("admin:cases_case_change", case.pk) if is_staff else "/portal/",
    )


def _headline(notification: Notification, clock: CaseDeadline) -> str:
    sentences = {
        "deadline_warned": _("Case %(no)s: “%(rule)s” is due at %(due)s, %(step)s%% has passed."),
        "deadline_breached": _("Case %(no)s: “%(rule)s” was missed, it was due at %(due)s."),
        "deadline_escalated": _(
            "Case %(no)s: “%(rule)s” was due at %(due)s and still waits, reminder %(step)s."
        ),
    }
    figures = {
        "no": clock.case.no, "rule": clock.rule.name, "due": moment(clock.due_at),
        "step": notification.step,
    }  # fmt: skip
    return sentences[notification.topic] % figures


def _how_it_stands(clock: CaseDeadline) -> tuple[str, ...]:
    """What has happened since the notice was written, where something has."""
    if clock.met_at:
        return (_("Done since, at %(at)s.") % {"at": moment(clock.met_at)},)
    if clock.cancelled_at:
        return (_("Cancelled since, at %(at)s.") % {"at": moment(clock.cancelled_at)},)
    return ()
