"""Days as the agency counts them."""

from datetime import date, datetime

from django.utils import dateformat
from django.utils.translation import pgettext

from agency.core.calendar import SHANGHAI, weekday_name


def day_of(moment: datetime) -> date:
    """The day ``moment`` lies in, in Shanghai."""
    return moment.astimezone(SHANGHAI).date()


def calendar_day(day: date, today: date) -> str:
    """11月26日, 26 Nov; with the year where it is another than that of ``today``."""
    is_now = day.year == today.year
    return dateformat.format(day, pgettext("day", "j M") if is_now else pgettext("day", "j M Y"))


def day_in_words(day: date, today: date) -> str:
    """11月26日 周四."""
    return f"{calendar_day(day, today)} {weekday_name(day)}"
