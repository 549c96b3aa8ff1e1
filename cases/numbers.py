"""The numbers of cases and tickets: prefix, day, and a running number that never comes twice.

They may have gaps; the numbers of issued documents do not (docs/rules.md).
"""

from datetime import datetime

from django.db import connection

from agency.core.calendar import SHANGHAI
from cases.lifecycle import Kind

PREFIXES = {
    Kind.COMPLAINT: "TS", Kind.REPORT: "JB", Kind.CONSULTATION: "ZX", Kind.PETITION: "XF",
}  # fmt: skip
TICKET_PREFIX = "GD"


def take(count: int, at: datetime) -> list[str]:
    """So many numbers of the day of ``at`` (Shanghai), still without their prefixes."""
    day = f"{at.astimezone(SHANGHAI):%Y%m%d}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('cases_number') FROM generate_series(1, %s)", [count])
        return [f"{day}{number:05d}" for (number,) in cursor.fetchall()]
