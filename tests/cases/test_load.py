"""A dispatch may give a case to whoever has the least in hand."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from agency.core.errors import Invalid
from agency.core.models import User
from agency.core.roles import Role
from cases import workflow
from cases.workflow import duty, hands, load
from tests.cases.test_said_rightly import form
from tests.stories import PASSWORD

pytestmark = pytest.mark.django_db

LOAD = reverse("admin:cases_case_load")


@pytest.fixture
def second(agency):
    return User.objects.create_user(
        "mediator_c", PASSWORD, name="林静", role=Role.MEDIATOR, unit=agency.units["east"]
    )


def given(agency, handler, **changes):
    case = agency.ticket(**changes)
    return workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler=handler)


def balanced(agency, unit="east", **body):
    case = agency.ticket(kind=body.pop("kind", "complaint"))
    return agency.client("dispatcher").post(
        f"cases/{case.no}/dispatch/", {"unit": unit, "balance": True, **body}
    )


LOADS = [
    # what the mediator, the enforcer and the second mediator have in hand; who gets the next
    ([1, 1, 0], "mediator_c"),
    ([0, 1, 1], "mediator"),
    ([2, 0, 3], "mediator"),  # an enforcer could answer for a complaint, and not take it up
    ([1, 1, 1], "mediator"),
]


@pytest.mark.parametrize(("loads", "chosen"), LOADS)
def test_it_goes_to_who_has_the_least(agency, second, loads, chosen):
    for name, number in zip(("mediator", "enforcer", "mediator_c"), loads, strict=True):
        for _case in range(number):
            given(agency, name)

    status, case = balanced(agency)

    assert (status, case["handler"]) == (200, chosen)
    assert case["events"][-1]["data"]["handler"] == chosen


def test_an_urgent_case_weighs_twice_and_a_closed_one_nothing(agency, second):
    given(agency, "mediator", urgent=True)
    given(agency, "mediator_c")
    given(agency, "enforcer", urgent=True)
    assert balanced(agency)[1]["handler"] == "mediator_c"

    User.objects.filter(username="enforcer").update(is_active=False)
    assert balanced(agency)[1]["handler"] == "mediator"


def test_what_was_opened_again_goes_to_another_first(agency, clock, second):
    """更换承办人优先: though who had it has less in hand, and may still be named."""
    case = agency.handled_case()
    workflow.close(case.no, by=agency.mediator, conclusion="已退款")
    workflow.approve(case.no, by=agency.chief)
    workflow.reopen(case.no, by=agency.supervisor, reason="不满意重办")
    given(agency, "mediator_c")
    given(agency, "mediator_c")

    def had_before(case) -> list[str]:
        fields = form(case, "dispatch", agency.dispatcher, unit="east").fields
        [offered] = [dict(field.options) for field in fields if field.name == "handler"]
        return [who for who, text in offered.items() if "曾承办" in text]

    assert had_before(case) == ["mediator"]

    case = workflow.dispatch(case.no, by=agency.dispatcher, unit="east", balance=True)
    assert case.handler.username == "mediator_c"
    clock.shift(minutes=1)
    workflow.return_(case.no, by=agency.enforcer, reason="不属本职", explanation="属交通部门")
    assert had_before(case) == ["mediator"], "a return forgets nobody, and adds nobody"
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")


def test_the_chief_only_where_there_is_nobody_else(agency):
    assert balanced(agency, kind="report")[1]["handler"] == "enforcer"

    User.objects.filter(username="enforcer").update(is_active=False)
    assert balanced(agency, kind="report")[1]["handler"] == "chief"


def test_where_nobody_could_take_it_the_sentence_says_so(agency):
    status, problem = balanced(agency, unit="west", kind="report")

    assert (status, list(problem["errors"])) == (400, ["balance"])


def test_who_is_named_is_named_and_without_a_word_it_is_nobodys(agency, second):
    given(agency, "mediator")
    assert balanced(agency, handler="mediator")[1]["handler"] == "mediator"
    assert balanced(agency, balance=False)[1]["handler"] is None


def test_the_house_may_balance_by_itself(agency, settings):
    settings.BALANCE_DISPATCH = True

    assert balanced(agency, balance=False)[1]["handler"] == "mediator"


def test_the_form_says_how_much_everybody_has_and_calls_no_load_a_number_of_cases(agency):
    given(agency, "mediator", urgent=True)
    case = agency.ticket()
    http = Client()
    http.force_login(agency.dispatcher)
    form = reverse("admin:cases_case_verb", args=[case.no, "dispatch"])

    page = http.post(f"{form}?refit=1", {"unit": "east"}).content.decode()

    names = dict(re.findall(r'<option value="(\w+)"[^>]*>([^<]+)</option>', page))
    assert names["mediator"].endswith("，在手量 2")
    assert names["enforcer"].endswith("，在手量 0")


def test_what_is_chosen_in_the_form_is_done(agency):
    given(agency, "mediator")
    case = agency.ticket()
    http = Client()
    http.force_login(agency.dispatcher)
    form = reverse("admin:cases_case_verb", args=[case.no, "dispatch"])

    http.post(form, {"unit": "east", "handler": "", "balance": "true", "override": "false"})

    case.refresh_from_db()
    assert case.handler == agency.mediator


def test_a_chief_sees_who_has_how_much_and_what_is_late(agency, second, clock):
    given(agency, "mediator", urgent=True)
    given(agency, "mediator")
    clock.shift(minutes=40)
    given(agency, "mediator_c")
    page = Client()
    page.force_login(agency.chief)

    found = {p.username: p for p, _next in page.get(LOAD).context["people"]}
    assert (found["mediator"].load, found["mediator"].open, found["mediator"].late) == (3, 2, 2)
    assert (found["mediator_c"].load, found["mediator_c"].late) == (1, 0)
    assert found["enforcer"].open == 0 and found["enforcer"].next_due_at is None
    assert found["mediator"].next_due_at < clock.now
    assert "mediator_b" not in found


@pytest.mark.parametrize(
    ("who", "status"),
    [("dispatcher", 200), ("leader", 200), ("supervisor", 200), ("mediator", 403), ("admin", 403)],
)
def test_the_load_is_for_who_gives_work_out(agency, who, status):
    page = Client()
    page.force_login(getattr(agency, who))
    assert page.get(LOAD).status_code == status


def test_who_never_chose_a_password_is_given_no_work(agency, clock):
    invited = User.objects.create_user(
        "invited", name="林小雨", role=Role.MEDIATOR, unit=agency.units["east"]
    )
    User.objects.filter(unit=agency.units["east"]).exclude(pk=invited.pk).update(is_active=False)
    case = agency.ticket()

    def offered() -> list[User]:
        return [
            person
            for person in hands.officers(case, "handler", agency.units["east"])
            if person == invited
        ]

    assert not offered() and invited not in load.desks(agency.units["agency"], clock.now)
    assert invited not in duty.candidates(agency.units["east"], "handler")
    with pytest.raises(Invalid):
        workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="invited")

    invited.set_password(PASSWORD)
    invited.save()
    assert offered() and invited in load.desks(agency.units["agency"], clock.now)
