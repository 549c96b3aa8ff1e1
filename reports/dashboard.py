"""The board as one viewer sees it: summed for the subtree, narrowed by what the address asks.

Pages and API show the same dict. It is made once for each picture, subtree, filter and
language in each process, however many people look.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from agency.core.errors import Invalid, NotThere
from agency.core.models import Unit, User
from agency.core.roles import Role
from cases.counted import explain_each
from cases.models import Case, CaseDeadline
from reports import board, history
from reports.shared import Picture

HEADLINES = ("ticket.respond_10", "ticket.contact_30")
"""The rules whose rate of today stands on top, also before anything fell due."""


@dataclass(frozen=True)
class Wanted:
    """What the address asks for, by code; empty is everything in the viewer's subtree.

    ``titles`` is "no" for a board that everybody who passes by can read.
    """

    unit: str = ""
    channel: str = ""
    rule: str = ""
    titles: str = ""

    @classmethod
    def of(cls, parameters) -> "Wanted":
        """From a query string; Invalid names what nobody knows."""
        known = cls.__dataclass_fields__
        if unknown := set(parameters) - set(known):
            raise Invalid({name: [_("There is no such filter.")] for name in sorted(unknown)})
        if parameters.get("titles") not in {None, "", "no"}:
            raise Invalid({"titles": [_("There is no such filter.")]})
        return cls(**{name: value for name, value in parameters.items() if value})

    @property
    def query(self) -> dict[str, str]:
        return {name: value for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class Seen:
    """One viewer's board: ``shown`` is the answer of the API, ``etag`` its name."""

    shown: dict
    etag: str
    now: datetime
    heat: list[list[float]]


class _Memory:
    """The views of the newest picture; those of older ones are forgotten with it."""

    def __init__(self) -> None:
        self.version, self.views = None, {}

    def of(self, picture: Picture) -> dict:
        if self.version != picture.version:
            self.version, self.views = picture.version, {}
        return self.views


_memory = _Memory()


def seen_by(user: User, wanted: Wanted) -> Seen:
    """The board for ``user``; NotThere for a unit outside the subtree, Invalid for unknown codes."""
    now, usual = board.shared.current(), history.shared.current()
    key = (now.version, usual.version, user.unit.path, wanted, get_language())
    views = _memory.of(now)
    if key not in views:
        views[key] = View(now, usual, user.unit.path, wanted)
    view = views[key]
    etag = hashlib.sha256(repr(key).encode()).hexdigest()[:32]
    return Seen(view.shown, etag, now.now, view.heat)


