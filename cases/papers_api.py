"""The papers of a case in the API: evidence that comes in, documents that go out."""

from django.conf import settings
from django.urls import path
from django.utils import translation
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import parsers, serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from agency.core import files
from agency.core.api import HasRole, TooLarge
from agency.core.errors import Invalid, NotThere
from agency.core.models import User
from agency.core.roles import OUTSIDERS, STAFF, WITHOUT_CASES
from cases import evidence, operators
from cases.letters.forms import Form
from cases.models import Attachment, Case, Document
from cases.workflow import documents, papers

READERS = (STAFF | OUTSIDERS) - WITHOUT_CASES
AROUND_A_FILE = 64 * 1024
"""What a form holds beside its file, at most."""


class AttachmentSerializer(serializers.ModelSerializer):
    """Evidence in a list; its name as everybody who sees the case may read it."""

    name = serializers.SerializerMethodField()
    type = serializers.CharField(source="file.type")
    size = serializers.IntegerField(source="file.size")
    sha256 = serializers.CharField(source="file.sha256")
    by = serializers.SerializerMethodField()

    class Meta:
        model = Attachment
        fields = ["id", "name", "type", "size", "sha256", "by", "at"]

    def get_name(self, attachment) -> str:
        return attachment.case.shown(attachment.name)

    def get_by(self, attachment) -> str | None:
        user = self.context["request"].user
        is_outside = user.role in OUTSIDERS
        return operators.own_name(attachment.by, user) if is_outside else attachment.by.username


class UploadParser(parsers.MultiPartParser):
    """A form with a file; one that says beforehand that it is too large is not read at all."""

    def parse(self, stream, media_type=None, parser_context=None):
        request = parser_context["request"]._request
        length = request.META.get("CONTENT_LENGTH") or "0"
        if int(length) > settings.UPLOAD_MAX_BYTES + AROUND_A_FILE:
            raise TooLarge(files.too_large())
        parsed = super().parse(stream, media_type, parser_context)
        if getattr(request, "upload_too_large", False):
            raise TooLarge(files.too_large())
        return parsed


def case_of(no: str, user) -> Case:
    cases = Case.objects.visible_to(user).select_related("consumer", "reporter")
    case = cases.filter(no=no).first()
    if case is None:
        raise NotThere
    return case.know_others()


def attachments_of(case: Case, user: User) -> list[Attachment]:
    """Oldest first. Their names are shown through this ``case``."""
    seen = operators.papers(case, user) if user.role in OUTSIDERS else evidence.of(case)
    found = list(seen.select_related("file", "by").order_by("at", "pk"))
    for attachment in found:
        attachment.case = case
    return found


class Attachments(APIView):
    """The evidence of a case; a new one is sent as the form field ``file``."""

    roles = READERS
    permission_classes = [HasRole]
    parser_classes = [UploadParser]

    @extend_schema(responses=AttachmentSerializer(many=True))
    def get(self, request, no):
        return Response(
            AttachmentSerializer(
                attachments_of(case_of(no, request.user), request.user),
                many=True,
                context={"request": request},
            ).data
        )

    @extend_schema(
        request={"multipart/form-data": {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}},
        responses={201: AttachmentSerializer},
    )  # fmt: skip
    def post(self, request, no):
        papers.admit(no, request.user)
        if unknown := sorted(set(request.data) - {"file"}):
            raise Invalid({name: [_("There is no such field.")] for name in unknown})
        upload = files.uploaded(request)
        attachment = papers.attach(no, by=request.user, upload=upload)
        told = AttachmentSerializer(attachment, context={"request": request})
        return Response(told.data, status=201)


class AttachmentFile(APIView):
    """One piece of evidence, to be saved."""

    roles = papers.READERS_OF_FILES
    permission_classes = [HasRole]

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request, no, pk):
        attachment = papers.open_attachment(no, pk, by=request.user)
        return files.response(attachment.file, f"{no}-{attachment.pk.hex[:8]}")


class DocumentSerializer(serializers.ModelSerializer):
    """An issued document in a list; ``sha256`` is its PDF's."""

    type = serializers.CharField(source="form")
    sha256 = serializers.CharField(source="pdf.sha256")

    class Meta:
        model = Document
        fields = ["id", "type", "number", "party", "version", "issued_at", "sha256"]


class Documents(APIView):
    """The documents issued in a case, oldest first; ``issue_document`` issues one."""

    roles = READERS
    permission_classes = [HasRole]

    @extend_schema(responses=DocumentSerializer(many=True))
    def get(self, request, no):
        issued = case_of(no, request.user).documents.select_related("pdf").order_by("issued_at")
        if request.user.role in OUTSIDERS:  # it is the agency that wrote them
            issued = issued.none()
        return Response(DocumentSerializer(issued, many=True).data)


class DocumentFile(APIView):
    """A document as it was issued, to be saved."""

    roles = papers.READERS_OF_FILES
    permission_classes = [HasRole]

    @extend_schema(
        parameters=[OpenApiParameter("as", str, enum=["pdf", "docx"])],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request, no, pk):
        shape = request.GET.get("as", "pdf")
        found = documents.open_document(no, pk, by=request.user, shape=shape)
        return document_response(found, no, shape)


def document_response(document: Document, no: str, shape: str):
    """The document's file in this shape, by its name and number."""
    with translation.override("zh-hans"):
        name = str(Form(document.form).label)
    said = "-".join(filter(None, (no, name, document.number)))
    return files.response(getattr(document, shape), said)


urls = [
    path("cases/<slug:no>/attachments/", Attachments.as_view()),
    path("cases/<slug:no>/attachments/<uuid:pk>/", AttachmentFile.as_view()),
    path("cases/<slug:no>/documents/", Documents.as_view()),
    path("cases/<slug:no>/documents/<uuid:pk>/", DocumentFile.as_view()),
]
