from datetime import datetime, time

from django.core.management.base import CommandError
from django.db import connection
from django.db.models import Max, Min, Sum
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from agency.core.audit import seals
from agency.core.console import AnswerError, JsonCommand
from agency.core.models import Seal


class Command(JsonCommand):
    help = (
        "Count the seals over the trails again, and say which minutes were tampered with. "
        "Exit 1 if there are any."
    )

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "--since", metavar="DATE", help="only what was written from this day on"
        )
        parser.add_argument(
            "--known", metavar="NO:HASH",
            help="a seal as the log told of it: the chain has to hold it still",
        )  # fmt: skip

    def answer(self, *, since, known, **options):
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")  # three years take a while
        meant = Seal.objects.all()
        if since:
            meant = meant.filter(until_at__gte=_day(since))
        found = meant.aggregate(first=Min("no"), last=Max("no"), rows=Sum("rows"))
        broken = seals.check(found["first"], found["last"]) if found["last"] else []
        newest = seals.newest()
        answer = {
            "first": found["first"], "last": found["last"], "rows": found["rows"] or 0,
            "newest": newest and {"no": newest.no, "hash": newest.digest, "until": newest.until_at},
            "broken": broken,
        }  # fmt: skip
        if known and not _holds(known):
            raise AnswerError(
                _("The seal %(known)s is not in the chain.") % {"known": known}, answer
            )
        if broken:
            raise AnswerError(self._tell(broken), answer)
        return answer

    @staticmethod
    def _tell(broken: list[dict]) -> str:
        sentence = _("Tampered with: what was written from %(begin)s to %(end)s (seal %(no)s).")
        return "\n".join(
            sentence
            % {
                "begin": f"{timezone.localtime(seal['from_at']):%F %T}",
                "end": f"{timezone.localtime(seal['until_at']):%F %T}",
                "no": seal["no"],
            }
            for seal in broken
        )


def _day(text: str):
    day = parse_date(text)
    if day is None:
        raise CommandError(_("--since must be a date: 2026-01-31."))
    return timezone.make_aware(datetime.combine(day, time()))


def _holds(known: str) -> bool:
    no, _colon, digest = known.partition(":")
    return no.isdecimal() and Seal.objects.filter(no=no, digest=digest).exists()
