"""Days as the agency counts them."""

from datetime import date, datetime

from django.utils import dateformat
from django.utils.translation import ngettext_lazy, npgettext_lazy, pgettext

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


LENGTHS = {
    "second": ngettext_lazy("%(n)d second", "%(n)d seconds", "n"),
    "minute": ngettext_lazy("%(n)d minute", "%(n)d minutes", "n"),
    "hour": ngettext_lazy("%(n)d hour", "%(n)d hours", "n"),
    "day": ngettext_lazy("%(n)d day", "%(n)d days", "n"),
    "workday": ngettext_lazy("%(n)d working day", "%(n)d working days", "n"),
}


IN_LETTERS = {"day": npgettext_lazy("in a letter", "%(n)d day", "%(n)d days", "n")}


def length(amount: int, unit: str, *, in_letter: bool = False) -> str:
    """15 个工作日; 30 天, which a letter calls 30日."""
    lengths = LENGTHS | IN_LETTERS if in_letter else LENGTHS
    return lengths[unit] % {"n": amount}
