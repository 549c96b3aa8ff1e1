"""What is told about an interview: its clocks, and what somebody did with it.

Said when it is sent or read, within what the receiver may see then. No merchant, no title: an
e-mail leaves the house.
"""

from collections.abc import Collection

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core.models import Notification, User
from agency.core.notifications.words import Notice, Told, moment, page
from agency.core.roles import Role
from agency.core.steps import percent_of
from interviews.lifecycle import HANDLERS
from interviews.models import Interview, InterviewDeadline


def tell(notifications: list[Notification], to: User) -> Told:
    """The notices of clocks by the pk of their notification; none ``to`` may not see."""
    mine = InterviewDeadline.objects.visible_to(to).select_related("interview", "rule", "unit")
    clocks = mine.in_bulk([n.subject_id for n in notifications])
    return {
        n.pk: _of_clock(n, clocks[n.subject_id]) for n in notifications if n.subject_id in clocks
    }


def _of_clock(notification: Notification, clock: InterviewDeadline) -> Notice:
    said = {
        "no": clock.interview.no, "rule": clock.rule.name,
        "due": moment(clock.due_at, notification.created_at),
        "step": percent_of(notification.step),
    }  # fmt: skip
    if notification.topic == "deadline_warned":
        sentence = _("Interview %(no)s: “%(rule)s” is due at %(due)s, %(step)s%% has passed.")
    elif clock.met_at or clock.cancelled_at:
        sentence = _("Interview %(no)s: “%(rule)s” was due at %(due)s, and was done late.")
    else:
        sentence = _("Interview %(no)s: “%(rule)s” was missed, it was due at %(due)s.")
    unit = _("Unit: %(unit)s") % {"unit": clock.unit.name}
    return Notice(sentence % said, (unit,), about=clock.interview.no, path=_page(clock.interview))


def _page(interview: Interview) -> str:
    return page("admin:interviews_interview_change", interview.pk)


def tell_of_interviews(notifications: list[Notification], to: User) -> Told:
    """What is asked of somebody about an interview, or done with it."""
    mine = Interview.objects.visible_to(to).in_bulk([n.subject_id for n in notifications])
    return {
        n.pk: Notice(str(SAID[n.topic]) % {"no": found.no}, about=found.no, path=_page(found))
        for n in notifications
        if n.topic in SAID and (found := mine.get(n.subject_id))
    }


SAID = {
    "interview_proposed": gettext_lazy("Interview %(no)s waits for your decision."),
    "interview_decided": gettext_lazy("Interview %(no)s, which you proposed, was decided."),
    "interview_missed": gettext_lazy("Interview %(no)s: a merchant did not come for the second time, you decide what follows."),
    "interview_escalated": gettext_lazy("Interview %(no)s: a measure was decided against a merchant."),
    "pledge_repeated": gettext_lazy("Interview %(no)s: what a merchant pledged is complained of again."),
    "rectification_reported": gettext_lazy("Interview %(no)s: a merchant reported a repair, look at it again."),
}  # fmt: skip


def takers(notifications: list[Notification]) -> dict[int, Collection[Role]]:
    """Who could take a clock's interview in hand, where nobody has it."""
    return {n.pk: HANDLERS for n in notifications}
