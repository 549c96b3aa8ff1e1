"""The outlets' door for machines: outlets and their verbs, and what is settled on the spot."""

import django_filters
from django.db.models import Prefetch
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from agency.core import clock, files
from agency.core.api import HasRole
from agency.core.errors import Forbidden, Invalid, NotThere
from agency.core.fields import Money, StrictSerializer, Text
from agency.core.pages import Pages
from agency.core.roles import STAFF, Role
from cases.api import idempotency_key, shown
from cases.calendar import day_of
from cases.filters import StrictFilterBackend
from cases.papers_api import UploadParser
from cases.serializers import CaseSerializer
from cases.workflow.papers import READERS_OF_FILES
from outlets import acts, ranking, workflow
from outlets.lifecycle import APPLICANTS, VISITORS, State
from outlets.models import Outlet, Staff
from outlets.serializers import (
    BODIES,
    Application,
    Month,
    OutletListSerializer,
    OutletSerializer,
)
from outlets.workflow import disputes, photos

READERS = STAFF - {Role.ADMIN, Role.EXPERT} | {Role.OUTLET_LIAISON}
"""An expert sees what was given to them, and an administrator no work."""
SHOWN = (
    Prefetch("staff", Staff.objects.prefetch_related("trainings").order_by("pk")),
)  # fmt: skip


# -- outlets ----------------------------------------------------------------------------


class OutletFilter(django_filters.FilterSet):
    state = django_filters.MultipleChoiceFilter(choices=State.choices)
    type = django_filters.MultipleChoiceFilter(choices=Outlet.Type.choices)
    grade = django_filters.MultipleChoiceFilter(choices=Outlet.Grade.choices)
    unit = django_filters.CharFilter(field_name="unit__parent__code")
    active_on = django_filters.DateFilter(method="serving_on")
    filed_in = django_filters.NumberFilter(field_name="filed_on", lookup_expr="year")

    class Meta:
        model = Outlet
        fields: list[str] = []

    def serving_on(self, outlets, name, day):
        """On file at the end of that day."""
        return outlets.active_on(day)


class OutletList(ListAPIView):
    """The outlets in one's scope, in cursor pages; POST applies for a new one."""

    permission_classes = [HasRole]
    roles = READERS
    pagination_class = Pages
    serializer_class = OutletListSerializer
    filterset_class = OutletFilter
    filter_backends = [StrictFilterBackend]

    def get_queryset(self):
        seen = Outlet.objects.visible_to(self.request.user)
        return seen.select_related("unit__parent").with_liaison()

    @extend_schema(
        operation_id="outlets_apply", request=Application, responses={201: OutletSerializer}
    )
    def post(self, request):
        if request.user.role not in APPLICANTS:
            raise Forbidden
        body = Application(data=request.data)
        body.is_valid(raise_exception=True)
        outlet = workflow.apply(by=request.user, **body.validated_data)
        return Response(told(outlet.code, request.user), status=201)


def told(code: str, user) -> dict:
    """The outlet with everything about it; NotThere outside one's scope."""
    seen = Outlet.objects.visible_to(user).select_related("unit__parent").prefetch_related(*SHOWN)
    outlet = seen.filter(unit__code=code).first()
    if outlet is None:
        raise NotThere
    at = clock.now()
    return OutletSerializer(outlet, context={"user": user, "at": at, "today": day_of(at)}).data


class RankedSerializer(serializers.Serializer):
    rank = serializers.IntegerField()
    code = serializers.CharField(source="outlet.unit.code")
    name = serializers.CharField(source="outlet.unit.name")
    unit = serializers.CharField(source="outlet.unit.parent.code")
    received = serializers.IntegerField()
    settled = serializers.IntegerField()
    handed_up = serializers.IntegerField()
    silent = serializers.IntegerField(help_text="of what was handed up: nobody answered")
    recovered_amount = serializers.DecimalField(max_digits=14, decimal_places=2)


class Asked(StrictSerializer):
    month = Month()


