"""The case page: the whole story on one screen, and the verbs that are allowed now."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from agency.core import clock
from agency.core.deadlines import work_calendar_of
from agency.core.errors import NotThere
from agency.core.roles import Role
from agency.core.text import listed, mask_address
from cases import citizens, completeness, following, lifecycle, reveal
from cases.admin import (
    again,
    clocks,
    out_there,
    papers,
    row_verbs,
    sheets,
    story,
    timeline,
    verbs,
    words,
)
from cases.admin.clocks import Countdown
from cases.admin.demands import DONE_BEFORE
from cases.admin.labels import label_of
from cases.admin.spoken import SPEAKS
from cases.clocks import is_accepted, is_decided
from cases.lifecycle import Kind, Milestone, State
from cases.lifecycle.complaint import BEFORE_REVIEW, UNDER_WAY
from cases.lifecycle.petition import IN_HAND
from cases.models import (
    Callback,
    Case,
    CaseDeadline,
    Consumer,
    Decision,
    MediationSession,
    PartyNotice,
    Proposal,
    Ticket,
)
from cases.models.ticket import TOLD
from cases.promises import SETTLED, is_denied, is_doubted, standing_answer
from cases.workflow import reports
from cases.workflow.allowed import Sight
from cases.workflow.approval import who_may_decide
from cases.workflow.closing import callers, may_be_archived
from cases.workflow.endings import left_unreplied, owes_outcome
from cases.workflow.hands import three_of
from cases.workflow.petitions import (
    OBJECT,
    awaits_receipt,
    is_answered,
    not_now,
    rights_of,
    unwritten_records,
)
from cases.workflow.tickets import is_gone_on_with

MOST_COUNTED = 99
FOLD_AT = 120
"""Characters after which a text is folded."""


@dataclass(frozen=True)
class ClockLine:
    name: str
    countdown: Countdown
    ticket: str


def find(user, **which) -> Case:
    """The case within ``user``'s scope, with what the page shows of it; else 404."""
    cases = Case.objects.visible_to(user).select_related(
        "unit", "channel", "handler", "merchant", "consumer", "reporter", "category", "problem",
        "merged_into", "petition_sheet", "report_sheet",
    )  # fmt: skip
    case = cases.filter(**which).first()
    if case is None:
        raise Http404
    return case.know_others()


def view(request, case: Case, site: dict):
    """The page; only its body where htmx asks for it again."""
    template = "cases/_case.html" if request.htmx else "cases/case.html"
    return render(request, template, {**site, **context(case, request.user)})


def news(request, pk: int) -> HttpResponse:
    """204 while nothing has happened since event ``v``; else a line that says so."""
    case = Case.objects.visible_to(request.user).filter(pk=pk).first()
    if case is None:
        raise Http404
    if request.GET.get("v") == str(newest(case)):
        return HttpResponse(status=204)
    return render(request, "cases/_news.html", {"case": case})


def follow(request, no: str) -> HttpResponse:
    """POST: on the watch list, or off it again; the button as it is then."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        follows = following.turn(no, by=request.user)
    except NotThere:
        raise Http404 from None
    case = {"no": no}
    return render(request, "cases/_follow.html", {"case": case, "follows": follows})


def newest(case: Case) -> int:
    """The case's latest event: another number, another page."""
    return case.events.order_by("-pk").values_list("pk", flat=True).first() or 0


