"""Four eyes: who handles a case proposes, another decides, and only then it takes effect.

The decision's moment is the approval. Which verbs wait for whom: the column ``decided_by`` of
the tables in cases/lifecycle/.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice

from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from agency.core.errors import RuleViolation
from agency.core.models import Notification, User
from agency.core.notifications.bell import settle
from agency.core.roles import Role
from cases import acts, lifecycle
from cases.acts import Act
from cases.lifecycle import DECIDERS, SIGNERS
from cases.models import Agreement, Assignment, Case, CaseEvent, Mediation, Proposal
from cases.models.merchant import identity
from cases.recusals import check_may_handle, has_listed

Effect = Callable[..., None]
Beside = Callable[[Case, dict], dict]

_effects: dict[str, Effect] = {}
_beside: dict[str, list[Beside]] = {}

CODED = frozenset(
    "rule ground principle decision opinion how amount party ticket uscc merchant_phone".split()
)
"""What a verb is given by choice or as a figure, and a merchant's numbers. Whatever else is a text may name somebody."""


def effect_of(verb: str) -> Callable[[Effect], Effect]:
    """Marks what ``verb`` does when it takes effect: ``effect(act, **data)``.

    ``data`` is stored as JSON while a proposal waits: codes, texts and figures as texts.
    """

    def register(effect: Effect) -> Effect:
        _effects[verb] = effect
        return effect

    return register


def beside(*verbs: str) -> Callable[[Beside], Beside]:
    """Marks what whoever decides on ``verbs`` is shown of the case: codes and days, as JSON.

    ``shows(case, data)``: ``data`` is what was proposed.
    """

    def register(shows: Beside) -> Beside:
        for verb in verbs:
            _beside.setdefault(verb, []).append(shows)
        return shows

    return register


def stood(proposal: Proposal) -> dict:
    """What is so beside what is proposed; once it is decided, what was so then."""
    if proposal.decided_at:
        return proposal.stood or {}
    told: dict = {}
    for shows in _beside.get(proposal.verb, ()):
        told |= shows(proposal.case, proposal.data)
    return told


def submit(act: Act, **data) -> None:
    """Let the verb take effect now, or wait for another's approval where its row says so."""
    if act.move.decided_by:
        propose(act, act.move.decided_by, **data)
    else:
        _effects[act.move.verb](act, **data)


def propose(act: Act, deciders: Iterable[Role], **data) -> None:
    """Let the verb wait until one of ``deciders`` has approved it."""
    verb = act.move.verb
    if act.case.proposals.filter(verb=verb, decided_at=None).exists():
        raise RuleViolation(_("This was proposed already: let that be decided first."))
    texts = {name: said for name, said in data.items() if isinstance(said, str)}
    words = {name: act.case.kept(texts[name], ours=True) for name in texts.keys() - CODED}
    proposal = Proposal.objects.create(
        case=act.case, verb=verb, data=data | words, by=act.by, at=act.at, holds=act.move.holds,
        deciders=sorted(deciders),
    )  # fmt: skip
    act.record(CaseEvent.Kind.PROPOSED, verb=verb)
    _ask(act, proposal)


def ask_anew(act: Act) -> None:
    """Another unit has the case: who decides there is asked, and nobody any more who was before."""
    waiting = list(act.case.proposals.filter(decided_at=None))
    if waiting:
        act.case.save(update_fields=["unit", "handler"])  # whoever may decide is found by them
    for proposal in waiting:
        *before, latest = _notice_keys(proposal)
        settle(*before)
        _ask(act, proposal, key=latest)


def _ask(act: Act, proposal: Proposal, *, key: str = "") -> None:
    """Tell who may decide: the chief, the leader or, where neither can, the supervisor."""
    Notification.objects.create(
        dedup_key=key or _notice_key(proposal), topic="approval_needed", target=_decider(proposal),
        unit=act.case.unit, subject="cases.case", subject_id=act.case.pk, created_at=act.at,
    )  # fmt: skip


def _decider(proposal: Proposal) -> Role:
    asked = Proposal.objects.filter(pk=proposal.pk)
    if asked.filter(HAS_CHIEF, deciders=CHIEF_FIRST).exists():
        return Role.CHIEF
    return Role.LEADER if asked.filter(HAS_LEADER).exists() else Role.SUPERVISOR


