from dataclasses import asdict

from agency.core import notifications
from agency.core.console import JsonCommand


class Command(JsonCommand):
    help = "Tell people what waits in the outbox; once, for a few seconds at most."

    def answer(self, **options):
        return asdict(notifications.deliver_pending())