def context(case: Case, user) -> dict:
    at, latest, pending = clock.now(), newest(case), case.pending
    sight = Sight(case, user)
    tickets = list(case.tickets.select_related("channel", "consumer").order_by("pk"))
    answer = standing_answer(case)
    return {
        "title": case.no, "case": case, "newest": latest, "at": clocks.milliseconds(at), "is_folded": FOLD_AT,
        "subject": case.shown(case.title), "narrative": case.shown(case.narrative),
        "demand": case.shown(case.demand), "conclusion": case.shown(case.conclusion),
        "answer": case.shown(answer, ours=True),
        **verb_buttons(sight), "money": words.money(case.amount), "state": _state(case),
        "facts": story.facts(case, user, at),
        "proposed": words.proposed(case, pending) if pending else [],
        "proposed_verb": verbs.VERBS[pending.verb].label if pending else "",
        "decides": _who_decides(pending) if pending else "",
        "clocks": clock_lines(case, at), "tickets": [_ticket(t, case, at, answer=answer) for t in tickets],
        "respondent_label": words.party(case, PartyNotice.Party.RESPONDENT),
        "person_label": words.party(case, PartyNotice.Party.COMPLAINANT),
        "person": None if case.kind == Kind.REPORT else _masked(case.consumer),
        "reveals": (reveals := reveal.may_reveal(sight)),
        "reveals_of_tickets": reveals or _reveals_of(tickets, sight),
        "merchant": case.merchant, "others": others(case, user),
        "merchant_address": mask_address(case.merchant_address),
        "assignment": (held := _assignment(case)), "dispatcher": held and held.dispatcher,
        "three": _three(case), "missing": completeness.named(case, sight.missing), "unwritten": _unwritten(case), "waits": waits(sight),
        "timeline": timeline.lines(case, user, at), "arrived": clocks.short(case.arrived_at, at),
        "pending": pending, **papers.context(case, user, at), "topics": case.topics.all(),
        "sheet": list(sheets.lines(case)), "follows": following.is_followed(case, user),
    }  # fmt: skip


def _state(case: Case) -> str:
    """A review that has its answer is under way no more."""
    is_review = case.kind == Kind.PETITION and case.state == State.REVIEWING
    if is_review and is_answered(case, Decision.Kind.REVIEWED):
        return _("review has its answer")
    return case.get_state_display()


def _who_decides(proposal: Proposal) -> str:
    named = _("%(name)s (%(role)s)")
    people = who_may_decide(proposal, most=MOST_CALLERS)
    return listed(named % {"name": who.name, "role": who.get_role_display()} for who in people)


def waits(sight: Sight) -> list[str]:
    """Whom the case waits for, where that is nobody who has it in hand."""
    case = sight.case
    is_mediated = case.kind == Kind.COMPLAINT and case.state in UNDER_WAY
    said = [apart] if is_mediated and (apart := citizens.apart_first(case)) else []
    if case.state == State.ODR_NEGOTIATING:
        said.append(out_there.waits_at(case, sight.at))
    elif case.state in BEFORE_REVIEW and (back := case.referrals.unsettled().last()):
        said.append(out_there.came_home_from(back, sight.at))
    if not case.closed_at and (why := again.reason(case, sight.at)):
        said.append(why)
    if case.state == State.REOPENED:
        said.append(_("Reopened: waits for the dispatcher to send it out."))
    if case.closed_at and is_denied(case):
        said.append(
            _(
                "The citizen denies what it was closed with: waits for a supervisor to open it again."
            )
        )
    if case.state == State.CLOSED and may_be_archived(case):
        said.append(_("Waits to be archived by: %(roles)s.") % {"roles": _archivers(case)})
    if case.closed_at and (left := left_unreplied(case)):
        numbers = listed(left["unreplied"])
        said.append(
            _("The platform was not told what came of it: %(tickets)s.") % {"tickets": numbers}
        )
    if case.kind == Kind.REPORT and (reward := reports.untold_reward(case)):
        said.append(_reward_untold(case, reward))
    if case.kind == Kind.PETITION and case.state != State.ARCHIVED and awaits_receipt(case):
        said.append(
            _(
                "The answer went out in writing: the time to ask for a review counts from the day it was received. Tell that day as soon as it is known."
            )
        )
    if sight.waits_for_ruling:
        said.append(_("Returned twice: waits for the leader to rule where it goes."))
    if sight.awaits_call:
        said += _calls(case, sight.user)
    return said


def _reward_untold(case: Case, reward: Decision) -> str:
    """Who tells it: whoever handled it, or, where they have left, whoever may."""
    handler = case.handler if case.handler and case.handler.is_active else None
    who = handler.name if handler else listed([Role.ENFORCER.label, Role.CHIEF.label])
    said = _(
        "A reward of %(amount)s was granted: %(who)s tells the reporter of it (“Tell a party”)."
    )
    return said % {"amount": reward.reference, "who": who}