class View:
    """One picture for one subtree and filter."""

    def __init__(self, now: Picture, usual: Picture, path: str, wanted: Wanted) -> None:
        self.now, self.usual, self.wanted = now, usual, wanted
        self.english = (get_language() or "zh").startswith("en")
        content = now.content
        self.scope = path
        path = self._path_of(wanted.unit, path) if wanted.unit else path
        self.path = path
        self.units = {u["id"]: u for u in content["units"] if u["path"].startswith(path)}
        self.channels = {
            c["id"]: c for c in content["channels"] if wanted.channel in {"", c["code"]}
        }
        self.rules = content["rules"]
        self.handlers = {h["id"]: h for h in content["handlers"]}
        self._check_codes()

    def _path_of(self, code: str, scope: str) -> str:
        """The wanted unit's path, where it lies within the viewer's ``scope``."""
        for unit in self.now.content["units"]:
            if unit["code"] == code and unit["path"].startswith(scope):
                return unit["path"]
        raise NotThere

    def _check_codes(self) -> None:
        if not self.channels:
            raise Invalid({"channel": [_("There is no such channel.")]})
        if self.wanted.rule and self.wanted.rule not in self.rules:
            raise Invalid({"rule": [_("There is no such rule.")]})

    def admits(self, unit: int, channel: int, rule: str | None = None) -> bool:
        """Whether a cell belongs to this view; what has no rule belongs to all."""
        asked = self.wanted.rule
        return (
            unit in self.units and channel in self.channels and (not asked or rule in {None, asked})
        )

    # -- what is shown ----------------------------------------------------------------

    @cached_property
    def shown(self) -> dict:
        swept_at = self.now.content["swept_at"] and parse_datetime(self.now.content["swept_at"])
        today = [row for row in self.now.content["today"] if self.admits(*row[:3])]
        return {
            "as_of": _local(self.now.as_of),
            "sweep_age_seconds": swept_at and max(0.0, (self.now.as_of - swept_at).total_seconds()),
            "totals": self._totals(today),
            "by_unit": self._by_unit(),
            "by_channel": self._by_channel(),
            "by_rule": self._by_rule(today),
            "by_handler": self._by_handler(),
            "next_due": [self._upcoming(row) for row in self._due_next],
            "on_time_rates": self._rates([(row[2], row[4], row[5]) for row in today]),
            # Beyond the contract, for the pages.
            "swept_at": swept_at and _local(swept_at),
            "usual_rates": {day: self._usual_rates(day) for day in self.usual.content["days"]},
            "breaches": [self._breach(row) for row in self._breached[0]],
            "late": [self._breach(row) for row in self._breached[1]],
            "hours": self._hours(today),
            "outlets": self._of_outlets(),
        }

    @cached_property
    def cells(self) -> list[list]:
        return [cell for cell in self.now.content["cells"] if self.admits(*cell[:3])]

    def _totals(self, today: list) -> dict:
        running = sum(cell[4] for cell in self.cells)
        near, late = sum(cell[5] for cell in self.cells), sum(cell[6] for cell in self.cells)
        return {
            "open": running,
            "on_time": running - near - late,
            "at_risk": near,
            "overdue": late,
            "breached_today": sum(due - in_time for *_cell, due, in_time in today),
        }

    def _of_outlets(self) -> dict[str, int]:
        """What outlets owe; none of it came through a channel."""
        asked = self.wanted
        running = near = late = 0
        for unit, rule, *counts in self.now.content.get("outlets", []):
            if unit in self.units and not asked.channel and asked.rule in {"", rule}:
                running, near, late = running + counts[0], near + counts[1], late + counts[2]
        return {
            "open": running, "on_time": running - near - late, "at_risk": near, "overdue": late,
        }  # fmt: skip

    # -- groups -----------------------------------------------------------------------

    def _by_unit(self) -> list[dict]:
        own = [pk for pk, unit in self.units.items() if unit["kind"] not in Unit.EXTERNAL]
        return self._grouped(0, own, lambda pk: (self.units[pk]["code"], self.units[pk]["name"]))

    def _by_channel(self) -> list[dict]:
        active = [pk for pk, channel in self.channels.items() if channel["is_active"]]
        return self._grouped(
            1, active, lambda pk: (self.channels[pk]["code"], self._name(self.channels[pk]))
        )

    def _by_rule(self, today: list) -> list[dict]:
        at_work = sorted({row[2] for row in today})
        return self._grouped(2, at_work, lambda code: (code, self._name(self.rules[code])))

    def _by_handler(self) -> list[dict]:
        return self._grouped(3, [], self._person)

    def _grouped(self, column: int, always: list, named) -> list[dict]:
        """The cells summed by one column, worst first; ``always`` are there also with nothing."""
        sums = {key: [0, 0, 0] for key in always}
        for cell in self.cells:
            row = sums.setdefault(cell[column], [0, 0, 0])
            near, late = cell[5], cell[6]
            row[0] += cell[4] - near - late
            row[1] += near
            row[2] += late
        worst_first = sorted(sums.items(), key=lambda item: item[1][::-1], reverse=True)
        return [_group(*named(key), *counts) for key, counts in worst_first]

    def _name(self, row: dict) -> str:
        return row["name_en"] if self.english else row["name_zh"]

    def _person(self, pk: int | None) -> tuple[str | None, str]:
        """Username and name; nobody has taken it yet where there is none."""
        person = self.handlers.get(pk)
        return (person["username"], person["name"]) if person else (None, _("nobody yet"))

    # -- lists ------------------------------------------------------------------------

    @property
    def _within(self) -> Q:
        """This view as a condition on clocks."""
        return condition(self.path, self.wanted)

    @cached_property
    def _due_next(self) -> list[dict]:
        return board.soonest_due(self.now.as_of, self._within)

    @cached_property
    def _breached(self) -> tuple[list[dict], list[dict]]:
        return board.latest_breaches(self.now.as_of, self._within)

    @cached_property
    def _counted(self) -> dict[int, str]:
        """How the day of each clock in both lists was counted; nobody points at a wall."""
        if self.wanted.titles == "no":
            return {}
        pks = [row["pk"] for row in [*self._due_next, *self._breached[0]]]
        return explain_each(CaseDeadline.objects.filter(pk__in=pks))

    @cached_property
    def _titles(self) -> dict[int, str]:
        """What the cases of both lists are about, masked."""
        if self.wanted.titles == "no":
            return {}
        pks = {
            row["case_id"]
            for row in [*self._due_next, *self._breached[0], *self._breached[1]]
            if self._is_ours(row)
        }
        cases = Case.objects.filter(pk__in=pks).select_related("consumer", "reporter")
        return {case.pk: case.shown(case.title) for case in cases}

    def _clock(self, row: dict) -> dict:
        """What both lists say of a clock."""
        language = "en" if self.english else "zh"
        return {
            "id": row["pk"],
            "case": row["case__no"],
            "url": case_url(row["case_id"]) if self._is_ours(row) else "",
            "title": self._titles.get(row["case_id"], ""),
            "rule": row["rule__code"],
            "rule_name": row[f"rule__name_{language}"],
            "unit": row["answerable__code"],
            "unit_name": row["answerable__name"],
            "now_with": self._now_with(row),
            "channel": row["channel__code"],
            "channel_name": row[f"channel__name_{language}"],
            "handler": row["case__handler__username"],
            "handler_name": row["case__handler__name"] or _("nobody yet"),
            "due_at": _local(row["due_at"]),
            "explanation": self._counted.get(row["pk"], ""),
        }

    def _now_with(self, row: dict) -> str:
        """Where the case is now, if not with the unit whose clock it is."""
        if row["case__unit__name"] == row["answerable__name"]:
            return ""
        return _("now with %(unit)s") % {"unit": row["case__unit__name"]}

    def _is_ours(self, row: dict) -> bool:
        """Not where the case has left the viewers' units since."""
        return row["case__unit__path"].startswith(self.scope)

    def _upcoming(self, row: dict) -> dict:
        return self._clock(row) | {
            "starts_at": _local(row["starts_at"]),
            "stood_still_seconds": row["still"].total_seconds(),
            "warn_at": _local(row["warn_at"]),
            "provisional": row["provisional"],
        }

    def _breach(self, row: dict) -> dict:
        return self._clock(row) | {
            "noticed_at": _local(row["noticed_at"]),
            "met_at": _local(row["met_at"]),
            "cancelled_at": _local(row["cancelled_at"]),
            "told": [_rung(rung) for rung in row["told"]],
            "pressed": row["pressed"] and _named(_rung(row["pressed"])),
        }

    # -- rates and hours --------------------------------------------------------------

    def _rates(self, rows: list[tuple]) -> dict[str, dict]:
        """``{rule: {due, in_time, rate}}``; the headlines also where nothing fell due."""
        asked = self.wanted.rule
        sums = {rule: [0, 0] for rule in HEADLINES if asked in {"", rule}}
        for rule, due, in_time in rows:
            row = sums.setdefault(rule, [0, 0])
            row[0] += due
            row[1] += in_time
        return {
            rule: {"due": due, "in_time": in_time, "rate": in_time / due if due else None}
            for rule, (due, in_time) in sums.items()
        }

    def _usual_rates(self, day: str) -> dict[str, dict]:
        rows = [row[1:] for row in self.usual.content["rates"] if row[0] == day]
        return self._rates([tuple(row[2:]) for row in rows if self.admits(*row[:3])])

    def _hours(self, today: list) -> list[dict]:
        """Each hour's arrivals and breaches of today, and the usual band of this weekday."""
        arrived, breached, weeks = [0] * 24, [0] * 24, self._weeks()
        for unit, channel, hour, tickets in self.now.content["arrivals"]:
            if self.admits(unit, channel):
                arrived[hour] += tickets
        for *_cell, hour, due, in_time in today:
            breached[hour] += due - in_time
        return [
            {
                "hour": hour,
                "arrived": arrived[hour],
                "breached": breached[hour],
                **_band(weeks, hour),
            }
            for hour in range(24)
        ]

    def _weeks(self) -> list[list[int]]:
        """This weekday's arrivals by hour, in each earlier week."""
        weeks = [[0] * 24 for _week in range(history.WEEKS)]
        for row in self._usual_arrivals:
            for week, hours in zip(weeks, row["weeks"], strict=True):
                week[:] = map(sum, zip(week, hours, strict=True))
        return weeks

    @cached_property
    def _usual_arrivals(self) -> list[dict]:
        rows = self.usual.content["arrivals"]
        return [row for row in rows if self.admits(row["unit"], row["channel"])]

    @cached_property
    def heat(self) -> list[list[float]]:
        """Arrivals a week by weekday (Monday first) and hour."""
        sums = [0] * 168
        for row in self._usual_arrivals:
            sums = list(map(sum, zip(sums, row["heat"], strict=True)))
        mean = [round(tickets / history.WEEKS, 1) for tickets in sums]
        return [mean[day * 24 : day * 24 + 24] for day in range(7)]


