"""What is counted of the outlets themselves; what they settle is a case: reports/measures/cases.py."""

from datetime import datetime

from django.db.models import Q

from outlets.models import Outlet
from outlets.models.outlet import on_file
from reports.measures.source import Source
from reports.periods import Period

SAID = {"unit": "unit", "case": "", "told": ("unit__code", "unit__name"), "is_day": True}


def _keys() -> dict[str, str]:
    return {"unit": "unit__parent__code", "outlet": "unit__code"}


def _at_its_end(period: Period) -> Q:
    return on_file(period.to_on)


def active(at: datetime) -> list[Source]:
    """On file at the end of the period's last day; since when it is not known, from the day it was added."""
    rows = Outlet.objects.once_on_file()
    return [Source(rows, "since", holds=_at_its_end, keys=_keys(), **SAID)]


def new(at: datetime) -> list[Source]:
    """Filed in the period; one whose day no file told is not new in any."""
    return [Source(Outlet.objects.once_on_file(), "filed_on", keys=_keys(), **SAID)]
