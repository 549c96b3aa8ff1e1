"""Clocks that stand still, get longer, or were missed with good reason."""

from django.utils.translation import gettext as _

from agency.core import deadlines
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import User
from agency.core.text import listed
from cases import acts
from cases.acts import Act
from cases.lifecycle import PauseReason
from cases.models import Case, CaseDeadlineExcuse, CaseEvent, Decision
from cases.workflow.approval import effect_of, submit

Kinds = CaseEvent.Kind


def pause(no: str, *, by: User, reason: str, institution: str) -> Case:
    """What an appraisal or a test takes does not count. SAMR Order 121 §22; 处罚程序规定 §18."""
    with acts.begin(no, "pause", by) as act:
        _check_reason(act, reason)
        deadlines.pause(act.case.deadlines.all(), at=act.at, reason=reason, by=by, note=institution)
        act.take_effect()
        act.record(Kinds.PAUSED, reason=reason)
    return act.case


def _check_reason(act: Act, reason: str) -> None:
    """One that stops a clock of this case, where any reason does; and no second one."""
    if act.case.deadlines.filter(paused_at__isnull=False).exists():
        raise RuleViolation(_("A clock of this case stands still already."))
    known = reasons_to_pause(act.case)
    if known and reason not in known:
        named = listed(sorted(str(PauseReason(code).label) for code in known))
        raise Invalid({"reason": [_("Here the law leaves out: %(reasons)s.") % {"reasons": named}]})


def reasons_to_pause(case: Case) -> set[str]:
    """What the law leaves out of the clocks of this case; empty where none of them stops."""
    return {
        code for owed in case.deadlines.open().select_related("rule") for code in owed.rule.pauses
    }


def resume(no: str, *, by: User) -> Case:
    """The finding is there: the clocks count on."""
    with acts.begin(no, "resume", by) as act:
        if not act.move.to and not act.case.deadlines.filter(paused_at__isnull=False).exists():
            raise RuleViolation(_("No clock of this case stands still."))
        deadlines.resume(act.case.deadlines.all(), at=act.at, by=by)
        act.take_effect()
        act.record(Kinds.RESUMED)
    return act.case


def extend(no: str, *, by: User, rule: str, reason: str, amount: int | None = None) -> Case:
    """Propose more time under ``rule`` (its code); None: as much as the rule allows."""
    with acts.begin(no, "extend", by) as act:
        clock = act.case.deadlines.running().filter(rule__code=rule).select_related("rule").first()
        if clock is None:
            raise Invalid({"rule": [_("No such clock runs on this case.")]})
        most = clock.rule.extension
        if clock.extension or not most or clock.due_at < act.at:
            raise RuleViolation(_("This clock cannot be extended, or not any more."))
        if amount is not None and amount > most:
            raise Invalid({"amount": [_("At most %(most)s.") % {"most": most}]})
        submit(act, rule=rule, reason=reason, amount=amount or most)
    return act.case


@effect_of("extend")
def _extend(act: Act, rule: str, reason: str, amount: int) -> None:
    clocks = act.case.deadlines.filter(rule__code=rule)
    if not deadlines.extend(clocks, amount, at=act.at, by=act.by):
        raise RuleViolation(_("This clock cannot be extended, or not any more."))
    act.decide(Decision.Kind.EXTENDED, text=reason, reference=rule)
    act.take_effect()
    act.record(Kinds.EXTENDED, rule=rule, amount=amount)


def excuse(no: str, *, by: User, rule: str, reason: str) -> Case:
    """Propose that a breach is not held against anybody: it stays, the excuse stands beside it."""
    with acts.begin(no, "excuse", by) as act:
        if not _breaches(act.case, rule).exists():
            raise Invalid({"rule": [_("No breach of this rule waits for an excuse here.")]})
        submit(act, rule=rule, reason=reason)
    return act.case


@effect_of("excuse")
def _excuse(act: Act, rule: str, reason: str) -> None:
    for clock in _breaches(act.case, rule):
        CaseDeadlineExcuse.objects.create(
            deadline=clock, reason=reason, by=act.proposer, decided_by=act.by, at=act.at
        )
    act.record(Kinds.EXCUSED, rule=rule)


def _breaches(case: Case, rule: str):
    return case.deadlines.filter(rule__code=rule, noticed_at__isnull=False, excuses=None)
