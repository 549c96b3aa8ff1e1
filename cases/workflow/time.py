"""Clocks that stand still, get longer, or were missed with good reason."""

from collections.abc import Iterator
from copy import copy
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT
from django.utils.translation import gettext as _

from agency.core import deadlines
from agency.core.calendar import SHANGHAI
from agency.core.clock import now
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import User
from agency.core.text import listed
from cases import acts
from cases.acts import Act
from cases.calendar import day_of, length
from cases.clocks import OF_A_CLUE
from cases.lifecycle import PauseReason
from cases.models import (
    Appraisal,
    Case,
    CaseDeadline,
    CaseDeadlineExcuse,
    CaseEvent,
    Decision,
    Proposal,
)
from cases.workflow.approval import beside, effect_of, lapse, submit
from cases.workflow.entrusting import bring_back, let_rest

Kinds = CaseEvent.Kind


def pause(no: str, *, by: User, reason: str, institution: str, **sent) -> Case:
    """What an appraisal or a test takes does not count. SAMR Order 121 §22; 处罚程序规定 §18.

    ``sent``: what else is said of it, ``entrusted_on`` and ``cost`` (Appraisal.Cost).
    """
    return _pause(no, "pause", by, reason, institution, **sent)


def pause_clue(no: str, *, by: User, reason: str, institution: str, **sent) -> Case:
    """What a test for a clue takes does not count; the mediation goes on. Order 121 §27."""
    return _pause(no, "pause_clue", by, reason, institution, **sent)


def _pause(no: str, verb: str, by: User, reason: str, institution: str, **sent) -> Case:
    with acts.begin(no, verb, by) as act:
        found = clocks_of(act.case, verb)
        _check_is_not_proposed(act.case, verb)
        _check_reason(found, reason)
        since = _moment_of(act, entrusted_on=sent.get("entrusted_on"))
        _check_is_ours_by_then(act.case, since)
        paused = deadlines.pause(
            found, at=act.at, reason=reason, by=by, note=institution, since=since
        )
        if not paused and not act.move.to:
            raise RuleViolation(
                _("Nothing here can stand still: no clock runs for it, or it is late.")
            )
        if reason in Appraisal.REASONS:
            Appraisal.objects.create(
                case=act.case, reason=reason, institution=institution, of_clue=_is_of_clue(verb),
                by=by, at=act.at, **sent,
            )  # fmt: skip
        if act.move.to:
            let_rest(act)
        act.take_effect()
        act.record(Kinds.PAUSED, reason=reason, rules=_codes(paused))
    return act.case


def _check_is_not_proposed(case: Case, verb: str) -> None:
    """Nothing is sent out for a clue any more once what came of it waits for the leader."""
    if _is_of_clue(verb) and case.proposals.filter(verb="verify_clue", decided_at=None).exists():
        raise RuleViolation(_("This case waits for approval: let that be decided first."))


def _moment_of(act: Act, **said: date | None) -> datetime:
    """The beginning of the day that is said; today and where none is said, now."""
    [(name, day)] = said.items()
    if day is None or day == day_of(act.at):
        return act.at
    if day > day_of(act.at):
        raise Invalid({name: [_("This day is still to come.")]})
    return datetime.combine(day, time.min, SHANGHAI)


def _check_is_ours_by_then(case: Case, since: datetime) -> None:
    """Nothing is sent out for a matter before it came, or for a mediation before it began."""
    begun = case.mediations.order_by("started_at").first()
    first = day_of(begun.started_at if begun else case.arrived_at)
    if day_of(since) < first:
        sentence = _("Not before %(day)s, when the case came or its mediation began.")
        raise Invalid({"entrusted_on": [sentence % {"day": first.isoformat()}]})


def sent_out(case: Case, verb: str) -> Appraisal | None:
    """What ``verb`` takes back; None where nothing was sent out."""
    return case.appraisals.filter(ended_at=None, of_clue=_is_of_clue(verb)).first()


def _is_of_clue(verb: str) -> bool:
    return verb.endswith("_clue")


