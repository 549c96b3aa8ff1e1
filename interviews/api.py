"""The interviews in the API: proposed, moved by verbs, read with their documents."""

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from agency.core import files
from agency.core.accounts.links import Link
from agency.core.api import HasRole
from agency.core.errors import Forbidden, NotThere
from agency.core.pages import Pages
from interviews import acts, effect, triggers, workflow
from interviews.bodies import BODIES, GuidanceTold, Proposal, Served
from interviews.lifecycle import HANDLERS, PROPOSERS, READERS
from interviews.models import Document, Guidance, Interview
from interviews.serializers import (
    EffectSerializer,
    GuidanceSerializer,
    InterviewDocumentSerializer,
    InterviewListSerializer,
    InterviewSerializer,
    ReportLinkSerializer,
    Suggestions,
)
from interviews.workflow import advising, links, papers

COURSE = (
    "merchants__merchant", "merchants__session", "merchants__notices",
    "merchants__services__server", "merchants__services__second_server",
    "merchants__pledges__items", "merchants__rectifications__evidence__file",
)  # fmt: skip


class InterviewPages(Pages):
    ordering = ("-proposed_at", "-id")


class Interviews(ListAPIView):
    """The interviews in one's scope, newest first, in cursor pages; POST proposes one."""

    roles = READERS
    permission_classes = [HasRole]
    pagination_class = InterviewPages
    serializer_class = InterviewListSerializer
    filter_backends: list = []

    def get_queryset(self):
        seen = Interview.objects.visible_to(self.request.user).select_related("unit", "handler")
        return seen.prefetch_related("merchants__merchant")

    @extend_schema(request=Proposal, responses={201: InterviewSerializer})
    def post(self, request):
        if request.user.role not in PROPOSERS:
            raise Forbidden
        body = Proposal(data=request.data)
        body.is_valid(raise_exception=True)
        proposed = workflow.propose(by=request.user, **body.validated_data)
        return Response(shown(proposed.no, request), status=201)


def shown(no: str, request) -> dict:
    """The interview with everything the contract names; NotThere outside one's scope."""
    mine = Interview.objects.visible_to(request.user)
    rows = mine.select_related("unit", "handler", "proposed_by", "decided_by")
    found = rows.prefetch_related(*COURSE).filter(no=no).first()
    if found is None:
        raise NotThere
    return InterviewSerializer(found, context={"request": request}).data


class InterviewDetail(APIView):
    """One interview, with each merchant's course."""

    roles = READERS
    permission_classes = [HasRole]

    @extend_schema(responses=InterviewSerializer)
    def get(self, request, no):
        return Response(shown(no, request))


class InterviewVerb(APIView):
    """A verb on an interview; answers the interview. What the body may hold: interviews/bodies.py."""

    verb = ""
    permission_classes = [HasRole]

    def post(self, request, no):
        acts.admit(no, self.verb, request.user)
        body = BODIES[self.verb](data=request.data)
        body.is_valid(raise_exception=True)
        done = workflow.VERBS[self.verb](no, by=request.user, **body.validated_data)
        if isinstance(done, Link):  # the one that answers something else: told once
            return Response(ReportLinkSerializer(done).data)
        return Response(shown(no, request))


def verb_view(verb: str):
    """The view of one verb, described for the schema by its workflow function."""
    described = extend_schema(
        operation_id=f"interviews_{verb}",
        description=workflow.VERBS[verb].__doc__,
        request=BODIES[verb],
        responses=ReportLinkSerializer if verb == "make_report_link" else InterviewSerializer,
    )
    view = type(f"Interview_{verb}", (InterviewVerb,), {"verb": verb})
    return extend_schema_view(post=described)(view).as_view()


class Effects(APIView):
    """Whether it helped: of each merchant that came, complaints a week before and after."""

    roles = READERS
    permission_classes = [HasRole]

    @extend_schema(operation_id="interviews_effect", responses=EffectSerializer(many=True))
    def get(self, request, no):
        found = Interview.objects.visible_to(request.user).filter(no=no).first()
        if found is None:
            raise NotThere
        came = found.merchants.exclude(session=None).select_related("merchant", "session")
        told = [_effect(attendance, request.user) for attendance in came]
        return Response(EffectSerializer(told, many=True).data)


def _effect(attendance, user) -> dict:
    """The effect on one merchant, as the serializer names it."""
    told = effect.of(attendance, user=user)
    return vars(told) | {"merchant": attendance.pk, "change": told.change}


class Documents(APIView):
    """The documents issued in an interview, oldest first."""

    roles = READERS
    permission_classes = [HasRole]

    @extend_schema(
        operation_id="interviews_documents_list", responses=InterviewDocumentSerializer(many=True)
    )
    def get(self, request, no):
        if not Interview.objects.visible_to(request.user).filter(no=no).exists():
            raise NotThere
        issued = Document.objects.filter(interview__no=no, issued_at__isnull=False)
        rows = issued.select_related("pdf").order_by(
            "issued_at", "ordered_at", "attendance_id", "number"
        )
        return Response(InterviewDocumentSerializer(rows, many=True).data)


