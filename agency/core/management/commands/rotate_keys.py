import sys

from django.apps import apps
from django.db import transaction
from django.utils.translation import gettext as _
from tqdm import tqdm

from agency.core.console import Answer, JsonCommand
from agency.core.sealing import SecretRow, keyring, reseal, sealed_otherwise

AT_ONCE = 500


class Command(JsonCommand):
    help = (
        "Seal anew what is not sealed with the first key of its table; can be stopped and resumed."
    )

    def answer(self, **options) -> Answer:
        models = [model for model in apps.get_models() if issubclass(model, SecretRow)]
        return {model._meta.db_table: _rotate(model) for model in models}

    def in_words(self, answer: Answer) -> str:
        said = _("%(table)s: %(count)d rows sealed anew with key %(key)s.")
        return "\n".join(
            said % {"table": table, "count": count, "key": keyring(table).current}
            for table, count in answer.items()
        )


def _rotate(model: type[SecretRow]) -> int:
    """How many rows were sealed anew; each batch is a transaction of its own."""
    left, done = sealed_otherwise(model), 0
    table = model._meta.db_table
    with tqdm(total=left.count(), desc=table, disable=not sys.stderr.isatty()) as bar:
        last = 0
        while rows := _batch(left.filter(pk__gt=last)):
            last = rows[-1].pk  # what is done already is not read once more for every batch
            done += len(rows)
            bar.update(len(rows))
    return done


@transaction.atomic
def _batch(left) -> list[SecretRow]:
    """The next rows in the order of their numbers, sealed anew; empty at the end."""
    rows = list(left.select_for_update(no_key=True).order_by("pk")[:AT_ONCE])
    if rows:
        reseal(rows)
    return rows
