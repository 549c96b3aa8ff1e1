"""Free text of a case, as the database keeps it: without what is sealed of the people in it."""

from operator import attrgetter

from django.db import models


class Kept:
    """A text that passes ``kept`` of its case on the way into the database.

    ``keeper``: the path from the row to what has ``kept``; "" for the row itself. ``ours``: what
    the house decides, agrees and tells, of which no other number may be lost.
    """

    def __init__(self, *args, keeper: str = "case", ours: bool = False, **options) -> None:
        self.keeper, self.ours = keeper, ours
        super().__init__(*args, **options)

    def deconstruct(self):
        """As the plain field it is to the database: no migration tells them apart."""
        name, _path, args, options = super().deconstruct()
        return name, f"django.db.models.{self.plain.__name__}", args, options

    def pre_save(self, model_instance, add):
        text = getattr(model_instance, self.attname)
        if not text:  # nothing to read a case for
            return text
        keeper = attrgetter(self.keeper)(model_instance) if self.keeper else model_instance
        # A mask may be longer than what it hides.
        text = keeper.kept(text, ours=self.ours)[: self.max_length]
        setattr(model_instance, self.attname, text)
        return text


class CaseText(Kept, models.TextField):
    """Of any length."""

    plain = models.TextField


class CaseLine(Kept, models.CharField):
    """Of one line."""

    plain = models.CharField


def lost(keeper, *told: str) -> str:
    """All that was told, where ``keeper`` keeps less than every word of it; else ""."""
    told = list(filter(None, told))
    return "" if all(keeper.kept(text) == text for text in told) else "\n".join(told)
