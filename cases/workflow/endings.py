"""What lies open when a case ends, and what was decided before: for whoever proposes, and decides."""

from django.db.models import F, Q, QuerySet

from agency.core import clock
from cases import clocks, completeness, lifecycle
from cases.calendar import day_of
from cases.lifecycle import Kind, Milestone, State
from cases.models import Case, Decision, Ticket
from cases.models.ticket import PLATFORMS
from cases.promises import LATEST_CALLS, is_doubted
from cases.workflow.approval import beside
from cases.workflow.closing import is_never_published
from cases.workflow.documents import undocumented
from cases.workflow.petitions import awaits_receipt, may_be_asked
from cases.workflow.reports import untold_reward
from cases.workflow.review import told_of


def still_open(case: Case) -> dict:
    """What lies ahead of an answered petition, told like ``_beside_the_end``; empty: nothing."""
    today = day_of(clock.now()).isoformat()
    days = {name: day for name, day in _days_to_ask(case).items() if day >= today}
    ahead = _marked(case, days)
    return {"called_back": ""} | ahead if completeness.awaits_call(case) else ahead


def is_early(case: Case) -> bool:
    """Whether its end now wants a reason: before the call back, or while a review may be asked
    for that nobody's rating of the answer has made unlikely.
    """
    ahead = still_open(case).keys()
    return "called_back" in ahead or bool(ahead) and case.state != State.EVALUATED


@beside("close")
def _beside_the_end(case: Case, _data: dict) -> dict:
    """How whoever was called back was satisfied, and what the end does not wait for: who decides
    it knows it all the same.
    """
    days = _marked(case, _days_to_ask(case))
    told = _call(case) | days | left_open(case) | {"owed": _owed_on(case)}
    lacking = [str(form) for form in undocumented(case)]
    told |= {"undocumented": lacking} if lacking else {}
    return told | ({"withheld": True} if is_never_published(case) else {})


REVIEWS = [Decision.Kind.REVIEWED, Decision.Kind.FINALLY_REVIEWED]


@beside("refuse", "terminate", "close", "object", "reply", "file", "decline_filing", "transfer", "decide_case")  # fmt: skip
def _on_record(case: Case, _data: dict) -> dict:
    """What the parties were told of before it was opened again, and what a review said: who decides
    contradicts neither unawares.
    """
    reopened = case.decisions.filter(kind=Decision.Kind.REOPENED).order_by("pk").last()
    before = told_of(case).filter(Q(kind__in=REVIEWS) | Q(pk__lt=reopened.pk if reopened else 0))
    keys = list(before.values_list("pk", flat=True))
    return {"on_record": keys} if keys else {}


HERE_UNREPLIED = Ticket.objects.filter(
    Q(replied_at=None) | Q(replied_at=F("interim_at")), returned_at=None
)
UNREPLIED = HERE_UNREPLIED.filter(channel__code__in=PLATFORMS)
"""Of a case whose outcome is known: its platform does not show the citizen what came of it."""
INTERIM = UNREPLIED.exclude(replied_at=None)
"""Of it: the platform shows what was said while the case ran."""


def owes_outcome(case: Case) -> bool:
    """Whether a platform that was told something while the case ran waits for its outcome."""
    is_known = lifecycle.has_outcome(case.kind, case.state) and not is_doubted(case)
    return is_known and INTERIM.filter(case=case).exists()


def left_open(case: Case) -> dict:
    """What end and archive do not wait for, told like ``_beside_the_end``; empty: nothing."""
    reward = untold_reward(case) if case.kind == Kind.REPORT else None
    return left_unreplied(case) | ({"untold_reward": reward.reference} if reward else {})


def left_unreplied(case: Case) -> dict:
    """The numbers of these, told like ``_beside_the_end``; empty: nothing."""
    numbers = [ticket.external_no or ticket.no for ticket in unreplied(case)]
    return {"unreplied": numbers} if numbers else {}


def unreplied(case: Case) -> QuerySet[Ticket]:
    """Its tickets whose platform still waits to hear what came of it."""
    return UNREPLIED.filter(case=case).order_by("pk")


def _call(case: Case) -> dict:
    """How the latest was rated; and the rows that tell of each citizen who was called, and why."""
    is_petition = case.kind == Kind.PETITION
    calls = case.follow_ups if is_petition else LATEST_CALLS.filter(case=case)
    all_calls = list(calls.filter(is_rating=False).order_by("pk"))
    said = all_calls[-1] if all_calls else None
    if said is None or is_petition and completeness.awaits_call(case):
        return {"called_back": ""} if is_petition else {}
    return {"called_back": said.satisfaction, "calls": [call.pk for call in all_calls]}


def _days_to_ask(case: Case) -> dict:
    """Until when which review of a petition's answer may be asked for."""
    limits = {f"{which}_until": until for which, until in may_be_asked(case)}
    return {name: day_of(until).isoformat() for name, until in limits.items() if until}


def _marked(case: Case, days: dict) -> dict:
    """With it, where they count from the day the answer went out, that they are not certain."""
    return days | {"receipt_awaited": True} if days and awaits_receipt(case) else days


def _owed_on(case: Case) -> list[str]:
    """The clocks that run on after the end, as those of a reply to the platform, by their codes."""
    on = case.deadlines.open().exclude(pk__in=clocks.unreachable(case).values("pk"))
    owed = on.exclude(rule__met_by=Milestone.CLOSED).order_by("due_at")
    return list(dict.fromkeys(owed.values_list("rule__code", flat=True)))
