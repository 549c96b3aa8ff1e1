"""What a ticket is about, seen before it comes to another case: its clocks come along."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from cases.admin import words
from cases.citizens import is_same_person, known
from cases.models import Case, PartyNotice, Ticket


@dataclass(frozen=True)
class Coming:
    """A ticket that may come to ``case``, as everybody who sees both may see it."""

    ticket: Ticket
    case: Case

    @property
    def citizen(self) -> dict | None:
        person = known(self.ticket.consumer)
        return person.masked() if person else None

    @property
    def citizen_label(self) -> str:
        return words.party(self.ticket.case, PartyNotice.Party.COMPLAINANT)

    @property
    def differences(self) -> list[str]:
        """Why it may be another matter; of a citizen or a merchant nobody named, nothing."""
        return [text for text in (self._other_citizen(), self._other_merchant()) if text]

    def _other_citizen(self) -> str:
        ours, theirs = known(self.case.consumer), known(self.ticket.consumer)
        if not ours or not theirs or is_same_person(ours, theirs):
            return ""
        who = f"{ours.masked()['name']} {ours.masked()['phone']}".strip()
        return _("The citizen of this case is another: %(who)s.") % {"who": who}

    def _other_merchant(self) -> str:
        ours, theirs = self.case.merchant, self.ticket.case.merchant
        if not ours or not theirs or ours.identity == theirs.identity:
            return ""
        return _("The merchant of this case is another: %(merchant)s.") % {"merchant": ours.name}
