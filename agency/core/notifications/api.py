"""The bell's door for machines and pages: agency/core/notifications/bell.py."""

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from agency.core.api import HasRole
from agency.core.errors import Invalid
from agency.core.fields import StrictSerializer
from agency.core.models import Delivery, User
from agency.core.notifications import words
from agency.core.notifications.bell import bell_of, mark_read
from agency.core.notifications.topics import topic_of
from agency.core.notifications.words import Notice
from agency.core.pages import Pages
from agency.core.roles import OUTSIDERS, STAFF

PEOPLE = STAFF | OUTSIDERS
AT_MOST = 500


def entries(deliveries: list[Delivery], *, to: User) -> list[dict]:
    """The notices behind ``deliveries``, as pages and the API show them."""
    told = words.tell([delivery.notification for delivery in deliveries], to=to)
    gone = Notice(_("You may no longer see what this notice was about."))
    return [_entry(d, told.get(d.notification_id, gone)) for d in deliveries]


def _entry(delivery: Delivery, notice: Notice) -> dict:
    return {
        "id": delivery.pk,
        "topic": delivery.notification.topic,
        "topic_name": str(topic_of(delivery.notification.topic).name),
        "headline": notice.headline,
        "details": list(notice.details),
        "about": notice.about,
        "url": notice.path,
        "dedup_key": delivery.notification.dedup_key,
        "created_at": delivery.notification.created_at,
        "read_at": delivery.read_at,
    }


class EntrySerializer(serializers.Serializer):
    id = serializers.IntegerField()
    topic = serializers.CharField()
    topic_name = serializers.CharField()
    headline = serializers.CharField()
    details = serializers.ListField(child=serializers.CharField())
    about = serializers.CharField(help_text="number of the matter, or empty")
    url = serializers.CharField()
    dedup_key = serializers.CharField()
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


class NotificationPages(Pages):
    page_size = 20
    max_page_size = 100


@extend_schema_view(
    get=extend_schema(
        operation_id="notifications_list",
        parameters=[OpenApiParameter("read", bool, description="only read, or only unread ones")],
    )
)
class NotificationList(ListAPIView):
    """One's own notices, newest first."""

    roles = PEOPLE
    permission_classes = [HasRole]
    pagination_class = NotificationPages
    serializer_class = EntrySerializer
    filter_backends: list = []

    def get_queryset(self):
        mine = bell_of(self.request.user)
        wanted = self.request.query_params.get("read")
        if wanted is None:
            return mine
        if wanted not in {"true", "false"}:
            raise Invalid({"read": [_("Say true or false.")]})
        return mine.filter(read_at__isnull=wanted == "false")

    def get_serializer(self, deliveries=(), **kwargs):
        shown = entries(deliveries, to=self.request.user)
        return super().get_serializer(shown, **kwargs)


class ReadSerializer(StrictSerializer):
    ids = serializers.ListField(
        child=serializers.IntegerField(), required=False, max_length=AT_MOST
    )
    all = serializers.BooleanField(required=False)

    def validate(self, attrs):
        if bool(attrs.get("ids")) == bool(attrs.get("all")):
            raise serializers.ValidationError({"ids": [_("Send ids, or all: true.")]})
        return attrs


class NotificationsRead(APIView):
    """Mark notices as read: those of ``ids``, or ``all``. To do so again changes nothing."""

    roles = PEOPLE
    permission_classes = [HasRole]

    @extend_schema(
        operation_id="notifications_read",
        request=ReadSerializer,
        responses={200: {"type": "object", "properties": {"read": {"type": "integer"}}}},
    )
    def post(self, request):
        body = ReadSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return Response({"read": mark_read(request.user, body.validated_data.get("ids"))})


urls = [
    path("notifications/", NotificationList.as_view(), name="notifications"),
    path("notifications/read/", NotificationsRead.as_view(), name="notifications_read"),
]