def _archivers(case: Case) -> str:
    able = {role for move in lifecycle.moves_of(case.kind, "archive") for role in move.roles}
    return listed(str(role.label) for role in Role if role in able)


def _calls(case: Case, user) -> Iterator[str]:
    able, named = callers(case), Callback.objects.filter(case=case, officer__is_active=True)
    if case.kind == Kind.PETITION and named.exists():
        able = able.filter(pk__in=named.values("officer"))
    may = user.role in lifecycle.roles_of("follow_up")
    if may and case.assignments.of(user).exists():
        yield _("You were named in this case: somebody else calls back.")
    names = listed(person.name for person in able[:MOST_CALLERS])
    yield (
        _("Waits to be called back by: %(names)s.") % {"names": names}
        if names
        else _("Waits to be called back: whoever could was named in this case.")
    )


MOST_CALLERS = 5
MOST_BUTTONS = 3
"""As many verbs stand in the head of the page; the others are in a list."""


def verb_buttons(sight: Sight) -> dict:
    """``next``: the one that is the next step, if any of them is."""
    steps = _steps(sight)
    found = buttons(sight, steps)
    is_next = bool(found) and _leads_on(sight, found[0], steps)
    return {
        "buttons": found[:MOST_BUTTONS], "more": found[MOST_BUTTONS:],
        "next": found[0] if is_next else None,
    }  # fmt: skip


WAITED_FOR = ("resume", "record_identity", "decide_recusal", "settle_objection")
"""What a state itself waits for, while no clock does."""

ASIDE = frozenset({
    "disapprove", "return", "return_to_platform", "convert", "split", "refuse", "terminate", "withdraw", "transfer",
    "decline_filing", "mark_duplicate", "refuse_jurisdiction", "object", "route", "entrust",
    "request_recusal", "pause", "pause_clue", "record_non_performance", "reopen", "request_identity",
    "request_review", "request_final_review", "grant_reward", "refer", "recall",
})  # fmt: skip
"""What leads off the way that a case usually goes."""


def buttons(sight: Sight, steps: list[str]) -> list[verbs.Verb]:
    """What is allowed now: first a decision, then what meets the clocks, the soonest first, then
    what leads on, and last what may be done at any time, or would be refused as an end now.
    """
    case, able = sight.case, set(sight.verbs)
    if able & SPEAKS and not reveal.may_call(sight):
        able -= SPEAKS

    def place(verb: verbs.Verb) -> tuple[int, bool, bool]:
        rank = steps.index(verb.name) if verb.name in steps else len(steps)
        leads = _moves(sight, verb) and (verb.name != "close" or verb.name in steps)
        return rank, not leads, _is_aside(sight, verb)

    known = (verbs.verb_of(case, name) for name in verbs.VERBS if name in able)
    return sorted(known, key=place)


def _leads_on(sight: Sight, verb: verbs.Verb, steps: list[str]) -> bool:
    """Whether it is the next step: not one aside, nor an end that would be refused."""
    leads = verb.name in steps or verb.name != "close" and _moves(sight, verb)
    return leads and not _is_aside(sight, verb)


def _is_aside(sight: Sight, verb: verbs.Verb) -> bool:
    """What was settled out there and is denied has no other way on than home; what is in somebody's
    hands is not sent out once more.
    """
    if verb.name == "dispatch":
        return sight.case.state not in lifecycle.WAITING and not sight.waits_for_ruling
    if verb.name == "recall" and sight.case.state == State.SETTLED:
        return not is_doubted(sight.case)
    return verb.name in ASIDE


def _moves(sight: Sight, verb: verbs.Verb) -> bool:
    """Whether the case leaves its state: home it comes to the one that it had before."""
    case = sight.case
    move = lifecycle.move_of(case.kind, verb.name, case.state, *sight.parts)
    return bool(move and (move.to or verb.name == "recall"))


def _steps(sight: Sight) -> list[str]:
    missing = set(sight.missing) - {"principle"}
    end = ["follow_up"] if sight.awaits_call else ["close"] * (not missing)
    ways = _ways(sight.case)
    if "document" in missing:
        ways = row_verbs.signed_first(ways)
    if sight.case.state == State.BREACHED and "told" in missing:  # no clock asks for it
        ways.append("notify")
    ways = [verb for verb in ways if verb != "close"]  # an end that would be refused leads nowhere
    return list(dict.fromkeys(("approve", "disapprove", *ways, *WAITED_FOR, *end)))


