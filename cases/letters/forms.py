"""Which forms there are, and which decision offers which. Source: the ten forms to SAMR Order 121 (2026-04)."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.lifecycle import Kind, State
from cases.models.decision import PartyNotice
from cases.models.event import CaseEvent

E, Party = CaseEvent.Kind, PartyNotice.Party


class Form(models.TextChoices):
    """A document the agency issues, by its public name."""

    REGISTRATION = "registration", _("complaint registration")
    REPORT_REGISTRATION = "report_registration", _("report registration")
    TRANSFER = "transfer", _("transfer notice")
    IDENTITY_REQUEST = "identity_request", _("identity request")
    ACCEPTANCE = "acceptance", _("acceptance decision")
    REFUSAL = "refusal", _("refusal decision")
    MEDIATION_NOTICE = "mediation_notice", _("mediation notice")
    TERMINATION = "termination", _("termination decision")
    MEDIATION_DOCUMENT = "mediation_document", _("mediation document")
    REPORT_RESULT = "report_result", _("report result notice")


@dataclass(frozen=True)
class Offer:
    """When a form may be issued.

    ``after``: one of these has happened; empty, at any time. ``needs``: one of these before it.
    ``only_in``: as long as the case is in this state; None, in any.
    ``parties``: whom it may be addressed to; empty, it is for the file or the unit.
    ``word`` stands in its number; empty, it bears the case's own. ``asks``: the fields
    that must be said. ``in_copies``: one decision, of which each party gets a copy with one number.
    ``is_downwards``: a unit sends it to one below; none where the case stays at the top.
    ``is_private``: it holds a citizen's data, as only its handler sees them.
    """

    kinds: frozenset[Kind]
    after: frozenset[E] = frozenset()
    needs: frozenset[E] = frozenset()
    parties: tuple[Party, ...] = ()
    word: str = ""
    asks: tuple[str, ...] = ()
    in_copies: bool = False
    is_downwards: bool = False
    is_private: bool = False
    only_in: State | None = None


COMPLAINT, REPORT = frozenset({Kind.COMPLAINT}), frozenset({Kind.REPORT})
ONE, BOTH = (Party.COMPLAINANT,), (Party.COMPLAINANT, Party.RESPONDENT)
MEETING = ("meeting_at", "place")


def after(*events: E) -> frozenset[E]:
    return frozenset(events)


OFFERS: dict[Form, Offer] = {
    Form.REGISTRATION: Offer(COMPLAINT, is_private=True),
    Form.REPORT_REGISTRATION: Offer(REPORT),
    Form.TRANSFER: Offer(COMPLAINT | REPORT, after(E.DISPATCHED), word="转", is_downwards=True),
    Form.IDENTITY_REQUEST: Offer(COMPLAINT, after(E.IDENTITY_REQUESTED), parties=ONE, word="补", only_in=State.AWAITING_IDENTITY),
    Form.ACCEPTANCE: Offer(COMPLAINT, after(E.ACCEPTED), parties=ONE, word="受"),
    Form.REFUSAL: Offer(COMPLAINT, after(E.REFUSED), parties=ONE, word="不受"),
    Form.MEDIATION_NOTICE: Offer(COMPLAINT, after(E.MEDIATION_STARTED, E.ENTRUSTED), parties=BOTH, word="调通", asks=MEETING),
    Form.TERMINATION: Offer(COMPLAINT, after(E.TERMINATED, E.WITHDRAWN), after(E.ACCEPTED), BOTH, word="终", in_copies=True),
    Form.MEDIATION_DOCUMENT: Offer(COMPLAINT, after(E.SETTLED), after(E.MEDIATION_STARTED, E.ENTRUSTED), BOTH, word="调", in_copies=True),
    Form.REPORT_RESULT: Offer(REPORT, after(E.FILED, E.NOT_FILED, E.TRANSFERRED, E.CASE_DECIDED), parties=ONE, word="举告"),
}  # fmt: skip
