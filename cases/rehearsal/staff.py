"""Simulated staff: what is done about a ticket, when, and by which of the agency's accounts."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from random import Random

from agency.core.models import Unit, User
from agency.core.roles import Role
from cases import lifecycle, workflow
from cases.lifecycle import DECIDERS, HANDLERS, TAKERS, Kind
from cases.models import Case
from cases.rehearsal.lives import life_of
from cases.workflow.approval import awaiting

IN_TIME, LATE = 0.85, 0.95
"""Below the first: in time. Below the second: late. Above: never."""

NO_ANSWER = 0.1
"""Share of citizens who do not pick up at the first call."""

LIMIT, SECOND_LIMIT = timedelta(minutes=10), timedelta(minutes=30)
"""The pace of work where no clock runs."""

HANDLER_OF = {
    Kind.COMPLAINT: Role.MEDIATOR,
    Kind.REPORT: Role.ENFORCER,
    Kind.CONSULTATION: Role.MEDIATOR,
    Kind.PETITION: Role.PETITION_OFFICER,
}
CALLERS = (Role.CALLBACK, Role.REGISTRAR)

REASONS = (
    "电话中已说明情况，无需面谈",
    "商家已同意退款，消费者无需到场",
    "消费者在外地，以电话和邮件办理",
)
REPLIES = (
    "已联系商家并告知您的诉求，处理结果将及时回复。",
    "您反映的问题已核实，商家同意整改并退款。",
)
SATISFACTIONS = ("very_satisfied", "satisfied", "basically_satisfied", "dissatisfied", "unreached")
CONCLUSIONS = (
    "双方达成一致，商家已退款。",
    "已答复并告知救济途径。",
    "经核实处理完毕，消费者表示满意。",
)


@dataclass(frozen=True, order=True)
class Step:
    """An act to come. ``awaited``: a rehearsal does not end before it."""

    after: timedelta
    verb: str
    awaited: bool = field(default=False, compare=False)
    data: dict = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Limits:
    """How long the ticket's clocks give; None where that clock does not run."""

    respond: timedelta | None
    contact: timedelta | None


def plan(
    limits: Limits | None, *, dispatch: bool, kind: str, pace: float, random: Random
) -> list[Step]:
    """What staff will do about a ticket, in order. ``pace``: how much faster than real people.

    ``limits`` is None where everybody has been answered and contacted: at the counter.
    Only those in time are hurried: who is late is late by the clocks, which are real.
    """
    punctuality = random.random()
    if punctuality >= LATE:
        steps = [Step(LIMIT / pace, "dispatch")]
    elif punctuality >= IN_TIME:
        steps = _late(limits, random)
    else:
        steps = _in_time(limits, pace, random)
    if punctuality < LATE:
        steps += _afterwards(max(step.after for step in steps), kind, pace, random)
    return sorted(step for step in steps if dispatch or step.verb != "dispatch")


def _in_time(limits: Limits | None, pace: float, random: Random) -> list[Step]:
    first, second = _time_given(limits)
    responded = first * (0.05 + 0.85 * random.betavariate(2, 3)) / pace
    contacted = responded + (second * 0.95 / pace - responded) * random.betavariate(2, 3)
    steps = [
        Step(responded * random.uniform(0.2, 0.8), "dispatch", awaited=True),
        Step(responded, "respond", awaited=True),
        Step(contacted, "contact", awaited=True, data={"outcome": "reached"}),
    ]
    if random.random() < NO_ANSWER:
        missed = responded + (contacted - responded) / 2
        steps.insert(2, Step(missed, "contact", awaited=True, data={"outcome": "no_answer"}))
    return [step for step in steps if _asked_for(step, limits)]


def _late(limits: Limits | None, random: Random) -> list[Step]:
    first, second = _time_given(limits)
    responded = first * random.uniform(1.05, 1.6)
    contacted = max(second * random.uniform(1.05, 1.5), responded)
    steps = [
        Step(responded * random.uniform(0.5, 0.9), "dispatch"),
        Step(responded, "respond"),
        Step(contacted, "contact", data={"outcome": "reached"}),
    ]
    return [step for step in steps if _asked_for(step, limits)]


def _time_given(limits: Limits | None) -> tuple[timedelta, timedelta]:
    return (limits and limits.respond) or LIMIT, (limits and limits.contact) or SECOND_LIMIT


def _asked_for(step: Step, limits: Limits | None) -> bool:
    """At the counter nobody responds later, and nobody is called who left no number."""
    if limits is None:
        return step.verb == "dispatch"
    return step.verb != "contact" or limits.contact is not None


