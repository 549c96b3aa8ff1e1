from dataclasses import asdict

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from agency.core import alarms, notifications
from agency.core.console import AnswerError, JsonCommand
from agency.core.text import listed


class Command(JsonCommand):
    help = (
        "The watchdog, for cron: look once, tell the administrators; exit 1 when there is an alarm."
    )

    def answer(self, **options):
        try:
            found = self.look()
        except (OperationalError, InterfaceError):
            found = [alarms.Alarm("database_away")]
        answer = {"alarms": [_told(alarm) for alarm in found]}
        if found:
            told = {"count": len(found), "kinds": listed(alarm.kind for alarm in found)}
            raise AnswerError(_("%(count)d alarms: %(kinds)s.") % told, answer)
        return answer

    def look(self) -> list[alarms.Alarm]:
        """What is wrong, told to the administrators without Redis: the worker may be dead."""
        found = alarms.look()
        alarms.raise_all(found)
        alarms.ask_for_calendar()
        if found:
            notifications.deliver_pending()
        return found


def _told(alarm: alarms.Alarm) -> dict:
    return {name: value for name, value in asdict(alarm).items() if value is not None}
