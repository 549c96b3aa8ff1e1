"""An emergency on one page: its cases with the platforms' numbers, its files, its daily brief."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agency.core import navigation
from cases import workflow
from cases.models import Topic
from tests.cases.test_admin import desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def flood(agency, clock):
    """An emergency with a case in the east that has two tickets, and one in the west."""
    topic = Topic.objects.create(
        code="flood26", kind="emergency", name_zh="景区停运", name_en="Closure",
        from_on="2026-03-01", to_on="2026-03-31",
    )  # fmt: skip
    east = agency.ticket(
        unit="east", external_no="MY-1", amount="100.00", title="陈小满投诉=退票", kind="complaint"
    )
    other = agency.ticket("315xft", unit="east", external_no="XFT-2")
    workflow.link_ticket(east.no, by=agency.dispatcher, ticket=other.tickets.get().no)
    west = agency.ticket("hotline", unit="west", external_no="H-3", line="12315", amount="50.50")
    for case in (east, west):
        workflow.tag(case.no, by=agency.dispatcher, topic="flood26")
    agency.ticket(unit="east", external_no="MY-9")
    return topic, east, west


def page(who, name, **parameters):
    return desk(who).get(reverse(f"admin:cases_case_{name}", args=["flood26"]), parameters)


def test_the_list_names_each_case_by_the_platforms_numbers(flood):
    _topic, east, west = flood

    told = page("leader", "joint").content.decode()

    assert "MY-1" in told and "XFT-2" in told and "H-3" in told and "MY-9" not in told
    assert "陈小满" not in told and "13800138000" not in told
    assert "陈**" in told
    near = page("mediator", "joint").content.decode()
    assert east.no in near and west.no not in near, "within one's scope"


def test_as_a_file_it_is_exported_like_any_list(flood):
    export = f"{reverse('admin:cases_case_export')}?topic=flood26"

    assert export in links(page("leader", "joint").text)
    assert export not in links(page("mediator", "joint").text), "their role exports nothing"


def test_the_brief_counts_the_day_and_all(flood, clock):
    clock.shift(days=1)

    today = page("leader", "brief").context["brief"]
    yesterday = page("leader", "brief", day="2026-03-02").context["brief"]

    assert (today.arrived, yesterday.arrived, today.total["cases"]) == (0, 2, 2)
    assert str(today.total["amount"]) == "150.50"
    assert yesterday.breached == 6, "response and contact of three tickets"
    assert sorted(number for _name, number in today.channels) == [1, 1, 1]
    assert today.overdue >= yesterday.breached


def test_the_brief_is_counted_in_the_database(flood, clock):
    """An emergency has hundreds of thousands of cases, and a page shows how many."""
    with CaptureQueriesContext(connection) as asked:
        page("leader", "brief")

    of_cases = [q["sql"] for q in asked.captured_queries if 'FROM "cases_case"' in q["sql"]]
    assert of_cases and all(re.search("COUNT|GROUP BY|LIMIT", sql) for sql in of_cases)


def links(html: str) -> list[str]:
    return re.findall(r'href="([^"]*)"', html)


def test_the_way_from_the_menu_to_a_list_and_a_brief(flood):
    topics = reverse("admin:cases_case_topics")
    for who in ("leader", "dispatcher", "mediator"):
        assert topics in links(desk(who).get(reverse("admin:index")).text)
    assert topics not in links(desk("admin").get(reverse("admin:core_user_changelist")).text)
    assert desk("admin").get(topics).status_code == 403

    found = links(desk("leader").get(topics).text)

    for name in ("joint", "brief"):
        assert reverse(f"admin:cases_case_{name}", args=["flood26"]) in found


@pytest.mark.parametrize("name", ["joint", "brief", "lines", "topics"])
def test_the_side_bar_stays_beside_every_list(flood, name):
    args = ["flood26"] if name in {"joint", "brief"} else []
    here = reverse(f"admin:cases_case_{name}", args=args)

    told = desk("leader").get(here)

    assert 'id="nav-sidebar"' in told.text
    assert reverse("admin:cases_case_changelist") in links(told.text)
    active = [
        link["link"] for link in navigation.groups(told.wsgi_request)[0]["items"] if link["active"]
    ]
    assert len(active) == 1 and here.startswith(active[0])


@pytest.mark.parametrize(
    ("who", "name", "parameters", "status"),
    [
        ("leader", "brief", {"day": "yesterday"}, 400),
        ("leader", "brief", {"day": "9999-12-31"}, 400),
        ("admin", "joint", {}, 403),
    ],
)
def test_what_cannot_be_shown(flood, who, name, parameters, status):
    assert page(who, name, **parameters).status_code == status


def test_a_topic_nobody_knows_is_not_there(agency, clock):
    assert page("leader", "joint").status_code == 404
