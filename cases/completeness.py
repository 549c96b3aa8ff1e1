"""What a case still needs before it may be closed: acts, not data a citizen may not have given.

Source: docs/rules.md, section "What closing needs".
"""

from collections.abc import Iterable, Iterator

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core.text import listed
from cases import citizens
from cases.clocks import TRIES, is_accepted, unreachable
from cases.letters.forms import Form
from cases.lifecycle import ENDED, Kind, Milestone, State, complaint, petition, report
from cases.models import (
    Agreement,
    Callback,
    Case,
    Decision,
    Document,
    FollowUp,
    PartyNotice,
    Ticket,
)
from cases.promises import CAME_AGAIN, LATEST_CALLS, STANDING, is_denied

D = Decision.Kind

NEEDS = {
    "responded": gettext_lazy("respond to every ticket"),
    "contacted": gettext_lazy("reach the citizen, or try three times until past the limit"),
    "decided": gettext_lazy("decide whether it is accepted"),
    "told": gettext_lazy("tell the complainant of the decision"),
    "told_others": gettext_lazy("tell the other citizens on the case of the decision"),
    "told_longer": gettext_lazy("tell the petitioner that and why it takes longer"),
    "outcome": gettext_lazy("bring it to an outcome"),
    "performance": gettext_lazy("say whether the agreement was performed"),
    "denied": gettext_lazy("take it back, as the citizen denies what was settled, or prove it"),
    "document": gettext_lazy("issue the mediation document that both sign"),
    "told_both": gettext_lazy("tell both parties of the termination"),
    "follow_up": gettext_lazy("call back by somebody who did not handle it"),
    "clue": gettext_lazy("verify the clue"),
    "dispute": gettext_lazy("settle the dispute about jurisdiction"),
    "reply": gettext_lazy("reply to the petitioner"),
    "routed": gettext_lazy("bring the case it became to its end"),
    "review": gettext_lazy("write down the opinion of the review"),
    "principle": gettext_lazy("name one of the four principles"),
    "answer": gettext_lazy("answer the question"),
}
OF_KIND = {
    (Kind.PETITION, "told"): gettext_lazy("tell the petitioner of the decision"),
    (Kind.REPORT, "contacted"): gettext_lazy(
        "reach the reporter, or try three times until past the limit"
    ),
    (Kind.REPORT, "told"): gettext_lazy("tell the reporter of the decision"),
}
"""Where a need is called otherwise in one kind's life."""
OF_STATE = {
    (State.FINAL_REVIEWING, "review"): gettext_lazy("issue the opinion of the final review"),
    (State.SETTLED, "follow_up"): gettext_lazy(
        "reach the citizen by a call back of somebody who did not handle it, or try three times"
    ),
}
"""Where a need is called otherwise in one state."""
OWED = {
    Milestone.RESPONDED: "responded",
    Milestone.CONTACTED: "contacted",
    Milestone.DECISION_TOLD: "told",
    Milestone.TERMINATION_TOLD: "told_both",
    Milestone.CLUE_VERIFIED: "clue",
    Milestone.JURISDICTION_SETTLED: "dispute",
    Milestone.REVIEW_ANSWERED: "review",
}
"""Clocks that must be stopped before the end, and the need each of them stands for."""
CALLED_BACK = {State.PERFORMED, State.BREACHED, State.SETTLED}
AGREED = {State.AGREED, State.PERFORMED}


def missing(case: Case) -> list[str]:
    """Codes of NEEDS, in the order in which they are usually met; empty when complete."""
    found = set(_owed(case))
    # Its limit runs on till that is confirmed, but what was settled ends without a decision.
    found -= {"told"} if case.state == State.SETTLED else set()
    if any(waiting := _who_waits_to_hear(case)):
        found |= {"told_others"}
        found -= {"told", "told_both"} if None not in waiting else set()
    found |= set(_of_kind(case))
    return [code for code in NEEDS if code in found]


