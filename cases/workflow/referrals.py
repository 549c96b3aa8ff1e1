"""The green channel: a complaint that an outlet or a firm tries to settle before the agency does.

The case stays its unit's, which answers for what is out. Source: docs/rules.md, section
"Green channel".
"""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from agency.core import clock, deadlines
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import Notification, Unit, User
from agency.core.roles import Role
from cases import acts
from cases.acts import Act
from cases.clocks import OUT_THERE
from cases.excluded import not_sent_out
from cases.lifecycle import CLOSED_STATES, Milestone, State
from cases.models import Case, CaseDeadline, CaseEvent, Referral
from cases.models.referral import BY_US
from cases.promises import SETTLED, is_doubted, owed_till_then, set_aside, settled_there

Kinds, Outcome = CaseEvent.Kind, Referral.Outcome


def refer(
    no: str, *, by: User, outlet: str, consent: bool, not_respondent: bool = False
) -> Case:  # fmt: skip
    """Let ``outlet`` (the code of an outlet or firm) settle it, as the citizen agreed.

    ``not_respondent``: ``by`` says that the firm is another than the complaint is about.
    What the law owes runs on. RuleViolation without the citizen's word, where the matter is none
    for an outlet, or where it was decided on already.
    """
    with acts.begin(no, "refer", by) as act:
        unit = _taker(outlet)
        _check_may_go_out(act.case, consent)
        referral = Referral.objects.create(
            case=act.case, unit=unit, by=by, came_from=act.case.state, referred_at=act.at
        )
        act.take_effect()
        if unit.kind == Unit.Kind.ODR:
            act.happen(Milestone.REFERRED_TO_FIRM)
        else:
            act.happen(Milestone.REFERRED_TO_OUTLET)
            big = is_big(act.case)
            act.happen(Milestone.BIG_MATTER_REFERRED if big else Milestone.USUAL_MATTER_REFERRED)
        confirmed = {"not_respondent": True} if not_respondent else {}
        act.record(Kinds.REFERRED, referral=referral.pk, unit=unit.code, **confirmed)
        _tell_operators(act, referral)
    return act.case


def _taker(code: str) -> Unit:
    unit = Unit.objects.filter(code=code).first()
    if unit is None or not unit.is_external:
        raise Invalid({"outlet": [_("There is no such outlet or firm.")]})
    if not unit.takes_referrals:
        raise RuleViolation(_("%(name)s takes no referrals now.") % {"name": unit.name})
    if not User.objects.filter(unit=unit, is_active=True).exists():
        raise RuleViolation(
            _("Nobody of %(name)s has an account to take it.") % {"name": unit.name}
        )
    return unit


def _check_may_go_out(case: Case, consent: bool) -> None:
    if not consent:
        raise RuleViolation(_("Nothing is referred without the citizen's consent."))
    if why := not_sent_out(case):
        raise RuleViolation(why)


def is_big(case: Case) -> bool:
    """Whether an outlet has three working days to propose something: cars, large sums."""
    code = case.category.code if case.category else ""
    return code.startswith(tuple(settings.BIG_MATTERS)) or (case.amount or 0) >= settings.BIG_AMOUNT


def accept_referral(no: str, *, by: User) -> Case:
    """The outlet or firm takes it up."""
    with acts.begin(no, "accept_referral", by) as act:
        referral = _open_of(act)
        if referral.accepted_at:
            raise RuleViolation(_("This was taken already."))
        _take(act, referral)
    return act.case


def _take(act: Act, referral: Referral) -> None:
    if referral.accepted_at is None:
        referral.accepted_at = act.at
        referral.save(update_fields=["accepted_at"])
        act.happen(Milestone.REFERRAL_TAKEN)
        act.record(Kinds.REFERRAL_TAKEN, referral=referral.pk)


def answer_referral(no: str, *, by: User, text: str) -> Case:
    """What was proposed to the citizen; said again, the later word stands."""
    with acts.begin(no, "answer_referral", by) as act:
        referral = _open_of(act)
        _take(act, referral)
        referral.answered_at, referral.answer = act.at, text
        referral.save(update_fields=["answered_at", "answer"])
        act.happen(Milestone.REFERRAL_ANSWERED)
        act.record(Kinds.REFERRAL_ANSWERED, referral=referral.pk)
    return act.case