def clocks_of(case: Case, verb: str) -> QuerySet[CaseDeadline]:
    """What ``verb`` lets stand still or count on: the clock of a clue, or all others."""
    return case.deadlines.filter(OF_A_CLUE if _is_of_clue(verb) else ~OF_A_CLUE)


def _check_reason(found: QuerySet[CaseDeadline], reason: str) -> None:
    """One that stops a clock of these, where any reason does; and no second one."""
    if found.filter(paused_at__isnull=False).exists():
        raise RuleViolation(_("A clock of this case stands still already."))
    known = reasons_to_pause(found)
    if known and reason not in known:
        named = listed(sorted(str(PauseReason(code).label) for code in known))
        raise Invalid({"reason": [_("Here the law leaves out: %(reasons)s.") % {"reasons": named}]})


def reasons_to_pause(found: QuerySet[CaseDeadline]) -> set[str]:
    """What the law leaves out of these clocks; empty where none of them stops."""
    return {code for owed in found.open().select_related("rule") for code in owed.rule.pauses}


def resume(no: str, *, by: User, received_on: date | None = None, finding: str = "") -> Case:
    """The finding is there: the clocks count on from when it came, ``received_on``; else from now."""
    return _resume(no, "resume", by, received_on, finding)


def resume_clue(no: str, *, by: User, received_on: date | None = None, finding: str = "") -> Case:
    """The finding is there: the verification of the clue counts on."""
    return _resume(no, "resume_clue", by, received_on, finding)


def _resume(no: str, verb: str, by: User, received_on: date | None, finding: str) -> Case:
    with acts.begin(no, verb, by) as act:
        until = _moment_of(act, received_on=received_on)
        if sent := sent_out(act.case, verb):
            _take_back(sent, received_on, finding)
        resumed = deadlines.resume(clocks_of(act.case, verb), at=act.at, by=by, until=until)
        if not act.move.to and not resumed:
            raise RuleViolation(_("No clock of this case stands still."))
        back = bring_back(act, sent, until) if act.move.to else {}
        act.take_effect()
        act.record(Kinds.RESUMED, rules=_codes(resumed), **back)
    return act.case


def _take_back(sent: Appraisal, received_on: date | None, finding: str) -> None:
    """What came back; that nothing is out any more is seen to at the end of every act."""
    if received_on and sent.entrusted_on and received_on < sent.entrusted_on:
        raise Invalid({"received_on": [_("It was sent out later than that.")]})
    sent.received_on, sent.finding = received_on, finding
    sent.save()


def _codes(found: list[CaseDeadline]) -> list[str]:
    return sorted(clock.rule.code for clock in found)


JOINTLY = {"case.penalty"}
"""After the first extension the leaders discuss together how much longer. 处罚程序规定 §64."""


def extend(
    no: str, *, by: User, rule: str, reason: str, amount: int | None = None, minutes: str = "",
) -> Case:  # fmt: skip
    """Propose more time under ``rule`` (its code); None: as much as the rule allows.

    ``minutes``: of the leaders' joint discussion, where a clock gets more time once more.
    """
    with acts.begin(no, "extend", by) as act:
        clock = act.case.deadlines.running().filter(rule__code=rule).select_related("rule").first()
        if clock is None:
            raise Invalid({"rule": [_("No such clock runs on this case.")]})
        if not may_be_extended(clock, act.at):
            raise RuleViolation(_("This clock cannot be extended, or not any more."))
        _check_how_long(clock, amount, minutes)
        amount = amount or clock.rule.extension
        submit(act, rule=rule, reason=reason, amount=amount, minutes=minutes)
    return act.case


def may_be_extended(clock: CaseDeadline, at: datetime) -> bool:
    """Still in time, and for the first time or by a joint discussion."""
    is_left = not clock.extension or clock.rule.code in JOINTLY
    return bool(clock.rule.extension) and is_left and not clock.paused_at and clock.due_at >= at


def _check_how_long(clock: CaseDeadline, amount: int | None, minutes: str) -> None:
    """The first time as much as the rule allows; then as was discussed, which is written down."""
    said = {"amount": amount, "minutes": minutes}
    if clock.extension and not all(said.values()):
        sentence = _("It was extended before: the leaders discuss together how much longer.")
        raise Invalid({name: [sentence] for name, value in said.items() if not value})
    most = clock.rule.extension
    if not clock.extension and amount is not None and amount > most:
        said = _("At most %(most)s.") % {"most": length(most, clock.rule.unit)}
        raise Invalid({"amount": [said]})


