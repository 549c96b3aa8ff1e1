"""Whom a dispatch may name: what the form offers is what every door takes."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from agency.core import invariants
from agency.core.errors import Invalid
from agency.core.models import User
from agency.core.roles import Role
from cases import workflow
from cases.models import Assignment, Case, Profile, Recusal
from tests.stories import PASSWORD

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
    taken = set()

    assert offered(agency.dispatcher, case, post, "east") == people
    for user in User.objects.all():
        said = {"unit": "east", post: user.username, "override": True}
        try:
            workflow.dispatch(case.no, by=agency.dispatcher, **said)
        except Invalid as refusal:
            assert list(refusal.errors) == [post], user
        else:
            named = Assignment.objects.get(case=case, ended_at=None)
            assert getattr(named, post) == user
            taken.add(user.username)
    assert taken == people


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


# -- what somebody had who has left ---------------------------------------------------------


@pytest.mark.parametrize("verb", ["respond", "contact"])
def test_who_answers_for_one_who_has_left_has_the_case(agency, clock, verb):
    case = agency.ticket(unit="east")
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")
    leave(agency.mediator)
    body = {"outcome": "reached", "no_meeting_reason": "电话"} if verb == "contact" else {}

    status, shown = agency.client("enforcer").post(f"cases/{case.no}/{verb}/", body)

    assert (status, shown["handler"]) == (200, "enforcer")
    assert set(case.deadlines.open().values_list("handler", flat=True)) <= {agency.enforcer.pk}
    assert case.assignments.get(ended_at=None).handler == agency.enforcer


def test_who_answers_for_a_colleague_does_not_take_the_case_away(agency, clock):
    case = agency.ticket(unit="east")
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")

    workflow.respond(case.no, by=agency.enforcer)

    case.refresh_from_db()
    assert case.handler == agency.mediator


def test_on_the_start_page_it_is_nobody_s(agency, clock):
    theirs = agency.ticket(unit="east")
    workflow.dispatch(theirs.no, by=agency.dispatcher, unit="east", handler="mediator")
    clock.shift(minutes=1)
    fresh = agency.ticket(unit="east")
    assert queue_of(agency.enforcer) == [(fresh.no, False), (theirs.no, True)]

    leave(agency.mediator)

    assert queue_of(agency.enforcer) == [(theirs.no, False), (fresh.no, False)]


def test_what_they_left_without_a_clock_waits_there_too_after_ones_own(agency, only_1030, clock):
    mine, left = agency.contacted_case(), agency.contacted_case()
    clock.shift(minutes=1)
    workflow.dispatch(mine.no, by=agency.dispatcher, unit="east", handler="enforcer")
    assert queue_of(agency.enforcer, "idle") == [(mine.no, False)]

    leave(agency.mediator)

    assert queue_of(agency.enforcer, "idle") == [(mine.no, False), (left.no, False)]


def leave(user) -> None:
    user.is_active = False
    user.save()


def queue_of(user, part: str = "rows") -> list[tuple[str, bool]]:
    """The start page, from the top: case number, and whether a colleague has it in hand."""
    http = Client()
    http.force_login(user)
    return [(row.case.no, row.is_others) for row in http.get("/admin/").context[part]]


# -- three-level responsibility ---------------------------------------------------------------

TRIPLE = {"leader": "leader", "core_handler": "petition_officer", "callback": "callback"}


@pytest.fixture
def accepted(agency):
    """A petition of ``east``, dispatched to the officer at the top."""
    case = agency.ticket("petition", kind="petition")
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="petition_officer")
    return workflow.accept(case.no, by=agency.petition_officer, notified_by="letter")


def named(agency, case, **people):
    body = TRIPLE | people
    return agency.client("petition_officer").post(f"cases/{case.no}/assign_triple/", body)


def test_the_core_handler_has_the_case_and_keeps_it(agency, accepted):
    core = User.objects.create_user(
        "officer_east", PASSWORD, name="江晓", role=Role.PETITION_OFFICER, unit=agency.units["east"]
    )
    assert named(agency, accepted, core_handler="officer_east")[0] == 200

    workflow.assign(accepted.no, by=agency.dispatcher, follow_up="registrar")

    current = accepted.assignments.get(ended_at=None)
    assert (current.handler, current.follow_up) == (core, agency.registrar)
    assert Case.objects.get(pk=accepted.pk).handler == core
    assert invariants.check()[1] == []


def test_the_core_handler_of_a_petition_at_the_top_sees_it(agency):
    case = agency.ticket("petition", kind="petition")
    workflow.accept(case.no, by=agency.petition_officer, notified_by="letter")

    assert named(agency, case, core_handler="chief")[0] == 200

    shown = agency.client("chief").get(f"cases/{case.no}/")
    assert (shown[0], shown[1]["handler"]) == (200, "chief")


@pytest.mark.parametrize(("post", "who"), [
    ("core_handler", "mediator"), ("core_handler", "enforcer"), ("callback", "mediator"),
    ("callback", "officer_2"),
])  # fmt: skip
def test_nobody_is_named_for_what_they_may_not_do(agency, accepted, post, who):
    root = agency.units["agency"]
    User.objects.create_user(
        "officer_2", PASSWORD, name="江晓", role=Role.PETITION_OFFICER, unit=root
    )

    status, answer = named(agency, accepted, **{post: who})

    assert (status, list(answer["errors"])) == (400, [post])


def test_only_people_of_the_branch_are_named(agency, accepted):
    status, answer = named(agency, accepted, core_handler="mediator_b")

    assert (status, list(answer["errors"])) == (400, ["core_handler"])


def test_who_is_recused_is_no_core_handler(agency, accepted):
    profile = Profile.objects.create(person=agency.chief)
    Recusal.objects.create(profile=profile, merchant=accepted.merchant, reason="亲属经营")

    assert named(agency, accepted, core_handler="chief")[0] == 409
