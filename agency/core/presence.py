"""Signs of life: whoever opens a page, sends a form or acts on a case is there."""

from django.db.models import Q

from agency.core.accounts import sessions
from agency.core.accounts.sessions import GRAIN
from agency.core.clock import AgencyNow
from agency.core.models import User


def seen(user: User) -> None:
    """Remember that ``user`` is there now."""
    unknown = Q(last_seen_at=None) | Q(last_seen_at__lt=AgencyNow() - GRAIN)
    User.objects.filter(unknown, pk=user.pk).update(last_seen_at=AgencyNow())


class SignsOfLife:
    """Middleware. What an open page asks by itself is no sign of life of anybody."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        # whose page could not be made may be asked for in the next moment
        if response.status_code < 500 and _is_by_hand(request) and request.user.is_authenticated:
            seen(request.user)
            sessions.seen(request.session)
        return response


def _is_by_hand(request) -> bool:
    if request.path.startswith(("/static/", "/api/", "/healthz")):
        return False
    is_asked_by_a_page = (
        "HX-Request" in request.headers
        or request.headers.get("Sec-Fetch-Dest", "document") != "document"
    )
    return request.method == "POST" or not is_asked_by_a_page
