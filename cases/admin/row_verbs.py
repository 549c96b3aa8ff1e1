"""The buttons of a row of the queue, found without a query."""

from agency.core.models import User
from cases import lifecycle, reveal
from cases.admin.labels import GO_ON, VERBS, Verb, called
from cases.clocks import FOR_GOOD
from cases.lifecycle import Kind, Milestone, State
from cases.models import Case
from cases.workflow.closing import publicity_is_of
from cases.workflow.petitions import not_now

HEADS = dict.fromkeys(lifecycle.WAITING, "dispatch") | {State.SUSPENDED_RECUSAL: "decide_recusal"}
"""State → what somebody else than the handler does next."""
AT_ONCE = ("respond", "contact")
BY_TWO = ("file", "decide_case")
"""The ways on of a report that wait for its second officer."""


def fitting(case: Case, user: User, milestone: str) -> list[Verb]:
    """The buttons of a row, without a query: what stops its clock, and the way on.

    A cheaper promise than ``workflow.allowed``; the verb itself still judges. ``case`` comes
    with ``held``, ``written``, ``owes_word``, ``lacks_word``, ``lacks_document``, ``awaits_call``,
    ``stands_still``, ``has_met``, ``has_second``, ``decided``, ``is_doubted``, ``owes_outcome``
    and ``is_named``, as the queue reads it.
    """
    wanted = lifecycle.ways_to(case.kind, milestone, case.state)
    if not case.decided:  # nothing that could be told
        wanted = [verb for verb in wanted if verb != "notify"]
    if case.state == State.SETTLED and milestone == Milestone.DECISION_TOLD:
        wanted = ["recall" if case.is_doubted else "close"]  # settled, it waits for its end
    if case.decided in FOR_GOOD:
        wanted = [verb for verb in wanted if not lifecycle.admits(case.kind, verb, case.state)]
    if case.result and milestone in {Milestone.TAKEN_UP, Milestone.CLOSED}:  # opened again
        if _goes_on(case):
            return [GO_ON] if _may(case, user, "respond") else []
        wanted = [verb for verb in wanted if verb != "contact"]
    wanted = _with_what_comes_before(case, wanted)
    if case.owes_outcome and milestone == Milestone.CLOSED and _is_over(case):
        wanted = ["reply_ticket", *wanted]
    if case.lacks_document:
        wanted = signed_first(wanted)
    elif case.lacks_word:
        wanted = ["notify" if verb == "close" else verb for verb in wanted]
    elif case.awaits_call:
        wanted = [verb for verb in wanted if verb != "close"]
    if case.kind == Kind.PETITION:
        wanted = [v for v in wanted if v not in not_now(case.state, case.written)]
        wanted = ["notify", *wanted] if case.owes_word else wanted
    if not publicity_is_of(user, case):
        wanted = [verb for verb in wanted if verb != "decide_publicity"]
    able = [verb for verb in wanted if verb in VERBS and _may(case, user, verb)][:1]
    if able == ["contact"] and not _may_call(case, user):
        able = []
    head = HEADS.get(case.state)
    if head and _may(case, user, head):
        able.append(head)
    return [called(case.kind, case.state, name) for name in dict.fromkeys(able)]


def _with_what_comes_before(case: Case, ways: list[str]) -> list[str]:
    """A session before the settlement, the second officer before the filing; and what stands
    still alone goes on.
    """
    if not case.has_met:
        ways = put_before(ways, "hold_session", "settle")
    if not case.has_second:
        ways = put_before(ways, "verify", *BY_TWO)
    return ways if case.stands_still else [verb for verb in ways if verb != "resume"]


def _goes_on(case: Case) -> bool:
    """Without a query what cases/workflow/tickets.py says of what was opened again."""
    return case.state == State.DISPATCHED and case.decided in FOR_GOOD


def _is_over(case: Case) -> bool:
    """Whether what came of it is known, and nobody denies that."""
    return lifecycle.has_outcome(case.kind, case.state) and not case.is_doubted


def put_before(ways: list[str], verb: str, *led_to: str) -> list[str]:
    """The ways on with ``verb`` before the first that it leads to; unchanged where there is none."""
    at = next((n for n, way in enumerate(ways) if way in led_to), None)
    return ways if at is None else [*ways[:at], verb, *ways[at:]]


def signed_first(ways: list[str]) -> list[str]:
    """The ways on of a case whose document is still to be signed: only what is owed within
    minutes comes before it, and no end.
    """
    at_once = [verb for verb in ways if verb in AT_ONCE]
    return [*at_once, "issue_document", *(v for v in ways if v not in {*AT_ONCE, "close"})]


def _may_call(case: Case, user: User) -> bool:
    """Without a query what cases/reveal.py says: who has it in hand reads the number."""
    is_nobodys = case.handler is None or not case.handler.is_active
    return is_nobodys or case.is_named or not reveal.keeps_number(case)


def able(case: Case, user: User, *names: str) -> list[Verb]:
    """Those of the verbs that may be done now, by the cheaper promise."""
    return [VERBS[name] for name in names if _may(case, user, name)]


def _may(case: Case, user: User, verb: str) -> bool:
    handles, follows = case.handler_id == user.pk, getattr(case, "follows_up", False)
    parts = lifecycle.parts_of(user.role, case.kind, handles=handles, follows_up=follows)
    move = lifecycle.move_of(case.kind, verb, case.state, *parts)
    return bool(move and not move.waits_for(case.held))
