"""What happened to a case, in words, newest first."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from agency.core.models import User
from agency.core.roles import GIVEN_ONLY
from agency.core.text import listed
from cases import kin
from cases.admin import clocks, words
from cases.admin.tale import Tale
from cases.models import Case, CaseEvent

Kinds = CaseEvent.Kind

CONTACTS = {Kinds.CONTACTED, Kinds.CONTACT_FAILED}
DOCUMENTS = {
    Kinds.ATTACHED, Kinds.DOCUMENT_ISSUED, Kinds.OPINION_GIVEN, Kinds.REPLIED, Kinds.PROPOSED,
    Kinds.CLOSED,
}  # fmt: skip
NOTES = {Kinds.NOTED}
ALARMS = {Kinds.DEADLINE_WARNED, Kinds.DEADLINE_BREACHED, Kinds.DEADLINE_ESCALATED}


@dataclass(frozen=True)
class Line:
    """One event. ``group``: acts, contacts, documents, notes or alarms; ``text`` may be long."""

    at: datetime
    when: str
    who: str
    what: str
    group: str
    text: str = ""
    kind: str = ""
    other: str = ""
    """The case it speaks of, and where the viewer sees that one."""
    url: str = ""


def lines(case: Case, user: User, at: datetime) -> list[Line]:
    """The case's events, newest first; told once: a contact that met two tickets, a rung climbed again."""
    events = CaseEvent.objects.of(case).select_related("actor", "ticket", "deadline__rule")
    if user.role in GIVEN_ONLY:  # what colleagues say to each other is not for their guests
        events = events.exclude(kind=Kinds.NOTED)
    told = kin.told(case, events.order_by("-at", "-pk").folded(), user)
    return of_tale(Tale(case, user, at, told))


def line_of(case: Case, user: User, event: CaseEvent) -> Line:
    """One of the case's events."""
    return of_tale(Tale(case, user, event.at, [event]))[0]


def in_brief(case: Case, user: User, act: CaseEvent) -> str:
    """What was just done, of which ``act`` is the last event; of what was decided and told at once,
    both.
    """
    deeds = case.events.filter(actor=act.actor_id, at=act.at).exclude(kind=Kinds.NOTIFIED)
    deed = deeds.order_by("pk").last() if act.kind == Kinds.NOTIFIED else None
    if deed is None:
        return _each(case, user, case.events.filter(actor=act.actor_id, at=act.at, kind=act.kind))
    notice = case.party_notices.filter(at=act.at).order_by("pk").last()
    told = {
        "what": _brief(line_of(case, user, deed)),
        "party": words.party(case, notice.party), "how": notice.get_how_display(),
    }  # fmt: skip
    return _("%(what)s · told: %(party)s (%(how)s)") % told


def _each(case: Case, user: User, deeds: QuerySet[CaseEvent]) -> str:
    """One deed, and each thing it was done to."""
    first, *_others = events = list(deeds.order_by("pk"))
    tale = Tale(case, user, first.at, events)
    whole, *others = of_tale(tale)
    about = (line.what.removeprefix(tale.name(first)).strip() for line in others)
    return listed([_brief(whole), *about])


def _brief(line: Line) -> str:
    return f"{line.what} {line.other}".strip()


def of_tale(tale: Tale) -> list[Line]:
    """Its events in their order, each told once."""
    told, seen = [], set()
    for event in tale.events:
        one = event.data.get("attempt", event.at)
        key = (event.kind, one) if event.kind in CONTACTS else event.pk
        if key not in seen:
            seen.add(key)
            told.append(_line(tale, event, tale.at))
    return told


def _line(tale: Tale, event: CaseEvent, at: datetime) -> Line:
    who = event.actor.name if event.actor else _("the clock")
    (about, text), (no, url) = tale.told(event), tale.other(event)
    what = f"{tale.name(event)} {about}".strip()
    return Line(
        event.at, clocks.short(event.at, at), who, what if no else what.rstrip("←→ "),
        group_of(event.kind), tale.case.shown(text), event.kind, no, url,
    )  # fmt: skip


def group_of(kind: str) -> str:
    groups = {"contacts": CONTACTS, "documents": DOCUMENTS, "notes": NOTES, "alarms": ALARMS}
    return next((group for group, kinds in groups.items() if kind in kinds), "acts")
