"""What is told about a case: its clocks, and that a leader must rule; and how it stands now.

Said when it is sent or read, within what the receiver may see then. No title, no party:
an e-mail leaves the house.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from agency.core import clock as agency_clock
from agency.core.models import Access, Delivery, Notification, User
from agency.core.notifications.words import Notice, Told, moment, page
from agency.core.roles import STAFF, Role
from agency.core.steps import percent_of
from agency.core.text import listed
from cases.admin.labels import VERBS
from cases.callbacks import took_part
from cases.lifecycle import WAITING, State, handlers_of
from cases.models import Case, CaseDeadline, CaseEvent, Proposal, Supervision

LAST_DAY = 100
"""The step of the warning on the last day by the count, where the due day was moved on."""


@dataclass(frozen=True)
class Pressing:
    """Who presses, by position and name, and what the headline leaves out."""

    who: str = ""
    details: tuple[str, ...] = ()


def tell(notifications: list[Notification], to: User) -> Told:
    """The notices by the pk of their notification; none of a case ``to`` may not see."""
    mine = Case.objects.visible_to(to)
    rows = CaseDeadline.objects.filter(pk__in=[n.subject_id for n in notifications], case__in=mine)
    clocks = rows.select_related("case__handler", "rule", "unit").in_bulk()
    earlier, pressing = _earlier(notifications, to), _pressing(notifications)
    nothing = Pressing()
    return {
        n.pk: _notice(n, clocks[n.subject_id], to, earlier[n.pk], pressing.get(n.pk, nothing))
        for n in notifications
        if n.subject_id in clocks
    }


def _notice(
    notification: Notification, clock: CaseDeadline, to: User, earlier: int, pressing: Pressing
) -> Notice:
    case = clock.case
    return Notice(
        _headline(notification, clock, earlier, pressing.who),
        (
            *pressing.details,
            *_how_it_stands(clock, notification),
            *_why_you(notification, clock, to),
            *_in_whose_hands(notification, clock),
            _("Unit: %(unit)s") % {"unit": clock.unit.name},
        ),
        about=case.no,
        path=_page_of(case, to),
    )


def _page_of(case: Case, to: User) -> str:
    if to.role in STAFF:
        return page("admin:cases_case_change", case.pk)
    return page("portal_case", case.no)


def takers(notifications: list[Notification]) -> dict[int, Collection[Role]]:
    """Who could take each clock's case in hand: whoever may be its handler."""
    clocks = CaseDeadline.objects.filter(pk__in=[n.subject_id for n in notifications])
    kinds = dict(clocks.values_list("pk", "case__kind"))
    return {n.pk: handlers_of(kinds[n.subject_id]) for n in notifications if n.subject_id in kinds}


def takers_of_cases(notifications: list[Notification]) -> dict[int, Collection[Role]]:
    """Who could take each case in hand."""
    cases = Case.objects.filter(pk__in=[n.subject_id for n in notifications])
    kinds = dict(cases.values_list("pk", "kind"))
    return {n.pk: handlers_of(kinds[n.subject_id]) for n in notifications if n.subject_id in kinds}


def barred_from_cases(notifications: list[Notification]) -> dict[int, Collection[int]]:
    """Who may not call back; one question for however many."""
    asked = [n for n in notifications if n.target == Role.CALLBACK]
    people = ArraySubquery(took_part(OuterRef(OuterRef("pk"))).values("pk"))
    cases = Case.objects.filter(pk__in={n.subject_id for n in asked})
    barred = dict(cases.values_list("pk", people))
    return {n.pk: barred.get(n.subject_id, ()) for n in asked}


def tell_of_cases(notifications: list[Notification], to: User) -> Told:
    """What is asked of somebody about a case, or done with it."""
    mine = Case.objects.visible_to(to).select_related("unit")
    cases = mine.in_bulk([n.subject_id for n in notifications])
    return {
        n.pk: SAY[n.topic](n, cases[n.subject_id], to)
        for n in notifications
        if n.subject_id in cases and n.topic in SAY
    }


def tell_of_events(notifications: list[Notification], to: User) -> Told:
    """What somebody did with a case that ``to`` follows, or wrote to them on it."""
    mine = Case.objects.visible_to(to)
    events = CaseEvent.objects.filter(pk__in=[n.subject_id for n in notifications], case__in=mine)
    known = events.select_related("case", "actor").in_bulk()
    return {n.pk: _event(n, event, to) for n in notifications if (event := known.get(n.subject_id))}


