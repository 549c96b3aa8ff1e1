from importlib.util import find_spec

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from agency.core.console import JsonCommand


def numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


class Command(JsonCommand):
    help = "Measure a part of the system, in a database of its own on the same server."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "what", choices=["sweep", "search", "lists", "suggestions", "figures", "outlets"]
        )
        parser.add_argument(
            "--open", type=numbers, default=[10_000, 100_000, 1_000_000], metavar="N,N",
            help="open clocks to measure the idle sweep with",
        )  # fmt: skip
        parser.add_argument("--closed", type=int, default=1_000_000)
        parser.add_argument("--due", type=int, default=100_000, help="due at once; 0: skip it")
        parser.add_argument("--rounds", type=int, default=3)
        parser.add_argument(
            "--cases",
            type=int,
            default=1_000_000,
            help="search, lists, suggestions, figures: among so many",
        )
        parser.add_argument("--outlets", type=int, default=500, help="outlets: so many of them")
        parser.add_argument(
            "--times", type=int, default=200, help="search, lists: each so many times"
        )
        parser.add_argument(
            "--roles", type=lambda told: told.split(","), default=[], metavar="ROLE,ROLE",
            help="lists: as these roles have them; else as each of the staff",
        )  # fmt: skip
        parser.add_argument("--intakes", type=int, default=400, help="search: 0: skip them")

    def answer(self, *, what, **options):
        if find_spec("benchmarks") is None:
            raise CommandError(_("The benchmarks are not part of this installation."))
        return getattr(self, what)(**options)

    def suggestions(self, *, cases, times, **options):
        from benchmarks import suggestions

        return suggestions.run(cases=cases, times=min(times, 20))

    def figures(self, *, cases, **options):
        from benchmarks import figures

        return figures.run(cases=cases)

    def outlets(self, *, outlets, times, **options):
        from benchmarks import outlets as measure

        return measure.run(outlets=outlets, times=times)

    def search(self, *, cases, times, intakes, **options):
        from benchmarks import search

        return search.run(cases=cases, times=times, intakes=intakes)

    def lists(self, *, cases, times, roles, **options):
        from benchmarks import lists

        return lists.run(cases=cases, times=times, roles=roles)

    def sweep(self, *, open, closed, due, rounds, **options):
        from benchmarks import sweep  # not needed where nobody measures

        return sweep.run(open_levels=open, closed=closed, due=due, rounds=rounds)
