"""What the API tells of a case beside its clocks and tickets."""

import pytest
from django.db import connection

from cases import story, workflow

pytestmark = pytest.mark.django_db

PHONE = "13800138000"


@pytest.fixture
def case(agency, clock):
    case = agency.mediated_case()
    workflow.settle(
        case.no, by=agency.mediator, agreement=f"退款，联系{PHONE}", recovered_amount="80.00"
    )
    workflow.confirm_performance(
        case.no, by=agency.mediator, amount="80.00", evidence_note="转账截图"
    )
    return case


def test_decisions_agreements_and_notices_stand_in_the_story(agency, case):
    told = agency.client("mediator").get(f"cases/{case.no}/story/")[1]

    [decision] = told["decisions"]
    assert (decision["kind"], decision["by"], decision["approved_by"]) == (
        "accepted", "mediator", None,
    )  # fmt: skip
    [agreement] = told["agreements"]
    assert (agreement["amount"], agreement["performed_amount"]) == ("80.00", "80.00")
    [notice] = told["party_notices"]
    assert (notice["party"], notice["how"], notice["decision"]) == (
        "complainant", "phone", "accepted",
    )  # fmt: skip


def test_a_telephone_in_what_was_agreed_is_masked(agency, case):
    told = agency.client("mediator").get(f"cases/{case.no}/story/")[1]

    assert PHONE not in str(told)
    assert "138****8000" in told["agreements"][0]["text"]


def test_of_another_units_case_nothing_is_told(agency):
    other = agency.ticket(unit="west")

    assert agency.client("mediator").get(f"cases/{other.no}/story/")[0] == 404


def test_a_longer_story_takes_no_more_queries(agency, case):
    def queries() -> int:
        with connection.execute_wrapper(counter := Counter()):
            story.told(case)
        return counter.count

    before = queries()
    for _time in range(3):
        workflow.notify(case.no, by=agency.mediator, party="respondent", how="letter", text="已办")

    assert queries() == before


class Counter:
    count = 0

    def __call__(self, execute, *args):
        self.count += 1
        return execute(*args)
