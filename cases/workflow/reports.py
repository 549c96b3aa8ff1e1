"""A report's verification and what is decided on it.

Sources: SAMR Order 121 §§33–37; 市场监督管理行政处罚程序规定 §§18–20; 行政处罚法 §42.
"""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from agency.core.errors import Invalid, RuleViolation
from agency.core.models import User
from cases import acts, citizens
from cases.acts import Act
from cases.lifecycle import State
from cases.models import Case, CaseEvent, Decision, Result
from cases.workflow.approval import beside, effect_of, submit
from cases.workflow.hands import officer, take_in_hand
from cases.workflow.tickets import lock_in_order

Kinds, Decisions = CaseEvent.Kind, Decision.Kind


def verify(no: str, *, by: User, colleague: str | None = None) -> Case:
    """Begin to verify it, with a second officer (a username) where one is named already.

    Again while it is verified: the second officer is named, or another.
    """
    with acts.begin(no, "verify", by) as act:
        named = officer(act.case, "handler", act.case.unit, colleague, field="colleague")
        if not (named or act.move.to):
            raise Invalid({"colleague": [_("This field is required.")]})
        take_in_hand(act)
        if named and named.pk == act.case.handler_id:
            raise Invalid({"colleague": [_("Two different officers verify a report.")]})
        act.take_effect()
        act.record(Kinds.VERIFYING, colleague=colleague)
    return act.case


BY_TWO = {"file", "decline_filing", "transfer", "decide_case"}
"""Who decides these is shown who verified, whichever of the two proposes it."""


def colleague_of(case: Case) -> User | None:
    """The second officer of the verification under way; None where nobody is named yet, or the one
    who was handles the case now: two are two people.
    """
    named = None
    for said in (
        case.events.filter(kind=Kinds.VERIFYING).order_by("pk").values_list("data", flat=True)
    ):
        named = said["colleague"] if "to" in said else said["colleague"] or named
    others = User.objects.exclude(pk=case.handler_id)
    return others.filter(username=named).first() if named else None


@beside(*BY_TWO)
def _by_whom(case: Case, _data: dict) -> dict:
    colleague = colleague_of(case)
    two = [officer.username for officer in (case.handler, colleague) if officer]
    return {"officers": two}


@transaction.atomic
def mark_duplicate(no: str, *, by: User, of: str) -> Case:
    """The same reporter, facts and object as case ``of``: not handled once more. §35.

    That the reporter is the same is the dispatcher's word, kept with the decision: no answer here
    depends on who reported.
    """
    lock_in_order(no, of)
    with acts.begin(no, "mark_duplicate", by) as act:
        original = _original(act, of)
        act.case.origin = act.case.origin or original
        act.decide(Decisions.DUPLICATE, reference=of)
        act.take_effect()
        act.leave()
        act.record(Kinds.DUPLICATE, of=of)
    return act.case


def _original(act: Act, no: str) -> Case:
    """The report that is handled in its stead: alive, or ended by a decision of its own."""
    there = Case.objects.visible_to(act.by).filter(no=no, kind=act.case.kind)
    original = there.exclude(pk=act.case.pk).select_related("reporter", "merchant").first()
    if original is None:
        raise Invalid({"of": [_("There is no such report.")]})
    if original.state in {State.DUPLICATE, State.MERGED}:
        raise Invalid({"of": [_("That one is handled elsewhere itself: name the report it is.")]})
    if refusal := _not_the_same(act.case, original):
        raise Invalid({"of": [refusal]})
    return original


def _not_the_same(case: Case, original: Case) -> str | None:
    """Why they are two reports; None where one reporter may have sent both, of one merchant. §35."""
    both = (case, original)
    if not all(report.is_contactable for report in both):
        return _("Who sent them is not known of both: each is handled by itself.")
    if len({report.merchant.identity for report in both if report.merchant}) > 1:
        return _("That one is about another merchant: each is handled by itself.")
    return None


def refuse_jurisdiction(no: str, *, by: User, authority: str, text: str) -> Case:
    """We have no power: the reporter is told which authority has. §34."""
    with acts.begin(no, "refuse_jurisdiction", by) as act:
        take_in_hand(act)
        act.decide(Decisions.NO_JURISDICTION, text=text, reference=authority)
        act.end(Result.NOT_FILED)
        act.take_effect()
        act.record(Kinds.NO_JURISDICTION)
    return act.case