@beside("extend")
def _last_days(case: Case, data: dict) -> dict:
    """The last day as it is, and as it will be."""
    row = case.deadlines.running().filter(rule__code=data["rule"]).select_related("rule").first()
    if row is None:
        return {}
    longer = copy(row)
    longer.extension += data["amount"]
    due = longer.count(deadlines.work_calendar_of([row.rule]))
    return {
        "due": day_of(row.due_at).isoformat(), "due_then": day_of(due.due_at).isoformat(),
        "due_is_provisional": due.provisional,
    }  # fmt: skip


@effect_of("extend")
def _extend(act: Act, rule: str, reason: str, amount: int, minutes: str = "") -> None:
    """``minutes``: of a joint discussion; a proposal of an earlier version tells of none."""
    clocks = act.case.deadlines.filter(rule__code=rule)
    again = rule in JOINTLY and clocks.running().exclude(extension=0).exists()
    if not deadlines.extend(clocks, amount, at=act.at, by=act.by, again=again):
        raise RuleViolation(_("This clock cannot be extended, or not any more."))
    text = "\n".join(filter(None, [reason, minutes]))
    act.decide(Decision.Kind.EXTENDED, text=text, reference=rule)
    act.take_effect()
    act.record(Kinds.EXTENDED, rule=rule, amount=amount)


def outlived_to_lapse() -> Iterator[bool]:
    """End each proposal of more time whose clock has ended or run out: it could only be refused,
    and would hold the case until then. Every good sweep is followed by a look; any number may look.
    """
    for pk, case in list(_outlived(now()).values_list("pk", "case")):
        yield _lapse(pk, case)


def _outlived(at: datetime) -> QuerySet[Proposal]:
    in_time = Q(due_at__gte=at) | Q(paused_at__isnull=False)
    same = {"case": OuterRef("case"), "rule__code": OuterRef("code")}
    alive = CaseDeadline.objects.open().filter(in_time, **same)
    asked = Proposal.objects.filter(verb="extend", decided_at=None).alias(code=KT("data__rule"))
    return asked.exclude(Exists(alive))


@transaction.atomic
def _lapse(pk: int, case: int) -> bool:
    free = Case.objects.select_for_update(no_key=True, skip_locked=True)
    if not free.filter(pk=case).exists():
        return False
    at = now()
    proposal = _outlived(at).filter(pk=pk).select_related("case__unit", "by").first()
    if proposal:
        lapse(proposal, _("Its time was over before anybody decided."), at=at)
    return bool(proposal)


def excuse(no: str, *, by: User, rule: str, reason: str) -> Case:
    """Propose that a breach is not held against anybody: it stays, the excuse stands beside it.

    All breaches of the rule that there are now; one that comes later needs its own.
    """
    with acts.begin(no, "excuse", by) as act:
        clocks = list(_breaches(act.case, rule).values_list("pk", flat=True))
        if not clocks:
            raise Invalid({"rule": [_("No breach of this rule waits for an excuse here.")]})
        submit(act, rule=rule, reason=reason, clocks=clocks)
    return act.case


@effect_of("excuse")
def _excuse(act: Act, rule: str, reason: str, clocks: list[int] | None = None) -> None:
    """``clocks``: what was proposed; what was proposed before that was kept names none."""
    found = _breaches(act.case, rule)
    meant = list(found if clocks is None else found.filter(pk__in=clocks))
    if not meant:
        raise RuleViolation(_("No breach of this rule waits for an excuse here."))
    for clock in meant:
        CaseDeadlineExcuse.objects.create(
            deadline=clock, reason=reason, by=act.proposer, decided_by=act.by, at=act.at
        )
    act.record(Kinds.EXCUSED, rule=rule)


def _breaches(case: Case, rule: str):
    return case.deadlines.filter(rule__code=rule, noticed_at__isnull=False, excuses=None)
