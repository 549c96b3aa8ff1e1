"""One transaction of the intake: its look-ups, taken for all rows at once, and its writes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core import deadlines
from agency.core.api import problem_body
from agency.core.calendar import SHANGHAI
from agency.core.errors import Invalid
from agency.core.models import DeadlineRule, Notification, Unit, User
from cases import acts, clocks, lifecycle, merchants, numbers, reporters
from cases.acts import Act
from cases.citizens import is_same_person, know_also
from cases.draft import Draft, Outcome, answer_of
from cases.lifecycle import CLOSED_STATES, Kind, Milestone, State
from cases.models import (
    Assignment,
    Case,
    CaseDeadline,
    CaseEvent,
    CaseTopic,
    Category,
    Channel,
    Consumer,
    IntakeKey,
    Reporter,
    Ticket,
    Topic,
)
from cases.models.texts import lost
from cases.models.ticket import HOTLINES, OLDEST
from cases.submission import SHEETS, Submission
from cases.workflow.closing import open_again

AHEAD = timedelta(seconds=60)
"""How far ahead of the database's clock a trusted channel may state the arrival."""

TAKEN = gettext_lazy("This number is registered already.")
"""Said of a case that whoever types the number does not see."""

OF_ARRIVAL = {Milestone.TICKET_ARRIVED, Milestone.CASE_REGISTERED}
"""Counted from the arrival, however late it is registered; what a unit owes, from when it has it."""
ON_THE_SPOT = {Milestone.RESPONDED, Milestone.CONTACTED}
"""Met at registration where the citizen stands there."""


