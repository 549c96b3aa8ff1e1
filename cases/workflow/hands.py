"""In whose hands a case is: dispatch and return."""

from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from agency.core import deadlines
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import Notification, Unit, User
from agency.core.notifications.bell import settle
from agency.core.roles import Role
from agency.core.text import listed
from cases import acts, lifecycle, on_duty
from cases.acts import Act
from cases.lifecycle import WAITING, Kind, Milestone, State
from cases.models import Assignment, Case, CaseEvent, Post, Responsibility
from cases.recusals import check_may_handle, recused
from cases.rulings import RULING_AFTER, is_leaders, returns_of
from cases.workflow import load
from cases.workflow.approval import ask_anew

Kinds = CaseEvent.Kind


def dispatch(
    no: str, *, by: User, unit: str, handler: str | None = None, contact: str | None = None,
    follow_up: str | None = None, override: bool = False, balance: bool = False, ruling: str = "",
) -> Case:  # fmt: skip
    """Put the case into the hands of ``unit`` (its code) and, named by username, of people.

    Who dispatches, contacts and follows up are three; with ``override`` one may hold two parts.
    Where nobody is named to follow up, whoever is on duty for it does.
    ``balance``: without a handler named, who has the least in hand gets it. ``ruling``: why it
    goes there, where a leader rules; Invalid where none is due. To the unit that has it already
    it only changes hands.
    """
    with acts.begin(no, "dispatch", by) as act:
        _leave_to_leader(act, ruling)
        target = _unit_within(by, unit)
        named = {"handler": handler, "contact": contact, "follow_up": follow_up}
        people = {post: officer(act.case, post, target, who) for post, who in named.items()}
        stays = is_there(act.case, target)
        if not handler and (balance or settings.BALANCE_DISPATCH and not stays):
            people["handler"] = _balanced(act.case, target)
        if stays:
            _give_to_another(act, people, override=override)
        else:
            people["follow_up"] = people["follow_up"] or _follows_up(act, target, people)
            _send(act, target, people, override=override, ruling=ruling)
    return act.case


def is_there(case: Case, unit: Unit) -> bool:
    """Whether ``unit`` has the case in hand: another dispatch would give it nothing but a new day."""
    if case.unit != unit or case.state in WAITING or is_leaders(case):
        return False
    return case.assignments.filter(ended_at=None, unit=unit).exists()


def _give_to_another(act: Act, people: dict[str, User | None], *, override: bool) -> None:
    """In the same unit it changes hands; its day to give it back goes on."""
    current = act.assignment
    if all(person in (None, getattr(current, post)) for post, person in people.items()):
        sentence = _("It is at %(unit)s already: name somebody else there, or choose another unit.")
        raise RuleViolation(sentence % {"unit": current.unit.name})
    _change_hands(act, people, override=override)
    if people["handler"]:
        act.tell("handler", topic="assign")


def _send(
    act: Act, target: Unit, people: dict[str, User | None], *, override: bool, ruling: str
) -> None:
    assignment = Assignment(
        case=act.case, unit=target, by=act.by, assigned_at=act.at, override=override,
        ruling=ruling, **people,
    )  # fmt: skip
    _check_three(assignment)
    end_assignment(act)
    assignment.save()
    act.cancel(Milestone.TAKEN_UP, reason="redispatched")
    chosen = people["handler"]
    hand_over(act.case, target, chosen, at=act.at)
    if chosen:
        keep_three(act.case, chosen, by=act.by, at=act.at)
    ask_anew(act)
    act.take_effect()
    if is_leaders(act.case):  # nothing is left to return
        act.cancel(Milestone.TAKEN_UP, reason="ruled")
    act.record(Kinds.DISPATCHED, unit=target.code, handler=chosen and chosen.username)


def _follows_up(act: Act, unit: Unit, people: dict[str, User | None]) -> User | None:
    """专人跟进 by the roster: nobody who dispatches, calls or handles it."""
    others = [act.by, *filter(None, people.values())]
    able = officers(act.case, "follow_up", unit).exclude(pk__in=[other.pk for other in others])
    return on_duty.nearest(able, Post.FOLLOW_UP, unit)


def _balanced(case: Case, unit: Unit) -> User:
    able = officers(case, "handler", unit)
    chosen = load.least_loaded(able, unit, case.kind, last=had_it(case))
    if chosen is None:
        raise Invalid({"balance": [_("Nobody in this unit could handle it.")]})
    return chosen


def had_it(case: Case) -> QuerySet[User]:
    """Who handled what was opened again: somebody else should now, if there is one (更换承办人优先)."""
    before = case.assignments.of_before().filter(handler__isnull=False)
    return User.objects.filter(pk__in=before.values("handler"))


def _check_three(assignment: Assignment) -> None:
    """三专 are three people, unless somebody says that one holds two of the parts."""
    taken = {assignment.by_id}
    for post in ("contact", "follow_up"):
        person = getattr(assignment, f"{post}_id")
        if person in taken and not assignment.override:
            sentence = _(
                "Who dispatches, contacts and follows up are three people; or tick that one may hold two."
            )
            raise Invalid({post: [sentence]})
        taken |= {person} - {None}


