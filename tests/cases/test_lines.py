"""The merged hotlines, reported apart."""

import pytest

from cases import workflow
from tests.cases.test_admin import desk
from tests.cases.test_queue import numbers_listed

pytestmark = pytest.mark.django_db


def test_tickets_are_told_apart_by_the_line_they_came_by(agency, clock):
    quality = agency.ticket("hotline", unit="east", line="12365")
    consumers = [agency.ticket("hotline", unit="west", line="12315") for _case in range(2)]
    agency.ticket("hotline", unit="west", line="12315", kind="consultation")
    agency.ticket(unit="east")

    _status, found = agency.client("leader").get("cases/", line="12365")
    assert [row["no"] for row in found["results"]] == [quality.no]
    listing = desk("leader").get("/admin/cases/case/?line=12365")
    assert numbers_listed(listing) == [quality.no]

    rows = {row["line"]: row for row in page("leader").context["rows"] if row.get("line")}
    assert (rows["12365"]["tickets"], rows["12365"]["complaints"]) == (1, 1)
    assert (rows["12315"]["tickets"], rows["12315"]["consultations"]) == (3, 1)
    assert len(page("leader").context["rows"]) == 6, "the silent ones too"
    near = {row.get("line") for row in page("mediator").context["rows"]} - {None}
    assert near == {"12365"} and consumers


def test_a_call_that_names_no_line_counts_for_12315_and_an_old_one_for_none(agency, clock):
    agency.ticket("hotline", unit="east")
    agency.ticket("hotline", unit="east", line="12365", kind="petition")
    old = agency.ticket("hotline", unit="east")
    old.tickets.update(line="")

    told = page("leader").context

    tickets = {row.get("line", "silent"): row["tickets"] for row in told["rows"]}
    assert tickets == {"12315": 1, "12365": 1, "": 1, "silent": 0}
    assert (told["total"]["tickets"], told["total"]["petitions"]) == (3, 1)


def test_a_linked_ticket_brings_its_line(agency, clock):
    case, other = agency.ticket(unit="east"), agency.ticket("hotline", unit="east", line="12331")
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=other.tickets.get().no)

    _status, found = agency.client("mediator").get("cases/", line="12331")

    assert [row["no"] for row in found["results"]] == [case.no]


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"from": "2026-03-03"}, 200),
        ({"from": "2025-01-01"}, 200),
        ({"to": "soon"}, 400),
        ({"to": "9999-12-31"}, 400),
    ],
)
def test_the_days_are_chosen(agency, clock, parameters, status):
    agency.ticket("hotline", line="12358")

    response = page("leader", **parameters)

    assert response.status_code == status
    if status == 200:
        came = sum(row["tickets"] for row in response.context["rows"])
        assert came == (0 if parameters["from"] > "2026-03-02" else 1)


def test_a_line_nobody_knows_is_refused(agency):
    assert agency.client("leader").get("cases/", line="110")[0] == 400


def page(who, **parameters):
    return desk(who).get("/admin/cases/case/lines/", parameters)
