"""Lists of cases under a name: one that each role begins with, and everybody's own."""

from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core.errors import Invalid
from agency.core.models import User
from agency.core.roles import Role
from agency.core.text import clean
from cases.models import SavedFilter

MOST = 12
"""So many of one's own."""

MINE = (gettext_lazy("Mine, soonest first"), "handler=me&state=open&o=7")
LATE = (gettext_lazy("Overdue here"), "overdue=true&state=open&o=7")
OF_ROLES = {
    Role.REGISTRAR: (gettext_lazy("Arrived within a month"), "since=1m"),
    Role.DISPATCHER: (gettext_lazy("To be dispatched"), "state=waiting"),
    **dict.fromkeys((Role.MEDIATOR, Role.ENFORCER, Role.PETITION_OFFICER), MINE),
    Role.CUSTODIAN: (gettext_lazy("Cases that are reports"), "kind=report"),
    Role.CALLBACK: (gettext_lazy("Closed"), "state=closed"),
    **dict.fromkeys((Role.CHIEF, Role.LEADER, Role.SUPERVISOR), LATE),
}
"""What each role begins with."""


def offered(user: User) -> list[dict]:
    """``name``, ``query``, and ``pk`` where it is one's own."""
    own = list(SavedFilter.objects.filter(owner=user).values("name", "query", "pk")[:MOST])
    of_role = OF_ROLES.get(user.role)
    return [{"name": of_role[0], "query": of_role[1], "pk": None}, *own] if of_role else own


def keep(user: User, name: str, chosen: dict[str, str]) -> SavedFilter:
    """Keep what is ``chosen`` under a name; the same name again means this from now on."""
    name, mine = clean(name)[:20], SavedFilter.objects.filter(owner=user)
    if not name:
        raise Invalid({"name": [_("This field is required.")]})
    if not chosen:
        raise Invalid({"name": [_("Choose a filter first.")]})
    if not mine.filter(name=name).exists() and mine.count() >= MOST:
        raise Invalid({"name": [_("You have %(most)s already: delete one.") % {"most": MOST}]})
    query = urlencode(sorted(chosen.items()))[:300]
    return SavedFilter.objects.update_or_create(owner=user, name=name, defaults={"query": query})[0]


def forget(user: User, pk: int) -> None:
    """Delete one of one's own."""
    SavedFilter.objects.filter(owner=user, pk=pk).delete()