def _ways(case: Case) -> list[str]:
    """What meets the running clocks, the soonest first; telling only of what was decided,
    settling only what the parties have met about, and deciding a report only by two.
    """
    soonest = case.deadlines.running().order_by("due_at")
    running = list(soonest.values_list("rule__met_by", flat=True))
    ways = [verb for met_by in running for verb in lifecycle.ways_to(case.kind, met_by, case.state)]
    if (
        "reply_ticket" in ways and case.state in lifecycle.WAITING
    ):  # whose it is, before what is told at its end
        ways.insert(ways.index("reply_ticket"), "dispatch")
    if case.result and Milestone.CONTACTED not in running:  # opened again, and nobody waits
        ways = [verb for verb in ways if verb != "contact"]
    if is_accepted(case):
        ways = [verb for verb in ways if not lifecycle.admits(case.kind, verb, case.state)]
    if owes_outcome(case):
        ways.append("reply_ticket")
    if is_gone_on_with(case):
        ways.insert(0, "respond")
    if not is_decided(case):
        ways = [verb for verb in ways if verb != "notify"]
    if case.state == State.SETTLED and not is_doubted(case):  # it waits for its end
        ways = [verb for verb in ways if verb != "recall"]
    if case.kind == Kind.PETITION:
        written = case.petition_records.values_list("kind", flat=True)
        aside = not_now(case.state, set(written))
        ways = [verb for verb in ways if verb not in aside]
        if completeness.is_extension_untold(case):
            ways.insert(0, "notify")
    if "settle" in ways and not MediationSession.objects.filter(mediation__case=case).exists():
        ways = row_verbs.put_before(ways, "hold_session", "settle")
    if "accept" in ways and DONE_BEFORE["accept"](case):
        ways.insert(ways.index("accept"), "supplement")
    if case.kind == Kind.REPORT and reports.colleague_of(case) is None:
        ways = row_verbs.put_before(ways, "verify", *row_verbs.BY_TWO)
    return ways


ENDED_THERE = Q(rule__met_by=Milestone.DECISION_TOLD, cancel_reason=SETTLED)
"""Of a clock: what was settled out there leaves no decision to tell."""


def clock_lines(case: Case, at: datetime) -> list[ClockLine]:
    """Every clock that was not cancelled: what still runs first, then whose right it is to act
    until when, then what was met, or was owed until it was settled out there.

    Of a clock that was met in time again and again, as by one return after another, the last.
    """
    found = (
        case.deadlines.filter(Q(cancelled_at=None) | ENDED_THERE)
        .select_related("rule", "ticket__channel", "ticket__consumer")
        .prefetch_related(*clocks.READ_WITH)
    )
    rows = sorted(found, key=lambda d: (_is_over(d), d.due_at))
    last = {(d.rule_id, d.ticket_id): d for d in rows if _is_done(d)}
    rows = [d for d in rows if not _is_done(d) or last[d.rule_id, d.ticket_id] is d]
    calendar = work_calendar_of(row.rule for row in rows)
    lines = [
        ClockLine(
            _name(row),
            clocks.of_deadline(row, at, calendar),
            row.ticket.label if row.ticket else "",
        )
        for row in rows
    ]
    owed = sum(not _is_over(row) for row in rows)
    return [*lines[:owed], *_right_lines(case, at), *lines[owed:]]


def _right_lines(case: Case, at: datetime) -> Iterator[ClockLine]:
    """What no clock keeps: until when somebody may object, or ask for a review."""
    for right in rights_of(case):
        is_open = right.rule.code != OBJECT and awaits_receipt(case)
        countdown = clocks.of_right(right, at, awaits_receipt=is_open)
        yield ClockLine(str(clocks.RIGHTS[right.rule.code]), countdown, "")


def _is_over(deadline: CaseDeadline) -> bool:
    return bool(deadline.met_at or deadline.cancelled_at)


def _is_done(deadline: CaseDeadline) -> bool:
    return deadline.met_at is not None and deadline.noticed_at is None


