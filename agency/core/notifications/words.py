"""A notice in words, made when it is sent or read: at rest there are ids only.

An app says its own: in its AppConfig.ready it gives ``speak_for`` a function for the model
its notifications are about (cases/notices.py). What the system itself has to say is below.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from agency.core import clock, deadlines
from agency.core.accounts import links
from agency.core.models import DeadlineRule, Delivery, Notification, SystemGap, Unit, User
from agency.core.notifications.topics import topic_of
from agency.core.roles import Role
from agency.core.text import listed


@dataclass(frozen=True)
class Notice:
    """What somebody is told: ``headline`` is one sentence, ``details`` are lines below it.

    ``about`` is the number of the matter, for lists. ``path`` is the page to go to.
    No personal data and nothing that a citizen wrote.
    """

    headline: str
    details: tuple[str, ...] = ()
    about: str = ""
    path: str = "/"


Told = Mapping[int, Notice]
Speaker = Callable[[list[Notification], User], Told]
"""Notices by the pk of their notification; one is missing where ``to`` may not know of it."""

_speakers: dict[str, Speaker] = {}


def speak_for(subject: str, speaker: Speaker) -> None:
    """Let ``speaker`` find the words for notifications about ``subject`` (``app.model``)."""
    _speakers[subject] = speaker


def tell(notifications: Iterable[Notification], *, to: User) -> Told:
    """What ``to`` is told of each, in the language now active."""
    by_speaker: dict[Speaker, list[Notification]] = defaultdict(list)
    for notification in notifications:
        by_speaker[_speaker(notification, to)].append(notification)
    told: dict[int, Notice] = {}
    for speaker, group in by_speaker.items():
        told |= speaker(group, to)
    return told


def moment(at: datetime, told_at: datetime) -> str:
    """In Shanghai time, to the minute; the year where a notice of ``told_at`` is of another."""
    at, told_at = timezone.localtime(at), timezone.localtime(told_at)
    return f"{at:%m-%d %H:%M}" if at.year == told_at.year else f"{at:%Y-%m-%d %H:%M}"


def page(name: str, *args) -> str:
    """The address of a page by its name; the start page where there is none."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return "/"


def _speaker(notification: Notification, to: User) -> Speaker:
    if notification.topic in _system_speakers:
        return _system_speakers[notification.topic]
    return _speakers.get(notification.subject, _alarm)


# -- what the system itself has to say --------------------------------------------------


def _alarm(notifications: list[Notification], to: User) -> Told:
    """The watchdog's alarms; a topic nobody knows is told by its code."""
    sentences = {
        "alarm_sweep_silent": _("For 15 seconds or more no deadline sweep has ended well."),
        "alarm_trigger_silent": _("One of the two triggers of the deadline sweep is silent."),
        "alarm_overdue_unnoticed": _("A missed deadline waits to be noticed."),
        "alarm_outbox_waits": _("Notices wait to be sent; is the mail server away?"),
        "alarm_clock_skew": _("The clocks of the database and of this machine differ."),
        "alarm_clock_stepped_back": _("The clock of the database was set back."),
        "alarm_deadlines_poisoned": _("Some deadlines cannot be swept; see the log."),
        "alarm_figures_differ": _(
            "Kept figures differ from the rows they are counted from; check_facts names them."
        ),
        "alarm_duty_failed": _("What every good sweep is followed by has failed; see the log."),
        "alarm_seals_stand_still": _("The trails have not been sealed for more than ten minutes."),
        "alarm_audit_off": _("Changes of some tables are not recorded: a trigger is missing."),
        "alarm_versions_differ": _("Two versions of the program sweep at once."),
    }
    return {n.pk: _at_its_moment(n, sentences.get(n.topic, n.topic)) for n in notifications}


def _at_its_moment(notification: Notification, sentence: str) -> Notice:
    seen = _("Seen at %(at)s.") % {"at": moment(notification.created_at, notification.created_at)}
    return Notice(sentence, (seen,), path=page("admin:core_heartbeat_changelist"))


def _nobody_to_tell(notifications: list[Notification], to: User) -> Told:
    """Not the matter itself, which the administrators may not see, but that nobody was there."""
    sentence = _("%(unit)s: nobody holds the role “%(role)s”, a notice found no receiver.")
    path, roles = page("admin:core_user_changelist"), dict(Role.choices)
    roles |= {"handler": _("dispatcher"), "user": _("handler"), "unit": _("handler")}
    unheard = Notification.objects.in_bulk([n.subject_id for n in notifications])
    targets = {pk: roles.get(of.target, of.target) for pk, of in unheard.items()}
    return {
        n.pk: Notice(sentence % {"unit": n.unit.name, "role": targets[n.subject_id]}, path=path)
        for n in notifications
        if n.subject_id in targets
    }


def _calendar(notifications: list[Notification], to: User) -> Told:
    sentence = _("The calendar of %(year)s is not loaded; clocks beyond it are provisional.")
    path = page("admin:core_workday_changelist") if to.role == Role.ADMIN else "/"
    return {n.pk: Notice(sentence % {"year": n.subject_id}, path=path) for n in notifications}


def _poisoned(notifications: list[Notification], to: User) -> Told:
    sentence = _("%(unit)s: deadline %(id)s cannot be swept, it is tried again later.")
    return {
        n.pk: Notice(sentence % {"unit": n.unit.name, "id": n.subject_id}) for n in notifications
    }


def _untold(notifications: list[Notification], to: User) -> Told:
    """Of an hour's notices that nobody could be told the first is named."""
    sentence = _("Notice %(id)s and maybe others cannot be delivered, they are tried again later.")
    return {n.pk: Notice(sentence % {"id": n.subject_id}) for n in notifications}