class DocumentFile(APIView):
    """A document as it was issued, to be saved."""

    roles = papers.READERS_OF_FILES
    permission_classes = [HasRole]

    @extend_schema(
        operation_id="interviews_documents_retrieve",
        parameters=[OpenApiParameter("as", str, enum=["pdf", "docx"])],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request, no, pk):
        shape = request.GET.get("as", "pdf")
        return document_response(papers.open_document(no, pk, by=request.user, shape=shape), shape)


def document_response(document: Document, shape: str):
    """The document's file in this shape, by the interview's number and its own: it names nobody."""
    no = document.interview.no if document.interview else ""
    said = [no, document.form, document.number]
    return files.response(getattr(document, shape), "-".join(filter(None, said)))


class EvidenceFile(APIView):
    """A file of a merchant's report, to be saved."""

    roles = papers.READERS_OF_FILES
    permission_classes = [HasRole]

    @extend_schema(
        operation_id="interviews_evidence",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request, no, pk):
        evidence = links.open_evidence(no, pk, by=request.user)
        return files.response(evidence.file, f"{no}-{evidence.rectification_id}")


class SuggestionList(APIView):
    """Merchants and trades whose complaints call for an interview, with the rule and the cases."""

    roles = READERS
    permission_classes = [HasRole]

    @extend_schema(operation_id="interviews_suggestions", responses=Suggestions)
    def get(self, request):
        return Response(Suggestions({"results": triggers.suggestions(request.user)}).data)


# -- letters without a meeting ------------------------------------------------------------


class GuidancePages(Pages):
    ordering = ("-at", "-id")


def letters_seen_by(user):
    """The letters of one's units, with what is told of them."""
    seen = Guidance.objects.visible_to(user).select_related("unit", "merchant", "document__pdf")
    return seen.prefetch_related("services__server", "services__second_server")


class GuidanceLetters(ListAPIView):
    """The letters without a meeting in one's scope; POST issues one, numbered and written at once."""

    roles = READERS
    permission_classes = [HasRole]
    pagination_class = GuidancePages
    serializer_class = GuidanceSerializer
    filter_backends: list = []

    def get_queryset(self):
        return letters_seen_by(self.request.user)

    @extend_schema(request=GuidanceTold, responses={201: GuidanceSerializer})
    def post(self, request):
        if request.user.role not in HANDLERS:
            raise Forbidden
        body = GuidanceTold(data=request.data)
        body.is_valid(raise_exception=True)
        letter = advising.issue_guidance(by=request.user, **body.validated_data)
        told = GuidanceSerializer(letters_seen_by(request.user).get(pk=letter.pk))
        return Response(told.data, status=201)


class GuidanceService(APIView):
    """How such a letter reached its merchant."""

    roles = HANDLERS
    permission_classes = [HasRole]

    @extend_schema(
        operation_id="interviews_guidance_service", request=Served, responses=GuidanceSerializer
    )
    def post(self, request, letter):
        if not letters_seen_by(request.user).filter(pk=letter).exists():
            raise NotThere
        body = Served(data=request.data)
        body.is_valid(raise_exception=True)
        advising.serve_guidance(letter, by=request.user, **body.validated_data)
        return Response(GuidanceSerializer(letters_seen_by(request.user).get(pk=letter)).data)


class GuidanceFile(APIView):
    """Such a letter as it was issued, to be saved."""

    roles = papers.READERS_OF_FILES
    permission_classes = [HasRole]

    @extend_schema(
        operation_id="interviews_guidance_file",
        parameters=[OpenApiParameter("as", str, enum=["pdf", "docx"])],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request, letter):
        shape = request.GET.get("as", "pdf")
        found = advising.open_guidance(letter, by=request.user, shape=shape)
        return document_response(found, shape)


urls = [
    path("interviews/", Interviews.as_view()),
    path("interviews/suggestions/", SuggestionList.as_view()),
    path("interviews/guidance/", GuidanceLetters.as_view()),
    path("interviews/guidance/<int:letter>/record_service/", GuidanceService.as_view()),
    path("interviews/guidance/<int:letter>/document/", GuidanceFile.as_view()),
    path("interviews/<slug:no>/", InterviewDetail.as_view()),
    path("interviews/<slug:no>/effect/", Effects.as_view()),
    path("interviews/<slug:no>/documents/", Documents.as_view()),
    path("interviews/<slug:no>/documents/<uuid:pk>/", DocumentFile.as_view()),
    path("interviews/<slug:no>/evidence/<uuid:pk>/", EvidenceFile.as_view()),
    *(path(f"interviews/<slug:no>/{verb}/", verb_view(verb)) for verb in workflow.VERBS),
]
