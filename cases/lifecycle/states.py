"""The kinds of cases and the states of their lives."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    COMPLAINT = "complaint", _("complaint")
    REPORT = "report", _("report")
    CONSULTATION = "consultation", _("consultation")
    PETITION = "petition", _("petition")


class State(models.TextChoices):
    # of every kind
    REGISTERED = "registered", _("registered")
    DISPATCHED = "dispatched", _("dispatched")
    RETURNED = "returned", _("returned")
    REOPENED = "reopened", _("reopened")
    MERGED = "merged", _("merged")
    CLOSED = "closed", _("closed")
    ARCHIVED = "archived", _("archived")
    # complaints; two of them mean something else in a petition's life
    REVIEWING = "reviewing", _("under review for acceptance")
    AWAITING_IDENTITY = "awaiting_identity", _("identity asked for")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("not accepted")
    ODR_NEGOTIATING = "odr_negotiating", _("prior settlement")
    SETTLED = "settled", _("settled beforehand")
    MEDIATING = "mediating", _("in mediation")
    ENTRUSTED = "entrusted", _("entrusted mediation")
    SUSPENDED_RECUSAL = "suspended_recusal", _("suspended for recusal")
    APPRAISING = "appraising", _("in appraisal")
    AGREED = "agreed", _("agreed")
    PERFORMED = "performed", _("performed")
    BREACHED = "breached", _("not performed")
    TERMINATED = "terminated", _("mediation terminated")
    CONSULTATION_CLOSED = "consultation_closed", _("closed as a consultation")
    # reports
    DUPLICATE = "duplicate", _("duplicate")
    NO_JURISDICTION = "no_jurisdiction", _("no jurisdiction")
    VERIFYING = "verifying", _("in verification")
    EXTENDED = "extended", _("extended")
    TESTING = "testing", _("in testing")
    FILED = "filed", _("filed")
    NOT_FILED = "not_filed", _("not filed")
    TRANSFERRED = "transferred", _("transferred")
    DECIDED = "decided", _("decided")
    # consultations
    ANSWERED = "answered", _("answered")
    FORWARDED = "forwarded", _("forwarded")
    CONVERTED = "converted", _("converted")
    # petitions
    OBJECTED = "objected", _("objected to")
    ROUTED = "routed", _("routed to its legal way")
    NOT_ACCEPTED = "not_accepted", _("petition not accepted")
    HANDLING = "handling", _("in hand")
    HEARING = "hearing", _("hearing")
    MEDIATED = "mediated", _("reconciled")
    REPLIED = "replied", _("petition answered")
    EVALUATED = "evaluated", _("rated")
    FINAL_REVIEWING = "final_reviewing", _("in final review")


ENDED = frozenset({
    State.CLOSED, State.ARCHIVED, State.MERGED, State.CONSULTATION_CLOSED, State.DUPLICATE,
    State.CONVERTED,
})  # fmt: skip
"""Nothing is owed here any more. All but MERGED carry the moment ``closed_at``."""

CLOSED_STATES = ENDED - {State.MERGED}
OPEN = frozenset(State) - ENDED
WAITING = frozenset({State.REGISTERED, State.RETURNED, State.REOPENED})
"""In nobody's hands: dispatching is next."""

LABELS_OF_KIND = {
    (Kind.PETITION, State.REPLIED): _("answered"),
    (Kind.PETITION, State.REVIEWING): _("in review"),
    (Kind.PETITION, State.TERMINATED): _("finally terminated"),
    (Kind.REPORT, State.EXTENDED): _("verification extended"),
}
"""Where a state means something of its own in one kind's life."""


def label(kind: str, state: str) -> str:
    """The state's name as staff of this kind of case say it."""
    return str(LABELS_OF_KIND.get((Kind(kind), State(state)), State(state).label))
