"""Days as the agency counts them."""

from datetime import date, datetime

from agency.core.calendar import SHANGHAI


def day_of(moment: datetime) -> date:
    """The day ``moment`` lies in, in Shanghai."""
    return moment.astimezone(SHANGHAI).date()
