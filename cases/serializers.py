"""What the API shows of a case: personal data masked, always."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from agency.core import clock
from agency.core.deadlines import work_calendar_of
from agency.core.fields import StrictSerializer, Text
from agency.core.roles import GIVEN_ONLY, OUTSIDERS
from cases import citizens, completeness, counted, kin, operators, reveal, workflow
from cases.models import Assignment, Case, CaseDeadline, CaseEvent, Ticket
from cases.promises import standing_answer
from cases.submission import SHEETS, IdentityNumber, Phone


class DeadlineSerializer(serializers.ModelSerializer):
    """A clock; its state is told for the moment ``at`` of the context, its counting in words
    by the ``calendar`` of the context.
    """

    rule = serializers.CharField(source="rule.code")
    ticket = serializers.CharField(source="ticket.no", default=None)
    state = serializers.SerializerMethodField()
    breached_at = serializers.SerializerMethodField()
    explanation = serializers.SerializerMethodField()

    class Meta:
        model = CaseDeadline
        fields = [
            "rule", "starts_at", "due_at", "met_at", "breached_at", "noticed_at", "state",
            "provisional", "ticket", "explanation",
        ]  # fmt: skip

    def get_explanation(self, deadline) -> str:
        return counted.explain(deadline, self.context["calendar"])

    def get_state(self, deadline) -> str:
        return deadline.state_at(self.context["at"])

    def get_breached_at(self, deadline) -> str | None:
        late = deadline.state_at(self.context["at"]) in {"breached", "met_late"}
        return serializers.DateTimeField().to_representation(deadline.due_at) if late else None


def deadlines_of(deadlines: QuerySet[CaseDeadline]) -> list[dict]:
    """The clocks, soonest first, as they stand now; one calendar for all of them."""
    found = deadlines.select_related("rule", "ticket").prefetch_related(*counted.READ_WITH)
    rows = list(found.order_by("due_at", "pk"))
    calendar = work_calendar_of(row.rule for row in rows)
    context = {"at": clock.now(), "calendar": calendar}
    return DeadlineSerializer(rows, many=True, context=context).data


class TicketSerializer(serializers.ModelSerializer):
    """A ticket; what it tells itself is a further round's, the first one's is the case's."""

    channel = serializers.CharField(source="channel.code")
    narrative = serializers.SerializerMethodField()
    demand = serializers.SerializerMethodField()
    return_reason = serializers.SerializerMethodField()
    return_basis = serializers.SerializerMethodField()

    class Meta:
        model = Ticket
        fields = [
            "no", "external_no", "round", "channel", "line", "urgent", "arrived_at",
            "claimed_arrived_at", "responded_at", "contacted_at", "replied_at",
            "returned_at", "return_reason", "return_basis", "narrative", "demand", "amount",
        ]  # fmt: skip

    def get_narrative(self, ticket) -> str:
        return ticket.shown(ticket.narrative)

    def get_return_reason(self, ticket) -> str:
        return ticket.shown(ticket.return_reason)

    def get_return_basis(self, ticket) -> str:
        return ticket.shown(ticket.return_basis)

    def get_demand(self, ticket) -> str:
        return ticket.shown(ticket.demand)


class AssignmentSerializer(serializers.ModelSerializer):
    unit = serializers.CharField(source="unit.code")
    by = serializers.CharField(source="by.username")
    handler = serializers.CharField(source="handler.username", default=None)
    contact = serializers.CharField(source="contact.username", default=None)
    follow_up = serializers.CharField(source="follow_up.username", default=None)
    ruling = serializers.SerializerMethodField()
    return_reason = serializers.SerializerMethodField()

    class Meta:
        model = Assignment
        fields = [
            "unit", "by", "handler", "contact", "follow_up", "override", "assigned_at",
            "ended_at", "ruling", "return_reason",
        ]  # fmt: skip

    def get_ruling(self, assignment) -> str:
        return assignment.case.shown(assignment.ruling)

    def get_return_reason(self, assignment) -> str:
        return assignment.case.shown(assignment.return_reason)