def settled(act: Act) -> Referral:
    """Called where a case is settled out there: the referral, which has done what it was for.

    Their word ends no limit of the law: what the receipt asks for runs on (``hear_citizen``).
    So who calls back and who handles it are told; of what was found there nobody asks.
    """
    referral = _open_of(act)
    _take(act, referral)
    act.happen(Milestone.REFERRAL_ANSWERED)
    act.happen(Milestone.REFERRAL_ENDED)
    _end(referral, Outcome.SETTLED, act.at)
    if referral.by.unit_id != referral.unit_id:
        act.tell(Role.CALLBACK)
        act.tell("handler")
    return referral


def hear_citizen(act: Act, kept: bool) -> None:
    """Called with the citizen's word on what was settled out there, or a proof: confirmed, it ends
    the limit of the receipt; denied, that is owed as if nobody had ever ended it. Of what is closed,
    who may open it again is told.
    """
    if act.case.state in CLOSED_STATES and not kept:
        for whom in ("handler", Role.SUPERVISOR):
            act.tell(whom, topic="denied_late")
    if act.case.state != State.SETTLED:
        return
    if kept:
        act.cancel(Milestone.DECISION_TOLD, reason=SETTLED)
    else:
        _owe_decision(act)
        handler = act.case.handler
        is_handled = handler is not None and handler.is_active
        act.tell("handler" if is_handled else Role.DISPATCHER, topic="denied")


def _owe_decision(act: Act) -> None:
    if deadlines.run_on(owed_till_then(act.case), at=act.at):
        case = act.case
        deadlines.hand_over(case.deadlines, unit=case.unit, handler=case.handler, at=act.at)


def hand_up(no: str, *, by: User, reason: str) -> Case:
    """The outlet or firm could not settle it: it comes home as it arrived."""
    with acts.begin(no, "hand_up", by) as act:
        _come_home(act, _open_of(act), Outcome.HANDED_UP, reason)
    return act.case


def recall(no: str, *, by: User, reason: str, denied: bool = False) -> Case:
    """The agency takes it back, or the citizen asked for that; what was settled, once it is
    doubted (``IS_DOUBTED``) or, with ``denied``, the citizen told ``by`` that it was not done.
    """
    with acts.begin(no, "recall", by) as act:
        if act.case.state == State.SETTLED:
            _take_back_settled(act, reason, denied=denied)
        elif denied:
            raise Invalid({"denied": [_("Nothing was settled yet that could be denied.")]})
        else:
            _come_home(act, _open_of(act), Outcome.RECALLED, reason)
    return act.case


def _take_back_settled(act: Act, reason: str, *, denied: bool) -> None:
    """It has no result then: what was there was the other side's word."""
    agreement = settled_there(act.case)
    if agreement is None:
        raise RuleViolation(_("What was settled is proved: it stays settled."))
    if not denied and not is_doubted(act.case):
        raise RuleViolation(
            _(
                "The citizen has not denied what was settled: it stays settled. If they told you "
                "so, say that."
            )
        )
    if denied:
        agreement.kept, agreement.performed_at, agreement.performed_amount = False, None, None
        agreement.save()
    _owe_decision(act)
    if act.case.ended_at == agreement.made_at:
        act.case.result, act.case.ended_at, act.case.recovered_amount = "", None, None
    set_aside(act.case, act.at)
    there = act.case.referrals.select_related("unit").get(ended_at=agreement.made_at)
    outcome = Outcome.DENIED if agreement.kept is False else Outcome.CAME_AGAIN
    _come_home(act, there, outcome, reason)


def _come_home(act: Act, referral: Referral, outcome: str, reason: str = "") -> None:
    _end(referral, outcome, act.at, reason)
    _take_home(act.case, referral, act.at)
    act.record(Kinds.CAME_HOME, referral=referral.pk, outcome=outcome)
    _tell_home(act.case, referral, by=act.by)


def _take_home(case: Case, referral: Referral, at: datetime) -> None:
    """Where it was before, and none of what was owed out there is owed any more."""
    case.state = referral.came_from
    owed = case.deadlines.filter(rule__met_by__in=OUT_THERE)
    deadlines.cancel(owed, at=at, reason=referral.outcome)


def _open_of(act: Act) -> Referral:
    """The open one; an operator's own. The case is locked, and so is what is out with it."""
    return act.case.referrals.select_related("unit").get(ended_at=None)


