"""What only a petition knows. Source: 信访工作条例 §§19–36."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time

from django.utils.translation import gettext as _

from agency.core.calendar import SHANGHAI
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import User
from agency.core.roles import Role
from cases import acts, citizens, clocks
from cases.acts import Act
from cases.calendar import day_in_words, day_of
from cases.grounds import REVOKED, UPHELD
from cases.lifecycle import Kind, Milestone, State
from cases.lifecycle.moves import LEADER
from cases.lifecycle.petition import UNDECIDED
from cases.models import (
    Callback,
    Case,
    CaseEvent,
    Decision,
    FollowUp,
    PartyNotice,
    PetitionRecord,
    Responsibility,
    Result,
)
from cases.workflow.approval import effect_of, propose, submit
from cases.workflow.closing import callers
from cases.workflow.hands import (
    in_their_hands,
    name_handler,
    officer,
    take_back,
    take_in_hand,
    three_of,
)
from cases.workflow.kinds import begin_anew, begin_instead
from cases.workflow.review import tell

LETTER = PartyNotice.How.LETTER
Kinds, Decisions, Records = CaseEvent.Kind, Decision.Kind, PetitionRecord.Kind


def object_(no: str, *, by: User, reason: str) -> Case:
    """Propose to give back, as not ours, what was sent to us; five working days from its receipt.

    Who came by themselves is answered: told which authority has it. §§22–23, 31.
    """
    with acts.begin(no, "object", by) as act:
        _check_may_object(act)
        submit(act, reason=reason)
    return act.case


def _check_may_object(act: Act) -> None:
    citizens.check_alone(act.case)
    limit = time_to_object(act.case)
    if limit is None:
        raise RuleViolation(
            _("Nobody sent this here who could take it back: tell the petitioner whose it is.")
        )
    if limit < act.at:
        last = day_in_words(day_of(limit), day_of(act.at))
        raise RuleViolation(_("The time to object ended on %(day)s.") % {"day": last})


def time_to_object(case: Case) -> datetime | None:
    """Until when; None for what no other authority sent: the rule names the channels that do."""
    return clocks.limit_of(case, OBJECT, clocks.received_at(case))


OBJECT = "petition.object"


@effect_of("object")
def _object(act: Act, reason: str) -> None:
    _check_may_object(act)
    act.decide(Decisions.OBJECTED, text=reason)
    act.cancel(Milestone.DECISION_TOLD, reason="objected")
    act.take_effect()
    act.record(Kinds.OBJECTED)


def settle_objection(no: str, *, by: User, agreed: bool, text: str = "") -> Case:
    """Who sent it agrees and takes it back; or does not, and its clock runs as from receipt."""
    with acts.begin(no, "settle_objection", by) as act:
        act.decide(Decisions.OBJECTED, ground="agreed" if agreed else "declined", text=text)
        if agreed:
            act.case.state = State.CLOSED
            act.leave()
        else:
            act.case.state = State.REGISTERED
            act.happen(Milestone.CASE_REGISTERED, starts_at=clocks.received_at(act.case))
        act.record(Kinds.OBJECTION_SETTLED, agreed=agreed)
    return act.case


def route(no: str, *, by: User, to: str, text: str, how: str = LETTER) -> Case:
    """Tell the petitioner which legal way the matter takes, and begin it where it is ours. §31."""
    with acts.begin(no, "route", by) as act:
        if to in Kind:
            citizens.check_alone(act.case)
        take_in_hand(act)
        # First: whoever reports from now on is named in nothing that is written here.
        begin = begin_anew if to == Kind.REPORT else begin_instead
        ours = {"case_no": begin(act, to).no} if to in Kind else {}
        decision = act.decide(Decisions.ROUTED, ground=to, text=text)
        act.end(Result.REPLIED)
        act.take_effect()
        act.record(Kinds.ROUTED, way=to, **ours)
        tell(act, decision, how=how)
    return act.case


def assign_triple(
    no: str, *, by: User, leader: str | None = None, core_handler: str | None = None,
    callback: str | None = None,
) -> Case:  # fmt: skip
    """三级负责: who answers for it, who handles it, who calls back; three different people.

    Afterwards one of them may be relieved alone: who is not named stays. A call that waits is
    the new one's then.
    """
    with acts.begin(no, "assign_triple", by) as act:
        people = {"leader": leader, "core_handler": core_handler, "callback": callback}
        before, found = three_of(act.case), _three(act.case, people)
        Responsibility.objects.create(case=act.case, by=by, at=act.at, **found)
        if is_anothers := found["core_handler"] != act.case.handler:
            name_handler(act, found["core_handler"])
        if before and before.callback != found["callback"]:
            _ask_another(act)
        act.take_effect()
        if before and is_anothers:
            act.tell("handler")
        act.record(Kinds.TRIPLE_ASSIGNED, **{post: who.username for post, who in found.items()})
    return act.case


def _three(case: Case, people: dict[str, str | None]) -> dict[str, User]:
    """Whom ``people`` names for each post, else whoever has it."""
    current = three_of(case)
    unnamed = [post for post, name in people.items() if not name]
    if unnamed and (current is None or len(unnamed) == len(people)):
        raise Invalid(dict.fromkeys(unnamed, [_("This field is required.")]))
    found = {
        post: officer(case, post, case.unit, name) or getattr(current, post)
        for post, name in people.items()
    }
    if len(set(found.values())) < len(found):
        raise Invalid({"core_handler": [_("These must be three different people.")]})
    return found


def record_visit(no: str, *, by: User, note: str) -> Case:
    """见人: the petitioner was met or spoken to."""
    return _write_down(no, "record_visit", by, Records.VISIT, note, Kinds.VISITED)


def record_inspection(no: str, *, by: User, note: str) -> Case:
    """见事: the matter itself was looked into."""
    return _write_down(no, "record_inspection", by, Records.INSPECTION, note, Kinds.INSPECTED)


def hold_hearing(no: str, *, by: User, note: str) -> Case:
    """A hearing was held; the sixty days run on."""
    return _write_down(no, "hold_hearing", by, Records.HEARING, note, Kinds.HEARING_HELD)


def _write_down(no: str, verb: str, by: User, kind: Records, note: str, event: Kinds) -> Case:
    with acts.begin(no, verb, by) as act:
        _keep(act, kind, note)
        act.take_effect()
        act.record(event)
    return act.case


def _keep(act: Act, kind: Records, note: str) -> None:
    PetitionRecord.objects.create(case=act.case, kind=kind, note=note, by=act.by, at=act.at)


def reply(
    no: str, *, by: User, opinion: str, text: str, how: str = LETTER, document_no: str = "",
    for_signature: bool = False,
) -> Case:  # fmt: skip
    """Issue the opinion. Needs both records: the petitioner met, the matter seen. §§32, 34.

    It is a document, and goes to the petitioner: ``how``. When it came there later, ``notify``
    says so, and the time to ask for a review counts from then. ``document_no``: 意见书号.
    ``for_signature``: once a leader has signed it (领导签发).
    """
    with acts.begin(no, "reply", by) as act:
        if unwritten := unwritten_records(act.case):
            names = "、".join(unwritten)
            raise RuleViolation(_("Before the reply: %(records)s.") % {"records": names})
        if for_signature and by.role != Role.LEADER:
            propose(act, LEADER, opinion=opinion, text=text, how=how, document_no=document_no)
        else:
            _reply(act, opinion, text, how, document_no)
    return act.case


@effect_of("reply")
def _reply(act: Act, opinion: str, text: str, how: str, document_no: str = "") -> None:
    decision = act.decide(Decisions.REPLIED, ground=opinion, text=text, reference=document_no)
    act.end(Result.REPLIED)
    # The limit of a rework is that of another opinion: the end waits thirty days for a review.
    clocks.stop(act.case, Milestone.CLOSED, at=act.at)
    _ask_to_call_back(act)
    act.take_effect()
    act.record(Kinds.PETITION_REPLIED, opinion=opinion)
    tell(act, decision, how=how)


SEEN = {"record_visit": Records.VISIT, "record_inspection": Records.INSPECTION}
"""见人见事: what the opinion waits for, by the verb that records it."""


def unwritten_records(case: Case) -> list[str]:
    """What still is to be written down before the opinion, by name."""
    written = set(case.petition_records.values_list("kind", flat=True))
    return [str(kind.label) for kind in SEEN.values() if kind not in written]


def not_now(state: str, written: Iterable[str]) -> set[str]:
    """Of what leads to the opinion, what is done already, or waits for the others: the three are
    named once, and relieved when somebody wants to.
    """
    done = {verb for verb, kind in SEEN.items() if kind in written}
    named = {"assign_triple"} if state != State.ACCEPTED else set()
    return done | named | ({"reply"} if done != SEEN.keys() else set())


def _ask_to_call_back(act: Act) -> None:
    """专人回访: by whom the three-level responsibility names; by whoever may, where that one may not."""
    officer = _caller(act.case)
    asked = {"officer": officer, "ended_on": day_of(act.at), "drawn_at": act.at, "done_at": None}
    Callback.objects.update_or_create(case=act.case, defaults=asked)


def _ask_another(act: Act) -> None:
    asked = Callback.objects.filter(case=act.case, done_at=None)
    if asked.update(officer=_caller(act.case)):
        act.tell(Role.CALLBACK, topic="reply")


def _caller(case: Case) -> User | None:
    three = three_of(case)
    return callers(case).filter(pk=three.callback_id).first() if three else None


def evaluate(no: str, *, by: User, satisfaction: str, office: str = "", note: str = "") -> Case:
    """How the petitioner rates in the national system the unit that answered (责任单位), and the
    petition ``office`` (信访部门). Each answer is rated once, whenever that comes.
    """
    with acts.begin(no, "evaluate", by) as act:
        if why := no_rating(act.case):
            raise RuleViolation(why)
        FollowUp.objects.create(
            case=act.case, satisfaction=satisfaction, office=office, is_rating=True, note=note,
            by=by, at=act.at,
        )  # fmt: skip
        act.take_effect()
        act.record(Kinds.EVALUATED, satisfaction=satisfaction)
    return act.case


def no_rating(case: Case) -> str:
    """Why there is nothing to rate, in words; "" for a reply that was not rated yet."""
    replied = last_decision(case, Decisions.REPLIED)
    if replied is None:
        return _("Nothing was answered yet that could be rated.")
    rated = case.follow_ups.filter(is_rating=True, at__gte=replied.at)
    return _("The petitioner has rated this answer already.") if rated.exists() else ""


def request_review(no: str, *, by: User, note: str = "", asked_on: date | None = None) -> Case:
    """The petitioner asks the authority above for a review, within 30 days of the reply. §35.

    ``asked_on``: the day of the request, from which the answer's limit counts; None: today.
    Closing the petition early takes nothing of that time away.
    """
    return _ask_again(no, "request_review", by, note, asked_on, Decisions.REPLIED)


def request_final_review(
    no: str, *, by: User, note: str = "", asked_on: date | None = None
) -> Case:
    """The petitioner asks for the final review, within 30 days of the review. §36."""
    return _ask_again(no, "request_final_review", by, note, asked_on, Decisions.REVIEWED)


OF_ANSWER = {
    Decisions.REPLIED: ("review", "petition.review_request"),
    Decisions.REVIEWED: ("final_review", "petition.final_review_request"),
}
"""An answer, which review of it there is, and the limit of the right to ask for it."""
ASKED_OF = {Decisions.REPLIED: Decisions.REVIEWED, Decisions.REVIEWED: Decisions.FINALLY_REVIEWED}
"""An answer, and the one that follows when somebody asks for its review; each is given once."""


def _ask_again(
    no: str, verb: str, by: User, note: str, asked_on: date | None, answered: Decisions
) -> Case:
    with acts.begin(no, verb, by) as act:
        if not is_answered(act.case, answered):
            raise RuleViolation(_("Nothing was answered yet that could be reviewed."))
        if is_answered(act.case, ASKED_OF[answered]):
            citizens.check_alone(act.case)  # another's request is a case of their own
            raise RuleViolation(_("This review has its answer."))
        answer = last_decision(act.case, answered)
        asked_at = _asked_at(act, asked_on, answer)
        _check_time_to_ask(act.case, answer, asked_at)
        if act.case.closed_at:
            take_back(act)
        if revoked_by(act.case):
            # While the last review decides, nobody can give the other opinion that the first left owed.
            act.cancel(Milestone.CLOSED, reason=verb)
        if note:
            _keep(act, Records.REVIEW, note)
        act.take_effect(starts_at=asked_at)
        act.record(Kinds.REVIEW_REQUESTED, verb=verb, asked_on=day_of(asked_at).isoformat())
    return act.case


def may_ask(case: Case, answered: Decisions) -> bool:
    """Whether there is an answer that no review has answered; or another citizen's, who is told to
    ask by themselves.
    """
    is_done = is_answered(case, ASKED_OF[answered])
    return is_answered(case, answered) and (not is_done or bool(citizens.others(case)))


def _asked_at(act: Act, asked_on: date | None, answer: Decision) -> datetime:
    """When it was asked for: the day named, else now; never before there was an answer."""
    if asked_on is None or asked_on == day_of(act.at):
        return act.at
    if not day_of(answer.at) <= asked_on < day_of(act.at):
        said = _("Name a day from %(day)s, when it was answered, to today.")
        raise Invalid({"asked_on": [said % {"day": day_of(answer.at)}]})
    return max(datetime.combine(asked_on, time(12), SHANGHAI), answer.at)


def _check_time_to_ask(case: Case, answer: Decision, asked_at: datetime) -> None:
    since = _came_at(case, answer)
    limit = since and clocks.limit_of(case, OF_ANSWER[answer.kind][1], since)
    if limit and limit < asked_at:
        last = day_in_words(day_of(limit), day_of(asked_at))
        raise RuleViolation(_("The time to ask for it ended on %(day)s.") % {"day": last})


def _came_at(case: Case, answer: Decision) -> datetime | None:
    """From when the time to ask counts: the answer reached the petitioner in writing; of several,
    the last of them. None before it did.
    """
    latest = [theirs[-1].came_at for theirs in citizens.told_each(case, answer)]
    return max(latest, default=None)


def awaits_receipt(case: Case) -> bool:
    """Whether the latest answer went to somebody by letter alone, and nobody has said yet when
    it came there. Once who is alone asked for its review, that day counts for nothing. The end of
    the petition changes nothing of that.
    """
    given = case.decisions.filter(kind__in=OF_ANSWER).order_by("pk").last()
    if given is None or _is_asked_for(case, given.kind):
        return False
    told = citizens.told_each(case, given)
    return any(all(map(_is_on_its_way, theirs)) for theirs in told)


def _is_asked_for(case: Case, answer: Decisions) -> bool:
    """Whether the review of this answer was asked for, and there is nobody else who still may."""
    asked = case.state == ASKED_IN[answer] or is_answered(case, ASKED_OF[answer])
    return asked and not citizens.others(case)


def _is_on_its_way(notice: PartyNotice) -> bool:
    return notice.how == LETTER and not notice.received_on


def may_be_asked(case: Case) -> Iterator[tuple[str, datetime | None]]:
    """Which review of the latest answer may still be asked for, and until when."""
    for answer, since in _reviewable(case):
        which, rule = OF_ANSWER[answer]
        yield which, since and clocks.limit_of(case, rule, since)


def _reviewable(case: Case) -> Iterator[tuple[Decisions, datetime | None]]:
    """The latest answer of each kind that no review has answered, and from when its time counts."""
    for answer in OF_ANSWER:
        given = last_decision(case, answer)
        if given and is_answered(case, answer) and not is_answered(case, ASKED_OF[answer]):
            yield answer, _came_at(case, given)


ASKED_IN = {Decisions.REPLIED: State.REVIEWING, Decisions.REVIEWED: State.FINAL_REVIEWING}
"""An answer, and the state of a petition whose review was asked for."""


def rights_of(case: Case) -> Iterator[clocks.Right]:
    """The times that are somebody's right now, running or over: to object to it, until it is
    accepted; to ask for a review, until somebody did.
    """
    if case.kind != Kind.PETITION:
        return
    is_open = case.state in UNDECIDED and not clocks.is_accepted(case)
    began = {OBJECT: clocks.received_at(case)} if is_open else {}
    for answer, since in _reviewable(case):
        if since and case.state != ASKED_IN[answer]:
            began[OF_ANSWER[answer][1]] = since
    yield from filter(None, (clocks.right_of(case, code, since) for code, since in began.items()))


def last_decision(case: Case, kind: Decisions) -> Decision | None:
    return case.decisions.filter(kind=kind).order_by("pk").last()


def is_answered(case: Case, kind: Decisions) -> bool:
    """Whether there is this answer since the latest reply; a reopened petition is replied anew."""
    replied, answer = last_decision(case, Decisions.REPLIED), last_decision(case, kind)
    return bool(answer and replied and answer.pk >= replied.pk)


def answer_review(no: str, *, by: User, **answer) -> Case:
    """The answer of the review; it goes to the petitioner as the reply did.

    ``answer``: ``opinion``, ``text`` and ``how``; ``authority``, ``answered_by`` and
    ``document_no``, where they are said: which body answered, who there, the opinion's number. Never whose opinion is reviewed. §35. ``decided_on``: the day it was decided there, which moves no clock.
    """
    return _answer_again(no, "answer_review", by, Decisions.REVIEWED, **answer)


def answer_final_review(no: str, *, by: User, **answer) -> Case:
    """The final opinion: the petition is finally terminated (三级终结). §36."""
    return _answer_again(no, "answer_final_review", by, Decisions.FINALLY_REVIEWED, **answer)


def _answer_again(
    no: str, verb: str, by: User, kind: Decisions, *, opinion: str, text: str, how: str = LETTER,
    authority: str = "", answered_by: str = "", document_no: str = "",
    decided_on: date | None = None,
) -> Case:  # fmt: skip
    with acts.begin(no, verb, by) as act:
        if is_answered(act.case, kind):
            raise RuleViolation(_("This review has its answer."))
        if decided_on:
            _check_decided(act, decided_on)
        _check_is_another(act.case, authority, answered_by)
        said = " · ".join(filter(None, (authority, answered_by, document_no)))
        decision = act.decide(kind, ground=opinion, text=text, reference=said)
        if revoked_by(act.case):
            _owe_another(act)
        act.take_effect()
        day = {"decided_on": decided_on.isoformat()} if decided_on else {}
        act.record(Kinds.REVIEW_ANSWERED, verb=verb, opinion=opinion, **day)
        tell(act, decision, how=how)
    return act.case


def _check_decided(act: Act, decided_on: date) -> None:
    asked = act.case.events.filter(kind=Kinds.REVIEW_REQUESTED).order_by("pk").last()
    since = asked and asked.data.get("asked_on") or decided_on.isoformat()
    if not since <= decided_on.isoformat() <= day_of(act.at).isoformat():
        said = _("Name a day from %(day)s, when it was asked for, to today.")
        raise Invalid({"decided_on": [said % {"day": since}]})


def revoked_by(case: Case) -> Decision | None:
    """The review that revoked the latest reply; None where that stands, or another was given."""
    for kind in reversed(ASKED_OF.values()):
        given = last_decision(case, kind) if is_answered(case, kind) else None
        if given and given.ground != UPHELD:
            return given if given.ground == REVOKED else None
    return None


def _owe_another(act: Act) -> None:
    """It is in hand again, for another opinion within the limit of a rework (责令重新办理); about
    the one that fell nobody is called any more.
    """
    in_their_hands(act)
    Callback.objects.filter(case=act.case, done_at=None).delete()
    act.happen(Milestone.REOPENED)
    act.tell("handler", topic="reopen")


def _check_is_another(case: Case, authority: str, answered_by: str) -> None:
    """Nobody reviews their own opinion: neither the body that gave it, nor who wrote or signed it."""
    if authority == case.unit.name:
        raise Invalid({"authority": [_("It reviews no opinion of its own: name the body above.")]})
    attacked = case.decisions.filter(kind__in=OF_ANSWER).select_related("by", "approved_by")
    people = {who.name for row in attacked for who in (row.by, row.approved_by) if who}
    if answered_by in people:
        raise Invalid({"answered_by": [_("Nobody reviews their own opinion.")]})