def who_may_decide(proposal: Proposal, *, most: int) -> list[User]:
    """By name, whose decision it waits for; who may is asked of one after the other until enough."""
    near = User.objects.at_work().filter(
        role__in={*proposal.deciders, Role.SUPERVISOR},
        unit__path__in=proposal.case.unit.ancestor_paths,
    )  # fmt: skip
    people = near.order_by("role", "name")
    able = (who for who in people if awaiting(who).filter(pk=proposal.pk).exists())
    return list(islice(able, most))


def _notice_key(proposal: Proposal) -> str:
    return f"proposal:{proposal.pk}"


def _notice_keys(proposal: Proposal) -> list[str]:
    """What was asked when it was proposed, and with each assignment since."""
    asked = _notice_key(proposal)
    since = proposal.case.assignments.filter(assigned_at__gte=proposal.at).order_by("pk")
    return [asked, *(f"{asked}:{pk}" for pk in since.values_list("pk", flat=True))]


def approve(no: str, *, by: User) -> Case:
    """Let what was proposed take effect now: the decision's moment is the approval."""
    with acts.begin(no, "approve", by) as act:
        proposal = _decide(act, approved=True)
        act.move = _move_of(act.case, proposal)
        act.proposer = proposal.by
        _effects[proposal.verb](act, **proposal.data)
    return act.case


def disapprove(no: str, *, by: User, reason: str) -> Case:
    """Refuse what was proposed, with the reason; the case goes on."""
    with acts.begin(no, "disapprove", by) as act:
        proposal = _decide(act, approved=False, reason=reason)
        act.record(CaseEvent.Kind.DISAPPROVED, verb=proposal.verb)
    return act.case


def _decide(act: Act, *, approved: bool, reason: str = "") -> Proposal:
    """The pending proposal, decided by somebody who neither proposed nor handles it."""
    proposal = to_decide(act.case, act.by)
    if proposal is None:
        raise RuleViolation(_("Nothing waits for approval here."))
    if refusal := _may_not_decide(proposal, act.by):
        raise RuleViolation(refusal)
    _end(act, proposal, approved=approved, reason=reason)
    return proposal


def _end(act: Act, proposal: Proposal, *, approved: bool, reason: str) -> None:
    by = act.by if act.by != proposal.by else None  # nobody: dropped by an act of who proposed it
    _write_end(proposal, by, act.at, approved=approved, reason=reason)
    if by:
        _tell_proposer(act, proposal)


def _write_end(
    proposal: Proposal, by: User | None, at: datetime, *, approved: bool, reason: str
) -> None:
    proposal.stood = stood(proposal)
    proposal.approved, proposal.decided_by = approved, by
    proposal.decided_at, proposal.reason = at, reason
    proposal.save()
    settle(*_notice_keys(proposal))


def _tell_proposer(act: Act, proposal: Proposal) -> None:
    """What came of it; where who proposed it has left, to whom the case is now."""
    topic = "approved" if proposal.approved else "disapproved"
    if not proposal.by.is_active:
        act.tell("handler", topic=topic)
        return
    _word(act.case, proposal, act.at).save()
    act.told.add(proposal.by_id)


def _word(case: Case, proposal: Proposal, at: datetime) -> Notification:
    topic = "approved" if proposal.approved else "disapproved"
    return Notification(
        dedup_key=f"{topic}:{proposal.pk}", topic=topic, target="user", handler=proposal.by,
        unit=case.unit, subject="cases.case", subject_id=case.pk, created_at=at,
    )  # fmt: skip


def drop(act: Act, proposal: Proposal, reason: str) -> None:
    """What was decided meanwhile leaves nothing to decide of it."""
    _end(act, proposal, approved=False, reason=reason)
    act.record(CaseEvent.Kind.DISAPPROVED, verb=proposal.verb)


def lapse(proposal: Proposal, reason: str, *, at: datetime) -> None:
    """What nobody decided while it could be leaves nothing to decide. The case is locked."""
    _write_end(proposal, None, at, approved=False, reason=reason)
    CaseEvent.objects.create(
        case=proposal.case, kind=CaseEvent.Kind.DISAPPROVED, actor=None, at=at,
        data={"verb": proposal.verb},
    )  # fmt: skip
    if proposal.by.is_active:
        _word(proposal.case, proposal, at).save()


