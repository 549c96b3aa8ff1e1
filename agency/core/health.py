"""Is it alive? For load balancers and for whoever watches the watch."""

from django.conf import settings
from django.db import Error, connection
from django.db.models import Min
from django.http import JsonResponse
from django.views.decorators.http import require_safe
from redis import Redis
from redis.exceptions import RedisError

from agency.core import clock, watch
from agency.core.models import Delivery, Notification


@require_safe
def healthz(request):
    """200 while the database answers; the broker may be away, nothing is lost without it."""
    database, broker = _database_is_up(), _broker_is_up()
    body = {
        "status": "ok" if database else "down",
        "database": "ok" if database else "down",
        "broker": "ok" if broker else "down",
    }
    return JsonResponse(body, status=200 if database else 503)


@require_safe
def deadlines(request):
    """200 while somebody sweeps: 503 when the newest good sweep is older than 30 s, or unknown."""
    try:
        body = _sweeping()
    except Error:
        connection.close()
        body = {"last_ok_at": None, "age_seconds": None, "outbox_oldest_seconds": None}
    age = body["age_seconds"]
    healthy = age is not None and age <= watch.RED.total_seconds()
    return JsonResponse(body, status=200 if healthy else 503)


def _sweeping() -> dict:
    last, at = watch.last_ok_at(), clock.now()
    return {
        "last_ok_at": last and last.isoformat(),
        "age_seconds": (at - last).total_seconds() if last else None,
        "outbox_oldest_seconds": _outbox_oldest_seconds(at),
    }


def _outbox_oldest_seconds(at) -> float:
    """Age of the oldest notice nobody has been told of yet; 0 when all are told."""
    notices = Notification.objects.filter(addressed_at=None).order_by("created_at")
    mails = Delivery.objects.filter(sent_at=None, dead_at=None)
    moments = (
        notices.values_list("created_at", flat=True).first(),
        mails.aggregate(at=Min("notification__created_at"))["at"],
    )
    return max(((at - moment).total_seconds() for moment in moments if moment), default=0.0)


def _database_is_up() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except Error:
        connection.close()
        return False


def _broker_is_up() -> bool:
    try:
        return Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1).ping()
    except RedisError:
        return False