def return_(no: str, *, by: User, reason: str, explanation: str) -> Case:
    """Give the case back to who dispatched it. No clock stops for it."""
    with acts.begin(no, "return", by) as act:
        if is_leaders(act.case):
            raise RuleViolation(_("The leader has ruled whose this case is: it is not returned."))
        ended = end_assignment(
            act, returned_by=by, return_reason=reason, return_explanation=explanation
        )
        back_to = ended.by.unit if ended and not ended.by.unit.is_external else None
        root = Unit.objects.get(parent=None)
        above = back_to and act.case.unit.path.startswith(back_to.path) and back_to != act.case.unit
        hand_over(act.case, back_to if above else root, None, at=act.at)
        act.take_effect()
        act.record(Kinds.RETURNED, unit=ended.unit.code if ended else None)
        _ask_for_a_ruling(act)
    return act.case


def _ask_for_a_ruling(act: Act) -> None:
    """Tell the leader, from the second return on: nobody else can go on with it."""
    returns = returns_of(act.case)
    if returns >= RULING_AFTER:
        Notification.objects.create(
            dedup_key=_ruling_key(act.case), topic="ruling_needed",
            target=Role.LEADER, unit=act.case.unit, subject="cases.case", subject_id=act.case.pk,
            step=returns, created_at=act.at,
        )  # fmt: skip


def _ruling_key(case: Case) -> str:
    """Of the latest return."""
    latest = case.assignments.returned().order_by("pk").values_list("pk", flat=True).last()
    return f"ruling:{case.no}:{latest}"


def _leave_to_leader(act: Act, ruling: str) -> None:
    """From the second return on only a leader dispatches, and has ruled with that."""
    returns = returns_of(act.case)
    if returns >= RULING_AFTER and act.by.role != Role.LEADER:
        raise RuleViolation(_("Returned twice: a leader rules where this case goes."))
    if returns >= RULING_AFTER:
        settle(_ruling_key(act.case))
    elif ruling:
        raise Invalid({"ruling": [_("It was not returned twice: nothing is to be ruled.")]})
    elif act.by.role == Role.LEADER:
        raise RuleViolation(_("Dispatching is the dispatcher's until a case was returned twice."))


def _unit_within(by: User, code: str) -> Unit:
    unit = Unit.objects.subtree(by.unit).filter(code=code).first()
    if unit is None:
        raise Invalid({"unit": [_("There is no such unit.")]})
    if unit.is_external:
        raise Invalid({"unit": [_("Outlets and firms get referrals, not dispatches.")]})
    return unit


def officers(case: Case, post: str, unit: Unit) -> QuerySet[User]:
    """Who may be named for ``post`` of ``case`` in ``unit``: a post of ``officers_of``.

    They belong to the unit, or to one below or above it.
    """
    able = _near(unit).filter(role__in=lifecycle.officers_of(case.kind, post))
    if post == "handler":
        able = able.exclude(pk__in=_answer_otherwise(case))
    return able.exclude(pk__in=recused(case)) if post in HANDLING else able


def _near(unit: Unit) -> QuerySet[User]:
    near = Q(unit__path__startswith=unit.path) | Q(unit__path__in=unit.ancestor_paths)
    return User.objects.at_work().filter(near)


def _answer_otherwise(case: Case) -> set[int]:
    """三级负责: who leads a petition or calls back does not handle it too."""
    three = three_of(case)
    return {three.leader_id, three.callback_id} if three else set()


def three_of(case: Case) -> Responsibility | None:
    """Who answers for a petition now; None before that was said, and for any other kind."""
    if case.kind != Kind.PETITION:
        return None
    return case.responsibilities.order_by("pk").last()


def keep_three(case: Case, handler: User, *, by: User, at: datetime) -> None:
    """Who handles a petition from now on is its core handler, beside the same other two."""
    three = three_of(case)
    if three and three.core_handler_id != handler.pk:
        Responsibility.objects.create(
            case=case, leader_id=three.leader_id, core_handler=handler,
            callback_id=three.callback_id, by=by, at=at,
        )  # fmt: skip


HANDLING = {"handler", "core_handler"}
"""The posts that nobody gets who is recused."""


def officer(
    case: Case, post: str, unit: Unit, username: str | None, *, field: str = ""
) -> User | None:
    """The officer of this name; None for no name. ``field``: what the body calls the post."""
    if not username:
        return None
    named = officers(case, post, unit).filter(username=username).first()
    if named is None:
        if post in HANDLING and (asked := User.objects.filter(username=username).first()):
            check_may_handle(asked, case)
            if post == "handler" and asked.pk in _answer_otherwise(case):
                raise Invalid({field or post: [_("These must be three different people.")]})
        _check_role(case, post, unit, username, field=field or post)
        raise Invalid({field or post: [_("Nobody of this name can take it in this unit.")]})
    return named


