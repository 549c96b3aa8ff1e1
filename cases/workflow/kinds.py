"""One matter that becomes another, or two: split, convert."""

from collections.abc import Iterable
from datetime import datetime
from itertools import chain

from django.db.models import ProtectedError, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from agency.core.errors import Invalid, RuleViolation
from agency.core.models import User
from agency.core.text import listed
from cases import acts, citizens, clocks, lifecycle, numbers, reporters
from cases.acts import Act
from cases.citizens import is_same_person, tickets_of
from cases.excluded import is_split, other_half
from cases.lifecycle import ENDED, Kind, Milestone
from cases.models import (
    Assignment,
    Case,
    CaseDeadline,
    CaseEvent,
    CaseTopic,
    Consumer,
    Decision,
    Reporter,
    Result,
    Supplement,
    Ticket,
    Topic,
)
from cases.models.party import CALLED_BY, lines_of
from cases.models.texts import lost
from cases.workflow.hands import hand_over
from cases.workflow.tickets import citizens_tickets, speak

Kinds = CaseEvent.Kind

TITLE = Case._meta.get_field("title").max_length
CONVERTED = "converted"
"""The step of a decision that answers by beginning a case of another kind."""
INHERITED = (
    "title", "narrative", "demand", "category", "problem", "amount", "occurred_on", "urgent",
    "consents_to_publish", "consents_to_entrust", "merchant", "merchant_address",
    "merchant_phone", "channel", "unit", "is_priority",
)  # fmt: skip


def split(no: str, *, by: User) -> Case:
    """A submission that is both complaint and report: the other half becomes a case of its own.

    Both have the same arrival, and each its own clocks. Source: SAMR Order 121 §9. Whoever
    complains reports, too; but nobody who reported is named in a complaint for it: they are
    asked, and ``supplement`` says who they are. In a list the halves share no title: whoever knows
    the complainant would know the reporter.
    """
    with acts.begin(no, "split", by) as act:
        if is_split(act.case):
            raise RuleViolation(_("This submission was split already."))
        kind, received_at = other_half(act.case), clocks.received_at(act.case)
        other = begin_other(act, kind, arrived_at=received_at, title=_plain_title(act.case, kind))
        act.record(Kinds.SPLIT, case_no=other.no)
    return act.case


def _plain_title(case: Case, kind: Kind) -> str:
    """Of what and about whom, in no words of whoever brought it; else the kind alone."""
    known = (case.category and case.category.name_zh, case.merchant and case.merchant.name)
    with translation.override("zh-hans"):  # it is kept, for whoever reads it
        return " · ".join(filter(None, known))[:TITLE] or str(kind.label)


def convert(no: str, *, by: User, kind: str, text: str = "") -> Case:
    """What was asked is a matter of another kind; or a complaint turns out to be a question.

    ``text``: what the citizen was told; the page asks for it where a question was answered.

    A consultation that is converted begins a new case now, with the clocks of its kind. The
    tickets whose citizens are still to be reached go with it; a report takes one citizen's only.
    """
    with acts.begin(no, "convert", by) as act:
        is_question = act.case.kind == Kind.COMPLAINT
        if (kind == Kind.CONSULTATION) != is_question:
            raise Invalid({"kind": [_("It cannot become a case of this kind.")]})
        if is_question:
            citizens.check_alone(act.case)
        speak(act)
        data = {} if is_question else {"case_no": begin_anew(act, kind).no}
        ground = "" if is_question else CONVERTED
        act.decide(Decision.Kind.ANSWERED, ground=ground, text=text)
        act.end(Result.ANSWERED)
        act.take_effect()
        act.leave()
        act.record(Kinds.CONVERTED, into=kind, **data)
    return act.case


