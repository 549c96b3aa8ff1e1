from collections.abc import Iterable

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agency.core.sealing import BlindIndex, SecretField, SecretRow
from agency.core.text import door_of, mask_address, mask_id, mask_name, mask_person, mask_phone
from cases.models.search import OF_CONSUMER

CALLED_BY = ("name", "address")
"""What a text may call somebody by; a number is masked by its looks, whosever it is."""
SHORTEST = 7
"""Fewer signs are nobody's number."""


def folded(facts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each in one line, whatever blanks it was written with."""
    return [(fact, " ".join(said.split())) for fact, said in facts]


def lines_of(facts: Iterable[tuple[str, str]]) -> str:
    """As ``Person.also`` keeps them."""
    return "\n".join(f"{fact}\t{said}" for fact, said in folded(facts))


class Person(SecretRow):
    """Somebody as one ticket told of them. ``phone`` is E.164, with ``;ext=`` for an extension."""

    name = SecretField(pgettext_lazy("person", "name"))
    phone = SecretField(_("phone"))
    id_number = SecretField(_("identity number"))
    address = SecretField(_("address"))
    told = SecretField(_("own words"))
    """What they told, word for word, where the case keeps it masked; "" where it lost nothing."""
    also = SecretField(_("also told as"))
    """What was said of them otherwise, a line each: the fact, a tab, what was said."""

    FACTS = ("name", "phone", "id_number", "address")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return mask_name(self.name)

    @property
    def facts(self) -> list[tuple[str, str]]:
        return [(fact, getattr(self, fact)) for fact in self.FACTS]

    @property
    def aliases(self) -> list[tuple[str, str]]:
        """Fact by fact what was said otherwise, and is masked like what is known."""
        lines = (line.partition("\t") for line in self.also.splitlines())
        return [(fact, said) for fact, _tab, said in lines]

    @property
    def names(self) -> list[str]:
        """Every name they were told by, the longest first: it may begin with a shorter one."""
        others = [said for fact, said in self.aliases if fact == "name"]
        return sorted(filter(None, [self.name, *others]), key=len, reverse=True)

    @property
    def own_words(self) -> str:
        """What is kept of them beside what is known: what was said otherwise, and what they told."""
        label = self._meta.get_field
        facts = [f"{label(fact).verbose_name}：{said}" for fact, said in self.aliases]
        return "\n".join(filter(None, [*facts, self.told]))

    def says_otherwise_than(self, other: "Person") -> bool:
        """Whether any fact of it is another, or unknown there."""
        return any(said and said != getattr(other, fact) for fact, said in self.facts)

    def differing(self, other: "Person") -> list[tuple[str, str]]:
        """What another row of the same person says that this one does not know."""
        own = {*folded(self.facts), *self.aliases}
        said = dict.fromkeys([*folded(other.facts), *other.aliases])
        return [row for row in said if row[1] and row not in own]

    def take_in(self, rows: Iterable["Person"]) -> None:
        """Know, unsaved, what any of these rows of the same person knows: of facts that differ the
        first is theirs, they are also told as the others.
        """
        for row in rows:
            for fact in self.FACTS:
                setattr(self, fact, getattr(self, fact) or getattr(row, fact))
            self.is_also(self.differing(row))
            if row.told not in self.told:
                self.told = "\n".join(filter(None, [self.told, row.told]))

    def is_also(self, facts: Iterable[tuple[str, str]]) -> None:
        rows, known = dict.fromkeys([*self.aliases, *folded(facts)]), folded(self.facts)
        self.also = lines_of(row for row in rows if row not in known)

    @property
    def is_known(self) -> bool:
        """Whether anything is known of them but their words."""
        return any(said for _fact, said in self.facts)

    def masked(self) -> dict[str, str]:
        """What everybody who sees the case may see of the person."""
        return {
            "name": mask_name(self.name),
            "phone": mask_phone(self.phone),
            "id_number": mask_id(self.id_number),
            "address": mask_address(self.address),
        }

    def masked_in(self, text: str, *, wholly: bool = False) -> str:
        text = self._without_numbers(text, wholly=wholly)
        for name in self.names:
            text = mask_person(text, **NOTHING | {"name": name}, wholly=wholly)
        return text

    def sealed_in(self, text: str) -> str:
        """``text`` with the telephone, identity number and address masked that are sealed here."""
        return self._without_numbers(text)

    def _without_numbers(self, text: str, *, wholly: bool = False) -> str:
        text = mask_person(text, **dict(self.facts) | {"name": ""}, wholly=wholly)
        for fact, said in self.aliases:
            if fact != "name" and len(said) >= SHORTEST:
                text = mask_person(text, **NOTHING | {fact: said}, wholly=wholly)
        return text


NOTHING = dict.fromkeys(Person.FACTS, "")


class Consumer(Person):
    """Who complains, asks or petitions: found again by number. A reporter is not, by nobody."""

    phone_index = BlindIndex(of="phone")
    id_number_index = BlindIndex(of="id_number")
    door_index = BlindIndex(of="door", null=True, default=None)
    """None: from before there was one, until manage.py rotate_keys."""

    class Meta:
        verbose_name = _("consumer")
        verbose_name_plural = _("consumers")
        indexes = [
            # Serves the exact look-up and "this citizen's tickets".
            models.Index(
                fields=["phone_index"], name="consumer_phone", condition=~Q(phone_index=b"")
            ),
            models.Index(
                fields=["id_number_index"], name="consumer_id", condition=~Q(id_number_index=b"")
            ),
            models.Index(
                fields=["door_index"], name="consumer_door", condition=Q(door_index__gt=b"")
            ),
        ]
        triggers = OF_CONSUMER

    @property
    def door(self) -> str:
        """The address as others' are compared with it. Of who has no number, as whoever came to be
        a reporter, none: they are found by nobody.
        """
        return door_of(self.address) if self.phone or self.id_number else ""


class Reporter(Person):
    """Who reports unlawful conduct: secret by default, in a table of its own.

    Source: SAMR Order 121 §37. No list, search or door but a custodian's reads it; no text that
    may name them leaves anything of them.
    """

    def masked_in(self, text: str, *, wholly: bool = True) -> str:
        return super().masked_in(text, wholly=True)

    def sealed_in(self, text: str) -> str:
        return self.masked_in(text)

    class Meta:
        verbose_name = _("reporter")
        verbose_name_plural = _("reporters")
