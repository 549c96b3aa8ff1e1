"""What every request passes."""

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.template.loader import render_to_string

RETRY_AFTER = "5"
"""Seconds after which a client may come back when the database is away."""


class ServiceGuard:
    """A request that needs a database that is away answers 503 and says when to come back.

    The page is rendered without the request: its user and session live in that database.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        try:
            response = self.get_response(request)
        except (OperationalError, InterfaceError):
            response = self.process_exception(request, OperationalError())
        if not request.path.startswith("/static/"):
            # Case data must not stay in a shared computer's cache.
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_exception(self, request, exception):
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        return HttpResponse(
            render_to_string("503.html"), status=503, headers={"Retry-After": RETRY_AFTER}
        )
