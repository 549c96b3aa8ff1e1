"""What the API shows of an interview. People who received or answer for something are masked."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from agency.core import clock
from agency.core.text import mask_name
from cases.serializers import DeadlineSerializer
from interviews import triggers, workflow
from interviews.models import (
    Attendance,
    Document,
    Evidence,
    Guidance,
    Interview,
    InterviewDeadline,
    InterviewEvent,
    Notice,
    Pledge,
    PledgeItem,
    Rectification,
    Service,
)
from interviews.workflow import papers


class NoticeSerializer(serializers.ModelSerializer):
    """Without number and ``issued_at`` while it is still to be written."""

    class Meta:
        model = Notice
        fields = ["id", "round", "number", "hold_at", "issued_at", "document"]


class ServiceSerializer(serializers.ModelSerializer):
    recipient = serializers.SerializerMethodField()
    servers = serializers.SerializerMethodField()

    class Meta:
        model = Service
        fields = [
            "id", "round", "method", "at", "served_at", "recipient", "relation", "place",
            "tracking_no", "reason", "consent", "servers", "document",
        ]  # fmt: skip

    def get_recipient(self, service) -> str:
        return mask_name(service.recipient)

    def get_servers(self, service) -> list[str]:
        return [user.username for user in (service.server, service.second_server) if user]


class PledgeItemSerializer(serializers.ModelSerializer):
    person = serializers.SerializerMethodField()

    class Meta:
        model = PledgeItem
        fields = ["id", "matter", "measure", "due_on", "person", "kept", "checked_at", "note"]

    def get_person(self, item) -> str:
        return mask_name(item.person)


class PledgeSerializer(serializers.ModelSerializer):
    items = PledgeItemSerializer(many=True)

    class Meta:
        model = Pledge
        fields = ["id", "signed_at", "publish", "items", "document"]


class EvidenceSerializer(serializers.ModelSerializer):
    """A file that came with a merchant's report."""

    type = serializers.CharField(source="file.type")
    size = serializers.IntegerField(source="file.size")
    sha256 = serializers.CharField(source="file.sha256")

    class Meta:
        model = Evidence
        fields = ["id", "name", "type", "size", "sha256", "at"]


class ReportLinkSerializer(serializers.Serializer):
    """Where a merchant reports its repairs, told once; it opens until then."""

    address = serializers.CharField()
    until = serializers.DateTimeField()


class RectificationSerializer(serializers.ModelSerializer):
    evidence = EvidenceSerializer(many=True)

    class Meta:
        model = Rectification
        fields = [
            "id", "problem", "measure", "due_on", "state", "raised_at", "reported_at",
            "extended_at", "verified_at", "report", "evidence",
        ]  # fmt: skip


class AttendanceLine(serializers.ModelSerializer):
    """A merchant of the interview, by its number there."""

    name = serializers.CharField(source="merchant.name")

    class Meta:
        model = Attendance
        fields = ["id", "name", "state"]


class AttendanceSerializer(AttendanceLine):
    """With its whole course."""

    uscc = serializers.CharField(source="merchant.uscc")
    held_at = serializers.DateTimeField(source="session.held_at", default=None)
    notices = NoticeSerializer(many=True)
    services = ServiceSerializer(many=True)
    pledges = PledgeSerializer(many=True)
    rectifications = RectificationSerializer(many=True)

    class Meta:
        model = Attendance
        fields = [
            *AttendanceLine.Meta.fields, "uscc", "address", "hold_at", "held_at", "postponed_at",
            "absences", "measure", "notices", "services", "pledges", "rectifications",
        ]  # fmt: skip


class EffectSerializer(serializers.Serializer):
    """Complaints a week before and after the session, and those of its trade."""

    merchant = serializers.IntegerField()
    before = serializers.ListField(child=serializers.IntegerField())
    after = serializers.ListField(child=serializers.IntegerField())
    change = serializers.FloatField(allow_null=True)
    trade_before = serializers.FloatField(allow_null=True)
    trade_after = serializers.FloatField(allow_null=True)
    repeated = serializers.IntegerField()


class InterviewListSerializer(serializers.ModelSerializer):
    """One line of a list."""

    unit = serializers.CharField(source="unit.code")
    handler = serializers.CharField(source="handler.username", default=None)
    merchants = AttendanceLine(many=True)

    class Meta:
        model = Interview
        fields = [
            "no", "kind", "state", "subject", "unit", "handler", "place", "hold_at", "held_at",
            "closed_at", "merchants",
        ]  # fmt: skip