def _check_role(case: Case, post: str, unit: Unit, username: str, *, field: str) -> None:
    """Says of somebody who is there what they may not be named for."""
    able = lifecycle.officers_of(case.kind, post)
    asked = _near(unit).filter(username=username).exclude(role__in=able).first()
    if asked:
        told = {
            "kind": case.get_kind_display(), "name": asked, "role": asked.get_role_display(),
            "roles": listed(role.label for role in Role if role in able),
        }  # fmt: skip
        sentence = _("A case of this kind (%(kind)s) is for: %(roles)s; %(name)s is %(role)s.")
        raise Invalid({field: [sentence % told]})


def end_assignment(act: Act, **why) -> Assignment | None:
    """End the current assignment; ``why`` are its fields that tell of a return."""
    current = act.assignment
    if current:
        for name, value in {"ended_at": act.at, **why}.items():
            setattr(current, name, value)
        current.save()
    return current


def successor(assignment: Assignment, at: datetime, **changes) -> Assignment:
    """What follows ``assignment`` from ``at`` on, unsaved; ``changes`` like ``handler_id``."""
    kept = {name: getattr(assignment, name) for name in KEPT}
    return Assignment(**kept | changes, assigned_at=at)


KEPT = ("case_id", "unit_id", "by_id", "handler_id", "contact_id", "follow_up_id", "override")


def name_handler(act: Act, person: User) -> None:
    """Let ``person`` have the case where it is; whoever else was named stays."""
    current = end_assignment(act) or Assignment(case=act.case, unit=act.case.unit, by=act.by)
    successor(current, act.at, handler_id=person.pk).save()
    hand_over(act.case, act.case.unit, person, at=act.at)


def take_back(act: Act) -> None:
    """A closed case goes on: in the hands it was closed in, where they may still have it, and as
    it was dispatched then: who opens it again dispatched nothing.
    """
    case, had_it = act.case, act.case.assignments.order_by("pk").last()
    able = officers(case, "handler", case.unit)
    hand_over(case, case.unit, able.filter(pk=case.handler_id).first(), at=act.at)
    if case.handler or case.unit.parent_id:
        Assignment.objects.create(
            case=case, unit=case.unit, handler=case.handler, by=had_it.by if had_it else act.by,
            assigned_at=act.at,
        )  # fmt: skip


def hand_over(case: Case, unit: Unit, handler: User | None, *, at: datetime) -> None:
    """Unit and handler of the case and of what it still owes."""
    case.unit, case.handler = unit, handler
    deadlines.hand_over(case.deadlines, unit=unit, handler=handler, at=at)


def take_in_hand(act: Act) -> None:
    """Who answers first has it, where nobody is left who was named: a person takes it (1030)."""
    may_have_it = lifecycle.handlers_of(act.case.kind) - {Role.CHIEF}
    has_handler = act.case.handler and act.case.handler.is_active
    if has_handler or act.by.role not in may_have_it:
        return
    if act.by.pk in _answer_otherwise(act.case):
        return
    if recused(act.case).filter(pk=act.by.pk).exists():
        return
    if current := act.assignment:
        current.handler = act.by
        current.save(update_fields=["handler"])
        hand_over(act.case, act.case.unit, act.by, at=act.at)
        keep_three(act.case, act.by, by=act.by, at=act.at)


def take_up(act: Act) -> None:
    """``take_in_hand``; and a petition that is gone on with is in the hands of its three again, where
    each could be named still.
    """
    take_in_hand(act)
    if act.move.goes_on and act.case.kind == Kind.PETITION:
        in_their_hands(act)


def in_their_hands(act: Act) -> None:
    """Let the move lead to where the three have the petition, or are named first where one of them
    left or belongs to a unit that it is no longer in. 三级负责.
    """
    act.move = replace(act.move, to=State.HANDLING if _could_be_named(act.case) else State.ACCEPTED)


def _could_be_named(case: Case) -> bool:
    three = three_of(case)
    return three is not None and all(
        officers(case, post, case.unit).filter(pk=getattr(three, f"{post}_id")).exists()
        for post in ("leader", "core_handler", "callback")
    )


def assign(
    no: str, *, by: User, handler: str | None = None, contact: str | None = None,
    follow_up: str | None = None, override: bool = False,
) -> Case:  # fmt: skip
    """Name other people without sending the case away; who is not named stays."""
    with acts.begin(no, "assign", by) as act:
        current = act.assignment
        if current is None:
            raise RuleViolation(_("This case was not dispatched yet."))
        names = {"handler": handler, "contact": contact, "follow_up": follow_up}
        people = {post: officer(act.case, post, current.unit, who) for post, who in names.items()}
        _change_hands(act, people, override=override)
        if handler:
            act.take_effect()
    return act.case


def _change_hands(act: Act, people: dict[str, User | None], *, override: bool) -> None:
    """Who is not named stays."""
    current, handler = act.assignment, people["handler"]
    changes = {f"{post}_id": person.pk for post, person in people.items() if person}
    override = override or current.override
    following = successor(current, act.at, override=override, **changes)
    _check_three(following)
    end_assignment(act)
    following.save()
    hand_over(act.case, act.case.unit, following.handler, at=act.at)
    if handler:
        keep_three(act.case, handler, by=act.by, at=act.at)
    act.record(Kinds.ASSIGNED, handler=handler and handler.username)
