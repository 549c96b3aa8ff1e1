"""ODR enterprises as the API and the pages tell of them, and what a verb's body may hold."""

from rest_framework import serializers

from agency.core.fields import Day, Flag, StrictSerializer, Text, Whole
from agency.core.models import User
from agency.core.roles import OUTSIDERS
from outlets import lifecycle
from outlets.models import OdrEnterprise, OdrGuidance
from outlets.odr_lifecycle import MOVES
from outlets.serializers import MASKED_TO, Reason


class FiguresSerializer(serializers.Serializer):
    received = serializers.IntegerField()
    ended = serializers.IntegerField()
    answered = serializers.IntegerField()
    settled = serializers.IntegerField()
    handed_up = serializers.IntegerField()
    silent = serializers.IntegerField()
    again = serializers.IntegerField(help_text="settled, and complained of again")
    recovered_amount = serializers.DecimalField(max_digits=14, decimal_places=2)
    response_rate = serializers.SerializerMethodField()
    settlement_rate = serializers.SerializerMethodField()
    again_rate = serializers.SerializerMethodField()
    mean_days = serializers.DecimalField(max_digits=6, decimal_places=1, allow_null=True)

    def _rate(self, share) -> str | None:
        return None if share is None else f"{float(share):.4f}"

    def get_response_rate(self, figures) -> str | None:
        return self._rate(figures.response_rate)

    def get_settlement_rate(self, figures) -> str | None:
        return self._rate(figures.settlement_rate)

    def get_again_rate(self, figures) -> str | None:
        return self._rate(figures.again_rate)


class OdrListSerializer(serializers.ModelSerializer):
    """A firm in a list."""

    code = serializers.CharField(source="unit.code")
    name = serializers.CharField(source="unit.name")
    unit = serializers.CharField(source="unit.parent.code")

    class Meta:
        model = OdrEnterprise
        fields = [
            "code", "name", "unit", "state", "origin", "uscc", "address", "account",
            "admitted_on", "exited_on",
        ]  # fmt: skip


class OdrSerializer(OdrListSerializer):
    """One firm with its papers, reviews, trainings and figures."""

    contact = serializers.SerializerMethodField()
    papers = serializers.SerializerMethodField()
    reviews = serializers.SerializerMethodField()
    guidances = serializers.SerializerMethodField()
    events = serializers.SerializerMethodField()
    figures = serializers.SerializerMethodField()
    allowed = serializers.SerializerMethodField()

    class Meta(OdrListSerializer.Meta):
        fields = [
            *OdrListSerializer.Meta.fields, "contact", "papers", "reviews", "guidances", "events",
            "figures", "allowed",
        ]  # fmt: skip

    @property
    def _user(self) -> User:
        return self.context["user"]

    def _name(self, who: User | None) -> str | None:
        """Who of the agency it was is not told outside."""
        if who is None or self._user.role in OUTSIDERS and who.unit_id != self._user.unit_id:
            return None
        return who.username

    def get_contact(self, firm) -> dict | None:
        person = getattr(firm, "contact", None)
        if person is None:
            return None
        return person.masked() if self._user.role in MASKED_TO else person.plain()

    def get_papers(self, firm) -> list[dict]:
        found = firm.papers.select_related("file", "by").order_by("at", "pk")
        return [
            {
                "id": str(paper.pk), "kind": paper.kind, "type": paper.file.type,
                "sha256": paper.file.sha256, "by": self._name(paper.by), "at": paper.at,
            }
            for paper in found
        ]  # fmt: skip

    def get_reviews(self, firm) -> list[dict]:
        return [
            {
                "passed": one.passed, "by": self._name(one.by), "at": one.at,
                "conditions": {name: getattr(one, name) for name in one.CONDITIONS},
            }
            for one in firm.reviews.select_related("by").order_by("pk")
        ]  # fmt: skip

    def get_guidances(self, firm) -> list[dict]:
        return [
            {"kind": g.kind, "held_on": g.held_on, "topic": g.topic, "attended": g.attended}
            for g in firm.guidances.all()
        ]

    def get_events(self, firm) -> list[dict]:
        found = firm.events.select_related("actor").order_by("pk")
        return [{"kind": e.kind, "at": e.at, "actor": self._name(e.actor)} for e in found]

    def get_figures(self, firm) -> dict:
        """Of the last twelve months."""
        return FiguresSerializer(self.context["figures"]).data

    def get_allowed(self, firm) -> list[str]:
        return lifecycle.allowed(firm.state, self._user.role, MOVES)


class InvitationSerializer(serializers.Serializer):
    name = serializers.CharField(source="merchant.name")
    uscc = serializers.CharField(source="merchant.uscc")
    complaints = serializers.IntegerField()
    ended = serializers.IntegerField()
    settled = serializers.IntegerField()


# -- bodies -----------------------------------------------------------------------------


class OdrApplication(StrictSerializer):
    """A firm that asks to be one. ``unit``: the one above, one's own where it lacks."""

    code = Text(max_length=40)
    name = Text(max_length=100)
    origin = serializers.ChoiceField(OdrEnterprise.Origin.choices)
    unit = Text(max_length=40, required=False)
    uscc = Text(max_length=18, required=False, allow_blank=True)
    address = Text(max_length=300, required=False, allow_blank=True)
    contact = Text(max_length=100, required=False, allow_blank=True)
    phone = Text(max_length=100, required=False, allow_blank=True)


class OdrReviewed(StrictSerializer):
    """Each of the five conditions, met or not."""

    has_place = Flag()
    has_staff = Flag()
    has_computer = Flag()
    has_phone = Flag()
    has_system = Flag()
    note = Text(max_length=500, required=False, allow_blank=True)


class OdrAdmit(StrictSerializer):
    """``account``: the firm's on the national platform."""

    account = Text(max_length=100, required=False, allow_blank=True)


class OdrGuide(StrictSerializer):
    kind = serializers.ChoiceField(OdrGuidance.Kind.choices)
    topic = Text(max_length=200)
    attended = Whole(min_value=1, max_value=9999)
    held_on = Day(required=False)


class OdrRestore(StrictSerializer):
    note = Text(max_length=500, required=False, allow_blank=True)


BODIES = {
    "review": OdrReviewed, "admit": OdrAdmit, "reject": Reason, "guide": OdrGuide, "warn": Reason,
    "suspend": Reason, "restore": OdrRestore, "exit": Reason,
}  # fmt: skip
"""What each verb may be told."""