def _event(notification: Notification, event: CaseEvent, to: User) -> Notice:
    sentence = (
        _("Case %(no)s: %(who)s calls you in a note.")
        if notification.topic == "mentioned"
        else _("Case %(no)s, which you follow: %(what)s (%(who)s).")
    )
    who = event.actor.name if event.actor else _("the clock")
    figures = {"no": event.case.no, "who": who, "what": event.get_kind_display()}
    return Notice(sentence % figures, about=event.case.no, path=_page_of(event.case, to))


def _ruling(notification: Notification, case: Case, to: User) -> Notice:
    headline = _("Case %(no)s was returned %(times)d times: you rule where it goes.")
    figures = {"no": case.no, "times": notification.step}
    since = (
        ()
        if case.state in WAITING
        else (_("Dispatched since, to %(unit)s.") % {"unit": case.unit.name},)
    )
    return Notice(headline % figures, since, about=case.no, path=_page_of(case, to))


def _approval(notification: Notification, case: Case, to: User) -> Notice:
    """Told when it is read: what was decided since waits no more."""
    waiting = case.proposals.filter(decided_at=None)
    if what := _labels(waiting):
        headline = _("Case %(no)s waits for your approval: %(what)s.")
        return Notice(
            headline % {"no": case.no, "what": what}, about=case.no, path=_page_of(case, to)
        )
    headline = _("Case %(no)s waits for your approval.") % {"no": case.no}
    return Notice(headline, (_("Decided since."),), about=case.no, path=_page_of(case, to))


def _labels(proposals: QuerySet[Proposal]) -> str:
    """What they propose, as the buttons call it."""
    verbs = proposals.order_by("pk").values_list("verb", flat=True)
    return listed(str(VERBS[verb].label) for verb in verbs)


def _decided(notification: Notification, case: Case, to: User) -> Notice:
    """What came of what was proposed, to who proposed it."""
    is_approved = notification.topic == "approved"
    decided = case.proposals.filter(decided_at=notification.created_at, approved=is_approved)
    headline = (
        _("Case %(no)s: “%(what)s”, as it was proposed, was approved.")
        if is_approved
        else _("Case %(no)s: “%(what)s” was proposed, and not approved. Its page says why.")
    )
    told = {"no": case.no, "what": _labels(decided)}
    return Notice(headline % told, about=case.no, path=_page_of(case, to))


def _handed_over(notification: Notification, case: Case, to: User) -> Notice:
    """To whom it was taken from (step 0), and to whom it was given."""
    headline = (
        _("Case %(no)s is in your hands: whoever had it showed no sign of life.")
        if notification.step
        else _("Case %(no)s was handed on: you showed no sign of life while it waited.")
    )
    since = case.tickets.filter(responded_at=None).exists()
    details = () if since else (_("Responded since."),)
    return Notice(headline % {"no": case.no}, details, about=case.no, path=_page_of(case, to))


def _opinion(notification: Notification, case: Case, to: User) -> Notice:
    headline = (
        _("You are asked for your opinion on case %(no)s.")
        if notification.topic == "opinion_asked"
        else _("The expert has answered about case %(no)s.")
    )
    return Notice(headline % {"no": case.no}, about=case.no, path=_page_of(case, to))


def _moved(notification: Notification, case: Case, to: User) -> Notice:
    """Somebody else has done something with it."""
    told = {"no": case.no, "unit": notification.unit.name}
    since = (_("Nobody is named for it yet."),) if notification.target == "unit" else ()
    if notification.target == Role.CALLBACK and to.role != Role.CALLBACK:
        since = (_("No call-back officer near it may: you are asked instead."),)
    headline = str(MOVED[notification.topic]) % told
    return Notice(headline, since, about=case.no, path=_page_of(case, to))