def _group(key, name, on_time, at_risk, overdue) -> dict:
    return {
        "key": key, "name": name, "on_time": on_time, "at_risk": at_risk, "overdue": overdue,
    }  # fmt: skip


def _band(weeks: list[list[int]], hour: int) -> dict:
    """What is usual at this hour: all weeks but the quietest and the busiest."""
    tickets = sorted(week[hour] for week in weeks)
    return {"low": tickets[1], "high": tickets[-2]}


def _rung(rung: dict) -> dict:
    """A rung of the ladder, or a press, with its moment in Shanghai and its receivers' positions in
    words.
    """
    return rung | {"at": _local(rung["at"]), "people": [_named(p) for p in rung["people"]]}


def _named(person: dict) -> dict:
    return person | {"role_name": str(dict(Role.choices).get(person["role"], ""))}


def _local(moment: datetime | str | None) -> str | None:
    """ISO 8601 with Shanghai's offset."""
    if isinstance(moment, str):
        moment = parse_datetime(moment)
    return moment and moment.astimezone(board.SHANGHAI).isoformat()


def condition(path: str, wanted: Wanted) -> Q:
    """The clocks of a subtree that ``wanted`` asks for; the unit's path is ``path`` itself."""
    asked = Q(answerable__path__startswith=path)
    if wanted.channel:
        asked &= Q(channel__code=wanted.channel)
    if wanted.rule:
        asked &= Q(rule__code=wanted.rule)
    return asked


def case_url(pk: int) -> str:
    """The case's page in the admin."""
    try:
        return reverse("admin:cases_case_change", args=[pk])
    except NoReverseMatch:
        return ""
