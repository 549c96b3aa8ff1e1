"""What is counted of the outlets themselves; what they settle is a case: reports/measures/cases.py."""

from datetime import datetime

from outlets.models import Outlet
from outlets.models.outlet import on_file
from reports.measures.source import Source

TOLD = ("unit__code", "unit__name")


def active(at: datetime) -> list[Source]:
    """On file at the end of the period."""
    rows = Outlet.objects.once_on_file()
    return [
        Source(
            rows, "since", case="", outlet="unit", is_day=True, told=TOLD,
            holds=lambda period: on_file(period.to_on),
        )
    ]  # fmt: skip


def new(at: datetime) -> list[Source]:
    """Filed in the period; where a file did not say when, nobody knows."""
    rows = Outlet.objects.once_on_file()
    return [Source(rows, "filed_on", case="", outlet="unit", is_day=True, told=TOLD)]
