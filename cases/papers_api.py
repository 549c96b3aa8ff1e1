"""The papers of a case in the API: evidence that comes in."""

from django.conf import settings
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import parsers, serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from agency.core import files
from agency.core.api import HasRole, TooLarge
from agency.core.errors import Invalid, NotThere
from agency.core.roles import OUTSIDERS, STAFF, WITHOUT_CASES
from cases.models import Attachment, Case
from cases.workflow import papers

READERS = (STAFF | OUTSIDERS) - WITHOUT_CASES
AROUND_A_FILE = 64 * 1024
"""What a form holds beside its file, at most."""


class AttachmentSerializer(serializers.ModelSerializer):
    """Evidence in a list; its name as everybody who sees the case may read it."""

    name = serializers.SerializerMethodField()
    type = serializers.CharField(source="file.type")
    size = serializers.IntegerField(source="file.size")
    sha256 = serializers.CharField(source="file.sha256")
    by = serializers.CharField(source="by.username")

    class Meta:
        model = Attachment
        fields = ["id", "name", "type", "size", "sha256", "by", "at"]

    def get_name(self, attachment) -> str:
        return attachment.case.shown(attachment.name)


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
    return case


def attachments_of(case: Case) -> list[Attachment]:
    """Oldest first. Their names are shown through this ``case``."""
    found = list(case.attachments.select_related("file", "by").order_by("at", "pk"))
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
            AttachmentSerializer(attachments_of(case_of(no, request.user)), many=True).data
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
        return Response(AttachmentSerializer(attachment).data, status=201)


class AttachmentFile(APIView):
    """One piece of evidence, to be saved."""

    roles = papers.READERS_OF_FILES
    permission_classes = [HasRole]

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request, no, pk):
        attachment = papers.open_attachment(no, pk, by=request.user)
        return files.response(attachment.file, f"{no}-{attachment.pk.hex[:8]}")


urls = [
    path("cases/<slug:no>/attachments/", Attachments.as_view()),
    path("cases/<slug:no>/attachments/<uuid:pk>/", AttachmentFile.as_view()),
]
