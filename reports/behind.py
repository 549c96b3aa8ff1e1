"""The cases behind a figure of the dashboard, counted by the same conditions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core import clock
from agency.core.errors import Invalid, NotThere
from agency.core.models import DeadlineRule, Unit, User
from agency.core.models.deadline import IN_TIME, OPEN, at_risk, decided, overdue, state_of
from cases.counted import explain_each
from cases.models import Case, CaseDeadline, Channel
from reports import words
from reports.board import start_of_day
from reports.dashboard import Wanted, case_url, condition

MOST = 200
NOBODY = "-"
"""The handler of what nobody has taken yet."""

SHOWS = {
    "open": gettext_lazy("clocks running"),
    "on_time": gettext_lazy("on time"),
    "at_risk": gettext_lazy("at risk"),
    "overdue": gettext_lazy("overdue"),
    "breached_today": gettext_lazy("breached today"),
    "due_today": gettext_lazy("due today"),
}


VERDICTS = {
    "met": gettext_lazy("met in time"),
    "met_late": gettext_lazy("met late"),
    "cancelled": gettext_lazy("cancelled"),
    "paused": gettext_lazy("paused"),
}


def _of_units(code: str, user: User):
    return Unit.objects.subtree(user.unit).filter(code=code)


def _of_people(username: str, user: User):
    return User.objects.filter(username=username, unit__in=Unit.objects.subtree(user.unit))


NARROWED = {
    "unit": (gettext_lazy("Unit"), _of_units),
    "at_unit": (gettext_lazy("Unit"), _of_units),
    "channel": (gettext_lazy("Channel"), lambda code, _user: Channel.objects.filter(code=code)),
    "rule": (gettext_lazy("Deadline"), lambda code, _user: DeadlineRule.objects.filter(code=code)),
    "handler": (gettext_lazy("Handler"), _of_people),
}
"""What a figure may be of, beside its state: its heading, and who in the viewer's units is meant."""


@dataclass(frozen=True)
class Asked:
    """A figure: what it counts, and of whom. ``at_unit`` is one unit without those below."""

    show: str = "open"
    unit: str = ""
    at_unit: str = ""
    channel: str = ""
    rule: str = ""
    handler: str = ""

    @classmethod
    def of(cls, parameters: dict[str, str]) -> "Asked":
        """From a query string; Invalid for what nobody knows."""
        unknown = set(parameters) - set(cls.__dataclass_fields__)
        asked = cls(**{k: v for k, v in parameters.items() if v and k not in unknown})
        if unknown or asked.show not in SHOWS:
            names = sorted(unknown or {"show"})
            raise Invalid({name: [_("There is no such filter.")] for name in names})
        if odd := [name for name, value in vars(asked).items() if "\0" in value]:
            raise Invalid({name: [_("There is no such filter.")] for name in odd})
        return asked

    def narrowed(self, user: User, listed: Iterable[User] = ()) -> list[tuple[str, str, str]]:
        """By what the figure is narrowed: heading, name, and the query without it.

        Of what lies beyond the user's units the code alone, as it was asked; but whoever
        handles a clock that is ``listed`` is named there anyway.
        """
        given = {name: value for name, value in vars(self).items() if value}
        there = {("handler", person.username): person.name for person in listed}
        return [
            (
                heading,
                there.get((name, given[name])) or _name(rows(given[name], user)) or given[name],
                urlencode(given | {name: ""}),
            )
            for name, (heading, rows) in NARROWED.items()
            if name in given
        ]


def _name(rows) -> str:
    found = rows.last()
    return getattr(found, "name", "")


def listing(user: User, asked: Asked) -> dict:
    """What the page shows: at most MOST clocks, the soonest due first, titles masked.

    A clock that ended or was missed in the viewer's units counts there although its case went elsewhere;
    of that case only its number is shown, and with whom it is.
    """
    at = clock.now()
    clocks = _clocks(user, asked, at).select_related(
        "rule", "answerable", "handler", "channel", "case__unit", "case__consumer", "case__reporter"
    )
    found = list(clocks.order_by("due_at", "pk")[: MOST + 1])
    cases = Case.objects.visible_to(user).filter(pk__in=[clock_.case_id for clock_ in found])
    visible = set(cases.values_list("pk", flat=True))
    how = explain_each(CaseDeadline.objects.filter(pk__in=[clock_.pk for clock_ in found[:MOST]]))
    return {
        "asked": asked,
        "narrowed": asked.narrowed(user, filter(None, (clock_.handler for clock_ in found))),
        "shows": SHOWS,
        "title": SHOWS[asked.show],
        "kept": [(k, v) for k, v in vars(asked).items() if v and k != "show"],
        "rows": [
            _row(clock_, at, clock_.case_id in visible) | {"explanation": how[clock_.pk]}
            for clock_ in found[:MOST]
        ],
        "more": len(found) > MOST,
        "most": MOST,
    }


def _clocks(user: User, asked: Asked, at: datetime):
    unit = Unit.objects.subtree(user.unit).filter(code=asked.unit or user.unit.code).first()
    if unit is None:
        raise NotThere
    wanted = Wanted(channel=asked.channel, rule=asked.rule)
    clocks = CaseDeadline.objects.filter(condition(unit.path, wanted), counted(asked.show, at))
    if asked.at_unit:
        clocks = clocks.filter(answerable__code=asked.at_unit)
    if asked.handler:
        nobody = asked.handler == NOBODY
        clocks = clocks.filter(Q(handler=None) if nobody else Q(handler__username=asked.handler))
    return clocks


def counted(show: str, at: datetime) -> Q:
    """What the figure counts, as a condition at ``at``."""
    today = Q(
        due_at__gte=start_of_day(at), due_at__lt=start_of_day(at) + timedelta(days=1)
    ) & decided(at)
    return {
        "open": OPEN,
        "on_time": OPEN & ~at_risk(at) & ~overdue(at),
        "at_risk": at_risk(at),
        "overdue": overdue(at),
        "breached_today": today & ~IN_TIME,
        "due_today": today,
    }[show]


def _row(clock_: CaseDeadline, at: datetime, is_visible: bool) -> dict:
    state, case = clock_.state_at(at), clock_.case
    return {
        "clock": clock_,
        "title": case.shown(case.title) if is_visible else "—",
        "now_with": _("now with %(unit)s") % {"unit": case.unit.name}
        if case.unit_id != clock_.answerable_id
        else "",
        "url": case_url(case.pk) if is_visible else "",
        "state": sign(clock_, state, at),
        "verdict": VERDICTS.get(state) or words.countdown(clock_.due_at, at),
    }


def sign(clock_: CaseDeadline, state: str, at: datetime) -> str:
    if state == "running":
        return state_of(clock_.due_at, clock_.warn_at, at)
    if state == "paused":
        return state
    return "overdue" if state in {"breached", "met_late"} else "done"
