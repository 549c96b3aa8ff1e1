"""The door for machines to the ODR enterprises: firms, their verbs and papers, and whom to invite."""

import django_filters
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from agency.core import clock, files
from agency.core.api import HasRole
from agency.core.errors import Forbidden, Invalid, NotThere
from agency.core.pages import Pages
from agency.core.roles import STAFF, Role
from cases.calendar import day_of
from cases.filters import StrictFilterBackend
from cases.papers_api import UploadParser
from cases.workflow.papers import READERS_OF_FILES
from outlets import odr_figures
from outlets.lifecycle import APPLICANTS
from outlets.models import OdrEnterprise
from outlets.odr_lifecycle import KEEPERS, State
from outlets.odr_serializers import (
    BODIES,
    InvitationSerializer,
    OdrApplication,
    OdrListSerializer,
    OdrSerializer,
)
from outlets.workflow import firms

STAFF_READERS = STAFF - {Role.ADMIN, Role.EXPERT}
READERS = STAFF_READERS | {Role.ODR_CONTACT}
PAPER = {
    "type": "object", "required": ["kind", "file"],
    "properties": {"kind": {"type": "string"}, "file": {"type": "string", "format": "binary"}},
}  # fmt: skip


class OdrFilter(django_filters.FilterSet):
    state = django_filters.MultipleChoiceFilter(choices=State.choices)
    unit = django_filters.CharFilter(field_name="unit__parent__code")

    class Meta:
        model = OdrEnterprise
        fields: list[str] = []


class OdrList(ListAPIView):
    """The ODR enterprises in one's scope, in cursor pages; POST applies for a new one."""

    permission_classes = [HasRole]
    roles = READERS
    pagination_class = Pages
    serializer_class = OdrListSerializer
    filterset_class = OdrFilter
    filter_backends = [StrictFilterBackend]

    def get_queryset(self):
        return OdrEnterprise.objects.visible_to(self.request.user).select_related("unit__parent")

    @extend_schema(
        operation_id="odr_enterprises_apply", request=OdrApplication, responses={201: OdrSerializer}
    )
    def post(self, request):
        if request.user.role not in APPLICANTS:
            raise Forbidden
        body = OdrApplication(data=request.data)
        body.is_valid(raise_exception=True)
        firm = firms.apply_odr(by=request.user, **body.validated_data)
        return Response(told(firm.code, request.user), status=201)


def told(code: str, user) -> dict:
    """The firm with everything about it; NotThere outside one's scope."""
    seen = OdrEnterprise.objects.visible_to(user).select_related("unit__parent", "contact")
    firm = seen.filter(unit__code=code).first()
    if firm is None:
        raise NotThere
    figures = odr_figures.of_a_year(firm.unit_id, day_of(clock.now()))
    return OdrSerializer(firm, context={"user": user, "figures": figures}).data


class OdrDetail(APIView):
    """One ODR enterprise, as this viewer may see it."""

    roles = READERS
    permission_classes = [HasRole]

    @extend_schema(responses=OdrSerializer)
    def get(self, request, code):
        return Response(told(code, request.user))


class OdrVerb(APIView):
    """A verb on a firm; answers the firm. What the body may hold: outlets/odr_serializers.py."""

    verb = ""
    permission_classes = [HasRole]

    def post(self, request, code):
        firms.admit_to(code, self.verb, request.user)
        body = BODIES[self.verb](data=request.data)
        body.is_valid(raise_exception=True)
        firms.VERBS[self.verb](code, by=request.user, **body.validated_data)
        return Response(told(code, request.user))


def verb_view(verb: str):
    """The view of one verb, described for the schema by its workflow function."""
    described = extend_schema(
        operation_id=f"odr_enterprises_{verb}", description=firms.VERBS[verb].__doc__,
        request=BODIES[verb], responses=OdrSerializer,
    )  # fmt: skip
    view = type(f"Odr_{verb}", (OdrVerb,), {"verb": verb})
    return extend_schema_view(post=described)(view).as_view()


class OdrPapers(APIView):
    """A paper of a firm is handed in: form fields ``kind`` and ``file``; answers the firm."""

    roles = KEEPERS
    permission_classes = [HasRole]
    parser_classes = [UploadParser]

    @extend_schema(
        operation_id="odr_enterprises_add_paper",
        request={"multipart/form-data": PAPER},
        responses={201: OdrSerializer},
    )
    def post(self, request, code):
        firms.admit_to(code, "add_paper", request.user)
        if unknown := sorted(set(request.data) - {"file", "kind"}):
            raise Invalid({name: [_("There is no such field.")] for name in unknown})
        kind = str(request.data.get("kind", ""))
        firms.add_paper(code, by=request.user, kind=kind, upload=files.uploaded(request))
        return Response(told(code, request.user), status=201)


class OdrPaperFile(APIView):
    """One paper, to be saved."""

    roles = (READERS_OF_FILES & STAFF_READERS) | {Role.ODR_CONTACT}
    permission_classes = [HasRole]

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request, code, pk):
        paper = firms.open_paper(code, pk, by=request.user)
        return files.response(paper.file, f"{code}-{paper.kind}")


class OdrSuggestions(APIView):
    """Merchants worth inviting: many complaints, and most of them settled."""

    roles = STAFF_READERS
    permission_classes = [HasRole]

    @extend_schema(
        operation_id="odr_suggestions", responses=InvitationSerializer(many=True), filters=False
    )
    def get(self, request):
        found = odr_figures.worth_inviting(request.user)
        return Response(InvitationSerializer(found, many=True).data)


urls = [
    path("odr-enterprises/", OdrList.as_view()),
    path("odr-suggestions/", OdrSuggestions.as_view()),
    path("odr-enterprises/<slug:code>/", OdrDetail.as_view()),
    *(path(f"odr-enterprises/<slug:code>/{verb}/", verb_view(verb)) for verb in firms.VERBS),
    path("odr-enterprises/<slug:code>/attachments/", OdrPapers.as_view()),
    path("odr-enterprises/<slug:code>/attachments/<uuid:pk>/", OdrPaperFile.as_view()),
]
