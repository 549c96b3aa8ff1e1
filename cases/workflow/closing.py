"""The end of a case and what comes after it: close, reopen, archive, call back, publicity."""

from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from agency.core.errors import Invalid, RuleViolation
from agency.core.models import User
from agency.core.roles import Role
from agency.core.text import listed
from cases import acts, clocks, completeness, lifecycle
from cases.acts import Act
from cases.calendar import day_of
from cases.callbacks import took_part
from cases.lifecycle import DECIDERS, PRINCIPLES, Kind, Milestone, State
from cases.models import Callback, Case, CaseDeadline, CaseEvent, Decision, FollowUp
from cases.promises import SETTLED, asked_of, is_denied, set_aside
from cases.workflow.approval import drop, effect_of, propose, submit
from cases.workflow.hands import end_assignment, take_back
from cases.workflow.mediation import perform, unperform
from cases.workflow.referrals import hear_citizen

Kinds = CaseEvent.Kind


def close(
    no: str, *, by: User, conclusion: str, principle: str = "", why_early: str = "",
    receipt: str = "",
) -> Case:  # fmt: skip
    """Propose the end of the case; a consultation is closed at once.

    ``why_early``: why a petition ends before the call back, or while a review may be asked for.
    ``receipt``: what a report was taken over with there, where it was transferred (回执).
    """
    with acts.begin(no, "close", by) as act:
        if completeness.is_judged(act.case) and principle not in PRINCIPLES:
            raise Invalid({"principle": [_("A petition closes with one of the four principles.")]})
        _check_complete(act.case)
        submit(
            act, conclusion=conclusion, principle=principle, why_early=why_early, receipt=receipt
        )
    return act.case


@effect_of("close")
def _close(
    act: Act, conclusion: str, principle: str, why_early: str = "", receipt: str = ""
) -> None:
    """``why_early`` and ``receipt`` stay with the proposal: they were said to who decides."""
    _check_complete(act.case)
    act.give_up()
    if act.case.state == State.SETTLED:  # by then nobody is owed a decision, not even by silence
        act.cancel(Milestone.DECISION_TOLD, reason=SETTLED)
    act.case.conclusion, act.case.principle = conclusion, principle
    end_assignment(act)
    act.take_effect()
    closed = act.record(Kinds.CLOSED)
    owed = act.case.deadlines.open().filter(rule__met_by=Milestone.PUBLICITY_DECIDED)
    if is_never_published(act.case) and owed.exists():
        act.cancel(Milestone.PUBLICITY_DECIDED, reason="not_accepted")
        alone = replace(act, proposer=None)  # who proposed the end was not asked about this
        alone.decide(Decision.Kind.PUBLICITY, ground="withheld", text=_("It was not accepted."))
        act.record(Kinds.PUBLICITY_DECIDED, published=False)
        act.latest = closed


def _check_complete(case: Case) -> None:
    if missing := set(completeness.missing(case)) - {"principle"}:
        raise RuleViolation(completeness.sentence(case, missing))


def reopen(no: str, *, by: User, reason: str) -> Case:
    """Work on it again: somebody is not satisfied with how it ended."""
    with acts.begin(no, "reopen", by) as act:
        open_again(act, reason)
    return act.case


def open_again(act: Act, reason: str = "", *, since: datetime | None = None) -> None:
    """Let it be worked on again within a limit of its own; its outcome stays as it is.

    It is in the hands it was closed in, where they may still have it. Whether it is published
    is asked when it is closed again. ``since``: when it came here again; None for now.
    """
    for waiting in act.case.proposals.filter(decided_at=None, holds=True):
        drop(act, waiting, _("The case was opened again."))
    clocks.go_on(act.case, since=since or act.at, at=act.at)
    set_aside(act.case, act.at)
    end_assignment(act)
    take_back(act)
    act.cancel(Milestone.PUBLICITY_DECIDED, reason="reopened")
    # A petition is answered anew, and called back after that.
    Callback.objects.filter(case=act.case, case__kind=Kind.PETITION, done_at=None).delete()
    act.decide(Decision.Kind.REOPENED, text=reason)
    act.take_effect()
    act.record(Kinds.REOPENED)


def archive(no: str, *, by: User, catalogue: str = "") -> Case:
    """Put the closed case into the archive, with the list of its papers.

    Whether it is published was decided before; who is to be called back is called still.
    """
    with acts.begin(no, "archive", by) as act:
        _check_nothing_runs(act.case)
        closed_at = act.case.closed_at
        act.take_effect()
        act.case.closed_at = closed_at
        act.decide(Decision.Kind.ARCHIVED, text=catalogue)
        act.record(Kinds.ARCHIVED)
    return act.case


def holding_up_the_archive(clocks: QuerySet[CaseDeadline]) -> QuerySet[CaseDeadline]:
    """Of ``clocks`` all that are owed, but the platform's reply, which may come after it."""
    return clocks.open().exclude(rule__met_by=Milestone.TICKET_REPLIED)


def may_be_archived(case: Case) -> bool:
    return not (holding_up_the_archive(case.deadlines).exists() or is_denied(case))


def _check_nothing_runs(case: Case) -> None:
    owed = holding_up_the_archive(case.deadlines)
    running = list(owed.select_related("rule").order_by("due_at"))
    if any(clock.rule.met_by == Milestone.PUBLICITY_DECIDED for clock in running):
        raise RuleViolation(_("First decide whether it is published."))
    if is_denied(case):
        raise RuleViolation(_("The citizen denies what it was closed with: open it again first."))
    if running:
        still = {"clocks": listed(clock.rule.name for clock in running)}
        raise RuleViolation(_("Still owed on this case: %(clocks)s.") % still)


