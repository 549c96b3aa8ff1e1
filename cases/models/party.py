from collections.abc import Iterable

from django.db import models
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from agency.core.sealing import BlindIndex, SecretField, SecretRow
from agency.core.text import door_of, mask_address, mask_id, mask_name, mask_person, mask_phone
from cases.models.search import OF_CONSUMER


class Person(SecretRow):
    """Somebody as one ticket told of them. ``phone`` is E.164, with ``;ext=`` for an extension."""

    name = SecretField(_("name"))
    phone = SecretField(_("phone"))
    id_number = SecretField(_("identity number"))
    address = SecretField(_("address"))
    told = SecretField(_("own words"))
    """What they told, word for word, where the case keeps it masked; "" where it lost nothing."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return mask_name(self.name)

    FACTS = ("name", "phone", "id_number", "address")

    def beside(self, other: "Person") -> list[str]:
        """What another row of the same person says otherwise, a line each, and what they told."""
        with translation.override("zh-hans"):  # it is kept, for whoever reads it
            facts = [
                f"{self._meta.get_field(name).verbose_name}：{getattr(other, name)}"
                for name in self.differing(other)
            ]
        return [*facts, *filter(None, [other.told])]

    def differing(self, other: "Person") -> list[str]:
        """The facts that another row of the same person says otherwise, or alone."""
        return [
            name
            for name in self.FACTS
            if (said := getattr(other, name)) and said != getattr(self, name)
        ]

    def take_in(self, rows: Iterable["Person"]) -> None:
        """Know, unsaved, what any of these rows of the same person knows.

        Of facts that differ the first is theirs; the others join their own words.
        """
        for row in rows:
            for name in self.FACTS:
                setattr(self, name, getattr(self, name) or getattr(row, name))
            lines = [self.told, *(line for line in self.beside(row) if line not in self.told)]
            self.told = "\n".join(filter(None, lines))

    @property
    def is_known(self) -> bool:
        """Whether anything is known of them but their words."""
        return any(getattr(self, name) for name in self.FACTS)

    def masked(self) -> dict[str, str]:
        """What everybody who sees the case may see of the person."""
        return {
            "name": mask_name(self.name),
            "phone": mask_phone(self.phone),
            "id_number": mask_id(self.id_number),
            "address": mask_address(self.address),
        }

    def masked_in(self, text: str, *, wholly: bool = False) -> str:
        return mask_person(text, name=self.name, wholly=wholly, **self._sealed)

    def sealed_in(self, text: str) -> str:
        """``text`` with the telephone, identity number and address masked that are sealed here."""
        return mask_person(text, name="", **self._sealed)

    @property
    def _sealed(self) -> dict[str, str]:
        return {"phone": self.phone, "id_number": self.id_number, "address": self.address}


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