class EventSerializer(serializers.ModelSerializer):
    """What happened; ``times``: how often, where it is the latest of several alike."""

    actor = serializers.CharField(source="actor.username", default=None)
    times = serializers.IntegerField()

    class Meta:
        model = CaseEvent
        fields = ["kind", "at", "actor", "data", "times"]


class OwnEventSerializer(EventSerializer):
    """As an outlet or a firm reads it: the agency's people have no names there."""

    actor = serializers.SerializerMethodField()

    def get_actor(self, event) -> str | None:
        return operators.own_name(event.actor, self.context["request"].user)


class CaseListSerializer(serializers.ModelSerializer):
    """One line of a list. Wants consumer and reporter read with the case: titles may name them."""

    title = serializers.SerializerMethodField()
    unit = serializers.CharField(source="unit.code")
    channel = serializers.CharField(source="channel.code")
    handler = serializers.CharField(source="handler.username", default=None)
    merchant = serializers.CharField(source="merchant.name", default=None)
    topics = serializers.SlugRelatedField("code", many=True, read_only=True)

    class Meta:
        model = Case
        fields = [
            "no", "kind", "state", "title", "unit", "channel", "handler", "merchant", "urgent",
            "is_priority", "topics",
            "arrived_at", "next_due_at", "closed_at",
        ]  # fmt: skip

    def get_title(self, case) -> str:
        return case.shown(case.title)


class CaseSerializer(CaseListSerializer):
    """The whole case as this viewer may see it."""

    narrative = serializers.SerializerMethodField()
    demand = serializers.SerializerMethodField()
    conclusion = serializers.SerializerMethodField()
    agreed_answer = serializers.SerializerMethodField()
    category = serializers.CharField(source="category.code", default=None)
    problem = serializers.CharField(source="problem.code", default=None)
    consumer = serializers.SerializerMethodField()
    merchant = serializers.SerializerMethodField()
    sheet = serializers.SerializerMethodField()
    deadlines = serializers.SerializerMethodField()
    tickets = TicketSerializer(many=True)
    assignments = AssignmentSerializer(many=True)
    events = serializers.SerializerMethodField()
    origin = serializers.SerializerMethodField()
    pending = serializers.SerializerMethodField()
    missing = serializers.SerializerMethodField()
    allowed = serializers.SerializerMethodField()

    class Meta:
        model = Case
        fields = [
            *CaseListSerializer.Meta.fields, "narrative", "demand", "category", "problem",
            "amount", "occurred_on", "consumer", "agreed_answer", "conclusion", "principle", "sheet", "deadlines",
            "tickets", "assignments", "events", "result", "ended_at", "recovered_amount", "origin",
            "pending", "missing", "allowed",
        ]  # fmt: skip

    def get_narrative(self, case) -> str:
        return case.shown(case.narrative)

    def get_demand(self, case) -> str:
        return case.shown(case.demand)

    def get_agreed_answer(self, case) -> str:
        return case.shown(standing_answer(case), ours=True)

    def get_conclusion(self, case) -> str:
        return case.shown(case.conclusion)

    def get_consumer(self, case) -> dict | None:
        person = citizens.known(case.consumer)
        return person.masked() if person else None

    def get_merchant(self, case) -> dict | None:
        shown = case.merchant
        return {"name": shown.name, "uscc": shown.uscc or None} if shown else None

    def get_sheet(self, case) -> dict | None:
        """What only its kind is registered with, by the names of the intake."""
        if case.sheet is None:
            return None
        told = SHEETS[case.kind](case.sheet).data
        return {name: case.shown(v) if isinstance(v, str) else v for name, v in told.items()}

    @extend_schema_field(DeadlineSerializer(many=True))
    def get_deadlines(self, case) -> list[dict]:
        return deadlines_of(case.deadlines)

    @extend_schema_field(EventSerializer(many=True))
    def get_events(self, case) -> list[dict]:
        rows = CaseEvent.objects.of(case).select_related("actor").order_by("pk")
        if self.context["request"].user.role in OUTSIDERS | GIVEN_ONLY:
            rows = rows.exclude(kind=CaseEvent.Kind.NOTED)
        told = kin.told(case, rows.folded(), self.context["request"].user)
        return EventSerializer(told, many=True).data

    def get_origin(self, case) -> str | None:
        found = kin.origin_of(case, self.context["request"].user)
        return found and found.no

    def get_pending(self, case) -> dict | None:
        waiting = case.pending
        if not waiting:
            return None
        at = serializers.DateTimeField().to_representation(waiting.at)
        return {"verb": waiting.verb, "by": waiting.by.username, "at": at}

    def get_missing(self, case) -> list[str]:
        return completeness.missing(case)

    def get_allowed(self, case) -> list[str]:
        return workflow.allowed(case, self.context["request"].user)


