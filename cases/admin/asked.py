"""A verb about to be done, as its form knows it."""

from dataclasses import dataclass, field

from django.http import QueryDict

from agency.core.models import User
from cases.admin.labels import Verb
from cases.models import Case


@dataclass
class Asked:
    """A verb that somebody is about to do on a case, and what is typed so far."""

    verb: Verb
    case: Case
    user: User
    typed: QueryDict = field(default_factory=QueryDict)

    @property
    def cases(self) -> list[Case]:
        """All it is done on: one, but in bulk."""
        return [self.case]
