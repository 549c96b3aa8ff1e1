"""What a form about papers, meetings and publicity is offered, from what the case says already."""

from datetime import datetime

from django.utils.translation import gettext as _

from agency.core import clock
from agency.core.calendar import SHANGHAI
from cases.admin import words
from cases.admin.asked import Asked
from cases.admin.fields import Option, yes_or_no
from cases.letters.forms import OFFERS
from cases.models import Mediation, PartyNotice, Result
from cases.workflow import documents


def as_typed(moment: datetime) -> str:
    """As a browser's field for moments takes it."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"


def parties(on: Asked) -> list[Option]:
    return [(code, words.party(on.case, code)) for code in PartyNotice.Party.values]


def meeting(on: Asked) -> Mediation | None:
    """The mediation under way, where the parties are still to meet as arranged."""
    return on.case.mediations.filter(ended_at=None, meeting_at__gt=clock.now()).first()


def appointment(on: Asked) -> str:
    """When they are to meet: as the mediation arranged it, else as it was said on the telephone."""
    if arranged := meeting(on):
        return as_typed(arranged.meeting_at)
    said = on.case.contacts.filter(appointment_at__gt=clock.now()).order_by("pk").last()
    return as_typed(said.appointment_at) if said else ""


def forms(on: Asked) -> list[Option]:
    """The forms that may be issued now."""
    return [(form, str(form.label)) for form in documents.offered(on.case)]


def likely_form(on: Asked) -> str:
    """What the latest step calls for and nobody has issued; "" where nothing is due."""
    return next(iter(documents.due(on.case)), "")


def addressees(on: Asked) -> list[Option]:
    """Whom a form that may be issued now is for."""
    may = [OFFERS[form] for form in documents.offered(on.case)]
    able = {party for form in may for party in form.parties}
    is_of_both = any(form.in_copies for form in may)
    own = _("both, of a termination or agreement; else who complains") if is_of_both else "—"
    return [("", own), *(named for named in parties(on) if named[0] in able)]


def publicity(on: Asked) -> list[Option]:
    if on.case.consents_to_publish:
        return yes_or_no()
    return [("false", _("no: the complainant has not agreed to it"))]


def withheld(on: Asked) -> str:
    """What speaks against publishing, so far as the case itself says it."""
    if on.case.result == Result.REFUSED:
        return _("It was not accepted.")
    return "" if on.case.consents_to_publish else _("The complainant has not agreed to it.")
