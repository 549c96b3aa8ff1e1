"""The machines' door: intake for channel clients, cases and their verbs for accounts."""

import json

from django.conf import settings
from django.db.models import Prefetch
from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import parsers, serializers
from rest_framework.generics import ListAPIView
from rest_framework.permissions import BasePermission
from rest_framework.response import Response
from rest_framework.views import APIView

from agency.core.api import ChannelThrottle, HasRole, TooLarge, problem_body
from agency.core.errors import Forbidden, Invalid, NotThere
from agency.core.fields import StrictSerializer, Text, strict_json
from agency.core.pages import Pages
from agency.core.roles import OUTSIDERS, STAFF, WITHOUT_CASES, Role
from cases import (
    acts,
    bulk,
    filters,
    intake,
    lifecycle,
    lookup,
    reveal,
    story,
    submission,
    workflow,
)
from cases.bodies import BODIES
from cases.draft import Outcome
from cases.models import Assignment, Case, Ticket
from cases.serializers import (
    CaseForOperators,
    CaseListForOperators,
    CaseListSerializer,
    CaseSerializer,
    Lookup,
    Reveal,
    Revealed,
)

KEY_LENGTH = range(8, 129)
BULK_LINES = 10_000
READERS = (STAFF | OUTSIDERS) - WITHOUT_CASES


# -- intake -----------------------------------------------------------------------------


class ChannelIsActive(BasePermission):
    """A channel that was switched off takes no tickets."""

    def has_permission(self, request, view):
        return request.user.channel.is_active


class TicketIntake(APIView):
    """One ticket from a channel; its Idempotency-Key makes it safe to send again."""

    roles = {Role.CHANNEL}
    permission_classes = [HasRole, ChannelIsActive]
    throttle_classes = [ChannelThrottle]

    @extend_schema(
        request=submission.SubmissionSerializer,
        responses={201: dict, 200: dict},
        parameters=[
            OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True)
        ],
    )
    def post(self, request):
        key = idempotency_key(request)
        row = submission.parse(
            request.data, channel=request.user.channel, on=submission.today(), key=key
        )
        [outcome] = intake.register_many([row], channel=request.user.channel, by=request.user)
        return as_response(outcome)


