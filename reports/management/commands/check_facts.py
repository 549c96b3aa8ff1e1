from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from agency.core.console import Answer, AnswerError, JsonCommand
from reports import keeping, proof


class Command(JsonCommand):
    help = (
        "Recount every kept figure from the rows and name each difference; exit 1 if there is one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--year", type=int, metavar="YEAR", help="this year alone")
        parser.add_argument(
            "--keep", action="store_true", help="first recount what is waiting to be recounted"
        )

    def answer(self, *, year: int | None, keep: bool, **options: Any) -> Answer:
        if keep:
            keeping.keep(budget=float("inf"))
        answer = proof.prove_all(year)
        if answer["differences"]:
            raise AnswerError(_("%d figures differ.") % len(answer["differences"]), answer)
        return answer
