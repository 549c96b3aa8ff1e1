"""Days as the agency counts them."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from agency.core.calendar import SHANGHAI, weekday_name


def day_of(moment: datetime) -> date:
    """The day ``moment`` lies in, in Shanghai."""
    return moment.astimezone(SHANGHAI).date()


def calendar_day(day: date, today: date) -> str:
    """11月26日; with the year where it is another than that of ``today``."""
    figures = {"year": day.year, "month": day.month, "day": day.day}
    if day.year == today.year:
        return _("%(month)s-%(day)s") % figures
    return _("%(year)s-%(month)s-%(day)s") % figures


def day_in_words(day: date, today: date) -> str:
    """11月26日 周四."""
    return f"{calendar_day(day, today)} {weekday_name(day)}"
