"""Who is moved, demoted or switched off sees it at the next request; a foreign form does nothing."""

import pytest

from agency.core.models import User
from agency.core.roles import Role
from tests.access.addresses import table

pytestmark = pytest.mark.django_db

CASE, STORY = "admin/cases/case/<object_id>/change/", "api/v1/cases/<no>/story/"


def seen(place, route: str, name: str, path: str) -> int:
    http = place.desks["anonymous" if route.startswith("api/") else name]
    headers = place.token(name) if route.startswith("api/") else {}
    return http.get(path, headers=headers).status_code


@pytest.mark.parametrize("route", [CASE, STORY])
@pytest.mark.parametrize(
    ("change", "then"),
    [
        ({"unit": "west"}, {404}),
        ({"role": Role.ADMIN}, {403, 404}),
        ({"role": Role.OUTLET_LIAISON, "unit": "outlet-a"}, {302, 404}),
        ({"is_active": False}, {302, 401}),
    ],
    ids=["moved", "demoted", "sent to an outlet", "switched off"],
)
def test_what_was_open_closes_at_the_next_request(place, route, change, then):
    path = table()[route].path(place, "chief", "own")
    assert seen(place, route, "chief", path) == 200

    unit = {"unit": place.agency.units[change["unit"]]} if "unit" in change else {}
    User.objects.filter(username="chief").update(**change | unit)

    assert seen(place, route, "chief", path) in then


ACTS = [
    route
    for route, address in table().items()
    if address.let_in.get("post", set()) & {"mediator", "admin", "registrar"}
    and "get" not in address.let_in
] + ["admin/cases/case/<no>/verb/<verb>/", "admin/core/user/<object_id>/change/"]


def test_a_form_of_another_site_does_nothing(place):
    """A session alone is not enough to act: 403 without the token of a form of ours."""
    names = ("mediator", "admin", "registrar")
    desks = {name: place.desk(name, enforce_csrf_checks=True) for name in names}
    done = {}
    for route in ACTS:
        address = table()[route]
        name = next(n for n in names if n in address.let_in["post"])
        http = desks[name]
        done[route] = http.post(address.path(place, name, "own"), {}).status_code
        http.cookies.pop("csrftoken", None)

    assert done == dict.fromkeys(ACTS, 403)