MOVED = {
    "dispatch": gettext_lazy("Case %(no)s was dispatched to %(unit)s."),
    "assign": gettext_lazy("Case %(no)s was given to you."),
    "assign_triple": gettext_lazy("Case %(no)s: you are named its core handler."),
    "reply": gettext_lazy("Case %(no)s waits to be called back."),
    "return": gettext_lazy("Case %(no)s came back: dispatch it anew."),
    "reopen": gettext_lazy("Case %(no)s was reopened."),
    "came_again": gettext_lazy("Case %(no)s was sent again by its platform: read what it says."),
    "request_recusal": gettext_lazy("Case %(no)s: a recusal was asked for, you decide it."),
    "confirm_performance": gettext_lazy("Case %(no)s waits to be called back."),
    "record_non_performance": gettext_lazy("Case %(no)s waits to be called back."),
    "referred": gettext_lazy("Case %(no)s was referred to you: take it up."),
    "came_home": gettext_lazy("Case %(no)s came home from its referral: go on with it."),
    "settle": gettext_lazy(
        "Case %(no)s was settled where it was referred to: it waits to be called back."
    ),
    "denied": gettext_lazy("Case %(no)s: the citizen denies what was settled, take it back."),
    "denied_late": gettext_lazy(
        "Case %(no)s: the citizen denies what it was closed with, a supervisor opens it again."
    ),
    "decide_recusal": gettext_lazy("Case %(no)s: the recusal was decided."),
    "record_clue": gettext_lazy("Case %(no)s: signs of an unlawful act were found, verify them."),
    "request_review": gettext_lazy("Case %(no)s: a review was asked for, see to its answer."),
    "request_final_review": gettext_lazy(
        "Case %(no)s: a final review was asked for, see to its answer."
    ),
    "grant_reward": gettext_lazy("Case %(no)s: a reward was granted, tell the reporter."),
}
"""By the verb, for whom the tables say to tell."""

SAY = dict.fromkeys(MOVED, _moved) | {
    "opinion_asked": _opinion,
    "opinion_given": _opinion,
    "handed_over": _handed_over,
    "ruling_needed": _ruling,
    "approval_needed": _approval,
    "approved": _decided,
    "disapproved": _decided,
}


def _headline(notification: Notification, clock: CaseDeadline, earlier: int, who: str) -> str:
    sentence = _sentence(notification, clock) % {
        "no": clock.case.no,
        "rule": clock.rule.name,
        "due": moment(clock.due_at, notification.created_at),
        "step": percent_of(notification.step),
        "who": who,
        "late": _lateness(notification.created_at - clock.due_at),
    }
    if not earlier:
        return sentence
    return _("%(said)s Reminder %(times)d.") % {"said": sentence, "times": earlier + 1}


def _sentence(notification: Notification, clock: CaseDeadline) -> str:
    """By what is asked of the receiver: to do it, to see that it is done, or nothing any more."""
    is_handlers = notification.target == "handler"
    if notification.topic == "deadline_warned":
        if percent_of(notification.step) == LAST_DAY:
            return _(
                "Case %(no)s: today is the last day of “%(rule)s” by the count, due at %(due)s."
            )
        return _("Case %(no)s: “%(rule)s” is due at %(due)s, %(step)s%% has passed.")
    if notification.topic == "deadline_breached" and is_handlers:
        return _("Case %(no)s: “%(rule)s” was missed, it was due at %(due)s.")
    has_ended = clock.met_at or clock.cancelled_at
    if notification.topic == "supervised":
        if notification.created_at <= clock.due_at:
            return _("Case %(no)s was reopened, %(who)s presses for “%(rule)s”, due at %(due)s.")
        if has_ended:
            return _("Case %(no)s: %(who)s pressed for “%(rule)s”, it was %(late)s late then.")
        return _("Case %(no)s: %(who)s presses for “%(rule)s”, it is %(late)s late.")
    if has_ended:
        return _("Case %(no)s: “%(rule)s” was %(late)s late then, and still waited.")
    if not is_handlers:
        return _("Case %(no)s: “%(rule)s” is %(late)s late and still waits: press for it.")
    return _("Case %(no)s: “%(rule)s” is %(late)s late and still waits: do it now.")


