"""What an outlet or a firm says it settled: by whose word that is confirmed, and by whose denied.

Source: docs/rules.md, section "Green channel".
"""

from django.db.models import F, QuerySet

from cases.models import Agreement, Case, CaseDeadline, Decision, Referral, Result

SETTLED = "settled"
"""Why a clock of the receipt was cancelled by their word."""


def settled_there(case: Case) -> Agreement | None:
    """What was settled out there last and nobody has confirmed; None once a proof or the citizen's
    word has, and once the case was opened again. At the counter the citizen stood there.
    """
    agreement = case.agreements.order_by("pk").last()
    if agreement is None or agreement.performed_at or _said(case, agreement):
        return None
    there = case.referrals.filter(outcome=Referral.Outcome.SETTLED, ended_at=agreement.made_at)
    since = case.decisions.filter(kind=Decision.Kind.REOPENED, at__gte=agreement.made_at)
    return agreement if there.exclude(by__unit=F("unit")).exists() and not since.exists() else None


def _said(case: Case, agreement: Agreement) -> bool | None:
    """The citizen's last word on whether it was kept; None: silence."""
    calls = case.follow_ups.filter(at__gte=agreement.made_at, kept__isnull=False).order_by("pk")
    return calls.values_list("kept", flat=True).last()


def is_denied(case: Case) -> bool:
    """Whether the citizen said last that nothing came of what was settled out there."""
    agreement = settled_there(case)
    return agreement is not None and _said(case, agreement) is False


def promised(case: Case) -> Agreement | None:
    """Of this what a firm settled with its own customer: recovered once that is confirmed. None
    where it was not the first outcome, which stays.
    """
    if case.result != Result.SETTLED or case.recovered_amount is not None:
        return None
    agreement = settled_there(case)
    return agreement if agreement and agreement.made_at == case.ended_at else None


def owed_till_then(case: Case) -> QuerySet[CaseDeadline]:
    """What the law counted from the receipt until somebody's word ended it that nobody has
    confirmed.
    """
    agreement = settled_there(case)
    if agreement is None:
        return case.deadlines.none()
    return case.deadlines.filter(cancel_reason=SETTLED, cancelled_at=agreement.made_at)
