"""What outlets owe, monthly reports and repairs: the clocks behind those figures of the dashboard,
counted by the same conditions. No case stands behind them.
"""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from agency.core import clock
from agency.core.errors import Invalid, NotThere
from agency.core.models import Unit, User
from cases.counted import explain_each
from outlets.models import OutletDeadline
from reports.behind import MOST, SHOWS, VERDICTS, Asked, counted, sign
from reports.words import countdown


def listing(user: User, asked: Asked) -> dict:
    """What the page behind a figure shows: at most MOST clocks, the soonest due first."""
    at = clock.now()
    found = list(_clocks(user, asked, at).order_by("due_at", "pk")[: MOST + 1])
    shown = found[:MOST]
    how = explain_each(OutletDeadline.objects.filter(pk__in=[clock_.pk for clock_ in shown]))
    return {
        "asked": asked, "narrowed": asked.narrowed(user), "shows": SHOWS, "title": SHOWS[asked.show],
        "kept": [(k, v) for k, v in vars(asked).items() if v and k != "show"],
        "rows": [_row(clock_, at) | {"explanation": how[clock_.pk]} for clock_ in shown],
        "more": len(found) > MOST, "most": MOST,
    }  # fmt: skip


def _clocks(user: User, asked: Asked, at: datetime):
    if odd := [name for name in ("channel", "handler", "at_unit") if getattr(asked, name)]:
        raise Invalid({name: [_("There is no such filter.")] for name in odd})
    unit = Unit.objects.subtree(user.unit).filter(code=asked.unit or user.unit.code).first()
    if unit is None:
        raise NotThere
    within = OutletDeadline.objects.filter(answerable__path__startswith=unit.path)
    if asked.rule:
        within = within.filter(rule__code=asked.rule)
    rows = within.filter(counted(asked.show, at))
    return rows.select_related("rule", "report", "handler", "outlet__unit__parent")


def _row(clock_: OutletDeadline, at: datetime) -> dict:
    state = clock_.state_at(at)
    return {
        "clock": clock_, "state": sign(clock_, state, at),
        "url": reverse("admin:outlets_outlet_change", args=[clock_.outlet_id]),
        "verdict": VERDICTS.get(state) or countdown(clock_.due_at, at),
    }  # fmt: skip
