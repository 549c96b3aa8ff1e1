"""Signals: who is suggested, what is left out of the count, and what an interview settles."""

import html
import re

import pytest
from django.urls import reverse

from cases import workflow
from cases.models import Case, Category, Merchant
from cases.workflow import merging
from tests.interviews.stories import Desk

pytestmark = pytest.mark.django_db

PEARLS = "海之韵珠宝行"


def complain(agency, times: int, name: str = PEARLS, **changes) -> list[Case]:
    return [agency.ticket(unit="east", merchant={"name": name}, **changes) for _ in range(times)]


def suggested(agency, who: str = "mediator", rule: str = "complaints_30") -> list[dict]:
    status, told = agency.client(who).get("interviews/suggestions/")
    assert status == 200, told
    return [one for one in told["results"] if one["rule"] == rule]


def test_the_fifth_complaint_within_thirty_days_calls_for_an_interview(agency, clock):
    complain(agency, 4)
    assert suggested(agency) == []
    clock.shift(days=29)
    [fifth] = complain(agency, 1)

    [found] = suggested(agency)
    assert (found["merchant"]["name"], found["counted"], found["found"]) == (PEARLS, 5, 5)
    assert fifth.no == found["cases"][0]
    assert suggested(agency, "mediator_b") == [], "what one does not see is not counted"
    clock.shift(days=1, seconds=1)
    assert suggested(agency) == []


def test_what_was_refused_or_taken_back_is_told_and_not_counted(agency, clock):
    cases = complain(agency, 6)
    workflow.withdraw(cases[0].no, by=agency.mediator, reason="弄错商家")
    [found] = suggested(agency)
    assert (found["counted"], found["found"]) == (5, 6)

    workflow.contact(cases[1].no, by=agency.mediator, outcome="reached", no_meeting_reason="已解释")
    told = {"ground": "R3", "explanation": "大量购买", "factors": ["volume"]}
    workflow.refuse(cases[1].no, by=agency.mediator, **told)
    workflow.approve(cases[1].no, by=agency.chief)
    assert suggested(agency) == []


def test_an_interview_settles_what_came_before_it(agency, clock):
    cases = complain(agency, 5)
    named = {"kind": "individual", "merchants": [{"name": PEARLS}]}
    desk = Desk(agency, **named, cases=[case.no for case in cases], trigger="complaints_30")
    clock.shift(minutes=1)
    assert suggested(agency) == []

    complain(agency, 5)
    [again] = suggested(agency)
    assert (again["counted"], desk.told["trigger"]) == (5, "complaints_30")


def test_names_count_as_one_and_a_chain_at_three_times_the_number(agency, clock):
    complain(agency, 3)
    complain(agency, 2, "海之韵（珠宝）行")
    assert suggested(agency) == []
    head, other = Merchant.objects.order_by("pk")
    told = {"by": agency.chief, "reason": "同一门店"}
    merge = merging.merge_merchants(head.pk, other.pk, relation="same", **told)
    assert [found["counted"] for found in suggested(agency)] == [5]

    merging.part_merchants(merge.pk, by=agency.chief, reason="是分店")
    merging.merge_merchants(head.pk, other.pk, relation="branch", **told)
    assert suggested(agency) == []
    complain(agency, 2)
    assert [found["counted"] for found in suggested(agency)] == [7], "one shop reaches it alone"


def test_a_trade_that_doubles_is_called_in_together(agency, clock):
    trade = Category.objects.filter(scheme="goods", parent__isnull=False).first()
    [one] = complain(agency, 1, category=trade.code)
    clock.shift(days=40)
    complain(agency, 10, category=trade.code)
    complain(agency, 10, "蓝湾珍珠馆", category=trade.code)

    [found] = suggested(agency, rule="trade_growth")
    names = [merchant["name"] for merchant in found["merchants"]]
    assert (found["kind"], found["trade"], names) == (
        "collective",
        trade.code,
        [PEARLS, "蓝湾珍珠馆"],
    )
    assert one.no not in found["cases"]


def test_a_signal_leads_to_its_proposal(agency, clock, client):
    cases = complain(agency, 5)
    client.force_login(agency.mediator)
    page = client.get(reverse("admin:interviews_interview_signals")).content.decode()
    assert PEARLS in page and cases[0].no in page
    [way] = re.findall(r'href="([^"]*/add/\?[^"]*complaints_30[^"]*)"', page)
    form = client.get(html.unescape(way)).content.decode()
    assert PEARLS in form and all(case.no in form for case in cases)


def test_the_question_takes_few_statements(agency, clock, django_assert_max_num_queries):
    complain(agency, 5)
    with django_assert_max_num_queries(60):
        suggested(agency)