def _owed(case: Case) -> Iterator[str]:
    owed = case.deadlines.open().exclude(pk__in=unreachable(case).values("pk"))
    met_by = owed.values_list("rule__met_by", flat=True)
    return (OWED[milestone] for milestone in met_by if milestone in OWED)


def _of_kind(case: Case) -> Iterator[str]:
    match case.kind:
        case Kind.COMPLAINT:
            yield from _of_complaint(case)
        case Kind.REPORT if case.state not in report.OUTCOME | ENDED:
            yield "outcome"
        case Kind.CONSULTATION if case.state not in {State.ANSWERED} | ENDED:
            yield "answer"
        case Kind.PETITION:
            yield from _of_petition(case)


def _of_complaint(case: Case) -> Iterator[str]:
    if case.state not in complaint.OUTCOME | ENDED:
        yield _next_of_complaint(case)
    if case.state in CALLED_BACK and Case.objects.filter(AWAITS_CALL, pk=case.pk).exists():
        yield "follow_up"
    if case.state == State.SETTLED and is_denied(case):
        yield "denied"
    if case.state in SIGNED and TO_BE_SIGNED.filter(case=case).exists():
        yield "document"
    if _is_untold(case, D.ACCEPTED, D.REFUSED):
        yield "told"  # also of a reopened case, on which no clock asks for it
    if case.state == State.BREACHED and _is_untold(case, D.NOT_PERFORMED):
        yield "told"
    if case.state == State.TERMINATED and _is_one_party_untold(case):
        yield "told_both"  # a council has no clock for it


_ISSUED = Document.objects.filter(
    case=OuterRef("case"), form=Form.MEDIATION_DOCUMENT, issued_at__gte=OuterRef("made_at")
)
TO_BE_SIGNED = STANDING.filter(~Exists(_ISSUED), paper=Agreement.Paper.WRITTEN)
"""What a case stands with, where both were to sign a mediation document and none was issued."""
SIGNED = AGREED | {State.BREACHED}

TOLD_SINCE = PartyNotice.objects.counting().filter(
    case=OuterRef("case"), decision__gte=OuterRef("pk"), party=PartyNotice.Party.COMPLAINANT,
    ticket=None,
)  # fmt: skip
UNTOLD = Decision.objects.filter(kind=D.NOT_PERFORMED).exclude(Exists(TOLD_SINCE))
LACKS_WORD = Q(kind=Kind.COMPLAINT, state=State.BREACHED) & Exists(
    UNTOLD.filter(case=OuterRef("pk"))
)
"""Of a case: whoever complains was not told what is left to do, and no clock asks for that."""

LACKS_DOCUMENT = Q(kind=Kind.COMPLAINT, state__in=SIGNED) & Exists(
    TO_BE_SIGNED.filter(case=OuterRef("pk"))
)
"""Of a case: it cannot be closed before that document was issued."""


def _next_of_complaint(case: Case) -> str:
    if case.state == State.AGREED:
        return "performance"
    is_decided = case.state not in complaint.UNDECIDED or is_accepted(case)
    return "outcome" if is_decided else "decided"


def awaits_call(case: Case, needs: list[str] | None = None) -> bool:
    """Whether somebody must still call back: before the end of a complaint; of a petition that
    was answered after its end, too. ``needs``: what is ``missing``, where that was read already.
    """
    if case.kind == Kind.PETITION:
        return Callback.objects.filter(case=case, done_at=None).exists()
    return "follow_up" in (missing(case) if needs is None else needs)


_IN_VAIN = LATEST_CALLS.filter(case=OuterRef("pk"), satisfaction=FollowUp.Satisfaction.UNREACHED)
_SINCE = Ticket.objects.filter(case=OuterRef("case"), arrived_at__gt=OuterRef("at"))
_GRUDGE = Q(satisfaction=FollowUp.Satisfaction.DISSATISFIED, kept=None)
"""Nothing was said of what was promised: that is no consent."""
_HEARD = LATEST_CALLS.exclude(
    Q(satisfaction=FollowUp.Satisfaction.UNREACHED) | _GRUDGE | Exists(_SINCE)
)
IS_SILENT = Exists(_IN_VAIN[TRIES - 1 : TRIES]) & ~Exists(CAME_AGAIN.filter(case=OuterRef("pk")))
"""Of a case: called so often in vain, and it did not come again (超时默示)."""
HAS_SPOKEN = (
    IS_SILENT
    | Exists(_HEARD.filter(case=OuterRef("pk")))
    | Exists(STANDING.filter(case=OuterRef("pk")).exclude(evidence_note=""))
)
"""Of a case that was settled out there: the citizen's word, a proof, or enough silence."""