def idempotency_key(request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if len(key) not in KEY_LENGTH or not key.isascii() or not key.isprintable():
        sentence = _("Send a header Idempotency-Key of 8 to 128 ASCII characters.")
        raise Invalid({"Idempotency-Key": [sentence]})
    return key


def as_response(outcome: Outcome) -> Response:
    response = Response(outcome.answer, status=outcome.status)
    if outcome.is_refused:
        response.content_type = "application/problem+json"
    if outcome.replay:
        response.headers["Idempotent-Replay"] = "true"
    return response


class NDJSONParser(parsers.BaseParser):
    """Lines of JSON, unread: each is judged for itself."""

    media_type = "application/x-ndjson"

    def parse(self, stream, media_type=None, parser_context=None):
        body = stream.read(settings.BULK_MAX_BYTES + 1)
        if len(body) > settings.BULK_MAX_BYTES:
            raise TooLarge
        return [
            (number, line) for number, line in enumerate(body.splitlines(), start=1) if line.strip()
        ]


class TicketBulkIntake(APIView):
    """Up to 10,000 tickets, a line each; one bad line never costs the others."""

    roles = {Role.CHANNEL}
    permission_classes = [HasRole, ChannelIsActive]
    parser_classes = [NDJSONParser]

    @extend_schema(
        request={"application/x-ndjson": str}, responses={(200, "application/x-ndjson"): str}
    )
    def post(self, request):
        lines = request.data
        if len(lines) > BULK_LINES:
            raise TooLarge(_("At most %(most)s lines at once.") % {"most": BULK_LINES})
        channel = request.user.channel
        reader = submission.Reader(channel, submission.today())
        read = [read_line(line, reader) for _number, line in lines]
        rows = [row for row in read if isinstance(row, submission.Submission)]
        registered = iter(intake.register_many(rows, channel=channel, by=request.user))
        outcomes = [row if isinstance(row, Outcome) else next(registered) for row in read]
        body = "".join(
            json.dumps({"line": number, "status": o.status, **o.answer}, ensure_ascii=False) + "\n"
            for (number, _line), o in zip(lines, outcomes, strict=True)
        )
        return HttpResponse(body, content_type="application/x-ndjson")


def read_line(line: bytes, reader: submission.Reader) -> submission.Submission | Outcome:
    try:
        row = reader.read(strict_json(line))
        if not row.external_no:
            raise Invalid({"external_no": [_("In bulk, every ticket needs its external number.")]})
        return row
    except ValueError as error:
        return Outcome(400, problem_body(400, str(error)))
    except Invalid as error:
        return Outcome(400, problem_body(400, _("Some fields need mending."), error.errors))


# -- cases ------------------------------------------------------------------------------


class CasePages(Pages):
    ordering = ("-arrived_at", "-id")


SHOWN = ("unit", "channel", "handler", "merchant", "consumer", "reporter")


class CaseList(ListAPIView):
    """The cases in one's scope, in cursor pages."""

    roles = READERS
    permission_classes = [HasRole]
    pagination_class = CasePages
    serializer_class = CaseListSerializer
    filterset_class = filters.CaseFilter
    filter_backends = [filters.StrictFilterBackend, filters.CaseOrdering]

    def get_serializer_class(self):
        who = getattr(self.request, "user", None)  # none while the schema is written
        is_outside = getattr(who, "role", "") in OUTSIDERS
        return CaseListForOperators if is_outside else CaseListSerializer

    def get_queryset(self):
        seen = Case.objects.visible_to(self.request.user)
        return seen.select_related(*SHOWN).prefetch_related("topics")


@extend_schema_view(
    post=extend_schema(
        operation_id="cases_lookup", request=Lookup, responses=CaseListSerializer(many=True)
    )
)
class CaseLookup(CaseList):
    """The cases of one citizen, in pages; the number stands in the body and never in an address."""

    http_method_names = ["post", "options"]
    filter_backends: list = []

    def post(self, request):
        return self.list(request)

    def get_queryset(self):
        body = Lookup(data=self.request.data)
        body.is_valid(raise_exception=True)
        found = lookup.cases_of(by=self.request.user, **body.validated_data)
        return found.select_related(*SHOWN).prefetch_related("topics")


class CaseReveal(APIView):
    """One secret field in plain; asking is put on record."""

    roles = reveal.ASKERS
    permission_classes = [HasRole]

    @extend_schema(operation_id="cases_reveal", request=Reveal, responses=Revealed)
    def post(self, request, no):
        if not Case.objects.visible_to(request.user).filter(no=no).exists():
            raise NotThere
        body = Reveal(data=request.data)
        body.is_valid(raise_exception=True)
        value = reveal.reveal(no, by=request.user, **body.validated_data)
        return Response(Revealed({"value": value}).data)


class CaseDetail(APIView):
    """One case, as this viewer may see it."""

    roles = READERS
    permission_classes = [HasRole]

    @extend_schema(responses=CaseSerializer)
    def get(self, request, no):
        return Response(shown(no, request))


PARTS = (
    Prefetch("tickets", Ticket.objects.select_related("channel", "consumer").order_by("pk")),
    Prefetch(
        "assignments",
        Assignment.objects.select_related("unit", "by", "handler", "contact", "follow_up").order_by(
            "pk"
        ),
    ),
)
"""What belongs to a case, oldest first."""


def shown(no: str, request) -> dict:
    """The case with everything the contract names; NotThere outside one's scope."""
    cases = Case.objects.visible_to(request.user).select_related(*SHOWN, "category", "problem")
    case = cases.prefetch_related(*PARTS).filter(no=no).first()
    if case is None:
        raise NotThere
    told = CaseForOperators if request.user.role in OUTSIDERS else CaseSerializer
    return told(case.know_others(), context={"request": request}).data


class CaseStory(APIView):
    """What was decided, told and agreed on one case; apart, for no verb's answer needs it."""

    roles = READERS
    permission_classes = [HasRole]

    @extend_schema(responses=dict)
    def get(self, request, no):
        case = Case.objects.visible_to(request.user).select_related(*SHOWN).filter(no=no).first()
        if case is None:
            raise NotThere
        return Response(story.told(case.know_others(), to=request.user))


class CaseVerb(APIView):
    """A verb on a case; answers the case. What the body may hold: cases/bodies/."""

    verb = ""
    permission_classes = [HasRole]

    def post(self, request, no):
        acts.admit(no, self.verb, request.user)
        body = BODIES[self.verb](data=request.data)
        body.is_valid(raise_exception=True)
        workflow.VERBS[self.verb](no, by=request.user, **body.validated_data)
        return Response(shown(no, request))


class BulkOrder(StrictSerializer):
    """Which cases, and the verb's own body; what it may hold: cases/bodies/."""

    cases = serializers.ListField(
        child=Text(max_length=20), allow_empty=False, max_length=bulk.MOST
    )
    body = serializers.DictField(required=False, default=dict)


class BulkAnswer(serializers.Serializer):
    no = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = serializers.DictField()


class BulkAnswers(serializers.Serializer):
    done = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = BulkAnswer(many=True)


class CaseBulk(APIView):
    """A verb with one body on many cases: 200, and in ``results`` what became of each."""

    verb = ""
    permission_classes = [HasRole]

    def post(self, request):
        if request.user.role not in lifecycle.roles_of(self.verb):
            raise Forbidden
        order = BulkOrder(data=request.data)
        order.is_valid(raise_exception=True)
        body = BODIES[self.verb](data=order.validated_data["body"])
        body.is_valid(raise_exception=True)
        numbers = order.validated_data["cases"]
        answers = list(bulk.run(self.verb, numbers, by=request.user, body=body.validated_data))
        done = sum(answer.is_done for answer in answers)
        told = {"done": done, "refused": len(answers) - done, "results": answers}
        return Response(BulkAnswers(told).data)


def bulk_view(verb: str):
    described = extend_schema(
        operation_id=f"cases_bulk_{verb}", request=BulkOrder, responses=BulkAnswers
    )
    view = type(f"Bulk_{verb}", (CaseBulk,), {"verb": verb})
    return extend_schema_view(post=described)(view).as_view()


def verb_view(verb: str):
    """The view of one verb, described for the schema by its workflow function."""
    described = extend_schema(
        operation_id=f"cases_{verb}",
        description=workflow.VERBS[verb].__doc__,
        request=BODIES[verb],
        responses=CaseSerializer,
    )
    view = type(f"Case_{verb}", (CaseVerb,), {"verb": verb})
    return extend_schema_view(post=described)(view).as_view()


urls = [
    path("tickets/", TicketIntake.as_view()),
    path("tickets/bulk/", TicketBulkIntake.as_view()),
    path("cases/", CaseList.as_view()),
    path("cases/lookup/", CaseLookup.as_view()),
    *(path(f"cases/bulk/{verb}/", bulk_view(verb)) for verb in bulk.VERBS),
    path("cases/<slug:no>/", CaseDetail.as_view()),
    path("cases/<slug:no>/story/", CaseStory.as_view()),
    path("cases/<slug:no>/reveal/", CaseReveal.as_view()),
    *(path(f"cases/<slug:no>/{verb}/", verb_view(verb)) for verb in workflow.VERBS),
]
