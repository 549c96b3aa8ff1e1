"""Notes among staff on a case, and who is called to them by ``@name``."""

import re
from itertools import takewhile

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from agency.core.errors import Invalid
from agency.core.models import Notification, User
from agency.core.roles import GIVEN_ONLY, STAFF, WITHOUT_CASES
from agency.core.text import listed
from cases import acts, following
from cases.models import Assignment, Case, CaseEvent, Note

CALL = re.compile(r"(?<![A-Za-z0-9._%+@-])@(\w+)")
"""Chinese leaves no blank before; an address of mail is none."""


def note(no: str, *, by: User, text: str) -> Case:
    """Write a note; whoever it calls by ``@name`` or ``@account`` is told."""
    with acts.begin(no, "note", by) as act:
        people = called(text, act.case)
        written = Note.objects.create(case=act.case, by=by, at=act.at, text=text)
        event = act.record(CaseEvent.Kind.NOTED, note=written.pk, people=[p.pk for p in people])
        meant = [person for person in people if person != by]
        Notification.objects.bulk_create(
            following.told(event, person, "mentioned") for person in meant
        )
        act.told |= {person.pk for person in meant}
    return act.case


def readers(case: Case) -> QuerySet[User]:
    """The staff who see the case: of its unit and those above, and whoever had a part in it."""
    above = Q(unit__path__in=case.unit.ancestor_paths)
    parts = Assignment.objects.filter(case=case).values_list("handler", "contact", "follow_up")
    named = {pk for people in parts for pk in people if pk}
    staff = User.objects.filter(role__in=STAFF - WITHOUT_CASES - GIVEN_ONLY, is_active=True)
    return staff.filter(above | Q(pk__in=named)).select_related("unit").order_by("name", "pk")


def called(text: str, case: Case) -> list[User]:
    """Whom a note calls; of two with one name both. Invalid names who does not see the case."""
    calls = [(found[1], text[found.start(1) :]) for found in CALL.finditer(text)]
    if not calls:
        return []
    people = readers(case)
    names = [(name, who) for who in people for name in (who.name, who.username) if name]
    names.sort(key=lambda known: -len(known[0]))
    meant = [(call, _meant(said, names)) for call, said in calls]
    if unknown := [f"@{call}" for call, people in meant if not people]:
        said = _("Nobody who sees this case is called %(names)s.") % {"names": listed(unknown)}
        raise Invalid({"text": [said]})
    return list(dict.fromkeys(person for _call, people in meant for person in people))


def _meant(said: str, names: list[tuple[str, User]]) -> list[User]:
    """Words follow a name without a blank: the longest name that stands there is meant."""
    fitting = [(name, person) for name, person in names if said.startswith(name)]
    longest = takewhile(lambda known: len(known[0]) == len(fitting[0][0]), fitting)
    return [person for _name, person in longest]
