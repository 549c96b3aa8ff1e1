"""How often what was suggested was chosen, by kind of suggestion; and the cases behind each figure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core import clock
from agency.core.errors import Invalid
from agency.core.models import User
from cases.models import Case, Suggestion
from reports import words
from reports.board import start_of_day
from reports.dashboard import case_url

DAYS = {"1": gettext_lazy("today"), "7": gettext_lazy("7 days"), "30": gettext_lazy("30 days")}
"""As many days with today, by what the address says."""
KINDS = ("unit:address", "unit:merchant", "category:merchant", "category:words")
MOST = 200


@dataclass(frozen=True)
class Asked:
    """A figure: which kind of suggestion, of how many days, and whether it was chosen."""

    kind: str = KINDS[0]
    days: str = "30"
    hit: str = ""

    @classmethod
    def of(cls, parameters: dict[str, str]) -> "Asked":
        """From a query string; Invalid for what nobody knows."""
        known = {"kind": KINDS, "days": DAYS, "hit": ("", "yes", "no")}
        odd = [name for name, value in parameters.items() if value not in known.get(name, ())]
        if odd:
            raise Invalid({name: [_("There is no such filter.")] for name in sorted(odd)})
        return cls(**parameters)


def rates(user: User) -> list[dict]:
    """A row a kind that was suggested within the longest time: its figures of each."""
    at = clock.now()
    kept = _kept(user, at, max(DAYS, key=int)).order_by().values("what", "source")
    counts = {f"shown_{days}": Count("pk", filter=_since(at, days)) for days in DAYS}
    counts |= {
        f"hits_{days}": Count("pk", filter=_since(at, days) & Q(is_hit=True)) for days in DAYS
    }
    found = {f"{row['what']}:{row['source']}": row for row in kept.annotate(**counts)}
    return [
        {"kind": kind, "name": name(kind), "figures": [_figure(found[kind], days) for days in DAYS]}
        for kind in KINDS
        if kind in found
    ]


def _figure(row: dict, days: str) -> dict:
    shown, hits = row[f"shown_{days}"], row[f"hits_{days}"]
    return {
        "days": days,
        "shown": shown,
        "hits": hits,
        "rate": words.percent(hits / shown if shown else None),
    }


def name(kind: str) -> str:
    what, source = kind.split(":")
    told = {"what": Suggestion.What(what).label, "source": Suggestion.Source(source).label}
    return _("%(what)s %(source)s") % told


def listing(user: User, asked: Asked) -> dict:
    """What the page shows: at most MOST, the latest first."""
    what, source = asked.kind.split(":")
    rows = _kept(user, clock.now(), asked.days).filter(what=what, source=source)
    if asked.hit:
        rows = rows.filter(is_hit=asked.hit == "yes")
    rows = rows.select_related(
        "case__consumer",
        "case__reporter",
        "by",
        "unit",
        "category",
        "chosen_unit",
        "chosen_category",
    )
    found = list(rows.order_by("-at", "-pk")[: MOST + 1])
    return {
        "asked": asked, "title": name(asked.kind), "days": DAYS, "kinds": [(kind, name(kind)) for kind in KINDS],
        "rows": [(row, row.case.shown(row.case.title), case_url(row.case_id)) for row in found[:MOST]],
        "more": len(found) > MOST, "most": MOST,
    }  # fmt: skip


def _kept(user: User, at: datetime, days: str) -> QuerySet[Suggestion]:
    return Suggestion.objects.filter(_since(at, days), case__in=Case.objects.visible_to(user))


def _since(at: datetime, days: str) -> Q:
    return Q(at__gte=start_of_day(at) - timedelta(days=int(days) - 1))