def _dead(notifications: list[Notification], to: User) -> Told:
    """Of an hour's dead letters the first is named."""
    sentence = _("E-mails to %(who)s and maybe others were given up after %(attempts)s tries.")
    letters = Delivery.objects.select_related("recipient").in_bulk(
        [n.subject_id for n in notifications]
    )
    path = page("admin:core_user_changelist")
    return {
        n.pk: Notice(
            sentence % {"who": letter.recipient.username, "attempts": letter.attempts}, path=path
        )
        for n in notifications
        if (letter := letters.get(n.subject_id))
    }


def _way_in(notifications: list[Notification], to: User) -> Told:
    """A link that opens once, to nobody but who it is for and may still come in."""
    if not links.is_for_people(to):
        return {}
    first, again = _("You are invited: choose your password"), _("The way to a new password")
    headline = again if to.has_usable_password() else first
    link = links.link_for(to)
    details = (
        _("Your account is %(account)s.") % {"account": to.username},
        _("The link opens once, until %(until)s. Whoever has it can choose your password: do not pass it on.")
        % {"until": moment(link.until, clock.now())},
    )  # fmt: skip
    mine = [n for n in notifications if n.subject_id == to.pk]
    return {n.pk: Notice(headline, details, path=link.path) for n in mine}


def _own_account(notifications: list[Notification], to: User) -> Told:
    """What was done to the receiver's account, maybe by somebody else."""
    sentences = {
        "factor_reset": _("An administrator has reset the second factor of your account."),
        "phone_changed": _("Another phone is being set up for the second factor of your account."),
        "password_changed": _("The password of your account was changed."),
        "codes_guessed": _("Somebody who knows your password has typed wrong codes again and again."),
    }  # fmt: skip
    warning = _("You did not ask for it? Change your password at once and tell your leader.")
    path = page("own_account")
    return {n.pk: Notice(sentences[n.topic], (warning,), path=path) for n in notifications}


def _account_touched(notifications: list[Notification], to: User) -> Told:
    """With the role: a name alone says nothing of what it may read from now on."""
    sentence = _(
        "%(account)s (%(name)s), %(role)s: this account was made or changed by an administrator."
    )
    warning = _(
        "It may read what others may not. If nobody knows why, have it switched off at once."
    )
    path = page("admin:core_audit_changelist") if to.role == Role.AUDITOR else "/"
    people = User.objects.in_bulk([n.subject_id for n in notifications])
    return {
        n.pk: Notice(
            sentence % {"account": user.username, "name": user.name, "role": user.get_role_display()},
            (warning,), path=path,
        )
        for n in notifications
        if (user := people.get(n.subject_id))
    }  # fmt: skip


def _found_late(notifications: list[Notification], to: User) -> Told:
    """The summary of a gap: what is in the receiver's own subtree, counted now."""
    gaps = SystemGap.objects.in_bulk([n.subject_id for n in notifications])
    notices = {n.pk: _of_gap(gaps[n.subject_id], to) for n in notifications if n.subject_id in gaps}
    return {pk: notice for pk, notice in notices.items() if notice}


def _of_gap(gap: SystemGap, to: User) -> Notice | None:
    by_rule, by_unit = _counts(gap, to.unit)
    if not by_rule:
        return None
    headline = _("%(span)s: the deadline watch stood still, %(count)d breaches were found late.")
    figures = {"span": span(gap.from_at, gap.to_at), "count": sum(by_rule.values())}
    return Notice(headline % figures, (_listed(by_rule), _listed(by_unit)))


def _counts(gap: SystemGap, top: Unit) -> tuple[Counter, Counter]:
    """Breaches found late in the subtree of ``top``: by the name of the rule and of the unit
    whose figure it is, as on the board."""
    by_rule, by_unit, rules = Counter(), Counter(), DeadlineRule.objects.in_bulk()
    for model in deadlines.tables():
        late = model.objects.filter(gap=gap, answerable__path__startswith=top.path)
        groups = late.values_list("rule_id", "answerable__name").annotate(count=Count("pk"))
        for rule, unit, count in groups:
            by_rule[rules[rule].name] += count
            by_unit[unit] += count
    return by_rule, by_unit


def span(begin: datetime, end: datetime | None) -> str:
    """14:03–15:05, with the dates where they are not the same."""
    begin, end = timezone.localtime(begin), timezone.localtime(end) if end else None
    if end is None:
        return f"{begin:%m-%d %H:%M}–"
    form = "%H:%M" if begin.date() == end.date() else "%m-%d %H:%M"
    return f"{begin.strftime(form)}–{end.strftime(form)}"


def _listed(counts: Counter) -> str:
    return listed(f"{name} {count}" for name, count in counts.most_common())


_system_speakers: dict[str, Speaker] = {
    "breaches_found_late": _found_late,
    "nobody_to_tell": _nobody_to_tell,
    "deadline_poisoned": _poisoned,
    "notice_poisoned": _untold,
    "delivery_dead": _dead,
    "calendar_missing": _calendar,
    "factor_reset": _own_account,
    "phone_changed": _own_account,
    "password_changed": _own_account,
    "codes_guessed": _own_account,
    "account_touched": _account_touched,
    "invitation": _way_in,
    "password_link": _way_in,
}


def headline_of_many(counts: Counter) -> str:
    """The headline of a digest; ``counts`` by topic."""
    parts = {str(topic_of(topic).name): count for topic, count in counts.items()}
    figures = {"count": counts.total(), "listed": _listed(Counter(parts))}
    return _("%(count)d notices: %(listed)s") % figures
