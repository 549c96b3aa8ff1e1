"""The outlets' door for machines: what a liaison settles on the spot."""

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from agency.core.api import HasRole
from agency.core.errors import NotThere
from agency.core.fields import Money, StrictSerializer, Text
from agency.core.roles import Role
from cases.api import idempotency_key, shown
from cases.serializers import CaseSerializer
from outlets.workflow import disputes


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


urls = [path("outlets/<slug:code>/disputes/", OutletDisputes.as_view())]