def _name(deadline: CaseDeadline) -> str:
    """The verb, of the minutes of 1030; the clock's own name, of the law's days."""
    verb = verbs.VERBS.get(deadline.rule.met_by) if deadline.rule.unit == "minute" else None
    return str(verb.label) if verb else deadline.rule.name


SO_MANY = {
    Kind.COMPLAINT: ngettext_lazy("%(n)d complaint", "%(n)d complaints", "n"),
    Kind.REPORT: ngettext_lazy("%(n)d report", "%(n)d reports", "n"),
    Kind.CONSULTATION: ngettext_lazy("%(n)d consultation", "%(n)d consultations", "n"),
    Kind.PETITION: ngettext_lazy("%(n)d petition", "%(n)d petitions", "n"),
}


def others(case: Case, user) -> str:
    """How many other cases of this merchant the viewer sees, by kind; counted up to MOST_COUNTED."""
    if case.merchant is None:
        return ""
    same = Case.objects.visible_to(user).filter(merchant__in=case.merchant.same).exclude(pk=case.pk)
    kinds = Counter(same.order_by().values_list("kind", flat=True)[:MOST_COUNTED])
    told = " · ".join(str(SO_MANY[kind] % {"n": kinds[kind]}) for kind in Kind if kinds[kind])
    return f"{told}+" if kinds.total() == MOST_COUNTED else told


def _masked(person: Consumer | None) -> dict | None:
    return person.masked() if citizens.known(person) else None


UNKNOWN = {"name": "—"}


def _reveals_of(tickets: list[Ticket], sight: Sight) -> list[str]:
    """Where nobody is known of the case itself."""
    known = next((ticket for ticket in tickets if ticket.consumer), None)
    return reveal.may_reveal(sight, known) if known else []


def _citizen_of(ticket: Ticket, case: Case) -> dict | None:
    """None where it is the case's own, or says nothing of them that the case does not know: two
    numbers may look alike under their masks.
    """
    theirs, ours = ticket.consumer, case.consumer or Consumer()
    if not theirs or theirs == ours or not (theirs.told or theirs.says_otherwise_than(ours)):
        return None
    return _masked(theirs) or UNKNOWN


def _ticket(ticket: Ticket, case: Case, at: datetime, *, answer: str) -> dict:
    """A ticket on the page, with what it tells where the case does not."""
    subject = ticket.subject
    moments = ("arrived_at", "responded_at", "contacted_at", "replied_at", "returned_at")
    own = {name: said for name in TOLD if (said := getattr(ticket, name)) != getattr(case, name)}
    return {
        "row": ticket, "subject": "" if subject == case.shown(case.title) else subject,
        "narrative": ticket.shown(own.get("narrative", "")), "money": words.money(own.get("amount")),
        "demand": ticket.shown(own.get("demand", "")),
        "citizen": _citizen_of(ticket, case), "over": _too_long(ticket, answer),
        **{name: clocks.short(getattr(ticket, name), at) for name in moments},
    }  # fmt: skip


def _too_long(ticket: Ticket, answer: str) -> int:
    """By how many characters the agreed answer is longer than the platform takes."""
    limit = ticket.channel.reply_limit
    return max(0, len(answer) - limit) if limit else 0


def _assignment(case: Case):
    """The current one, of a closed case the last; with whoever stands in for its people."""
    posts = ("handler", "contact", "follow_up")
    people = ("unit", "by", *(f"{post}__substitute__stand_in" for post in posts))
    found = case.assignments.select_related(*people)
    return found.order_by("-pk").first() if case.closed_at else found.filter(ended_at=None).first()


def _three(case: Case) -> list[tuple[str, str]]:
    """三级负责 of a petition, once somebody is named: post and name."""
    three = three_of(case)
    posts = ("leader", "core_handler", "callback") if three else ()
    return [(label_of("assign_triple", post), getattr(three, post).name) for post in posts]


def _unwritten(case: Case) -> list[str]:
    """What the opinion on a petition in hand still waits for."""
    is_in_hand = case.kind == Kind.PETITION and case.state in IN_HAND
    return unwritten_records(case) if is_in_hand else []
