"""What is searched of a case, and how a text is compared: by what everybody may read of it.

Nothing that is masked is in the index, so no hit and no miss can tell of it.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from agency.core.text import LONG_NUMBER, UNSEEN
from cases.lifecycle import Kind
from cases.models import Case

BREAK = "\x01"
"""Between texts, and where something was left out. Nobody can type it: UNSEEN goes first."""

LEFT_OUT = re.compile(rf"{LONG_NUMBER.pattern}|[*＊]+|{BREAK}")
"""Long numbers and what masks leave; a search's own stars part its words."""


def folded(text: str) -> str:
    """In small letters, one width and without blanks."""
    plain = UNSEEN.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return "".join(plain.split())


def pieces(text: str) -> list[str]:
    """``text`` folded, in parts between what is not searched."""
    parts = LEFT_OUT.split(unicodedata.normalize("NFKC", text))
    return [part for part in map(folded, parts) if part]


def of_case(case: Case) -> str:
    """The words of a case. Of a report only the merchant's: no free text of it is searched.

    Wants ``know_others`` where another's ticket ever was on the case.
    """
    told = [] if case.kind == Kind.REPORT else _without_people(case)
    name = pieces(case.merchant.name) if case.merchant else []
    return BREAK.join([*told, *name])


def _without_people(case: Case) -> Iterable[str]:
    """Its texts and its tickets', without whoever brought them: as they are compared, too."""
    shown = [case.shown(text, wholly=True) for text in (case.title, case.narrative, case.demand)]
    for ticket in case.tickets.all():
        shown += [ticket.shown(text, wholly=True) for text in (ticket.narrative, ticket.demand)]
    people = {*case.people, *(ticket.consumer for ticket in case.tickets.all())}
    told = {folded(name) for person in filter(None, people) for name in person.names}
    names = sorted(told, key=len, reverse=True)
    for text in shown:
        for piece in pieces(text):
            for name in names:
                if len(name) > 1:  # one letter is a surname, and half the words
                    piece = piece.replace(name, BREAK)
            yield from filter(None, piece.split(BREAK))


@dataclass(frozen=True)
class Words:
    """What somebody looks for: each of its words must be there."""

    parts: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Words":
        """Of a number of five digits or more nothing: it is a number of a case, or nobody's."""
        plain = unicodedata.normalize("NFKC", text)
        if LONG_NUMBER.search(plain):
            return cls(())
        return cls(tuple(part for word in plain.split() for part in pieces(word)))

    @property
    def grams(self) -> list[str]:
        """Every two neighbours; what the index is asked for."""
        return sorted({part[n : n + 2] for part in self.parts for n in range(len(part) - 1)})

    def are_in(self, text: str) -> bool:
        return all(part in text for part in self.parts)
