"""Who settled most of what came to them; and where they stand, drawn without asking anybody."""

import io
from datetime import date

import openpyxl
import pytest
from django.test import Client

from agency.core.errors import RuleViolation
from agency.core.models import Access, User
from cases import workflow as cases
from outlets import ranking
from tests.outlets.test_disputes import HANDED_UP, SETTLED

pytestmark = pytest.mark.django_db

MARCH = date(2026, 3, 1)


@pytest.fixture
def busy(agency, clock, standing):
    """outlet-a settles one of two, outlet-b its only one."""
    agency.client("outlet_a").post("outlets/outlet-a/disputes/", SETTLED)
    agency.client("outlet_a").post("outlets/outlet-a/disputes/", HANDED_UP)
    agency.client("outlet_b").post("outlets/outlet-b/disputes/", SETTLED)


def test_the_share_that_was_settled_ranks(agency, busy):
    places = ranking.of_month(agency.supervisor, MARCH)
    assert [(p.rank, p.outlet.code, p.settled, p.handed_up) for p in places] == [
        (1, "outlet-b", 1, 0),
        (2, "outlet-a", 1, 1),
    ]
    [own] = ranking.of_month(agency.chief, MARCH)
    assert (own.rank, own.outlet.code) == (1, "outlet-a"), "among those one sees"
    before = ranking.of_month(agency.supervisor, date(2026, 4, 1))
    assert [(p.rank, p.rate) for p in before] == [(1, None), (1, None)], "equals share a rank"


def test_the_api_tells_the_same(agency, busy):
    status, told = agency.client("supervisor").get("outlet-ranking/", month="2026-03")
    assert status == 200 and [row["code"] for row in told] == ["outlet-b", "outlet-a"]
    assert agency.client("outlet_a").get("outlet-ranking/", month="2026-03")[0] == 403


def test_corners_lie_around_what_is_inside():
    square = [(0, 0), (4, 0), (4, 4), (0, 4)]
    assert sorted(ranking.around([*square, (2, 2), (1, 3)])) == sorted(square)
    assert ranking.around([(1, 1), (1, 1)]) == [(1, 1)]


def test_the_pages_show_what_one_sees_and_ask_nobody_outside(agency, busy):
    desk = Client(headers={"accept-language": "zh-hans"})
    desk.force_login(agency.supervisor)
    for page in ("map/", "ranking/?month=2026-03"):
        text = desk.get(f"/admin/outlets/outlet/{page}", secure=True).content.decode()
        assert "卓悦中心服务站" in text and "西门市场服务站" in text
        assert 'src="http' not in text
    assert "<circle" in desk.get("/admin/outlets/outlet/map/", secure=True).content.decode()


def test_nothing_is_sent_where_nobody_could_take_it(agency, standing):
    User.objects.filter(username="outlet_a").update(is_active=False)
    case = agency.ticket(unit="east")
    with pytest.raises(RuleViolation, match="账号"):
        cases.refer(case.no, by=agency.mediator, outlet="outlet-a", consent=True)


def test_the_list_goes_out_as_every_list_does(agency, busy, settings):
    """With a reason, as it is narrowed, so many rows and so many times; and the auditor reads of it."""
    desk, auditor = (Client(headers={"accept-language": "zh-hans"}) for _desk in range(2))
    desk.force_login(agency.supervisor)
    auditor.force_login(agency.auditor)
    address, why = "/admin/outlets/outlet/export/?unit=west", {"reason": "报市局，13912345678"}

    asked = desk.get(address, secure=True)
    assert "attachment" not in asked.get("Content-Disposition", "") and "1 行" in asked.text
    assert desk.post(address, secure=True).status_code == 409
    assert not Access.objects.exists()

    file = b"".join(desk.post(address, why, secure=True).streaming_content)
    sheet = openpyxl.load_workbook(io.BytesIO(file)).active
    assert [row[0] for row in sheet.iter_rows(min_row=3, values_only=True)] == ["outlet-b"]
    assert agency.supervisor.name in sheet["A1"].value
    row = Access.objects.get()
    assert (row.what, row.found, row.reason) == ("outlets", 1, "报市局，139****5678")
    assert agency.units["west"].name in row.which
    assert "网点列表" in auditor.get("/admin/core/access/", secure=True).text

    settings.EXPORTS_AN_HOUR = 1
    assert desk.post(address, why, secure=True).status_code == 409
    settings.EXPORTS_AN_HOUR, settings.EXPORT_ROWS = 9, 1
    assert desk.post("/admin/outlets/outlet/export/", why, secure=True).status_code == 409
