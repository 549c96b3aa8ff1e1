"""A complaint that is out at an outlet or a firm, or came home: how the page tells of it."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core.models import Unit
from cases.admin import clocks
from cases.clocks import OUT_THERE
from cases.lifecycle import Milestone
from cases.models import Case, CaseDeadline, CaseEvent, Referral
from cases.models.referral import BY_US, TAKEN_BACK

Kinds = CaseEvent.Kind

TOLD_OF = {
    Kinds.REFERRED: {
        Unit.Kind.OUTLET: gettext_lazy("sent by the green channel"),
        Unit.Kind.ODR: gettext_lazy("sent to an ODR enterprise"),
    },
    Kinds.REFERRAL_TAKEN: {
        Unit.Kind.OUTLET: gettext_lazy("taken by the outlet"),
        Unit.Kind.ODR: gettext_lazy("taken by the ODR enterprise"),
    },
    Kinds.CAME_HOME: {
        Unit.Kind.OUTLET: gettext_lazy("back from the green channel"),
        Unit.Kind.ODR: gettext_lazy("back from the ODR enterprise"),
    },
}
"""What an outlet does by the green channel, a firm does online: event → kind of unit → its name."""


def name_of(kind: str, referral: Referral) -> str:
    """What happened to it, by what the unit is that had it; or that we took it back."""
    if kind == Kinds.CAME_HOME and referral.outcome in BY_US:
        return _("taken back by the agency")
    return str(TOLD_OF[kind].get(referral.unit.kind, ""))


def told(referral: Referral, event: CaseEvent) -> tuple[str, str]:
    """What the event was about, in a few words; and the long text behind it."""
    unit = referral.unit.name
    if event.kind == Kinds.REFERRAL_ANSWERED:
        return "", referral.answer
    if event.kind == Kinds.CAME_HOME:
        is_said = referral.outcome == Referral.Outcome.RECALLED
        why = "" if is_said else str(referral.get_outcome_display())
        return " · ".join(filter(None, (unit, why))), referral.reason
    if event.kind == Kinds.REFERRED:
        another = event.data.get("not_respondent")
        confirmed = _("confirmed: it is not the respondent") if another else ""
        return " · ".join(filter(None, (f"→ {unit}", confirmed))), ""
    return unit, ""


def waits_at(case: Case, at: datetime) -> str:
    """Who tries to settle it, how far they have come, and until when."""
    referral = case.referrals.open().select_related("unit").get()
    told = {
        "unit": referral.unit.name, "since": clocks.short(referral.referred_at, at),
        "taken": _("taken %(at)s") % {"at": clocks.short(referral.accepted_at, at)}
        if referral.accepted_at else _("not taken yet"),
    }  # fmt: skip
    said = _("Out at %(unit)s since %(since)s, %(taken)s.") % told
    return " ".join([said, *_home_by(case, at)])


def _home_by(case: Case, at: datetime) -> Iterator[str]:
    """When it comes home by itself; and whether that is too late for the decision on it."""
    running = case.deadlines.running().select_related("rule").order_by("due_at", "pk")
    theirs = running.filter(rule__met_by__in=OUT_THERE).first()
    if theirs is None:
        return
    said = _("%(rule)s is due %(due)s: let it run out, and the case comes home by itself.")
    yield said % _named(theirs, at)
    ours = running.filter(rule__met_by=Milestone.DECISION_TOLD, due_at__gt=at).first()
    if ours and ours.due_at <= theirs.due_at:
        said = _("%(rule)s ends first, %(due)s: take it back before that.")
        yield said % _named(ours, at)


def _named(deadline: CaseDeadline, at: datetime) -> dict[str, str]:
    return {"rule": deadline.rule.name, "due": clocks.short(deadline.due_at, at)}


def came_home_from(referral: Referral, at: datetime) -> str:
    """From whom, when and why; where we took back what was settled, by whose hand."""
    told = {
        "unit": referral.unit.name, "outcome": referral.get_outcome_display(),
        "at": clocks.short(referral.ended_at, at),
        "arrived": clocks.short(referral.case.arrived_at, at),
        "why": referral.case.shown(referral.reason),
    }  # fmt: skip
    said = _("Came home from %(unit)s %(at)s (%(outcome)s). It arrived %(arrived)s. %(why)s")
    if referral.outcome in TAKEN_BACK:
        told["who"] = _who_took_it_back(referral)
        said = _(
            "%(who)s took it back from %(unit)s %(at)s (%(outcome)s). It arrived %(arrived)s. "
            "%(why)s"
        )
    return (said % told).strip()


def _who_took_it_back(referral: Referral) -> str:
    home = referral.case.events.filter(kind=Kinds.CAME_HOME, data__referral=referral.pk)
    return home.select_related("actor").get().actor.name