def _lateness(late: timedelta) -> str:
    """Whole minutes below an hour, whole hours below two days, else days."""
    minutes = max(0, late // timedelta(minutes=1))
    if minutes < 60:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    hours = minutes // 60
    if hours < 48:
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    return ngettext("%(n)d day", "%(n)d days", hours // 24) % {"n": hours // 24}


def _earlier(notifications: list[Notification], to: User) -> Counter:
    """How many reminders of the same clock ``to`` had before each notice, by its pk."""
    keys = {n.pk: _keys_before(n) for n in notifications if n.topic == "deadline_escalated"}
    if not keys:
        return Counter()
    known = Delivery.objects.filter(
        recipient=to, channel=Delivery.Channel.IN_APP,
        notification__dedup_key__in=set().union(*keys.values()),
    )  # fmt: skip
    had = set(known.values_list("notification__dedup_key", flat=True))
    return Counter({pk: len(had & before) for pk, before in keys.items()})


def _keys_before(notification: Notification) -> set[str]:
    """The keys of the ladder's earlier steps, as the sweep writes them."""
    stem, _colon, _step = notification.dedup_key.rpartition(":")
    return {f"{stem}:{step}" for step in range(1, notification.step)}


def _pressing(notifications: list[Notification]) -> dict[int, Pressing]:
    """By the pk of each notice that tells that somebody presses."""
    pressed = {
        n.pk: int(n.dedup_key.split(":")[1]) for n in notifications if n.topic == "supervised"
    }
    if not pressed:
        return {}
    rows = Supervision.objects.select_related("by").in_bulk(pressed.values())
    late = Counter(
        CaseDeadline.objects.filter(case__in={row.case_id for row in rows.values()})
        .overdue(agency_clock.now())
        .values_list("case", flat=True)
    )
    return {pk: _pressed(rows[number], late) for pk, number in pressed.items()}


def _pressed(supervision: Supervision, late: Counter[int]) -> Pressing:
    """What was said with it stands on the case's page alone: an e-mail leaves the house."""
    by, number, details = supervision.by, late[supervision.case_id], ()
    if number > 1:
        sentence = _("%(n)d clocks of the case are overdue now.")
        details += (sentence % {"n": number},)
    if supervision.note:
        details += (_("Something was written with it: read it on the case's page."),)
    return Pressing(f"{by.get_role_display()} {by.name}", details)


def _why_you(notification: Notification, clock: CaseDeadline, to: User) -> tuple[str, ...]:
    """Where it was meant for somebody else who is not there; nobody may have come since."""
    if notification.target == Role.CHIEF and to.role == Role.LEADER:
        return (_("There is no section chief: you are told instead."),)
    if notification.target == "handler" and notification.handler_id is None:
        is_so = _needs_hands(clock) and clock.case.handler is None
        return (_("Nobody has it in hand yet.") if is_so else _("Nobody had it in hand."),)
    return ()


def _in_whose_hands(notification: Notification, clock: CaseDeadline) -> tuple[str, ...]:
    """For those who are to press; not of what is done, or is with an outlet or a firm."""
    case = clock.case
    if notification.target == "handler" or not _needs_hands(clock):
        return ()
    if case.handler is None:
        return (_("Nobody has it in hand yet."),)
    return (_("Handler: %(name)s") % {"name": case.handler.name},)


def _needs_hands(clock: CaseDeadline) -> bool:
    """Still owed, and by us."""
    case, is_over = clock.case, clock.met_at or clock.cancelled_at or clock.case.closed_at
    return not is_over and case.state != State.ODR_NEGOTIATING


def _how_it_stands(clock: CaseDeadline, notification: Notification) -> tuple[str, ...]:
    """What has happened since the notice was written, where something has."""
    if clock.met_at:
        return (
            _("Done since, at %(at)s.") % {"at": moment(clock.met_at, notification.created_at)},
        )
    if clock.cancelled_at:
        return (
            _("Cancelled since, at %(at)s.")
            % {"at": moment(clock.cancelled_at, notification.created_at)},
        )
    return ()


def tell_of_exports(notifications: list[Notification], to: User) -> Told:
    """Who took out more than work needs."""
    sentence = _("%(who)s exported %(rows)s rows and more within an hour.")
    rows = Access.objects.select_related("by__unit").in_bulk([n.subject_id for n in notifications])
    path = page("admin:core_access_changelist")
    return {
        n.pk: Notice(
            sentence
            % {"who": f"{row.by.name} · {row.by.unit.name}", "rows": settings.EXPORT_ALERT_ROWS},
            path=path,
        )
        for n in notifications
        if (row := rows.get(n.subject_id))
    }
