"""What every API door shares: who asks, strict input, and problems told in words.

Checked in this order: 401, 403 (the role may never), 404 (not there or not in scope),
400/413/415 (malformed), 409 (a rule forbids it).
"""

import logging
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from redis.exceptions import RedisError
from rest_framework import authentication, exceptions, parsers, permissions, serializers, throttling
from rest_framework.response import Response
from rest_framework.settings import api_settings

from agency.core import clock
from agency.core.accounts import brake
from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.fields import strict_json
from agency.core.models import ApiToken
from agency.core.text import listed

log = logging.getLogger(__name__)

AWAY = (OperationalError, InterfaceError)
"""The database is away, or too busy: worth another try, and no fault of the request."""

RETRY_AFTER = "5"
"""Seconds after which the next try may come."""

# -- who asks ---------------------------------------------------------------------------


class BearerAuthentication(authentication.BaseAuthentication):
    """``Authorization: Bearer TOKEN`` of an account or a channel client."""

    def authenticate(self, request):
        header = request.headers.get("Authorization", "")
        scheme, _space, token = header.partition(" ")
        if scheme.lower() != "bearer":
            return None
        found = (
            ApiToken.objects.filter(digest=ApiToken.digest_of(token.strip()), revoked_at=None)
            .select_related("user__unit")
            .first()
        )
        if found and found.user.is_active:
            return found.user, found
        # Who has a valid one is never kept out: only wrong ones are counted.
        if until := brake.count(brake.limits_of_place("token", request)):
            raise exceptions.Throttled((until - clock.now()).total_seconds())
        raise exceptions.AuthenticationFailed(_("This token is not valid."))

    def authenticate_header(self, request):
        return "Bearer"


class BearerScheme(OpenApiAuthenticationExtension):
    """How the API's description tells of the bearer token."""

    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer"}


class HasRole(permissions.BasePermission):
    """Admits the roles in the view's ``roles``; everybody who is logged in without one."""

    def has_permission(self, request, view):
        roles = getattr(view, "roles", None)
        return bool(request.user.is_authenticated and (not roles or request.user.role in roles))


class ChannelThrottle(throttling.SimpleRateThrottle):
    """So many intakes per channel and minute; open when Redis is away: intake must not fail."""

    scope = "intake"

    def get_cache_key(self, request, view):
        return f"intake:{request.user.pk}" if request.user.is_authenticated else None

    def allow_request(self, request, view):
        try:
            return super().allow_request(request, view)
        except RedisError:
            return True


# -- strict input -----------------------------------------------------------------------


class StrictJSONParser(parsers.BaseParser):
    """JSON as RFC 8259 means it, read by ``strict_json``; at most DATA_UPLOAD_MAX_MEMORY_SIZE."""

    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None):
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        try:
            return strict_json(body)
        except ValueError as error:
            raise exceptions.ParseError(str(error)) from None


class TooLarge(exceptions.APIException):
    status_code = 413
    default_detail = gettext_lazy("The request is too large.")


# -- problems ---------------------------------------------------------------------------


def problem(exc: Exception, context) -> Response | None:
    """RFC 9457: every refusal of the API in one shape, in the caller's language."""
    headers = {}
    match exc:
        case Invalid(errors=errors):
            return problem_response(400, _("Some fields need mending."), errors)
        case serializers.ValidationError():
            return problem_response(400, _("Some fields need mending."), flatten(exc.detail))
        case RuleViolation():
            return problem_response(409, str(exc))
        case Forbidden() | PermissionDenied() | exceptions.PermissionDenied():
            return problem_response(403, str(exc) or _("Your role may not do this."))
        case NotThere() | Http404():
            return problem_response(404, _("This is not there."))
        case RequestDataTooBig():
            return problem_response(413, str(TooLarge.default_detail))
        case SuspiciousOperation():
            return problem_response(400, _("The form cannot be read."))
        case OperationalError() | InterfaceError():
            said = away(exc, context["request"].path)
            return problem_response(503, said, headers={"Retry-After": RETRY_AFTER})
        case exceptions.UnsupportedMediaType():
            taken = listed(parser.media_type for parser in context["view"].parser_classes)
            return problem_response(
                415, _("Send it with Content-Type: %(types)s.") % {"types": taken}
            )
        case exceptions.APIException():
            if getattr(exc, "auth_header", None):
                headers["WWW-Authenticate"] = exc.auth_header
            if getattr(exc, "wait", None):
                headers["Retry-After"] = str(int(exc.wait) + 1)
            return problem_response(exc.status_code, str(exc.detail), headers=headers)
    return None


def problem_response(
    status: int, detail: str, errors: dict | None = None, headers=None
) -> Response:
    """``errors`` maps a field (``consumer.phone``) to its sentences."""
    return Response(
        problem_body(status, detail, errors),
        status=status,
        headers=headers,
        content_type="application/problem+json",
    )


def away(error: Exception, path: str) -> str:
    """What is said of one of AWAY. The log has its reason in a line: an outage is many requests."""
    cause = error.__cause__ or error
    reason = str(cause).partition("\n")[0]
    log.error("database away at %r: %s: %s", path, type(cause).__name__, reason)
    return _("The service is away for a moment; send the same request again.")


def problem_body(status: int, detail: str, errors: dict | None = None) -> dict:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "errors": errors or {},
    }


def flatten(detail, prefix: str = "") -> dict[str, list[str]]:
    """DRF's nested errors as ``{"consumer.phone": ["…"]}``."""
    if isinstance(detail, dict):
        found: dict[str, list[str]] = {}
        for key, value in detail.items():
            here = key == api_settings.NON_FIELD_ERRORS_KEY
            found |= flatten(value, prefix if here else f"{prefix}.{key}".lstrip("."))
        return found
    if isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        return flatten({str(i): item for i, item in enumerate(detail) if item}, prefix)
    return {
        prefix or "body": [str(item) for item in (detail if isinstance(detail, list) else [detail])]
    }