def _end(referral: Referral, outcome: str, at: datetime, reason: str = "") -> None:
    referral.ended_at, referral.outcome, referral.reason = at, outcome, reason
    referral.save(update_fields=["ended_at", "outcome", "reason"])


# -- on the spot ------------------------------------------------------------------------


@transaction.atomic
def found_there(case: Case, *, unit: Unit, by: User) -> None:
    """The citizen came to the outlet itself: it has the new case as if it had been sent there."""
    acts.lock_cases(pk=case.pk)
    at = clock.now()
    referral = Referral.objects.create(
        case=case, unit=unit, by=by, came_from=case.state, referred_at=at, accepted_at=at
    )
    case.state = State.ODR_NEGOTIATING
    case.save(update_fields=["state"])
    CaseEvent.objects.create(
        case=case, kind=Kinds.REFERRED, actor=by, at=at,
        data={"referral": referral.pk, "unit": unit.code, "to": case.state},
    )  # fmt: skip


@transaction.atomic
def close_settled(case: Case, *, by: User) -> None:
    """What was settled on the spot is over: nobody is asked, and nobody calls back."""
    acts.lock_cases(pk=case.pk)
    deadlines.lock(case.deadlines)
    at = clock.now()
    deadlines.cancel(case.deadlines, at=at, reason=SETTLED)
    case.assignments.filter(ended_at=None).update(ended_at=at)
    case.state, case.closed_at, case.next_due_at = State.CLOSED, at, None
    case.save(update_fields=["state", "closed_at", "next_due_at"])
    CaseEvent.objects.create(case=case, kind=Kinds.CLOSED, actor=by, at=at, data={"to": case.state})


# -- by itself --------------------------------------------------------------------------


def silent_to_bring_home() -> Iterator[bool]:
    """Let each referral that its outlet or firm let run out come home, by itself; whether it came.

    The rows are the queue: every good sweep is followed by a look. Any number may look at once.
    """
    out = Referral.objects.open().values("case")
    late = CaseDeadline.objects.overdue(clock.now()).filter(
        case__in=out, rule__met_by__in=OUT_THERE
    )
    found = set(late.values_list("case", flat=True))
    yield from map(_bring_home, sorted(found))


@transaction.atomic
def _bring_home(pk: int) -> bool:
    free = Case.objects.select_for_update(no_key=True, skip_locked=True)
    case = free.filter(pk=pk, state=State.ODR_NEGOTIATING).first()
    if case is None:
        return False
    deadlines.lock(case.deadlines)
    at = clock.now()
    if not case.deadlines.overdue(at).filter(rule__met_by__in=OUT_THERE).exists():
        return False
    referral = case.referrals.select_related("unit").get(ended_at=None)
    _end(referral, Outcome.SILENT, at)
    _take_home(case, referral, at)
    CaseEvent.objects.create(
        case=case, kind=Kinds.CAME_HOME, actor=None, at=at,
        data={"referral": referral.pk, "outcome": Outcome.SILENT, "to": case.state},
    )  # fmt: skip
    acts.refresh_next_due(case)
    case.save()
    _tell_home(case, referral)
    return True


# -- told -------------------------------------------------------------------------------


def _tell_operators(act: Act, referral: Referral) -> None:
    """Each of those who could take it, in their own inbox."""
    people = User.objects.filter(unit=referral.unit, is_active=True)
    Notification.objects.bulk_create(
        Notification(
            dedup_key=f"referred:{referral.pk}:{person.pk}", topic="referred", target="user",
            handler=person, unit=referral.unit, subject="cases.case", subject_id=act.case.pk,
            created_at=act.at,
        )
        for person in people
    )  # fmt: skip


def _tell_home(case: Case, referral: Referral, *, by: User | None = None) -> None:
    """Whoever has it, and who dispatches; nobody of what they did, nor of what a colleague did."""
    is_ours = referral.outcome in BY_US
    told = {} if is_ours else {Role.DISPATCHER: None}
    if case.handler and case.handler.is_active and case.handler != by:
        told["user"] = case.handler
    Notification.objects.bulk_create(
        Notification(
            dedup_key=f"came_home:{referral.pk}:{target}", topic="came_home", target=target,
            handler=person, unit=case.unit, subject="cases.case", subject_id=case.pk,
            created_at=referral.ended_at,
        )
        for target, person in told.items()
    )  # fmt: skip