def decide_publicity(no: str, *, by: User, publish: bool, reason: str = "") -> Case:
    """Publish the complaint's data, or say why not; never against the consumer's word. §38.

    What was decided once is changed with a second person alone.
    """
    with acts.begin(no, "decide_publicity", by) as act:
        if not publicity_is_of(by, act.case):
            raise RuleViolation(_("Who handled it decides on this, or the section chief."))
        if publish:
            _check_may_be_published(act.case)
            _check_consent(act.case, by)
        elif not reason:
            raise Invalid({"reason": [_("Say why it is not published.")]})
        if is_publicity_decided(act.case):
            propose(act, DECIDERS, publish=publish, reason=reason)
        else:
            _decide_publicity(act, publish, reason)
    return act.case


def publicity_is_of(user: User, case: Case) -> bool:
    """Whether it is theirs: who handles such cases, and the chief; of what nobody handled, as what
    a firm settled for the root, also who dispatches, and the leader.
    """
    is_handled = case.handler is not None and case.handler.is_active
    return not (is_handled and user.role in {Role.DISPATCHER, Role.LEADER})


def _check_may_be_published(case: Case) -> None:
    if is_never_published(case):
        raise RuleViolation(_("Nothing is published of a complaint that was not accepted."))


def _check_consent(case: Case, by: User) -> None:
    if not case.consents_to_publish:
        raise RuleViolation(_("The complainant has not agreed to publication."))
    told = case.supplements.filter(field="publish").order_by("pk").last()
    if told and told.by == by:
        raise RuleViolation(_("You wrote down this consent: somebody else publishes on it."))


def is_never_published(case: Case) -> bool:
    """Of what was not accepted nothing is published, unless settings let a person decide."""
    turns = (Decision.Kind.ACCEPTED, Decision.Kind.REFUSED)
    latest = case.decisions.filter(kind__in=turns).order_by("pk").last()
    is_refused = latest is not None and latest.kind == Decision.Kind.REFUSED
    return is_refused and case.kind == Kind.COMPLAINT and not settings.PUBLISH_REFUSED


def is_publicity_decided(case: Case) -> bool:
    """Whether it was since the case was closed last."""
    steps = (Decision.Kind.PUBLICITY, Decision.Kind.REOPENED)
    latest = case.decisions.filter(kind__in=steps).order_by("pk").last()
    return latest is not None and latest.kind == Decision.Kind.PUBLICITY


@effect_of("decide_publicity")
def _decide_publicity(act: Act, publish: bool, reason: str) -> None:
    if publish:
        _check_may_be_published(act.case)
    ground = "published" if publish else "withheld"
    act.decide(Decision.Kind.PUBLICITY, ground=ground, text=reason)
    act.take_effect()
    act.record(Kinds.PUBLICITY_DECIDED, published=publish)


def follow_up(
    no: str, *, by: User, satisfaction: str, note: str = "", kept: bool | None = None
) -> Case:
    """Call back and write down how satisfied they are; nobody who handled the case may.

    ``kept``: whether an outlet or firm did what was settled there, None where they were not asked.
    """
    with acts.begin(no, "follow_up", by) as act:
        if took_part(act.case).filter(pk=by.pk).exists():
            raise RuleViolation(_("You handled this case: somebody else calls back."))
        kept = _told(act, satisfaction, kept)
        FollowUp.objects.create(
            case=act.case, satisfaction=satisfaction, kept=kept, note=note, by=by, at=act.at
        )
        if kept is not None:
            _hear(act, kept)
        if satisfaction != FollowUp.Satisfaction.UNREACHED:
            Callback.objects.filter(case=act.case, done_at=None).update(done_at=act.at)
        said = {} if kept is None else {"kept": kept}
        act.record(Kinds.FOLLOWED_UP, satisfaction=satisfaction, **said)
    return act.case


PLEASED = {
    FollowUp.Satisfaction.VERY_SATISFIED, FollowUp.Satisfaction.SATISFIED,
    FollowUp.Satisfaction.BASICALLY_SATISFIED,
}  # fmt: skip


def _told(act: Act, satisfaction: str, kept: bool | None) -> bool | None:
    """The citizen's word on what was settled out there: who is satisfied with it has got it, unless
    it is still to come. None: nobody was reached, or it cannot be said yet, or was said before.
    """
    agreement = asked_of(act.case)
    if satisfaction == FollowUp.Satisfaction.UNREACHED:
        agreement = None
    if kept is not None and agreement is None:
        raise Invalid({"kept": [_("This call confirms nothing that was settled out there.")]})
    if agreement is None or kept is not None:
        return kept
    is_to_come = agreement.due_on is not None and agreement.due_on >= day_of(act.at)
    if is_to_come or satisfaction in PLEASED:
        return None if is_to_come else True
    if not agreement.kept:
        raise Invalid({"kept": [_("They were reached: say whether what was settled was done.")]})
    return None


def _hear(act: Act, kept: bool) -> None:
    """A yes makes performed what was settled out there; a no after it makes that a promise again."""
    agreement = asked_of(act.case)
    agreement.kept = kept
    if kept and not agreement.performed_at:
        perform(act, agreement, agreement.amount)
    elif not kept and agreement.performed_at:
        unperform(act, agreement)
    else:
        agreement.save()
    hear_citizen(act, kept)


def callers(case: Case) -> QuerySet[User]:
    """Who may call back: near the case, and took no part in it."""
    able = User.objects.at_work().filter(
        role__in=lifecycle.roles_of("follow_up"), unit__path__in=case.unit.ancestor_paths
    )
    return able.exclude(pk__in=took_part(case)).order_by("role", "name")