def file(no: str, *, by: User, form_no: str = "", reason: str = "") -> Case:
    """Propose to file a case: all four conditions of §19 hold.

    ``form_no``: the number of the approval form 立案审批表, where it is known already.
    """
    with acts.begin(no, "file", by) as act:
        submit(act, reason=reason, form_no=form_no)
    return act.case


@effect_of("file")
def _file(act: Act, reason: str, form_no: str) -> None:
    act.decide(Decisions.FILED, text=reason, reference=form_no)
    act.end(Result.FILED)
    act.take_effect()
    act.record(Kinds.FILED)


def decline_filing(no: str, *, by: User, ground: str = "", explanation: str = "") -> Case:
    """Propose to file none, on one of the grounds of §20."""
    with acts.begin(no, "decline_filing", by) as act:
        submit(act, ground=ground, explanation=explanation)
    return act.case


@effect_of("decline_filing")
def _decline_filing(act: Act, ground: str, explanation: str) -> None:
    act.decide(Decisions.NOT_FILED, ground=ground, text=explanation)
    act.end(Result.NOT_FILED)
    act.take_effect()
    act.record(Kinds.NOT_FILED, ground=ground)


def transfer(no: str, *, by: User, to: str, reason: str, document_no: str = "") -> Case:
    """Propose to hand it to another authority or the police. ``document_no``: of the letter 移送函."""
    with acts.begin(no, "transfer", by) as act:
        submit(act, to=to, reason=reason, document_no=document_no)
    return act.case


@effect_of("transfer")
def _transfer(act: Act, to: str, reason: str, document_no: str = "") -> None:
    act.decide(
        Decisions.TRANSFERRED, text=reason, reference=" · ".join(filter(None, (to, document_no)))
    )
    act.end(Result.NOT_FILED)
    act.take_effect()
    act.record(Kinds.TRANSFERRED)


def decide_case(no: str, *, by: User, decision: str, document_no: str) -> Case:
    """Propose how the filed case ends: a penalty, none, dismissed, or transferred.

    ``document_no``: the number of the decision's document 决定文号. RuleViolation while no
    second officer is named. Source: 行政处罚法 §42.
    """
    with acts.begin(no, "decide_case", by) as act:
        if colleague_of(act.case) is None:
            sentence = _("Two officers handle a filed case: name the second first.")
            raise RuleViolation(sentence)
        submit(act, decision=decision, document_no=document_no)
    return act.case


@effect_of("decide_case")
def _decide_case(act: Act, decision: str, document_no: str) -> None:
    act.decide(Decisions.DECIDED, ground=decision, reference=document_no)
    act.take_effect()
    act.record(Kinds.CASE_DECIDED, decision=decision)


def grant_reward(no: str, *, by: User, amount: Decimal, basis: str) -> Case:
    """Propose a reward for the reporter, in yuan, on the ground of a law that gives one.

    Source: SAMR Order 121 §36; 食品安全法 §115 and others.
    """
    with acts.begin(no, "grant_reward", by) as act:
        if not Decimal(amount):
            raise Invalid({"amount": [_("Say how much is granted.")]})
        if refusal := no_reward(act.case):
            raise RuleViolation(refusal)
        submit(act, amount=str(amount), basis=basis)
    return act.case


def no_reward(case: Case) -> str:
    """Why none is granted; empty where one may be: the case is decided, and who reported is known."""
    decided = dict(
        case.decisions.order_by("pk").values_list("kind", "ground")
    )  # the latest of each
    if Decisions.REWARDED in decided:
        return _("A reward was granted already.")
    if Decisions.DECIDED not in decided:
        return _("A reward is granted once the filed case is decided.")
    if decided[Decisions.DECIDED] == "dismissed":
        return _("The case was dismissed: nothing was found that a reward could be given for.")
    who = case.reporter
    is_known = who and (who.name or who.phone)  # not one who is nothing but their own words
    return "" if is_known else _("Nobody is known here who could be rewarded.")


@effect_of("grant_reward")
def _grant_reward(act: Act, amount: str, basis: str) -> None:
    act.decide(Decisions.REWARDED, text=basis, reference=f"¥{Decimal(amount):,.2f}")
    act.take_effect()
    act.record(Kinds.REWARDED)


def untold_reward(case: Case) -> Decision | None:
    """The reward of which the reporter does not know yet; None where there is none. §36."""
    granted = case.decisions.filter(kind=Decisions.REWARDED).first()
    return granted if granted and citizens.untold_by_itself(case, granted) else None