class ForOperators:
    """A case as an outlet or a firm is told of it (cases/operators.py): the rest stays blank."""

    TOLD = {
        "no", "kind", "title", "unit", "merchant", "urgent", "arrived_at", "narrative", "demand",
        "category", "problem", "amount", "occurred_on", "consumer", "allowed",
    }  # fmt: skip
    BLANK = {"is_priority": False} | dict.fromkeys(
        ["channel", "agreed_answer", "conclusion", "principle", "result"], ""
    )
    EMPTY = ("topics", "deadlines", "tickets", "assignments", "events", "missing")

    def to_representation(self, case):
        whole, user = super().to_representation(case), self.context["request"].user
        referral = operators.referral_of(case, user)
        blank = self.BLANK | {name: [] for name in self.EMPTY}
        told = {name: v if name in self.TOLD else blank.get(name) for name, v in whole.items()}
        told["state"] = operators.state(case, referral)
        due_at = operators.next_due_at(case, user)
        told["next_due_at"] = due_at and serializers.DateTimeField().to_representation(due_at)
        if operators.is_settled_there(referral):
            kept = {"result", "ended_at", "recovered_amount"} & told.keys()
            told |= {name: whole[name] for name in kept}
        return told | self.parts(case, user, referral)

    def parts(self, case, user, referral) -> dict:
        return {}


class CaseListForOperators(ForOperators, CaseListSerializer):
    """One line of their list."""


class CaseForOperators(ForOperators, CaseSerializer):
    """The whole case, with what they owe and what was done there."""

    OF_TICKET = {"no", "round", "urgent", "arrived_at", "narrative", "demand", "amount"}

    def parts(self, case, user, referral) -> dict:
        tickets = TicketSerializer(operators.tickets(case, referral), many=True).data
        return {
            "deadlines": deadlines_of(operators.clocks(case, user)),
            "tickets": [
                {name: v if name in self.OF_TICKET else None for name, v in ticket.items()}
                for ticket in tickets
            ],
            "events": OwnEventSerializer(
                operators.events(case, user), many=True, context=self.context
            ).data,
        }


class Reveal(StrictSerializer):
    """Which field of whom, and why it is needed."""

    field = serializers.ChoiceField([*reveal.CONSUMER, *reveal.REPORTER])
    reason = Text(max_length=500)
    ticket = Text(max_length=20, required=False, allow_blank=True)


class Reason(StrictSerializer):
    """Why something is taken out."""

    reason = Text(max_length=500)


class Revealed(serializers.Serializer):
    value = serializers.CharField(help_text="empty where it is not known")


class Lookup(StrictSerializer):
    """Whose cases are asked for: by one of the two."""

    phone = Phone(max_length=40, required=False)
    id_number = IdentityNumber(required=False)

    def validate(self, data):
        if len(data) != 1:
            wanted = [_("Send either phone or id_number.")]
            raise serializers.ValidationError({"phone": wanted, "id_number": wanted})
        return data
