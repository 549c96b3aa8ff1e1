"""The machines' door to the figures."""

from dataclasses import replace

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from agency.core.api import HasRole
from agency.core.roles import WATCHERS
from reports import dashboard


class Board(APIView):
    """What the dashboard shows for this viewer's subtree, now: at most a second old.

    ``Agency-Now`` tells the database's clock, for who counts down between two answers.
    """

    roles = WATCHERS
    permission_classes = [HasRole]

    @extend_schema(
        responses=dict,
        parameters=[
            *(OpenApiParameter(name, str) for name in ("unit", "channel", "rule")),
            OpenApiParameter("titles", str, enum=["no"], description="no: a board without titles"),
        ],
    )
    def get(self, request):
        wanted = dashboard.Wanted.of(request.query_params)
        if request.session.is_for_the_wall_alone:
            wanted = replace(wanted, titles="no")
        seen = dashboard.seen_by(request.user, wanted)
        headers = {"ETag": f'"{seen.etag}"', "Agency-Now": seen.now.isoformat()}
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return Response(status=304, headers=headers)
        return Response(seen.shown, headers=headers)


urls = [path("deadlines/board/", Board.as_view(), name="board")]
