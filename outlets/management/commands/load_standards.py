from pathlib import Path

from django.core.management.base import CommandError

from agency.core.console import JsonCommand
from outlets import standards


class Command(JsonCommand):
    help = "Add the standards of outlets that are not there yet; what stands is never changed."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file", nargs="?", type=Path, default=standards.STANDARDS)

    def answer(self, *, file, **options):
        try:
            added, there = standards.load(file)
        except standards.Faulty as error:
            raise CommandError(str(error)) from error
        return {"added": added, "standards": there}
