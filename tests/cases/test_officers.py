"""Whom a dispatch may name: what the form offers is what every door takes."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from agency.core.models import User
from cases.models import Assignment

pytestmark = pytest.mark.django_db

TAKERS = {"dispatcher", "mediator", "chief", "enforcer", "petition_officer"}

NAMED_FOR_EAST = [
    # kind, post, who of the unit itself and of the agency above it
    ("complaint", "handler", {"mediator", "enforcer", "chief"}),
    ("consultation", "handler", {"mediator", "chief"}),
    ("report", "handler", {"enforcer", "chief"}),
    ("petition", "handler", {"petition_officer", "chief"}),
    ("complaint", "contact", TAKERS),
    ("complaint", "follow_up", TAKERS | {"registrar", "callback"}),
]


def offered(user, case, post: str, unit: str) -> set[str]:
    http = Client()
    http.force_login(user)
    form = reverse("admin:cases_case_verb", args=[case.no, "dispatch"])
    page = http.post(f"{form}?refit=1", {"unit": unit}).content.decode()
    select = re.search(rf'<select id="f-{post}".*?</select>', page, re.S)
    return set(re.findall(r'value="([^"]+)"', select.group()))


@pytest.mark.parametrize(("kind", "post", "people"), NAMED_FOR_EAST)
def test_who_is_offered_is_taken_and_nobody_else(agency, kind, post, people):
    case = agency.ticket("petition" if kind == "petition" else "minyi", kind=kind)
    dispatcher = agency.client("dispatcher")

    assert offered(agency.dispatcher, case, post, "east") == people
    for user in User.objects.all():
        status, answer = dispatcher.post(
            f"cases/{case.no}/dispatch/", {"unit": "east", post: user.username}
        )
        if user.username in people:
            assert status == 200, user
            named = Assignment.objects.get(case=case, ended_at=None)
            assert getattr(named, post) == user
        else:
            assert (status, list(answer["errors"])) == (400, [post]), user


def test_the_unit_chosen_says_who(agency):
    case = agency.ticket()

    assert offered(agency.dispatcher, case, "handler", "") == set()
    assert offered(agency.dispatcher, case, "handler", "west") == {"mediator_b"}
    case.refresh_from_db()
    assert case.state == "registered"


def test_a_chief_may_name_who_sits_above_the_section(agency):
    case = agency.ticket("petition", kind="petition", unit="east")

    assert "petition_officer" in offered(agency.chief, case, "handler", "east")


def test_who_has_left_is_neither_offered_nor_taken(agency):
    case = agency.ticket()
    agency.mediator.is_active = False
    agency.mediator.save()

    status, _ = agency.client("dispatcher").post(
        f"cases/{case.no}/dispatch/", {"unit": "east", "handler": "mediator"}
    )

    assert status == 400
    assert "mediator" not in offered(agency.dispatcher, case, "handler", "east")
