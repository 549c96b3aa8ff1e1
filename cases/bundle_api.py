"""The evidence bundle of a case in the API: asked for with a reason, answered as a ZIP."""

from django.http import FileResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from agency.core.api import HasRole
from agency.core.errors import NotThere
from agency.core.fields import Flag
from cases import bundle
from cases.models import Case
from cases.serializers import Reason


class Order(Reason):
    """``plain``: with the citizen's data and all files; the chief's and the leader's."""

    plain = Flag(required=False, default=False)


class CaseBundle(APIView):
    """The evidence bundle of one case; asking is put on record."""

    roles = bundle.BUNDLERS
    permission_classes = [HasRole]

    @extend_schema(request=Order, responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def post(self, request, no):
        if not Case.objects.visible_to(request.user).filter(no=no).exists():
            raise NotThere
        body = Order(data=request.data)
        body.is_valid(raise_exception=True)
        return response(bundle.make(no, by=request.user, **body.validated_data))


def response(made: bundle.Bundle) -> FileResponse:
    """To be saved; its headers carry the hash of the content."""
    answer = FileResponse(
        made.file, as_attachment=True, filename=made.name, content_type="application/zip"
    )
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Content-SHA256"] = made.content_sha256
    return answer


urls = [path("cases/<slug:no>/bundle/", CaseBundle.as_view())]