class InterviewClock(DeadlineSerializer):
    """A clock of an interview, and of whom or what."""

    ticket = None
    merchant = serializers.IntegerField(source="attendance_id")
    rectification = serializers.IntegerField(source="rectification_id")
    pledge_item = serializers.IntegerField(source="pledge_item_id")

    class Meta:
        model = InterviewDeadline
        fields = [
            "rule", "starts_at", "due_at", "met_at", "breached_at", "noticed_at", "state",
            "provisional", "merchant", "rectification", "pledge_item",
        ]  # fmt: skip


class InterviewEventSerializer(serializers.ModelSerializer):
    actor = serializers.CharField(source="actor.username", default=None)
    merchant = serializers.IntegerField(source="attendance_id")

    class Meta:
        model = InterviewEvent
        fields = ["kind", "at", "actor", "merchant", "data"]


class InterviewSerializer(InterviewListSerializer):
    """The whole interview as this viewer may see it."""

    merchants = AttendanceSerializer(many=True)
    cases = serializers.SerializerMethodField()
    proposed_by = serializers.CharField(source="proposed_by.username", default=None)
    decided_by = serializers.CharField(source="decided_by.username", default=None)
    progress = serializers.SerializerMethodField()
    deadlines = serializers.SerializerMethodField()
    events = serializers.SerializerMethodField()
    allowed = serializers.SerializerMethodField()

    class Meta:
        model = Interview
        fields = [
            *InterviewListSerializer.Meta.fields, "matters", "publicity", "trigger", "cases",
            "proposed_by", "proposed_at", "decided_by", "decided_at", "opinion", "progress",
            "deadlines", "events", "allowed",
        ]  # fmt: skip

    def get_cases(self, interview) -> list[str]:
        mine = interview.cases.visible_to(self.context["request"].user)
        return list(mine.order_by("no").values_list("no", flat=True))

    def get_progress(self, interview) -> dict[str, int]:
        return papers.progress(interview)

    @extend_schema_field(InterviewClock(many=True))
    def get_deadlines(self, interview) -> list[dict]:
        rows = interview.deadlines.select_related("rule").order_by("due_at", "pk")
        return InterviewClock(rows, many=True, context={"at": clock.now()}).data

    @extend_schema_field(InterviewEventSerializer(many=True))
    def get_events(self, interview) -> list[dict]:
        rows = interview.events.select_related("actor").order_by("pk")
        return InterviewEventSerializer(rows, many=True).data

    def get_allowed(self, interview) -> list[str]:
        return workflow.allowed(interview, self.context["request"].user)


class InterviewDocumentSerializer(serializers.ModelSerializer):
    """An issued document in a list; ``sha256`` is its PDF's."""

    type = serializers.CharField(source="form")
    merchant = serializers.IntegerField(source="attendance_id")
    sha256 = serializers.CharField(source="pdf.sha256")

    class Meta:
        model = Document
        fields = ["id", "type", "number", "merchant", "version", "issued_at", "sha256"]


class GuidanceSerializer(serializers.ModelSerializer):
    """A letter without a meeting, and how it was served."""

    number = serializers.CharField(source="document.number")
    issued_at = serializers.DateTimeField(source="document.issued_at")
    sha256 = serializers.CharField(source="document.pdf.sha256")
    merchant = serializers.CharField(source="merchant.name")
    unit = serializers.CharField(source="unit.code")
    services = ServiceSerializer(many=True)

    class Meta:
        model = Guidance
        fields = [
            "id", "kind", "number", "unit", "merchant", "subject", "text", "issued_at", "sha256",
            "services",
        ]  # fmt: skip


class SuggestedMerchant(serializers.Serializer):
    """A merchant under the name it counts as."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    uscc = serializers.CharField()


class SuggestionSerializer(serializers.Serializer):
    """``merchant`` is None where a trade is meant: then ``merchants`` are those with the most.

    ``found`` counts what ``counted`` leaves out, too: refused, taken back, factors of §17.
    """

    kind = serializers.SerializerMethodField()
    rule = serializers.CharField(source="trigger.code")
    name = serializers.CharField(source="trigger.name")
    basis = serializers.CharField(source="trigger.basis")
    at_least = serializers.IntegerField(source="trigger.at_least")
    days = serializers.IntegerField(source="trigger.days")
    trade = serializers.CharField(source="trade.code", default=None)
    merchant = serializers.SerializerMethodField()
    merchants = SuggestedMerchant(many=True)
    counted = serializers.IntegerField()
    found = serializers.IntegerField()
    cases = serializers.ListField(child=serializers.CharField())

    def get_kind(self, suggestion) -> str:
        return triggers.KIND[suggestion.trade is not None].value

    @extend_schema_field(SuggestedMerchant(allow_null=True))
    def get_merchant(self, suggestion) -> dict | None:
        return None if suggestion.trade else SuggestedMerchant(suggestion.merchants[0]).data


class Suggestions(serializers.Serializer):
    results = SuggestionSerializer(many=True)