AWAITS_CALL = Q(kind=Kind.COMPLAINT, state__in=CALLED_BACK) & (
    ~Exists(LATEST_CALLS.filter(case=OuterRef("pk"))) | Q(state=State.SETTLED) & ~HAS_SPOKEN
)
"""Of a case: it cannot be closed before somebody has called back."""


def _of_petition(case: Case) -> Iterator[str]:
    if case.state == State.FINAL_REVIEWING:
        yield "review"
    elif case.state not in petition.OUTCOME | ENDED:
        yield "reply"
    if not case.principle and is_judged(case):
        yield "principle"
    if _is_untold(case, D.REFUSED, D.ROUTED, D.REPLIED):
        yield "told"
    if is_extension_untold(case):
        yield "told_longer"
    if case.state == State.ROUTED and case.offspring.open().exists():
        yield "routed"


def is_judged(case: Case) -> bool:
    """Whether one of the four principles says what became of a petition: of what was refused, or
    led to another legal way, nothing was dealt with here. 信访工作条例 §27.
    """
    ending = case.decisions.filter(kind__in=(D.REFUSED, D.ROUTED, D.REPLIED)).order_by("pk").last()
    return case.kind == Kind.PETITION and (ending is None or ending.kind == D.REPLIED)


def _is_untold(case: Case, *kinds: str) -> bool:
    """Whether whoever brought the matter does not know of the latest decision of these kinds.

    Who is told of a later one knows what came before.
    """
    latest = case.decisions.filter(kind__in=kinds).order_by("pk").last()
    if latest is None:
        return False
    return None in citizens.untold(case, latest)


TOLD_TO_ALL = (D.ACCEPTED, D.REFUSED, D.TERMINATED, D.NOT_PERFORMED, D.ROUTED, D.REPLIED)


def _who_waits_to_hear(case: Case) -> list[Ticket | None]:
    """Of the latest decision, or an agreement: who came with a ticket of their own is told, too."""
    if case.kind == Kind.COMPLAINT and case.state in AGREED:
        return citizens.unaware(case, case.agreements.latest("pk"))
    latest = case.decisions.filter(kind__in=TOLD_TO_ALL).order_by("pk").last()
    return citizens.untold(case, latest) if latest else []


def is_extension_untold(case: Case) -> bool:
    """Of more time, and why, each petitioner is told by itself: no reply makes up for it."""
    extended = case.decisions.filter(kind=D.EXTENDED).order_by("pk").last()
    return extended is not None and bool(citizens.untold_by_itself(case, extended))


def _is_one_party_untold(case: Case) -> bool:
    """Of the end of a mediation; what is withdrawn before it was accepted ends none."""
    ending = case.decisions.filter(kind__in=(D.TERMINATED, D.WITHDRAWN)).order_by("pk").last()
    return ending is not None and is_accepted(case) and bool(ending.untold)


def named(case: Case, codes: Iterable[str]) -> list[str]:
    """The needs as staff of this kind of case call them, in their order."""
    return [str(_called(case, code)) for code in NEEDS if code in set(codes)]


def _called(case: Case, code: str) -> str:
    return OF_STATE.get((case.state, code)) or OF_KIND.get((case.kind, code), NEEDS[code])


def sentence(case: Case, codes: Iterable[str]) -> str:
    """The needs as one sentence for people."""
    needs = named(case, codes)
    return _("Before closing: %(needs)s.") % {"needs": listed(needs)}
