"""The pages of the figures: each figure opens what stands behind it, within the viewer's scope."""

import re
from html import unescape

import pytest
from django.test import Client

from tests.cases.test_ledger import GOOD, ledger, take

PERIOD = {"from": "2022-01-01", "to": "2022-12-31"}


@pytest.fixture
def two(agency, clock, tmp_path):
    """One case of east and one of west."""
    take(
        tmp_path / "l.csv",
        ledger(GOOD, GOOD | {"external_no": "2", "unit": "west", "result": "failed"}),
    )
    return agency


def opened(user, address: str, **asked):
    browser = Client()
    browser.force_login(user)
    return browser.get(f"/reports/{address}", {**PERIOD, **asked})


def test_each_figure_leads_to_its_rows_and_each_row_to_its_case(two):
    page = opened(two.supervisor, "").content.decode()
    [link] = re.findall(r'href="(/reports/figure/\?code=mediation_settled&[^"]*)">1<', page)[:1]

    behind = opened(two.supervisor, "figure/", code="mediation_settled").content.decode()
    assert "code=mediation_settled" in unescape(link)
    assert behind.count("/admin/cases/case/") >= 1 and "清泉电器商行" in behind
    below = opened(two.supervisor, "figure/", code="mediation_success_rate", part="bottom")
    assert below.content.decode().count('<td class="no"><a') == 2
    narrowed = opened(
        two.supervisor, "figure/", code="tickets_received", dimension="unit", value="west"
    ).content.decode()
    assert narrowed.count('<td class="no"><a') == 1 and two.units["west"].name in narrowed
    month = opened(
        two.supervisor, "figure/", code="tickets_received", dimension="month", value="2022-03"
    )
    assert month.content.decode().count('<td class="no"><a') == 2


def test_every_figure_opens_and_a_wrong_one_is_refused(two):
    for code in ("recovered_amount", "tickets_per_capita", "banners", "law_trained_mediator_share",
                 "on_time_response_rate", "campaign_cases", "outlets_active"):  # fmt: skip
        assert opened(two.analyst, "figure/", code=code).status_code == 200, code
    for wrong in ({"code": "gossip"}, {"code": "banners", "dimension": "colour"},
                  {"code": "banners", "dimension": "month", "value": "x"}):  # fmt: skip
        assert opened(two.supervisor, "figure/", **wrong).status_code == 400
    assert opened(two.supervisor, "", **{"from": "x"}).status_code == 400
    assert opened(two.supervisor, "document/", **{"as": "exe"}).status_code == 400


def test_a_chief_has_the_figures_of_their_own_alone(two):
    behind = opened(two.chief, "figure/", code="tickets_received").content.decode()
    assert behind.count('<td class="no"><a') == 1
    assert opened(two.chief, "", unit="west").status_code == 404
    assert opened(two.mediator, "").status_code == 403
    assert Client().get("/reports/").status_code == 302


def test_the_report_is_taken_home_as_a_file(two):
    got = opened(two.supervisor, "document/", **{"as": "xlsx", "unit": "east"})
    assert got.content.startswith(b"PK")
    assert 'filename="report-east-2022-01-01-2022-12-31.xlsx"' in got["Content-Disposition"]


def test_a_page_shows_the_period_from_inside(two):
    """Both came on a Tuesday at nine; one was settled, and nothing lies open."""
    page = opened(two.supervisor, "structure/")
    rows = dict(page.context["heat"])

    [tuesday] = [hours for hours in rows.values() if any(cell.number for cell in hours)]
    assert (tuesday[9].number, tuesday[9].shade) == (2, 5) and list(rows.values())[1] is tuesday
    assert [number for _step, number, _percent in page.context["funnel"]] == [2, 2, 2, 1]
    assert page.context["merchants"] == [("清泉电器商行", 2, 1)]
    open_now = two.ticket(unit="east")
    assert [number for _name, number in opened(two.supervisor, "structure/").context["ages"]] == [
        1,
        0,
        0,
        0,
    ]
    chief = opened(two.chief, "structure/")
    assert (
        chief.context["merchants"] == [("清泉电器商行", 1, 1)]
        and open_now.no not in chief.content.decode()
    )
    assert opened(two.mediator, "structure/").status_code == 403
