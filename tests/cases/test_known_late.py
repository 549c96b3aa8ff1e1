"""Who reports may say who they are later: their earlier tickets owe no call, and none is missed."""

import pgtrigger
import pytest

from agency.core import invariants
from cases import workflow
from cases.models import Case, CaseDeadline, Ticket

pytestmark = pytest.mark.django_db

WHO = {"name": "欧阳小满", "phone": "13912345678"}


def link(agency, case: Case, other: Case) -> None:
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=other.tickets.get().no)


def unlink(agency, case: Case, ticket: Ticket) -> None:
    workflow.unlink_ticket(case.no, by=agency.dispatcher, ticket=ticket.no)


@pytest.fixture
def report(agency, clock):
    """Anonymous from one platform; known since another one's ticket came again."""
    case = agency.ticket("minyi", kind="report", consumer=None, external_no="R1")
    link(agency, case, agency.ticket("web", kind="report", consumer=None, external_no="J1"))
    return agency.ticket("web", kind="report", consumer=WHO, external_no="J1", round=2)


def test_another_platforms_round_may_tell_it(report):
    assert report.reporter.phone and report.tickets.count() == 3
    assert invariants.check()[1] == []


@pytest.mark.parametrize("leaves", [{"external_no": "R1"}, {"external_no": "J1", "round": 2}])
def test_whichever_of_the_two_is_a_case_of_its_own_since(agency, report, leaves):
    unlink(agency, report, report.tickets.get(**leaves))

    assert invariants.check()[1] == []


def test_the_round_that_told_it_may_be_the_earlier_tickets_own(agency, clock):
    case = agency.ticket(kind="report", consumer=None, external_no="R1")
    agency.ticket(kind="report", consumer=WHO, external_no="R1", round=2)
    unlink(agency, case, case.tickets.get(round=2))

    assert invariants.check()[1] == []


def test_an_anonymous_report_linked_to_a_known_one_owes_none(agency, clock):
    known = agency.ticket(kind="report", consumer=WHO)
    link(agency, known, agency.ticket(kind="report", consumer=None))

    assert invariants.check()[1] == []


def test_a_ticket_linked_later_excuses_no_call_that_was_owed_before(agency, clock):
    known = agency.ticket(kind="report", consumer=WHO)
    first = known.tickets.get()
    link(agency, known, agency.ticket(kind="report", consumer=WHO))
    with pgtrigger.ignore("cases.CaseDeadline:never_deleted"):
        CaseDeadline.objects.filter(ticket=first, rule__code="ticket.contact_30").delete()

    [found] = invariants.check()[1]
    assert found["invariant"].startswith("I1 ") and found["rows"] == [first.pk]
