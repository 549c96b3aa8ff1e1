"""What is told about a case: its clocks, and that a leader must rule; and how it stands now.

Said when it is sent or read, within what the receiver may see then. No title, no party:
an e-mail leaves the house.
"""

from django.utils.translation import gettext as _

from agency.core.models import Notification, User
from agency.core.notifications.words import Notice, Told, moment, page
from agency.core.roles import STAFF, Role
from cases.lifecycle import WAITING
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
    return Notice(
        _headline(notification, clock),
        (
            *_how_it_stands(clock),
            *_why_you(notification, to),
            _("Unit: %(unit)s") % {"unit": clock.unit.name},
        ),
        about=case.no,
        path=_page_of(case, to),
    )


def _page_of(case: Case, to: User) -> str:
    return page("admin:cases_case_change", case.pk) if to.role in STAFF else "/portal/"


def tell_of_rulings(notifications: list[Notification], to: User) -> Told:
    """A case came back so often that a leader must say whose it is."""
    mine = Case.objects.visible_to(to).select_related("unit")
    cases = mine.in_bulk([n.subject_id for n in notifications])
    return {
        n.pk: _ruling(n, cases[n.subject_id], to) for n in notifications if n.subject_id in cases
    }


def _ruling(notification: Notification, case: Case, to: User) -> Notice:
    headline = _("Case %(no)s was returned %(times)d times: you rule where it goes.")
    figures = {"no": case.no, "times": notification.step}
    since = (
        ()
        if case.state in WAITING
        else (_("Dispatched since, to %(unit)s.") % {"unit": case.unit.name},)
    )
    return Notice(headline % figures, since, about=case.no, path=_page_of(case, to))


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


def _why_you(notification: Notification, to: User) -> tuple[str, ...]:
    """Where it was meant for somebody else who is not there."""
    if notification.target == Role.CHIEF and to.role == Role.LEADER:
        return (_("There is no section chief: you are told instead."),)
    if notification.target == "handler" and notification.handler_id is None:
        return (_("Nobody had it in hand."),)
    return ()


def _how_it_stands(clock: CaseDeadline) -> tuple[str, ...]:
    """What has happened since the notice was written, where something has."""
    if clock.met_at:
        return (_("Done since, at %(at)s.") % {"at": moment(clock.met_at)},)
    if clock.cancelled_at:
        return (_("Cancelled since, at %(at)s.") % {"at": moment(clock.cancelled_at)},)
    return ()