def begin_anew(act: Act, kind: str) -> Case:
    """As ``begin_instead``: the matter from now on, with those tickets whose citizens are still to be
    reached, and those of others to whom nobody has spoken.
    """
    to_be_reached = [Milestone.RESPONDED, Milestone.CONTACTED]
    owed = act.case.deadlines.open().filter(rule__met_by__in=to_be_reached)
    own = [ticket.pk for ticket in citizens_tickets(act, None)]
    is_waiting = Q(pk__in=owed.values("ticket")) | Q(responded_at=None) & ~Q(pk__in=own)
    waiting = list(act.case.tickets.filter(is_waiting, returned_at=None))
    if kind == Kind.REPORT:
        _check_one_reports(act, waiting)
    case = begin_instead(act, kind)
    for ticket in waiting:
        ticket.case = case
        ticket.save(update_fields=["case"])
        CaseDeadline.objects.filter(ticket=ticket).update(case=case)
        act.record(Kinds.TICKET_LINKED, case=case, ticket=ticket, **{"from": act.case.no})
    clocks.forgo_reply(act.case, at=act.at)
    hand_over(case, case.unit, case.handler, at=act.at)
    acts.refresh_next_due(case)
    case.save()
    return case


def _check_one_reports(act: Act, waiting: list[Ticket]) -> None:
    """A report has one reporter: nobody else could be reached there."""
    own = citizens_tickets(act, None)
    if others := [ticket for ticket in waiting if ticket not in own]:
        said = _("Another citizen waits here (%(tickets)s): reach them or unlink the ticket first.")
        raise RuleViolation(said % {"tickets": listed(others)})


def begin_instead(act: Act, kind: str) -> Case:
    """The matter goes on from now as a case of another kind.

    Where that is a report, whoever brought it is known there alone, and so are their words.
    """
    if kind == Kind.REPORT:
        _check_nothing_is_open(act.case)
    case = begin_other(act, kind, arrived_at=act.at)
    if kind == Kind.REPORT:
        _give_over(act, case)
    return case


def _check_nothing_is_open(case: Case) -> None:
    """Whom nobody knows any more nobody could call, where it was opened again; and what goes on as
    another matter would tell there who reports: a complaint is split.
    """
    if case.became_id:
        raise RuleViolation(_("This matter goes on as another case."))
    if later := case.offspring.exclude(kind__in=[case.kind, Kind.REPORT]):
        said = _("This goes on as %(cases)s: begin the report there, or register it anew.")
        raise RuleViolation(said % {"cases": listed(later)})
    if before := [one for one in _theirs(case) if one != case and one.state not in ENDED]:
        said = _("What this was before is open again (%(cases)s): end that first.")
        raise RuleViolation(said % {"cases": listed(before)})


def _give_over(act: Act, report: Case) -> None:
    """Leave nothing of who reports: neither here, nor in what this was, nor in what was merged."""
    case, theirs = act.case, _theirs(act.case)
    own = [ticket for one in theirs for ticket in tickets_of(one.consumer, _locked(one.tickets))]
    people = _people(theirs, own)
    nobodys = [one for one in case.all_of_it if one.consumer is None]
    for one in dict.fromkeys([*theirs, *nobodys]):
        one.became, one.consumer = one.became or report, None
        one.save(update_fields=["became", "consumer"])
        for calls in (one.contacts, one.party_notices):
            calls.update(dialled="")
    Ticket.objects.filter(pk__in=[ticket.pk for ticket in own]).update(consumer=None)
    reporters.know(report, people)
    _forget(people)
    case.others = None
    case.refresh_from_db(fields=reporters.WORDS)


def _theirs(case: Case) -> list[Case]:
    """Its lives, and of all that was merged into them what the same citizen brought."""
    lives = list(case.lives)
    said = _people(lives, tickets=[])
    return [
        one for one in case.all_of_it
        if one in lives or any(is_same_person(person, one.consumer) for person in said)
    ]  # fmt: skip


def _locked(tickets: QuerySet[Ticket]) -> list[Ticket]:
    """Those sent back to their platform, too."""
    every = tickets.select_for_update(of=("self",)).select_related("consumer", "channel")
    return list(every.order_by("pk"))


