"""An interview is proposed by one person, and decided by another."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from agency.core import clock, presence
from agency.core.calendar import SHANGHAI
from agency.core.errors import Forbidden, Invalid, RuleViolation
from agency.core.models import User
from agency.core.roles import Role
from cases import merchants as known
from cases.models import Case, Merchant
from cases.models.merchant import identity
from interviews import acts, clocks
from interviews.acts import Act, Kinds
from interviews.letters.forms import Form
from interviews.lifecycle import MOVE, PROPOSERS, Milestone, State
from interviews.models import Attendance, Interview
from interviews.workflow import papers

PREFIX = "YT"
COUNTED = {"complaint", "consultation", "petition"}
"""The kinds of cases an interview may name: a report leads nowhere that its reporter did not."""


@transaction.atomic
def propose(
    *, by: User, kind: str, subject: str, merchants: Sequence[dict], hold_at: datetime, place: str,
    matters: str, cases: Sequence[str] = (), publicity: bool = False, trigger: str = "",
    basis: str = "",
) -> Interview:  # fmt: skip
    """Propose to call merchants in; each is a dict with ``name`` and maybe ``uscc``, ``address``.

    ``basis``: the law its letters cite, where it is not the usual one.
    A matter is not gone through twice: RuleViolation where a merchant is in an interview on it.
    """
    if by.role not in PROPOSERS:
        raise Forbidden
    found = _identified(kind, merchants)
    named = _named(cases, by)
    at = clock.now()
    if hold_at <= at:
        raise Invalid({"hold_at": [_("This moment has passed.")]})
    _check_once(found, named, subject)
    interview = Interview.objects.create(
        no=number_of(at), kind=kind, unit=by.unit, subject=subject, matters=matters, place=place,
        hold_at=hold_at, publicity=publicity, trigger=trigger, basis=basis, handler=by, proposed_by=by,
        proposed_at=at,
    )  # fmt: skip
    interview.cases.set(named)
    Attendance.objects.bulk_create(
        Attendance(interview=interview, merchant=merchant, hold_at=hold_at, address=address)
        for merchant, address in found
    )
    act = Act(interview, by, at, MOVE["approve"])
    act.record(Kinds.PROPOSED, cases=[case.pk for case in named], trigger=trigger)
    act.start(Milestone.PROPOSED)
    act.tell(_decider(interview), topic="interview_proposed")
    presence.seen(by)
    return interview


def _identified(kind: str, told: Sequence[dict]) -> list[tuple[Merchant, str]]:
    """The merchants meant, each once, with the address that was said."""
    if kind == Interview.Kind.INDIVIDUAL and len(told) != 1:
        raise Invalid({"merchants": [_("An individual interview has one merchant.")]})
    rows = known.find_or_add([{"uscc": "", "address": ""} | one for one in told])
    found = [(rows[known.key_of(one)], one.get("address") or "") for one in told]
    if len({merchant.identity for merchant, _address in found}) < len(found):
        raise Invalid({"merchants": [_("One merchant is named twice.")]})
    return found


def _named(numbers: Sequence[str], by: User) -> list[Case]:
    """The cases behind it, as far as ``by`` sees them."""
    found = Case.objects.visible_to(by).filter(no__in=set(numbers), kind__in=COUNTED)
    if strange := sorted(set(numbers) - {case.no for case in found}):
        said = _("There is no case %(no)s to stand behind an interview.") % {"no": strange[0]}
        raise Invalid({"cases": [said]})
    return list(found.order_by("pk"))


def _check_once(found: list[tuple[Merchant, str]], named: list[Case], subject: str) -> None:
    """同一事件不重复约谈: neither the same cases nor, while one goes on, the same subject."""
    lock = [merchant.identity for merchant, _address in found]
    list(Merchant.objects.select_for_update(no_key=True).filter(pk__in=lock).order_by("pk"))
    others = Interview.objects.exclude(state=State.REJECTED).filter(
        merchants__in=Attendance.objects.alias(who=identity("merchant")).filter(who__in=lock)
    )
    same = Q(cases__in=named) | Q(subject=subject) & ~Q(state=State.CLOSED)
    if other := others.filter(same).order_by("pk").first():
        said = _("Interview %(no)s is on the same matter with the same merchant.")
        raise RuleViolation(said % {"no": other.no})


def number_of(at: datetime) -> str:
    """Unique and in order; it may have gaps, those of issued letters do not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('interviews_number')")
        [number] = cursor.fetchone()
    return f"{PREFIX}{at.astimezone(SHANGHAI):%Y%m%d}{number:04d}"


def approve(no: str, *, by: User, opinion: str = "") -> Interview:
    """Let it be held. Chief for one merchant, leader for several; never who proposed it."""
    with acts.begin(no, "approve", by) as act:
        _decide(act, opinion, Kinds.APPROVED)
        each = [{"attendance": attendance} for attendance in act.interview.merchants.all()]
        hold_at = act.interview.hold_at
        act.start(Milestone.APPROVED, *each, due_at=clocks.lead_before(hold_at))
        act.start(Milestone.CALLED_IN, *each, starts_at=hold_at)
        papers.order(act, Form.APPROVAL)
        papers.write_if_few(act)
    return act.interview


def reject(no: str, *, by: User, reason: str = "") -> Interview:
    """Let it be; the proposer is told."""
    with acts.begin(no, "reject", by) as act:
        _decide(act, reason, Kinds.REJECTED)
        act.cancel()
    return act.interview


def _decide(act: Act, opinion: str, kind: Kinds) -> None:
    interview = act.interview
    _check_decider(interview, act.by)
    interview.decided_by, interview.decided_at, interview.opinion = act.by, act.at, opinion
    act.take_effect()
    interview.merchants.update(state=act.move.course_to)
    act.stop(Milestone.DECIDED)
    act.record(kind)
    act.tell("user", topic="interview_decided", handler=interview.proposed_by)


def _check_decider(interview: Interview, by: User) -> None:
    if interview.proposed_by == by:
        raise RuleViolation(_("Who proposed it does not decide it."))
    if may_decide(interview, by):
        return
    if interview.kind == Interview.Kind.COLLECTIVE:
        raise RuleViolation(_("A leader decides on a collective interview."))
    raise RuleViolation(_("The section chief decides on an individual interview."))


def _decider(interview: Interview) -> Role:
    """Who decides: the leader also where no chief near may, but who proposed it."""
    if interview.kind == Interview.Kind.COLLECTIVE:
        return Role.LEADER
    chiefs = User.objects.at_work().filter(
        role=Role.CHIEF, unit__path__in=interview.unit.ancestor_paths
    )
    others = chiefs.exclude(pk=interview.proposed_by_id).exists()
    return Role.CHIEF if others else Role.LEADER


def may_decide(interview: Interview, user: User) -> bool:
    """Whether ``user`` is another than the proposer, and the one to decide."""
    return interview.proposed_by_id != user.pk and _decider(interview) == user.role
