import sys

from django.apps import apps
from django.db import transaction
from django.utils.translation import gettext as _
from tqdm import tqdm

from agency.core import files
from agency.core.console import Answer, AnswerError, JsonCommand
from agency.core.errors import NotThere, RuleViolation
from agency.core.models import StoredFile
from agency.core.sealing import SecretRow, keyring, reseal, sealed_otherwise

AT_ONCE = 500


class Command(JsonCommand):
    help = (
        "Seal anew what is not sealed with the first key of its table, files too;"
        " can be stopped and resumed."
    )

    def answer(self, **options) -> Answer:
        models = [model for model in apps.get_models() if issubclass(model, SecretRow)]
        answer = {model._meta.db_table: _rotate(model) for model in models}
        answer[files.TABLE], left = self._rotate_files()
        if left:
            raise AnswerError(_("%(count)d files stay as they are.") % {"count": left}, answer)
        return answer

    def _rotate_files(self) -> tuple[int, int]:
        """How many were sealed anew, how many cannot be; those are named, and stop no other."""
        every, done, left = StoredFile.objects.order_by("pk"), 0, 0
        bar = tqdm(every.iterator(), files.TABLE, every.count(), disable=not sys.stderr.isatty())
        for file in bar:
            try:
                done += files.reseal(file)
            except (NotThere, RuleViolation) as error:
                left += 1
                self.stderr.write(f"{file.pk}: {error or _('It is not on the disk.')}")
        return done, left

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
