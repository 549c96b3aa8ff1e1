"""The machines' door to the figures."""

from dataclasses import replace
from datetime import date

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from agency.core.api import HasRole
from agency.core.roles import READS_FIGURES, WATCHERS
from reports import dashboard, figures
from reports.periods import Period


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


class Indicators(APIView):
    """The figures of a period for a unit and all below it, each beside the year before.

    ``from`` and ``to`` are days in Asia/Shanghai, both within the period. Nothing is rounded;
    a figure that cannot be told is null. docs/indicators.md defines each code.
    """

    roles = READS_FIGURES
    permission_classes = [HasRole]

    @extend_schema(
        responses=dict,
        parameters=[
            OpenApiParameter("from", date, description="this year without the two"),
            OpenApiParameter("to", date),
            OpenApiParameter("unit", str, description="the viewer's own where it is not named"),
            OpenApiParameter(
                "group_by", str, description=f"dimensions with commas: {figures.DIMENSIONS}"
            ),
        ],
    )  # fmt: skip
    def get(self, request):
        asked = request.query_params
        unit = figures.unit_for(request.user, asked.get("unit", ""))
        period = Period.asked(asked.get("from", ""), asked.get("to", ""))
        rows = figures.report(unit, period, group_by=figures.grouping(asked.get("group_by", "")))
        return Response(
            {
                "from": period.from_on, "to": period.to_on, "unit": unit.code,
                "indicators": [row.plain() for row in rows],
            }
        )  # fmt: skip


urls = [
    path("deadlines/board/", Board.as_view(), name="board"),
    path("reports/indicators/", Indicators.as_view(), name="indicators"),
]
