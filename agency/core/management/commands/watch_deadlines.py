import logging
import time
from dataclasses import asdict

from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.utils.translation import gettext as _

from agency.core import alarms, notifications
from agency.core.audit import seals
from agency.core.console import AnswerError, JsonCommand, Rounds, Sign
from agency.core.text import listed

log = logging.getLogger(__name__)


class Command(JsonCommand):
    help = (
        "The watchdog: look, tell the administrators, and send what waits in the outbox, with "
        "PostgreSQL alone; the loop seals the trails, too. Once, for cron: exit 1 when there is an alarm."
    )

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--loop", action="store_true", help="look until stopped")
        parser.add_argument("--interval", type=float, default=10.0, help="seconds between looks")

    def answer(self, *, loop, interval, **options):
        if loop:
            self.loop(Rounds(interval))
            return {}
        try:
            found = self.look()
        except (OperationalError, InterfaceError):
            found = [alarms.Alarm("database_away")]
        answer = {"alarms": [_told(alarm) for alarm in found]}
        if found:
            told = {"count": len(found), "kinds": listed(alarm.kind for alarm in found)}
            raise AnswerError(_("%(count)d alarms: %(kinds)s.") % told, answer)
        return answer

    def loop(self, rounds: Rounds) -> None:
        """Look once in each interval; not at once, for who started with us has not swept yet."""
        sign = Sign("watchdog")
        while rounds.sleep_until(time.monotonic() + rounds.interval):
            try:
                for alarm in self.look():
                    log.warning("%s", alarm)
                seals.seal()
                sign.renew()
            except (DatabaseError, InterfaceError) as error:
                log.warning("cannot look: %s", type(error).__name__)
            except Exception:  # it looks on: who else would?
                log.exception("cannot look")
            connection.close()  # none idles, and a lost one costs no look
        sign.take_down()

    def look(self) -> list[alarms.Alarm]:
        """What is wrong, told to the administrators; what waits is sent, the worker may be dead."""
        found = alarms.look()
        alarms.raise_all(found)
        alarms.ask_for_calendar()
        notifications.deliver_pending()
        return found


def _told(alarm: alarms.Alarm) -> dict:
    told = {name: value for name, value in asdict(alarm).items() if value is not None}
    told.pop("since", None)
    return told
