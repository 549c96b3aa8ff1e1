import sys

from django.utils.translation import gettext as _
from tqdm import tqdm

from agency.core.console import Answer, JsonCommand
from cases.models import CaseSearch, MerchantSearch
from cases.search import index

AT_ONCE = 500


class Command(JsonCommand):
    help = (
        "Index for the search what is not indexed yet, newest first; with --all compare every case "
        "with what it should say and mend it. Can be stopped and begun again."
    )

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--all", action="store_true", help="compare every case")
        parser.add_argument(
            "--after", type=int, default=0, metavar="KEY", help="with --all: from here on"
        )

    def answer(self, *, all, after, **options) -> Answer:
        answer = {"indexed": _index_what_waits()}
        return answer | (_repair_all(after) if all else {})

    def in_words(self, answer: Answer) -> str:
        said = [_("%(indexed)d rows indexed.") % answer]
        if "compared" in answer:
            said.append(_("%(compared)d cases compared, %(mended)d mended.") % answer)
        return "\n".join(said)


def _bar(total: int, name: str) -> tqdm:
    return tqdm(total=total, desc=name, disable=not sys.stderr.isatty())


def _index_what_waits() -> int:
    stale = [model.objects.filter(is_stale=True) for model in (CaseSearch, MerchantSearch)]
    done = 0
    with _bar(sum(rows.count() for rows in stale), "index") as bar:
        while step := index.index_some(AT_ONCE):
            done += step
            bar.update(step)
    return done


def _repair_all(after: int) -> Answer:
    """Each step is a transaction of its own; the bar tells the key to go on after."""
    compared = mended = 0
    with _bar(CaseSearch.objects.filter(pk__gt=after).count(), "compare") as bar:
        while True:
            last, step, wrong = index.repair(after, AT_ONCE)
            if not step:
                return {"compared": compared, "mended": mended}
            after, compared, mended = last, compared + step, mended + wrong
            bar.update(step)
            bar.set_postfix(after=after)