def _move_of(case: Case, proposal: Proposal) -> lifecycle.Move:
    move = lifecycle.move_of(case.kind, proposal.verb, case.state)
    if move is None:
        raise RuleViolation(
            _("A case that is %(state)s does not allow this.") % {"state": case.get_state_display()}
        )
    return move


def to_decide(case: Case, user: User) -> Proposal | None:
    """The proposal of the case that ``user`` may decide, else one that another must."""
    mine = awaiting(user).filter(case=case).order_by("-holds", "pk")
    return mine.select_related("by").first() or case.pending


def _may_not_decide(proposal: Proposal, user: User) -> str | None:
    """None where ``user`` may decide, else the sentence that says why not."""
    if awaiting(user).filter(pk=proposal.pk).exists():
        return None
    mine = Proposal.objects.filter(_is_work_of(user), pk=proposal.pk)
    check_may_handle(user, proposal.case)
    if mine.exists():
        return _("Somebody else must decide this: you proposed or handle it.")
    if proposal.deciders == CHIEF_FIRST:
        return _("The section chief of this unit decides this.")
    if proposal.deciders == [Role.LEADER]:
        return _("The leader decides this.")
    return _("Supervisor and leader: one proposes this, the other decides.")


def awaiting(user: User) -> QuerySet[Proposal]:
    """What awaits a decision that ``user`` may give; within no scope yet.

    The supervisor gives the leader's, where no leader in reach may.
    """
    mine = Q(deciders__contains=[user.role])
    if user.role == Role.SUPERVISOR:
        mine |= Q(deciders__contains=[Role.LEADER]) & ~HAS_LEADER
    others = Proposal.objects.filter(mine, decided_at=None).exclude(_is_work_of(user))
    others = others.exclude(has_listed(user, identity("case__merchant", OuterRef)))
    others = others.exclude(deciders=EITHER_SIGNS, by__role=user.role)
    if user.role in SIGNERS:
        others = others.exclude(HAS_CHIEF, deciders=CHIEF_FIRST)
    return others


def _is_work_of(user: User) -> Q:
    """Of a proposal: ``user`` made it, or has the case, or worked on it."""
    worked = _worked_on(OuterRef("case"), OuterRef("at"), user, user.username)
    return Q(by=user) | Q(case__handler=user) | worked


def _worked_on(case: object, since: object, person: object, username: object) -> Q:
    """Who had the case ``since`` then, mediated it, wrote the agreement or what came of it, or
    was ever one of the two officers of a report.

    To hand it over makes nobody another.
    """
    had_it = Assignment.objects.filter(case=case, handler=person).exclude(ended_at__lt=since)
    mediated = Mediation.objects.filter(case=case, mediator=person)
    settled = Agreement.objects.filter(case=case, by=person)
    followed = CaseEvent.objects.filter(case=case, actor=person, kind__in=OF_PERFORMANCE)
    verified = CaseEvent.objects.filter(case=case, kind=CaseEvent.Kind.VERIFYING)
    second = verified.annotate(second=KT("data__colleague")).filter(second=username)
    return Exists(had_it) | Exists(mediated) | Exists(settled) | Exists(followed) | Exists(second)


OF_PERFORMANCE = {CaseEvent.Kind.PERFORMED, CaseEvent.Kind.NOT_PERFORMED}


def _twice_outer(name: str) -> OuterRef:
    return OuterRef(OuterRef(name))


CHIEF_FIRST, EITHER_SIGNS = sorted(DECIDERS), sorted(SIGNERS)


def _has(role: Role) -> Exists:
    """Of a proposal: whether its case is in reach of one in this role who neither proposed it,
    worked on it nor is recused.
    """
    people = User.objects.at_work().filter(role=role)
    people = people.alias(path=ExpressionWrapper(OuterRef("case__unit__path"), CharField()))
    return Exists(
        people.filter(path__startswith=F("unit__path"))
        .exclude(pk=Coalesce(OuterRef("case__handler"), 0))
        .exclude(pk=OuterRef("by"))
        .exclude(_worked_on(
            OuterRef(OuterRef("case")), OuterRef(OuterRef("at")), OuterRef("pk"), OuterRef("username")
        ))
        .exclude(has_listed(OuterRef("pk"), identity("case__merchant", _twice_outer)))
    )  # fmt: skip


HAS_CHIEF, HAS_LEADER = _has(Role.CHIEF), _has(Role.LEADER)
