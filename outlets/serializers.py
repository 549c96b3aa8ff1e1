"""Outlets as the API and the pages tell of them, and what a verb's body may hold."""

from django.utils.translation import gettext_lazy
from rest_framework import serializers

from agency.core.fields import Day, Flag, StrictSerializer, Text, Whole
from agency.core.models import User
from agency.core.roles import OUTSIDERS, Role
from outlets import lifecycle, standards
from outlets.models import MonthlyReport, Outlet, OutletEvent, Staff

MASKED_TO = {Role.AUDITOR, Role.ANALYST}
"""See people masked, as everywhere."""


class OutletListSerializer(serializers.ModelSerializer):
    """An outlet in a list; its people masked."""

    code = serializers.CharField(source="unit.code")
    name = serializers.CharField(source="unit.name")
    unit = serializers.SerializerMethodField()
    liaison = serializers.SerializerMethodField()

    class Meta:
        model = Outlet
        fields = [
            "code", "name", "type", "unit", "state", "number", "filed_on", "valid_until", "grade",
            "withdrawn_on", "host", "address", "longitude", "latitude", "liaison",
        ]  # fmt: skip

    def get_unit(self, outlet) -> str:
        return outlet.unit.parent.code

    def get_liaison(self, outlet) -> dict | None:
        found = liaison(outlet)
        return found and found.masked()


class OutletSerializer(OutletListSerializer):
    """One outlet with its people, visits, years, months and clocks."""

    liaison = serializers.SerializerMethodField()
    standard = serializers.SerializerMethodField()
    staff = serializers.SerializerMethodField()
    inspections = serializers.SerializerMethodField()
    assessments = serializers.SerializerMethodField()
    reports = serializers.SerializerMethodField()
    deadlines = serializers.SerializerMethodField()
    proposals = serializers.SerializerMethodField()
    events = serializers.SerializerMethodField()
    allowed = serializers.SerializerMethodField()

    class Meta(OutletListSerializer.Meta):
        fields = [
            *OutletListSerializer.Meta.fields, "host_uscc", "plaque_back_on", "rated_on",
            "standard", "staff", "inspections", "assessments", "reports", "deadlines", "proposals",
            "events",
            "allowed",
        ]  # fmt: skip

    @property
    def _user(self) -> User:
        return self.context["user"]

    def _person(self, person: Staff) -> dict[str, str]:
        return person.masked() if self._user.role in MASKED_TO else person.plain()

    def get_liaison(self, outlet) -> dict | None:
        found = liaison(outlet)
        return found and self._person(found)

    def get_standard(self, outlet) -> dict:
        """The one in force now, with what a visit and a year go through."""
        found = standards.of(outlet.standard, self.context["today"])
        return {
            "code": found.code, "version": found.version, "name": found.name,
            "checklist": [{"code": i.code, "part": i.part, "name": i.name, "hint": i.hint} for i in found.checklist],
            "assessed": [{"code": i.code, "name": i.name, "weight": i.weight, "hint": i.hint} for i in found.assessed],
        }  # fmt: skip

    def get_staff(self, outlet) -> list[dict]:
        return [
            {
                "id": person.pk, **self._person(person), "is_liaison": person.is_liaison,
                "since": person.since,
                "trainings": [
                    {"held_on": t.held_on, "topic": t.topic, "passed": t.passed}
                    for t in sorted(person.trainings.all(), key=lambda t: (t.held_on, t.pk))
                ],
            }
            for person in outlet.staff.all()
            if person.left_on is None
        ]  # fmt: skip

    def get_inspections(self, outlet) -> list[dict]:
        """Oldest first. Who of the agency went there is not told outside."""
        seen = outlet.inspections.select_related("first", "second").order_by("pk")
        found = seen.prefetch_related("findings__item", "findings__photos")
        return [
            {
                "visited_on": visit.visited_on, "passed": visit.passed,
                "inspectors": self._names(visit.first, visit.second),
                "checklist": {f.item.code: f.is_met for f in visit.findings.all()},
                "photos": {
                    f.item.code: [str(photo.pk) for photo in photos]
                    for f in visit.findings.all()
                    if (photos := f.photos.all())
                },
            }
            for visit in found
        ]  # fmt: skip

    def _names(self, *people: User) -> list[str]:
        return [] if self._user.role in OUTSIDERS else [person.username for person in people]

    def get_assessments(self, outlet) -> list[dict]:
        return [
            {
                "year": one.year, "score": str(one.score), "grade": one.grade,
                "scores": {s.item.code: s.points for s in one.scores.select_related("item")},
            }
            for one in outlet.assessments.order_by("year")
        ]  # fmt: skip

    def get_reports(self, outlet) -> list[dict]:
        return ReportSerializer(outlet.reports.all()[:24], many=True).data

    def get_deadlines(self, outlet) -> list[dict]:
        at = self.context["at"]
        found = outlet.deadlines.select_related("rule", "report").order_by("due_at", "pk")
        return [
            {
                "rule": clock.rule.code, "starts_at": clock.starts_at, "due_at": clock.due_at,
                "met_at": clock.met_at, "breached_at": clock.breached_at,
                "noticed_at": clock.noticed_at, "state": clock.state_at(at),
                "provisional": clock.provisional,
                "month": f"{clock.report.month:%Y-%m}" if clock.report else None,
            }
            for clock in found
        ]  # fmt: skip

    def get_proposals(self, outlet) -> list[dict]:
        """What speaks for suspending it and was not decided on; nothing of it outside."""
        if self._user.role in OUTSIDERS:
            return []
        found = outlet.proposals.filter(decided_at=None).order_by("pk")
        return [{"ground": p.ground, "counted": p.counted, "at": p.at} for p in found]

    def get_events(self, outlet) -> list[dict]:
        found = outlet.events.select_related("actor").order_by("pk")
        if self._user.role in OUTSIDERS:
            found = found.exclude(kind__in=OutletEvent.INSIDE)
        return [
            {"kind": e.kind, "at": e.at, "actor": self._actor(e.actor), "data": e.data}
            for e in found
        ]

    def _actor(self, actor: User | None) -> str | None:
        if actor is None or self._user.role in OUTSIDERS and actor.unit_id != self._user.unit_id:
            return None
        return actor.username

    def get_allowed(self, outlet) -> list[str]:
        return lifecycle.allowed(outlet.state, self._user.role)


