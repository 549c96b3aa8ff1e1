"""What a case tells beside its clocks and tickets: decisions, agreements, notices and people.

For the API; texts are shown as everybody who sees the case may read them.
"""

from rest_framework import serializers

from agency.core.models import User
from agency.core.roles import GIVEN_ONLY, OUTSIDERS, STAFF
from cases.models import (
    Agreement,
    Appraisal,
    Decision,
    FollowUp,
    Mediation,
    Note,
    PartyNotice,
    PetitionRecord,
    Referral,
    Responsibility,
    Supplement,
)


class Shown(serializers.CharField):
    """A text of the case, masked."""

    def to_representation(self, value):
        return self.parent.instance_case.shown(value)


class Ours(serializers.CharField):
    """A number that we gave: without whom it names, but as it is looked up."""

    def to_representation(self, value):
        return self.parent.instance_case.shown(value, ours=True)


class Told(serializers.ModelSerializer):
    """One row of a case's story; ``by`` and other people are usernames."""

    @property
    def instance_case(self):
        return self.context["case"]

    def build_relational_field(self, field_name, relation_info):
        if relation_info.related_model._meta.label == "core.User":
            return serializers.SlugRelatedField, {"slug_field": "username", "read_only": True}
        return super().build_relational_field(field_name, relation_info)


class DecisionSerializer(Told):
    text, reference = Shown(), Ours()

    class Meta:
        model = Decision
        fields = ["kind", "ground", "text", "factors", "reference", "by", "approved_by", "at"]


class NoticeSerializer(Told):
    text, recording = Shown(), Ours()
    decision = serializers.CharField(source="decision.kind", default=None)
    ticket = serializers.CharField(source="ticket.no", default=None)

    class Meta:
        model = PartyNotice
        fields = [
            "party", "how", "text", "decision", "ticket", "by", "at", "received_on", "recording",
            "dialled",
        ]  # fmt: skip


class MediationSerializer(Told):
    organisation, scope, place = Shown(), Shown(), Shown()
    sessions = serializers.SerializerMethodField()

    class Meta:
        model = Mediation
        fields = [
            "mediator", "organisation", "scope", "until", "consented", "method", "meeting_at", "place",
            "started_at", "ended_at", "sessions",
        ]  # fmt: skip

    def get_sessions(self, mediation) -> int:
        return len(mediation.sessions.all())


class AppraisalSerializer(Told):
    institution, finding = Shown(), Shown()

    class Meta:
        model = Appraisal
        fields = [
            "reason", "institution", "entrusted_on", "cost", "of_clue", "received_on", "finding",
            "by", "at", "ended_at",
        ]  # fmt: skip


class AgreementSerializer(Told):
    text, evidence_note, broken_note = Shown(), Shown(), Shown()

    class Meta:
        model = Agreement
        fields = [
            "text", "amount", "due_on", "paper", "made_at", "by", "performed_at", "performed_on",
            "performed_amount", "evidence_note", "broken_at", "broken_note",
        ]  # fmt: skip


class FollowUpSerializer(Told):
    note = Shown()

    class Meta:
        model = FollowUp
        fields = ["satisfaction", "is_rating", "office", "kept", "note", "by", "at"]


class ResponsibilitySerializer(Told):
    class Meta:
        model = Responsibility
        fields = ["leader", "core_handler", "callback", "at"]


class RecordSerializer(Told):
    note = Shown()

    class Meta:
        model = PetitionRecord
        fields = ["kind", "note", "by", "at"]


class NoteSerializer(Told):
    text = Shown()

    class Meta:
        model = Note
        fields = ["text", "by", "at"]


class ReferralSerializer(Told):
    unit = serializers.CharField(source="unit.code")
    answer, reason = Shown(), Shown()

    class Meta:
        model = Referral
        fields = [
            "unit", "by", "referred_at", "accepted_at", "answered_at", "answer", "ended_at",
            "outcome", "reason",
        ]  # fmt: skip


class SupplementSerializer(Told):
    was, now = serializers.SerializerMethodField(), serializers.SerializerMethodField()

    class Meta:
        model = Supplement
        fields = ["field", "was", "now", "by", "at"]

    def get_was(self, row) -> str:
        return self.instance_case.shown(row.told[0])

    def get_now(self, row) -> str:
        return self.instance_case.shown(row.told[1])


PARTS = {
    "decisions": DecisionSerializer,
    "party_notices": NoticeSerializer,
    "mediations": MediationSerializer,
    "appraisals": AppraisalSerializer,
    "agreements": AgreementSerializer,
    "follow_ups": FollowUpSerializer,
    "responsibilities": ResponsibilitySerializer,
    "petition_records": RecordSerializer,
    "supplements": SupplementSerializer,
    "referrals": ReferralSerializer,
}
"""Related name of a case → how its rows are told."""


AMONG_COLLEAGUES = {"notes": NoteSerializer}
"""What leaves the house neither on paper nor with an expert."""


def told(case, *, to: User | None = None) -> dict[str, list[dict]]:
    """Every part of the story, oldest first: a query a part; ``to`` staff, their notes, too; to an
    outlet or a firm what was agreed there.
    """
    is_colleague = to is not None and to.role in STAFF - GIVEN_ONLY
    parts = PARTS | AMONG_COLLEAGUES if is_colleague else PARTS
    if to is not None and to.role in OUTSIDERS:
        own = _rows(case, "agreements").filter(by__unit=to.unit_id)
        told = AgreementSerializer(own, many=True, context={"case": case}).data
        return dict.fromkeys(parts, []) | {"agreements": told}
    return {
        name: serializer(_rows(case, name), many=True, context={"case": case}).data
        for name, serializer in parts.items()
    }


def _rows(case, name: str):
    """The rows of a part with the people they name."""
    rows = getattr(case, name).order_by("pk")
    people = [
        field.name
        for field in rows.model._meta.fields
        if field.is_relation and field.name not in {"case"}
    ]
    parts = ["sessions"] if rows.model is Mediation else []
    return rows.select_related(*people).prefetch_related(*parts)
