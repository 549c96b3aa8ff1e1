"""What an outlet or a firm says it settled: by whose word that is confirmed, and by whose denied.

Source: docs/rules.md, section "Green channel".
"""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from agency.core.models import Unit
from cases import lifecycle
from cases.grounds import UPHELD
from cases.lifecycle import State
from cases.models import (
    Agreement,
    Case,
    CaseDeadline,
    CaseEvent,
    FollowUp,
    Referral,
    Result,
    Ticket,
)
from cases.models.referral import TAKEN_BACK

SETTLED = "settled"
"""Why a clock of the receipt was cancelled: what was settled there was confirmed, or closed with."""

STANDING = Agreement.objects.filter(set_aside_at=None)
"""What each case stands with now: one at most."""
LATEST_CALLS = FollowUp.objects.exclude(
    Exists(Agreement.objects.filter(case=OuterRef("case"), made_at__gt=OuterRef("at")))
)
"""Since the parties agreed last: what was said of an earlier end says nothing of this one."""
_SINCE = Ticket.objects.filter(case=OuterRef("case"), arrived_at__gt=OuterRef("made_at"))
CAME_AGAIN = STANDING.filter(Exists(_SINCE))
"""After that was agreed its platform sent the matter once more: nobody is silent of it."""

DENIED = STANDING.filter(kept=False, evidence_note="")
_UNPROVED = {"case": OuterRef("pk"), "evidence_note": ""}
IS_DENIED = Exists(DENIED.filter(case=OuterRef("pk")))
"""Of a case: the citizen said last that nothing came of what was settled out there."""
IS_DOUBTED = Q(state=State.SETTLED) & (
    IS_DENIED | Exists(CAME_AGAIN.filter(**_UNPROVED, kept=None))
)
"""Of a case: the citizen denied last what was settled out there, or it came again and nobody knows
what they say of it. Then it may be taken back.
"""


def settled_there(case: Case) -> Agreement | None:
    """What was settled out there, stands and is not proved. At the counter the citizen stood there."""
    agreement = case.agreements.filter(set_aside_at=None, evidence_note="").first()
    return agreement if agreement and _is_their_word(agreement) else None


def _is_their_word(agreement: Agreement) -> bool:
    return _where(agreement).exclude(by__unit=F("unit")).exists()


def _where(agreement: Agreement) -> QuerySet[Referral]:
    """To whom it was referred, where it was made out there; at a counter, too."""
    there = Referral.objects.filter(case=agreement.case_id, outcome=Referral.Outcome.SETTLED)
    return there.filter(ended_at=agreement.made_at)


def is_of_firm(agreement: Agreement) -> bool:
    """The firm is the respondent itself: its own word alone recovers nothing."""
    return _where(agreement).filter(unit__kind=Unit.Kind.ODR).exists()


def is_done_there(agreement: Agreement) -> bool:
    """The citizen stood at the counter where it was made."""
    return _where(agreement).filter(by__unit=F("unit")).exists()


def unconfirmed(case: Case) -> Agreement | None:
    """Of this what the citizen did not confirm either."""
    agreement = settled_there(case)
    return None if agreement is None or agreement.kept else agreement


def asked_of(case: Case) -> Agreement | None:
    """What a call may say yes or no of: until the end of the case whatever was said before."""
    return settled_there(case) if case.state == State.SETTLED else unconfirmed(case)


def is_denied(case: Case) -> bool:
    """See ``IS_DENIED``."""
    return Case.objects.filter(IS_DENIED, pk=case.pk).exists()


OVERTAKEN = (
    Q(kind=CaseEvent.Kind.REOPENED)
    | Q(kind=CaseEvent.Kind.CAME_HOME, data__outcome__in=TAKEN_BACK)
    | Q(kind=CaseEvent.Kind.TICKET_RECEIVED)
    | Q(kind=CaseEvent.Kind.REVIEW_ANSWERED) & ~Q(data__opinion=UPHELD)
)
"""Of an event: what was answered till then stands no more. Who writes again has had that answer."""
DENIES = Q(kind=CaseEvent.Kind.FOLLOWED_UP, data__kept=False)


def standing_answer(case: Case) -> str:
    """What every platform is told; empty where it was overtaken since it was agreed."""
    if not case.agreed_answer:
        return ""
    overtaken = OVERTAKEN | DENIES if is_denied(case) else OVERTAKEN
    if lifecycle.has_outcome(case.kind, case.state):  # what was told while it ran is none
        interim = case.tickets.filter(interim_text=case.agreed_answer).values("interim_at")
        overtaken |= Q(kind=CaseEvent.Kind.REPLIED, at__in=interim)
    agreed = CaseEvent.Kind.ANSWER_AGREED
    last = case.events.filter(Q(kind=agreed) | overtaken).order_by("pk").last()
    return case.agreed_answer if last is None or last.kind == agreed else ""


def is_doubted(case: Case) -> bool:
    """See ``IS_DOUBTED``."""
    return Case.objects.filter(IS_DOUBTED, pk=case.pk).exists()


def promised(case: Case) -> Agreement | None:
    """Of this what a firm settled with its own customer: recovered once that is confirmed. None
    where it was not the first outcome, which stays.
    """
    if case.result != Result.SETTLED or case.recovered_amount is not None:
        return None
    agreement = settled_there(case)
    return agreement if agreement and agreement.made_at == case.ended_at else None


def outcome_of(case: Case) -> Agreement | None:
    """The agreement that is the case's result, whether it still stands or not."""
    return case.agreements.filter(made_at=case.ended_at).first()


def is_unsure(agreement: Agreement) -> bool:
    """Neither a proof nor the citizen's word confirms what was settled out there."""
    return not (agreement.kept or agreement.evidence_note) and _is_their_word(agreement)


def owed_till_then(case: Case) -> QuerySet[CaseDeadline]:
    """What the law counted from the receipt until the case was closed with what was settled out
    there, and nobody has confirmed.
    """
    agreement = unconfirmed(case)
    if agreement is None:
        return case.deadlines.none()
    return case.deadlines.filter(cancel_reason=SETTLED, cancelled_at__gte=agreement.made_at)


def set_aside(case: Case, at: datetime) -> None:
    """What the case stood with stands no longer: taken back, opened again, or agreed anew."""
    case.agreements.filter(set_aside_at=None).update(set_aside_at=at)
