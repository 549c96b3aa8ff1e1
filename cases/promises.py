"""What an outlet or a firm says it settled: by whose word that is confirmed, and by whose denied.

Source: docs/rules.md, section "Green channel".
"""

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from cases.lifecycle import State
from cases.models import (
    Agreement,
    Case,
    CaseDeadline,
    Decision,
    FollowUp,
    Referral,
    Result,
    Ticket,
)

SETTLED = "settled"
"""Why a clock of the receipt was cancelled: what was settled there was confirmed, or closed with."""

_LATER = Agreement.objects.filter(case=OuterRef("case"), pk__gt=OuterRef("pk"))
LATEST = Agreement.objects.exclude(Exists(_LATER))
"""What was agreed last of each case."""
LATEST_CALLS = FollowUp.objects.exclude(
    Exists(Agreement.objects.filter(case=OuterRef("case"), made_at__gt=OuterRef("at")))
)
"""Since the parties agreed last: what was said of an earlier end says nothing of this one."""
CAME_AGAIN = LATEST.filter(
    Exists(Ticket.objects.filter(case=OuterRef("case"), arrived_at__gt=OuterRef("made_at")))
)
"""After what was agreed last its platform sent the matter once more: nobody is silent of it."""

_WORDS = LATEST_CALLS.filter(kept__isnull=False)
_LATER_WORD = FollowUp.objects.filter(
    case=OuterRef("case"), kept__isnull=False, pk__gt=OuterRef("pk")
)
_DENIALS = _WORDS.filter(kept=False).exclude(Exists(_LATER_WORD))
_NEXT = Agreement.objects.filter(
    case=OuterRef("case"), made_at__lte=OuterRef("at"), made_at__gt=OuterRef(OuterRef("made_at"))
)
LAST_WORD = Subquery(
    FollowUp.objects.filter(case=OuterRef("case"), kept__isnull=False, at__gte=OuterRef("made_at"))
    .exclude(Exists(_NEXT))
    .order_by("-pk")
    .values("kept")[:1]
)
"""Of an agreement: what the citizen said of it last, before the next one was made."""
_OF_IT = {"case": OuterRef("pk")}
_REOPENED = Decision.objects.filter(
    case=OuterRef("case"), kind=Decision.Kind.REOPENED, at__gte=OuterRef("at")
)
IS_DENIED = Exists(LATEST.filter(**_OF_IT, evidence_note="")) & Exists(
    _DENIALS.filter(**_OF_IT).exclude(Exists(_REOPENED))
)
"""Of a case: the citizen said last that nothing came of what was settled out there."""
IS_DOUBTED = (
    Q(state=State.SETTLED)
    & Exists(LATEST.filter(**_OF_IT, evidence_note=""))
    & (
        Exists(_DENIALS.filter(**_OF_IT))
        | Exists(CAME_AGAIN.filter(**_OF_IT)) & ~Exists(_WORDS.filter(**_OF_IT))
    )
)
"""Of a case: the citizen denied last what was settled out there, or it came again and nobody knows
what they say of it. Then it may be taken back.
"""


def settled_there(case: Case) -> Agreement | None:
    """What was settled out there last and nothing proves; None once the case was opened again, too.
    At the counter the citizen stood there.
    """
    agreement = case.agreements.order_by("pk").last()
    if agreement is None or agreement.evidence_note:
        return None
    there = case.referrals.filter(outcome=Referral.Outcome.SETTLED, ended_at=agreement.made_at)
    since = case.decisions.filter(kind=Decision.Kind.REOPENED, at__gte=agreement.made_at)
    return agreement if there.exclude(by__unit=F("unit")).exists() and not since.exists() else None


def _said(case: Case, agreement: Agreement) -> bool | None:
    """The citizen's last word on whether it was kept; None: silence."""
    calls = case.follow_ups.filter(at__gte=agreement.made_at, kept__isnull=False).order_by("pk")
    return calls.values_list("kept", flat=True).last()


def unconfirmed(case: Case) -> Agreement | None:
    """Of this what the citizen did not confirm either."""
    agreement = settled_there(case)
    return None if agreement is None or _said(case, agreement) else agreement


def asked_of(case: Case) -> Agreement | None:
    """What a call may say yes or no of: until the end of the case whatever was said before."""
    return settled_there(case) if case.state == State.SETTLED else unconfirmed(case)


def is_denied(case: Case) -> bool:
    """See ``IS_DENIED``."""
    return Case.objects.filter(IS_DENIED, pk=case.pk).exists()


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


def owed_till_then(case: Case) -> QuerySet[CaseDeadline]:
    """What the law counted from the receipt until the case was closed with what was settled out
    there, and nobody has confirmed.
    """
    agreement = unconfirmed(case)
    if agreement is None:
        return case.deadlines.none()
    return case.deadlines.filter(cancel_reason=SETTLED, cancelled_at__gte=agreement.made_at)
