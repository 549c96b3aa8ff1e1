"""What is told about an outlet's clocks, within what the receiver may see."""

from collections.abc import Collection

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core.models import Notification, User
from agency.core.notifications.words import Notice, Told, moment, page
from agency.core.roles import OUTSIDERS, Role
from agency.core.steps import percent_of
from outlets.models import Outlet, OutletDeadline

SENTENCES = {
    "deadline_warned": gettext_lazy(
        "%(outlet)s: “%(rule)s” is due at %(due)s, %(step)s%% has passed."
    ),
    "deadline_breached": gettext_lazy("%(outlet)s: “%(rule)s” was missed, it was due at %(due)s."),
    "deadline_escalated": gettext_lazy(
        "%(outlet)s: “%(rule)s” was due at %(due)s and still waits: press for it."
    ),
}

PROPOSED = gettext_lazy("%(outlet)s: a rule speaks for suspending it. Decide on its page.")


def tell(notifications: list[Notification], to: User) -> Told:
    """The notices by the pk of their notification; none of an outlet ``to`` may not see."""
    mine = OutletDeadline.objects.visible_to(to).filter(
        pk__in=[n.subject_id for n in notifications]
    )
    clocks = mine.select_related("unit", "rule", "report", "outlet").in_bulk()
    return {
        n.pk: _notice(n, clocks[n.subject_id], to)
        for n in notifications
        if n.subject_id in clocks and n.topic in SENTENCES
    }


def _notice(notification: Notification, clock: OutletDeadline, to: User) -> Notice:
    told_at = notification.created_at
    headline = SENTENCES[notification.topic] % {
        "outlet": clock.unit.name, "rule": clock.rule.name, "step": percent_of(notification.step),
        "due": moment(clock.due_at, told_at),
    }  # fmt: skip
    details = []
    if clock.report:
        details.append(_("Month: %(month)s") % {"month": f"{clock.report.month:%Y-%m}"})
    if clock.met_at:
        details.append(_("Done since, at %(at)s.") % {"at": moment(clock.met_at, told_at)})
    if clock.cancelled_at:
        ended = moment(clock.cancelled_at, told_at)
        details.append(_("Cancelled since, at %(at)s.") % {"at": ended})
    return Notice(headline, tuple(details), about=clock.unit.code, path=_page_of(clock, to))


def _page_of(clock: OutletDeadline, to: User) -> str:
    if to.role in OUTSIDERS:
        return page("portal_month")
    return page("admin:outlets_outlet_change", clock.outlet_id)


def tell_of_outlets(notifications: list[Notification], to: User) -> Told:
    """That a rule speaks for suspending one; none of an outlet ``to`` may not see."""
    mine = Outlet.objects.visible_to(to).filter(pk__in=[n.subject_id for n in notifications])
    outlets = mine.select_related("unit").in_bulk()
    return {
        n.pk: Notice(
            PROPOSED % {"outlet": outlets[n.subject_id].unit.name},
            about=outlets[n.subject_id].unit.code,
            path=page("admin:outlets_outlet_change", n.subject_id),
        )
        for n in notifications
        if n.subject_id in outlets
    }


def takers(notifications: list[Notification]) -> dict[int, Collection[Role]]:
    """Who could do what an outlet owes: its own liaisons."""
    return {n.pk: {Role.OUTLET_LIAISON} for n in notifications}