class ReportSerializer(serializers.ModelSerializer):
    """A month; its figures null until it is reported."""

    month = serializers.DateField(format="%Y-%m")

    class Meta:
        model = MonthlyReport
        fields = [
            "month", "received", "settled", "handed_up", "recovered_amount", "consultations",
            "publicity_events", "reported_at",
        ]  # fmt: skip


def liaison(outlet: Outlet) -> Staff | None:
    """The first of those who answer for it now; of rows that were read beforehand."""
    there = (p for p in outlet.staff.all() if p.is_liaison and p.left_on is None)
    return min(there, key=lambda person: person.pk, default=None)


# -- bodies -----------------------------------------------------------------------------


class Degrees(serializers.DecimalField):
    """A decimal number, as a number or a text; six decimals are a hand's breadth."""

    def __init__(self, most: int, **kwargs):
        digits = {"max_digits": 6 + len(str(most)), "decimal_places": 6}
        super().__init__(min_value=-most, max_value=most, **digits, **kwargs)


class Application(StrictSerializer):
    """An outlet that somebody asks for. ``unit``: the one above, one's own where it lacks."""

    code = Text(max_length=40)
    name = Text(max_length=100)
    type = serializers.ChoiceField(Outlet.Type.choices)
    unit = Text(max_length=40, required=False)
    standard = Text(max_length=40, required=False)
    host = Text(max_length=200, required=False, allow_blank=True)
    host_uscc = Text(max_length=18, required=False, allow_blank=True)
    address = Text(max_length=300, required=False, allow_blank=True)
    longitude = Degrees(180, required=False)
    latitude = Degrees(90, required=False)
    liaison = Text(max_length=100, required=False, allow_blank=True)
    phone = Text(max_length=100, required=False, allow_blank=True)

    def validate(self, said):
        if ("longitude" in said) != ("latitude" in said):
            lacks = "latitude" if "longitude" in said else "longitude"
            required = self.fields[lacks].error_messages["required"]
            raise serializers.ValidationError({lacks: [required]})
        return said


class Inspect(StrictSerializer):
    """``checklist``: by the code of each item of the standard, whether it is met."""

    inspectors = serializers.ListField(child=Text(max_length=150), min_length=2, max_length=2)
    checklist = serializers.DictField(child=Flag())
    visited_on = Day(required=False)
    note = Text(max_length=500, required=False, allow_blank=True)


class PutOnFile(StrictSerializer):
    """Put on file; the term is the usual one where no day is said."""

    valid_until = Day(required=False)


class Reason(StrictSerializer):
    reason = Text(max_length=500)


class ResumeOutlet(StrictSerializer):
    note = Text(max_length=500, required=False, allow_blank=True)


class Assess(StrictSerializer):
    """``scores``: by the code of each assessed item, 0 to 100 points."""

    scores = serializers.DictField(child=Whole(min_value=0, max_value=100))
    year = Whole(required=False, min_value=2000, max_value=2199)
    note = Text(max_length=500, required=False, allow_blank=True)


class WithdrawOutlet(Reason):
    withdrawn_on = Day(required=False)
    plaque_back_on = Day(required=False)


class Month(Day):
    """A month as YYYY-MM; its first day."""

    default_error_messages = {"invalid": gettext_lazy("Give the month as YYYY-MM.")}

    def to_internal_value(self, value):
        return super().to_internal_value(f"{value}-01")


class Report(StrictSerializer):
    """A month, the oldest owed where none is said; nothing typed is nothing done."""

    month = Month(required=False)
    consultations = Whole(required=False, min_value=0, max_value=100_000)
    publicity_events = Whole(required=False, min_value=0, max_value=10_000)


class AddStaff(StrictSerializer):
    name = Text(max_length=100)
    phone = Text(max_length=100, required=False, allow_blank=True)
    is_liaison = Flag(required=False)
    since = Day(required=False)


class EndStaff(StrictSerializer):
    staff = Whole(min_value=1)
    left_on = Day(required=False)


class Train(StrictSerializer):
    staff = Whole(min_value=1)
    topic = Text(max_length=200)
    passed = Flag()
    held_on = Day(required=False)


BODIES = {
    "inspect": Inspect, "file": PutOnFile, "reject": Reason, "suspend": Reason, "resume": ResumeOutlet,
    "assess": Assess, "withdraw": WithdrawOutlet, "report": Report, "add_staff": AddStaff, "train": Train,
    "end_staff": EndStaff, "decline_suspension": Reason,
}  # fmt: skip
"""What each verb may be told."""