def _afterwards(after: timedelta, kind: str, pace: float, random: Random) -> list[Step]:
    """The rest of the case's life, one deed after the other."""
    steps = []
    for verb, said in life_of(kind, random):
        after += timedelta(minutes=random.uniform(1, 12)) / pace
        steps.append(Step(after, verb, data=said))
    return steps


class Cast:
    """The agency's accounts, as they stood when the rehearsal began."""

    def __init__(self) -> None:
        people = User.objects.filter(is_active=True, role__in=TAKERS | DECIDERS | {*CALLERS})
        self.people = list(people.select_related("unit").order_by("pk"))
        units = Unit.objects.exclude(parent=None)
        self.districts = [
            unit
            for unit in units
            if not unit.is_external and self.within(unit, *HANDLERS - {Role.PETITION_OFFICER})
        ]

    def within(self, unit: Unit, *roles: Role) -> list[User]:
        """Who of these roles has a case of ``unit`` in their scope, nearest first."""
        near = [p for p in self.people if p.role in roles and unit.path.startswith(p.unit.path)]
        return sorted(near, key=lambda person: (-len(person.unit.path), roles.index(person.role)))

    def actor(self, verb: str, case: Case) -> User | None:
        """Who does it: the handler, else the nearest whose verb it is; None if there is nobody."""
        move = lifecycle.move_of(case.kind, verb, case.state)
        if move is None:
            return None
        if verb == "approve":
            return self._decider(case)
        if case.handler and case.handler.role in move.roles:
            return case.handler
        order = (HANDLER_OF[Kind(case.kind)], Role.MEDIATOR, Role.DISPATCHER, *CALLERS)
        if verb == "dispatch":
            order = (Role.DISPATCHER,)
        able = [role for role in dict.fromkeys((*order, *move.roles)) if role in move.roles]
        found = self.within(case.unit, *able)
        return next((person for person in found if person.pk != case.handler_id), None)

    def _decider(self, case: Case) -> User | None:
        """The nearest who may decide what waits there."""
        found = self.within(case.unit, Role.CHIEF, Role.LEADER)
        return next((p for p in found if awaiting(p).filter(case=case).exists()), None)

    def district_for(self, case: Case, random: Random) -> Unit | None:
        """Where the dispatcher sends it: a district whose people can see it to its end."""
        role = HANDLER_OF[Kind(case.kind)]
        fit = [unit for unit in self.districts if self.within(unit, role)]
        return random.choice(fit or self.districts) if self.districts else None

    def act(self, step: Step, case: Case, ticket: str, random: Random) -> bool:
        """Do it as the one whose it is; False where there is nobody. Refusals are raised."""
        actor = self.actor(step.verb, case)
        if actor is None:
            return False
        data = step.data | self._particulars(step, case, ticket, random)
        workflow.VERBS[step.verb](case.no, by=actor, **data)
        return True

    def _particulars(self, step: Step, case: Case, ticket: str, random: Random) -> dict:
        match step.verb:
            case "dispatch":
                unit = self.district_for(case, random)
                return {"unit": unit.code if unit else case.unit.code}
            case "contact" if step.data["outcome"] == "reached":
                return {"no_meeting_reason": random.choice(REASONS)}
            case "reply_ticket":
                return {"ticket": ticket, "text": random.choice(REPLIES)}
            case "settle":
                return {"recovered_amount": case.amount or Decimal(random.randrange(50, 2000))}
            case "confirm_performance":
                return {"amount": case.recovered_amount}
            case "follow_up":
                return {"satisfaction": random.choice(SATISFACTIONS)}
            case "verify":
                return {"colleague": self._colleague(case)}
            case "assign_triple":
                return self._triple(case)
            case "decide_case":
                return {"document_no": f"市监罚〔{case.no[2:6]}〕{case.pk}号"}
            case "close":
                return {"conclusion": random.choice(CONCLUSIONS)}
        return {}

    def _colleague(self, case: Case) -> str | None:
        """Who verifies beside the one who does; None where there is nobody."""
        first = self.actor("verify", case)
        near = self.within(case.unit, Role.ENFORCER, Role.CHIEF)
        return next((person.username for person in near if person != first), None)

    def _triple(self, case: Case) -> dict:
        """三级负责: a leader, the petition officer, and who calls back."""
        posts = {
            "leader": (Role.LEADER,), "core_handler": (Role.PETITION_OFFICER,), "callback": CALLERS
        }  # fmt: skip
        near = {post: self.within(case.unit, *roles) for post, roles in posts.items()}
        return {post: found[0].username for post, found in near.items() if found}