@dataclass
class Desk:
    """One transaction's look-ups, taken for all rows at once, and its writes."""

    rows: Sequence[Submission]
    channel: Channel
    by: User
    at: datetime
    history: bool
    tickets: dict[str, dict[int, Ticket]]
    """External number → round → the ticket that stands."""
    words: list[Notification] = field(default_factory=list)
    """Who hears that a case of theirs came again."""

    # -- what stands already ------------------------------------------------------------

    def standing(self, row: Submission) -> Outcome | None:
        """The answer for a row that came before; None for a new one."""
        if known := self.keys.get(row.key):
            if known.body_hash == row.body_hash:
                return Outcome(200, known.answer, replay=True)
            problem = problem_body(409, _("This Idempotency-Key was used for another body."))
            return Outcome(409, problem)
        ticket = self.tickets.get(row.external_no, {}).get(row.round)
        if not ticket:
            return None
        if self.is_elsewhere(ticket.case):
            said = _("Some fields need mending.")
            return Outcome(400, problem_body(400, said, {"external_no": [str(TAKEN)]}))
        answer = answer_of(ticket, ticket.case, ticket.deadlines.all(), self.at)
        if row.key:
            self.insert(IntakeKey, [self.key(row, ticket, answer)])
        return Outcome(200, answer)

    def is_elsewhere(self, case: Case) -> bool:
        """Whether a person brings it who does not see the case; its channel may always come back."""
        if self.by.pk == self.channel.client_id:
            return False
        return case.pk not in self.seen

    @cached_property
    def seen(self) -> set[int]:
        """Of the cases that stand already those ``by`` sees: asked once for all the rows."""
        standing = {t.case_id for rounds in self.tickets.values() for t in rounds.values()}
        visible = Case.objects.visible_to(self.by).filter(pk__in=standing)
        return set(visible.values_list("pk", flat=True))

    @cached_property
    def keys(self) -> dict[str, IntakeKey]:
        sent = {row.key for row in self.rows} - {""}
        known = IntakeKey.objects.filter(channel=self.channel, key__in=sent) if sent else ()
        return {found.key: found for found in known}

    # -- what is new --------------------------------------------------------------------

    def draft(self, row: Submission) -> Draft | Outcome:
        """A new ticket and its case, or the 400 that says what the database knows better."""
        try:
            arrived_at, claimed_at = self.arrival(row)
            rounds = self.tickets.get(row.external_no)
            standing = self.standing_case(row, rounds) if rounds else None
            person = self.person(row, standing.kind if standing else row.data["kind"])
            case = standing or self.new_case(row, arrived_at, person)
        except Invalid as error:
            return Outcome(400, problem_body(400, _("Some fields need mending."), error.errors))
        case.others = ()  # what comes in tells of who brings it; reading more would cost each row
        if standing is None:
            person = self.own_words(case)
        ticket = Ticket(
            channel=self.channel, external_no=row.external_no, round=row.round, case=case,
            line=self.line(row), title=row.data["title"], urgent=row.data["urgent"],
            arrived_at=arrived_at, claimed_arrived_at=claimed_at, registered_at=self.at,
            consumer=person if isinstance(person, Consumer) else None,
        )  # fmt: skip
        if rounds:
            person = self.note(ticket, row, person)
        draft = Draft(row, arrived_at, case, ticket, person, reopens=bool(rounds))
        draft.topics = self.topics_of(case, arrived_at)
        if standing is None:
            comes_first = any(topic.comes_first for topic in draft.topics)
            case.is_priority = comes_first and not self.history
        is_sent_back = rounds and row.round > max(rounds)  # and not an earlier one that comes late
        if is_sent_back and not self.history:
            self.take_round(draft)
        self.open_clocks(draft)
        return draft

    def arrival(self, row: Submission) -> tuple[datetime, datetime | None]:
        """The moment that counts, and the one an untrusted channel claims."""
        stated = row.data.get("arrived_at")
        if self.history or (stated and self.channel.is_trusted):
            return self.trusted_arrival(stated), None
        return self.at, stated

    def trusted_arrival(self, stated: datetime | None) -> datetime:
        if stated is None:
            raise Invalid({"arrived_at": [_("This field is required.")]})
        if stated > self.at + AHEAD:
            raise Invalid({"arrived_at": [_("This moment is still to come.")]})
        if stated < self.at - OLDEST and not self.history:
            raise Invalid({"arrived_at": [_("This is more than 30 days ago.")]})
        return min(stated, self.at)

    def person(self, row: Submission, kind: str) -> Consumer | Reporter | None:
        if not any(row.person.values()):
            return None
        return (Reporter if kind == Kind.REPORT else Consumer)(**row.person)

    def standing_case(self, row: Submission, rounds: dict[int, Ticket]) -> Case:
        """The locked case of the latest round; a further round does not change its kind.

        It may go on saying what the matter was before it was converted.
        """
        case, kind = rounds[max(rounds)].case, row.data["kind"]
        if self.is_elsewhere(case):
            raise Invalid({"external_no": [str(TAKEN)]})
        if kind != case.kind and not self.came_as(kind, rounds.values()):
            sentence = _("The earlier rounds of this ticket are a %(kind)s.")
            raise Invalid({"kind": [sentence % {"kind": case.get_kind_display()}]})
        return case

    @staticmethod
    def came_as(kind: str, rounds: Iterable[Ticket]) -> bool:
        """Whether one of them came in as this kind, whatever its matter is now, and wherever."""
        arrived = [CaseEvent.Kind.REGISTERED, CaseEvent.Kind.TICKET_RECEIVED]
        came = CaseEvent.objects.filter(ticket__in=rounds, kind__in=arrived)
        return came.filter(case__kind=kind).exists()

    def take_round(self, draft: Draft) -> None:
        """The platform sent it back. What was closed, or answered where no clock of the round
        says that somebody owes more, is open again; of what is in hand its handler hears.
        """
        case = draft.case
        act = Act(case, self.by, self.at, lifecycle.move_of(case.kind, "reopen", State.CLOSED))
        if case.state in CLOSED_STATES or self.is_answered_anew(draft):
            open_again(act, since=draft.arrived_at)
            acts.refresh_next_due(case)
        elif word := act.word("handler", topic="came_again"):
            self.words.append(word)

    def is_answered_anew(self, draft: Draft) -> bool:
        """A question always: it was not understood."""
        if draft.case.kind == Kind.CONSULTATION:
            return draft.case.state == State.ANSWERED
        if draft.case.state not in lifecycle.ANSWERED[draft.case.kind]:
            return False
        return not self.rules_of(draft, Milestone.TICKET_ARRIVED, draft.arrived_at)

    def new_case(self, row: Submission, arrived_at, person) -> Case:
        data, unit = row.data, self.unit(row)
        consents, merchant = data.get("consents") or {}, data.get("merchant") or {}
        return Case(
            kind=data["kind"], title=data["title"], narrative=data.get("narrative") or "",
            state=lifecycle.first_state(data["kind"], is_dispatched=bool(unit.parent_id)),
            demand=data.get("demand") or "", amount=data.get("amount"),
            occurred_on=data.get("occurred_on"), urgent=data["urgent"], unit=unit,
            merchant_address=merchant.get("address") or "",
            merchant_phone=merchant.get("phone") or "",
            consents_to_publish=consents.get("publish", False),
            consents_to_entrust=consents.get("entrust", False),
            category=self.category(row, "category", Category.SUBJECTS),
            problem=self.category(row, "problem", Category.PROBLEMS),
            consumer=person if isinstance(person, Consumer) else None,
            reporter=person if isinstance(person, Reporter) else None,
            channel=self.channel, arrived_at=arrived_at, registered_at=self.at,
        )  # fmt: skip

    @staticmethod
    def own_words(case: Case) -> Consumer | Reporter | None:
        """Who brought the new case, with their own words sealed where the case keeps less."""
        words = lost(case, case.title, case.narrative, case.demand)
        return case.told_by(words) if words else case.person

    def note(
        self, ticket: Ticket, row: Submission, person: Consumer | Reporter | None
    ) -> Consumer | None:
        """What a further round says, and who says it: the case keeps what the first one said.

        Of a report, whoever sent it is its reporter: a ticket's consumer is nobody.
        """
        ticket.narrative = row.data.get("narrative") or ""
        ticket.demand = row.data.get("demand") or ""
        ticket.amount = row.data.get("amount")
        if ticket.case.kind == Kind.REPORT:
            self.veil(ticket, person)
            return None
        if person and self.is_own(ticket, person):
            know_also(ticket.case, person)
        if words := lost(ticket, ticket.title, ticket.narrative, ticket.demand):
            ticket.consumer = person = person or Consumer()
            person.told = "\n".join(filter(None, [person.told, words]))
        return person

    def is_own(self, ticket: Ticket, person: Consumer) -> bool:
        """Whether who sends the round is the case's own citizen: who gives no telephone is whoever
        sent the earlier ones.
        """
        own, rounds = ticket.case.consumer, self.tickets[ticket.external_no].values()
        is_same = is_same_person(own, person)
        return is_same or not person.phone and any(is_same_person(own, t.consumer) for t in rounds)

    def veil(self, ticket: Ticket, person: Reporter | None) -> None:
        """Keep of a report's round what tells nobody; the words themselves go to the reporter's,
        and so does what it is the first to say of them.
        """
        case, told = ticket.case, [ticket.title, ticket.narrative, ticket.demand]
        if person and (person.told or (case.reporter or Reporter()).differing(person)):
            reporters.know(case, [person])
        ticket.veil(case.reporter)
        if told != [ticket.title, ticket.narrative, ticket.demand]:
            case.told_by("\n".join(filter(None, told))).save()

    def line(self, row: Submission) -> str:
        """The hotline named, else the one whose number all five have now; history names its own."""
        is_known = self.channel.has_line and not self.history
        return row.data.get("line") or (HOTLINES[0] if is_known else "")

    def unit(self, row: Submission) -> Unit:
        """The unit named, else the root, where the ticket waits for dispatch."""
        unit = self.units.get(row.data.get("unit") or None)
        if unit is None or unit.is_external:
            raise Invalid({"unit": [_("There is no such unit.")]})
        return unit

    @cached_property
    def units(self) -> dict[str | None, Unit]:
        """By code what is named and there for the actor; the root by None."""
        named = {row.data.get("unit") for row in self.rows} - {None, ""}
        there = Unit.objects.subtree(self.by.unit).filter(code__in=named) if named else ()
        return {None: Unit.objects.get(parent=None), **{unit.code: unit for unit in there}}

    def category(self, row: Submission, name: str, schemes: Sequence[str]) -> Category | None:
        code = row.data.get(name)
        if not code:
            return None
        found = self.categories.get(code)
        if found is None or found.scheme not in schemes:
            raise Invalid({name: [_("There is no such category.")]})
        return found

    @cached_property
    def categories(self) -> dict[str, Category]:
        codes = {row.data.get(name) for row in self.rows for name in ("category", "problem")}
        codes -= {None, ""}
        found = Category.objects.filter(code__in=codes, is_active=True) if codes else ()
        return {category.code: category for category in found}

    def topics_of(self, case: Case, arrived_at: datetime) -> list[Topic]:
        if case.pk:
            return list(case.topics.all())
        codes = [found.code for found in (case.category, case.problem) if found]
        on = arrived_at.astimezone(SHANGHAI).date()
        return [topic for topic in self.topics if topic.is_on(on) and topic.covers(*codes)]

    @cached_property
    def topics(self) -> list[Topic]:
        """Those that come by themselves with a category."""
        return list(Topic.objects.filter(is_active=True).exclude(categories=[]))

    # -- clocks -------------------------------------------------------------------------

    def open_clocks(self, draft: Draft) -> None:
        """Build the clocks that start with the arrival, and the case's next due moment.

        Those of the case itself start once, with its first ticket.
        """
        if self.history or draft.case.state in CLOSED_STATES:
            return  # or an earlier round of what has ended: it is kept, and owed nothing
        self.start(draft, Milestone.TICKET_ARRIVED, ticket=draft.ticket)
        if not draft.reopens:
            for milestone in lifecycle.beginning(draft.case.kind, draft.case.state):
                self.start(draft, milestone)
        if self.channel.is_on_the_spot:
            draft.ticket.responded_at = draft.ticket.contacted_at = draft.arrived_at

    def start(self, draft: Draft, milestone: Milestone, *, ticket: Ticket | None = None) -> None:
        case = draft.case
        starts_at = draft.arrived_at if milestone in OF_ARRIVAL else self.at
        for rule in self.rules_of(draft, milestone, starts_at):
            clock = deadlines.build(
                CaseDeadline, rule, starts_at=starts_at, at=self.at,
                work_calendar=self.work_calendar, case=case, ticket=ticket, channel=self.channel,
                met=bool(ticket) and self.channel.is_on_the_spot and rule.met_by in ON_THE_SPOT,
                unit=case.unit, handler=case.handler,
            )  # fmt: skip
            draft.clocks.append(clock)
            if clock.met_at is None:
                case.next_due_at = min(case.next_due_at or clock.due_at, clock.due_at)

    def rules_of(
        self, draft: Draft, milestone: Milestone, starts_at: datetime
    ) -> list[DeadlineRule]:
        on, case = starts_at.astimezone(SHANGHAI).date(), draft.case
        return [
            rule
            for rule in self.rules.get(milestone, ())
            if rule.is_in_force(on)
            and not clocks.is_past(rule, case)
            and rule.binds(
                kind=case.kind, channel=self.channel.code, contactable=draft.is_contactable,
                profile=case.unit.org_profile, topics=[topic.code for topic in draft.topics],
            )
        ]  # fmt: skip

    @cached_property
    def rules(self) -> dict[str, list[DeadlineRule]]:
        """All rules by the milestone they start on."""
        found: dict[str, list[DeadlineRule]] = defaultdict(list)
        for rule in DeadlineRule.objects.all():
            found[rule.starts_on].append(rule)
        return found

    @cached_property
    def work_calendar(self):
        return deadlines.work_calendar_of(rule for rules in self.rules.values() for rule in rules)

    # -- writing: each step is one statement, however many rows ----------------------------

    def write(self, drafts: list[Draft]) -> None:
        if not drafts:
            return
        fresh = [draft for draft in drafts if not draft.reopens]
        known = merchants.find_or_add(d.row.data.get("merchant") for d in fresh)
        for draft in fresh:
            draft.case.merchant = known.get(merchants.key_of(draft.row.data.get("merchant")))
        self.number(fresh, drafts)
        self.insert(Consumer, (d.person for d in drafts if isinstance(d.person, Consumer)))
        self.insert(Reporter, (d.person for d in drafts if isinstance(d.person, Reporter)))
        self.insert(Case, (d.case for d in fresh))
        self.insert(Ticket, (d.ticket for d in drafts))
        for kind, sheet in SHEETS.items():
            said = (d for d in fresh if d.row.sheet and d.case.kind == kind)
            self.insert(sheet.MODEL, (sheet.MODEL(case=d.case, **d.row.sheet) for d in said))
        self.insert(CaseTopic, (self.put_on(d.case, topic) for d in fresh for topic in d.topics))
        dispatched = [draft.case for draft in fresh if draft.case.unit.parent_id]
        self.insert(Assignment, map(self.assignment, dispatched))
        self.insert(CaseDeadline, (clock for d in drafts for clock in d.clocks))
        self.insert(CaseEvent, (self.event(d) for d in drafts))
        self.insert(Notification, self.words)
        self.insert(IntakeKey, (self.key(d.row, d.ticket, d.answer()) for d in drafts if d.row.key))
        self.save({d.case.pk: d.case for d in drafts if d.reopens}.values())

    @staticmethod
    def insert(model, objects: Iterable) -> None:
        if rows := list(objects):
            model.objects.bulk_create(rows)

    def number(self, fresh: list[Draft], drafts: list[Draft]) -> None:
        taken = iter(numbers.take(len(fresh) + len(drafts), self.at))
        for draft in fresh:
            draft.case.no = numbers.PREFIXES[draft.case.kind] + next(taken)
        for draft in drafts:
            draft.ticket.no = numbers.TICKET_PREFIX + next(taken)

    def assignment(self, case: Case) -> Assignment:
        return Assignment(case=case, unit=case.unit, by=self.by, assigned_at=self.at)

    def put_on(self, case: Case, topic: Topic) -> CaseTopic:
        return CaseTopic(case=case, topic=topic, at=self.at)

    def event(self, draft: Draft) -> CaseEvent:
        """What came in, and where the case stands since."""
        kinds, case = CaseEvent.Kind, draft.case
        data = {
            "ticket": draft.ticket.no, "channel": self.channel.code, "round": draft.row.round,
            "to": case.state,
        }  # fmt: skip
        return CaseEvent(
            case=case, ticket=draft.ticket, actor=self.by, at=self.at, data=data,
            kind=kinds.TICKET_RECEIVED if draft.reopens else kinds.REGISTERED,
        )  # fmt: skip

    def key(self, row: Submission, ticket: Ticket, answer: dict) -> IntakeKey:
        return IntakeKey(
            channel=self.channel, key=row.key, body_hash=row.body_hash, ticket=ticket,
            answer=answer, created_at=self.at,
        )  # fmt: skip

    @staticmethod
    def save(cases: Collection[Case]) -> None:
        """What a further round changed of the cases that stood."""
        if cases:
            Case.objects.bulk_update(
                cases, ["state", "closed_at", "handler", "next_due_at", "reporter"]
            )