def _people(cases: list[Case], tickets: list[Ticket]) -> list[Consumer]:
    """Every row that ever said who brought these, the case's own first."""
    told = Supplement.objects.filter(case__in=cases).exclude(person=None)
    keys = chain.from_iterable(told.values_list("person", "was_person"))
    known = [*(one.consumer for one in cases), *(ticket.consumer for ticket in tickets)]
    known += Consumer.objects.filter(pk__in=set(keys) - {None}).order_by("pk")
    return list(dict.fromkeys(filter(None, known)))


def _forget(people: list[Consumer]) -> None:
    """Whoever they were is the reporter alone."""
    for person in people:
        try:
            person.delete()
        except ProtectedError:  # a correction names it: it stays to be masked, and finds nobody
            person.phone = person.id_number = person.told = ""
            person.also = lines_of(row for row in person.aliases if row[0] in CALLED_BY)
            person.save()


def begin_other(act: Act, kind: str, *, arrived_at: datetime, title: str = "") -> Case:
    """A case of another kind about the same matter, by the same person, with its own clocks.

    ``title``: "" for the same.
    """
    case = Case(
        kind=kind, origin=act.case, arrived_at=arrived_at, registered_at=act.at,
        state=lifecycle.first_state(kind, is_dispatched=bool(act.case.unit.parent_id)),
        **{name: getattr(act.case, name) for name in INHERITED}, **_person(act, kind),
    )  # fmt: skip
    case.title = title or case.title
    return begin(act, case, topics=act.case.topics.all())


def begin(act: Act, case: Case, *, topics: Iterable[Topic]) -> Case:
    """Write a case that comes out of another, with ``topics`` and the clocks it begins with."""
    [number] = numbers.take(1, act.at)
    case.no = numbers.PREFIXES[Kind(case.kind)] + number
    _seal_words(case)
    case.save()
    for topic in topics:
        CaseTopic.objects.create(case=case, topic=topic, at=act.at)
    if case.unit.parent_id:
        Assignment.objects.create(case=case, unit=case.unit, by=act.by, assigned_at=act.at)
    registered, *dispatched = lifecycle.beginning(case.kind, case.state)
    if case.arrived_at == act.at or not clocks.is_history(act.case):
        clocks.start(case, registered, starts_at=case.arrived_at, at=act.at)
    for milestone in dispatched:
        clocks.start(case, milestone, starts_at=act.at, at=act.at)
    act.record(Kinds.REGISTERED, case=case, origin=act.case.no, to=case.state)
    acts.refresh_next_due(case)
    case.save()
    return case


def _seal_words(case: Case) -> None:
    """The new case may keep less of the words than the old one: seal them with who told them."""
    told = case.person.told if case.person else ""
    there = case.origin.kept(told)  # as the old case's texts are kept
    texts = (case.title, case.narrative, case.demand)
    if words := lost(case, *(text for text in texts if text not in there)):
        case.told_by(words).save()


def _person(act: Act, kind: str) -> dict:
    """Whoever brought the matter, as a consumer or, for a report, as a secret reporter: with all
    that any round said of them.

    Who reported in secret becomes nobody else. Source: SAMR Order 121 §37.
    """
    if act.case.kind == Kind.REPORT:
        return {}
    person = Reporter() if kind == Kind.REPORT else Consumer()
    rounds = (ticket.consumer for ticket in citizens_tickets(act, None))
    person.take_in(dict.fromkeys(filter(None, (act.case.person, *rounds))))
    if kind not in {Kind.CONSULTATION, Kind.REPORT} and not (person.name and person.phone):
        raise RuleViolation(_("Nobody is known who could be answered: name and telephone."))
    if not (person.is_known or person.told):
        return {}
    person.save()
    return {"reporter" if kind == Kind.REPORT else "consumer": person}