class OutletRanking(APIView):
    """The outlets in one's scope by what they settled in a month, the best first."""

    roles = READERS - {Role.OUTLET_LIAISON}
    permission_classes = [HasRole]

    @extend_schema(
        operation_id="outlets_ranking", responses=RankedSerializer(many=True),
        parameters=[OpenApiParameter("month", str, required=True, description="as 2026-03")],
    )  # fmt: skip
    def get(self, request):
        asked = Asked(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        places = ranking.of_month(request.user, asked.validated_data["month"])
        return Response(RankedSerializer(places, many=True).data)


class OutletDetail(APIView):
    """One outlet, as this viewer may see it."""

    roles = READERS
    permission_classes = [HasRole]

    @extend_schema(responses=OutletSerializer)
    def get(self, request, code):
        return Response(told(code, request.user))


class OutletVerb(APIView):
    """A verb on an outlet; answers the outlet. What the body may hold: outlets/serializers.py."""

    verb = ""
    permission_classes = [HasRole]

    def post(self, request, code):
        acts.admit(code, self.verb, request.user)
        body = BODIES[self.verb](data=request.data)
        body.is_valid(raise_exception=True)
        workflow.VERBS[self.verb](code, by=request.user, **body.validated_data)
        return Response(told(code, request.user))


def verb_view(verb: str):
    """The view of one verb, described for the schema by its workflow function."""
    described = extend_schema(
        operation_id=f"outlets_{verb}",
        description=workflow.VERBS[verb].__doc__,
        request=BODIES[verb],
        responses=OutletSerializer,
    )
    view = type(f"Outlet_{verb}", (OutletVerb,), {"verb": verb})
    return extend_schema_view(post=described)(view).as_view()


# -- pictures of a visit -----------------------------------------------------------------

PICTURE = {
    "type": "object", "required": ["item", "file"],
    "properties": {"item": {"type": "string"}, "file": {"type": "string", "format": "binary"}},
}  # fmt: skip


class OutletPhotos(APIView):
    """A picture of an item of the latest visit: form fields ``item`` and ``file``."""

    roles = VISITORS
    permission_classes = [HasRole]
    parser_classes = [UploadParser]

    @extend_schema(
        operation_id="outlets_add_photo",
        request={"multipart/form-data": PICTURE},
        responses={201: OutletSerializer},
    )
    def post(self, request, code):
        acts.admit(code, "add_photo", request.user)
        if unknown := sorted(set(request.data) - {"file", "item"}):
            raise Invalid({name: [_("There is no such field.")] for name in unknown})
        item = str(request.data.get("item", ""))
        photos.add_photo(code, by=request.user, item=item, upload=files.uploaded(request))
        return Response(told(code, request.user), status=201)


class OutletPhoto(APIView):
    """One picture, to be saved."""

    roles = READERS & READERS_OF_FILES
    permission_classes = [HasRole]

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request, code, pk):
        photo = photos.open_photo(code, pk, by=request.user)
        return files.response(photo.file, f"{code}-{photo.finding.item.code}")


# -- on the spot ------------------------------------------------------------------------


class Dispute(StrictSerializer):
    """As the citizen tells it at the counter, and what came of it."""

    kind = serializers.ChoiceField(["complaint"], required=False)
    title = Text(max_length=200)
    narrative = Text(max_length=20000, required=False, allow_blank=True)
    demand = Text(max_length=4000, required=False, allow_blank=True)
    category = Text(max_length=20, required=False, allow_null=True)
    amount = Money(required=False, allow_null=True)
    consumer = serializers.DictField()
    merchant = serializers.DictField(required=False)
    result = serializers.ChoiceField([disputes.SETTLED, disputes.HANDED_UP])
    agreement = Text(max_length=4000, required=False, allow_blank=True)
    recovered_amount = Money(required=False)
    reason = Text(max_length=500, required=False, allow_blank=True)

    def validate(self, said):
        """What was settled says for how much, what is handed up says why."""
        is_settled = said["result"] == disputes.SETTLED
        needed = "recovered_amount" if is_settled else "reason"
        if said.get(needed) in (None, ""):
            raise serializers.ValidationError({needed: [_("This field is required.")]})
        return said


OF_THE_RESULT = ("result", "agreement", "recovered_amount", "reason")


class OutletDisputes(APIView):
    """A dispute at one's own outlet, settled or handed up; answers the case.

    With the same Idempotency-Key again: 200 and the case that stands.
    """

    roles = {Role.OUTLET_LIAISON}
    permission_classes = [HasRole]

    @extend_schema(
        operation_id="outlets_disputes", request=Dispute, responses={201: CaseSerializer},
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)],
    )  # fmt: skip
    def post(self, request, code):
        if request.user.unit.code != code:
            raise NotThere
        key = idempotency_key(request) if "Idempotency-Key" in request.headers else ""
        body = Dispute(data=request.data)
        body.is_valid(raise_exception=True)
        result = {
            name: body.validated_data[name] for name in OF_THE_RESULT if name in body.validated_data
        }
        told = {name: said for name, said in request.data.items() if name not in OF_THE_RESULT}
        case, is_new = disputes.register(code, by=request.user, told=told, key=key, **result)
        return Response(shown(case.no, request), status=201 if is_new else 200)


urls = [
    path("outlets/", OutletList.as_view()),
    path("outlet-ranking/", OutletRanking.as_view()),
    path("outlets/<slug:code>/", OutletDetail.as_view()),
    *(path(f"outlets/<slug:code>/{verb}/", verb_view(verb)) for verb in workflow.VERBS),
    path("outlets/<slug:code>/attachments/", OutletPhotos.as_view()),
    path("outlets/<slug:code>/attachments/<uuid:pk>/", OutletPhoto.as_view()),
    path("outlets/<slug:code>/disputes/", OutletDisputes.as_view()),
]
