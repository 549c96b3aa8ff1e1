"""Days as the agency counts them."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from agency.core.calendar import SHANGHAI, weekday_name


def day_of(moment: datetime) -> date:
    """The day ``moment`` lies in, in Shanghai."""
    return moment.astimezone(SHANGHAI).date()


def day_in_words(day: date, today: date) -> str:
    """11月26日 周四; with the year where it is another than that of ``today``."""
    figures = {"year": day.year, "month": day.month, "day": day.day, "weekday": weekday_name(day)}
    if day.year == today.year:
        return _("%(month)s-%(day)s %(weekday)s") % figures
    return _("%(year)s-%(month)s-%(day)s %(weekday)s") % figures
