"""The watch list: a star on a case, and the bell when somebody moves it."""

import pytest
from django.urls import reverse

from cases import workflow
from cases.models import Follow
from tests.cases.test_admin import desk
from tests.cases.test_notes import bell

pytestmark = pytest.mark.django_db

LIST = reverse("admin:cases_case_changelist")


@pytest.fixture
def case(agency):
    return agency.ticket(unit="east")


def turn(case, name: str):
    return desk(name).post(reverse("admin:cases_case_follow", args=[case.no]))


def followed_of(user) -> list[str]:
    return [line for line in bell(user) if "关注" in line]


def test_who_follows_a_case_hears_of_what_others_do(agency, case):
    assert "★" in turn(case, "supervisor").content.decode()
    workflow.respond(case.no, by=agency.mediator)

    [said] = followed_of(agency.supervisor)
    assert case.no in said and agency.mediator.name in said and "响应" in said
    assert followed_of(agency.chief) == []


def test_nobody_hears_of_what_they_did_or_are_told_of_anyway(agency, case):
    for name in ("mediator", "chief"):
        turn(case, name)
    workflow.note(case.no, by=agency.mediator, text=f"@{agency.chief.name} 请过目")

    assert followed_of(agency.mediator) == followed_of(agency.chief) == []
    assert len([line for line in bell(agency.chief) if "备注" in line]) == 1


def test_nobody_hears_that_a_report_came_out_of_the_case(agency, case):
    turn(case, "supervisor")
    workflow.split(case.no, by=agency.registrar)

    assert followed_of(agency.supervisor) == []


def test_the_star_is_taken_off_again(agency, case):
    turn(case, "supervisor")
    assert "☆" in turn(case, "supervisor").content.decode()
    workflow.respond(case.no, by=agency.mediator)

    assert followed_of(agency.supervisor) == []


def test_the_watch_list_is_one_s_own(agency, case):
    other = agency.ticket(unit="east")
    turn(case, "mediator")

    mine = desk("mediator").get(f"{LIST}?followed=true").content.decode()
    assert case.no in mine and other.no not in mine
    assert case.no not in desk("chief").get(f"{LIST}?followed=true").content.decode()


def test_who_no_longer_sees_the_case_hears_nothing_of_it(agency, case):
    turn(case, "mediator")
    agency.mediator.unit = agency.units["west"]
    agency.mediator.save()
    case.assignments.all().delete()
    workflow.note(case.no, by=agency.leader, text="转办")

    assert followed_of(agency.mediator) == []


def test_a_stranger_s_case_is_not_followed(agency, case):
    assert turn(case, "mediator_b").status_code == 404
    assert (
        desk("mediator").get(reverse("admin:cases_case_follow", args=[case.no])).status_code == 405
    )
    assert not Follow.objects.exists()
