"""Linking at the desk: the ticket is looked at first."""

import re

import pytest

from agency.core.errors import RuleViolation
from agency.core.models import User
from cases import workflow
from cases.models import Case
from cases.workflow import tickets
from tests.cases.test_admin import desk, page_of, verb_of
from tests.stories import PASSWORD

pytestmark = pytest.mark.django_db

OTHER = {"name": "林一一", "phone": "13700137000"}


def told(response) -> str:
    return response.content.decode()


def send(http, case, **typed):
    return http.post(verb_of(case, "link_ticket"), typed)


def test_the_citizens_other_tickets_are_offered_and_the_field_says_so(agency, clock):
    case, other = agency.ticket(unit="east"), agency.ticket(unit="east")

    page = desk("dispatcher").get(verb_of(case, "link_ticket")).text

    assert f'<option value="{other.tickets.get().no}">' in page
    assert 'placeholder="可选择，也可输入"' in page


def test_a_ticket_is_seen_before_it_comes_to_another_case(agency, clock):
    case = agency.ticket(unit="east", merchant={"name": "清泉电器商行"})
    other = agency.ticket(
        "315xft", title="林一一投诉美容卡退款", consumer=OTHER, merchant={"name": "丽人美容院"}
    )
    ticket, http = other.tickets.get(), desk("dispatcher")

    first = send(http, case, ticket=ticket.no)

    assert first.status_code == 200
    for shown in (other.no, "林** 137****7000", "林**投诉美容卡退款", "丽人美容院"):
        assert shown in told(first)
    assert "陈** 138****8000" in told(first), "whose case it is"
    assert told(first).count('class="why"') == 2, "another citizen, another merchant"
    assert other.tickets.get() == ticket

    second = send(http, case, ticket=ticket.no, seen=ticket.no)

    assert second.status_code == 204
    assert Case.objects.get(pk=other.pk).merged_into == case


def test_what_was_seen_is_what_comes(agency, clock):
    case, one, two = (agency.ticket(unit="east") for _case in range(3))
    seen, typed = one.tickets.get(), two.tickets.get()

    response = send(desk("dispatcher"), case, ticket=typed.no, seen=seen.no)

    assert response.status_code == 200
    assert f'name="seen" value="{typed.no}"' in told(response)
    assert two.tickets.get() == typed


def test_the_same_citizen_and_merchant_are_no_warning(agency, clock):
    case, other = agency.ticket(unit="east"), agency.ticket("315xft")

    response = send(desk("dispatcher"), case, ticket=other.tickets.get().no)

    assert 'name="seen"' in told(response)
    assert 'class="why"' not in told(response)


def test_whose_report_it_is_stays_secret(agency, clock):
    case, other = (
        agency.ticket(kind="report"),
        agency.ticket(kind="report", title="林一一举报无证经营", consumer=OTHER),
    )

    response = send(desk("dispatcher"), case, ticket=other.tickets.get().no)

    assert "****举报无证经营" in told(response)
    assert "137****7000" not in told(response)


def test_the_case_page_tells_the_linked_citizen_apart(agency, clock):
    case = agency.ticket(unit="east", external_no="MY-1")
    other = agency.ticket(unit="east", external_no="MY-2", title="美容卡退款", consumer=OTHER)
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=other.tickets.get().no)

    page = told(desk("mediator").get(page_of(case)))

    [own, linked] = re.findall(r"<li><b>民意速办</b>.*?</li>", page, re.S)
    assert "MY-2" in linked and "美容卡退款" in linked and "林** 137****7000" in linked
    assert "陈**" not in own, "what is the case's own is said once"
    assert page.count("民意速办 MY-2 林**") == 4, "beside each of that citizen's clocks"


@pytest.mark.parametrize(("username", "links"), [("dispatcher", 1), ("mediator", 0)])
def test_the_story_leads_to_the_case_a_ticket_came_from(agency, clock, username, links):
    case, other = agency.ticket(unit="east"), agency.ticket(unit="west")
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=other.tickets.get().no)

    page = told(desk(username).get(page_of(case)))

    assert other.no in page
    assert page.count(f'<a href="{page_of(other)}">{other.no}</a>') == links


def test_a_ticket_is_found_by_the_number_the_platform_gave_it(agency, clock):
    case, other = agency.ticket(unit="east"), agency.ticket(external_no="MY-7")
    ticket, http = other.tickets.get(), desk("dispatcher")

    assert f'name="seen" value="{ticket.no}"' in told(send(http, case, ticket="MY-7"))
    assert send(http, case, ticket="MY-7", seen=ticket.no).status_code == 204
    assert case.tickets.filter(pk=ticket.pk).exists()
    assert ticket.no in told(http.get(page_of(case)))


def test_a_number_that_two_platforms_gave_names_no_ticket(agency, clock):
    case, one, two = (
        agency.ticket(unit="east", **told)
        for told in ({}, {"external_no": "X-1"}, {"channel": "315xft", "external_no": "X-1"})
    )

    status, problem = agency.client("dispatcher").post(
        f"cases/{case.no}/link_ticket/", {"ticket": "X-1"}
    )

    [sentence] = problem["errors"]["ticket"]
    assert status == 400
    assert all(ticket.no in sentence for ticket in (one.tickets.get(), two.tickets.get()))
    assert case.tickets.count() == 1


def test_a_case_that_went_elsewhere_at_that_very_moment_is_left_alone(agency, clock, monkeypatch):
    by = User.objects.create_user("d_east", PASSWORD, role="dispatcher", unit=agency.units["east"])
    one, two = agency.ticket(unit="east"), agency.ticket(unit="east")
    lock = tickets.lock_in_order

    def another_is_faster(*numbers):
        workflow.dispatch(two.no, by=agency.dispatcher, unit="west")
        lock(*numbers)

    monkeypatch.setattr(tickets, "lock_in_order", another_is_faster)

    with pytest.raises(RuleViolation, match="刚被他人移走"):
        workflow.link_ticket(one.no, by=by, ticket=two.tickets.get().no)
    two.refresh_from_db()
    assert (two.state, two.tickets.count()) == ("dispatched", 1)
