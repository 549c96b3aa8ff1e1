"""The monthly report: asked for when a month ends, owed also where there was nothing."""

from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from agency.core import deadlines, duties, invariants, notifications
from agency.core.errors import NotThere, RuleViolation
from agency.core.models import Delivery, User
from cases import workflow as cases
from outlets import workflow
from outlets.models import MonthlyReport, Outlet, OutletDeadline
from reports import dashboard
from reports.dashboard import Wanted
from tests.outlets.test_disputes import SETTLED

pytestmark = pytest.mark.django_db

APRIL = datetime.fromisoformat("2026-04-01T00:00:00+08:00")


@pytest.fixture(autouse=True)
def nothing_untrue(db):
    yield
    assert invariants.check()[1] == []


@pytest.fixture
def asked(agency, clock, standing):
    """It is April, and March is to be reported by both outlets."""
    clock.set(APRIL)
    duties.do_all()
    return OutletDeadline.objects.get(unit__code="outlet-a")


def told_to(username: str) -> list[str]:
    mine = Delivery.objects.filter(recipient__username=username)
    return list(mine.order_by("pk").values_list("notification__topic", flat=True))


def test_the_clock_of_a_month_opens_with_the_next_one(agency, clock, standing):
    clock.set(APRIL - timedelta(microseconds=1))
    duties.do_all()
    assert not MonthlyReport.objects.exists()

    clock.set(APRIL)
    duties.do_all()
    duties.do_all()

    march = OutletDeadline.objects.get(unit__code="outlet-a")
    assert (march.report.month, march.handler) == (date(2026, 3, 1), agency.outlet_a)
    assert march.starts_at == APRIL
    assert march.due_at.date().isoformat() == "2026-04-08", "5 working days, the first not counted"


def test_a_standstill_leaves_no_month_out(clock, standing):
    clock.set(APRIL + timedelta(days=75))
    workflow.begin_months()
    months = MonthlyReport.objects.filter(outlet__unit__code="outlet-a").order_by("month")
    assert [f"{m:%m}" for m in months.values_list("month", flat=True)] == ["03", "04", "05"]


def test_nothing_to_report_is_reported(agency, clock, asked):
    workflow.report("outlet-a", by=agency.outlet_a)

    asked.refresh_from_db()
    march = MonthlyReport.objects.get(outlet__unit__code="outlet-a")
    assert asked.met_at == clock.now == march.reported_at
    assert (march.received, march.settled, march.consultations) == (0, 0, 0)
    with pytest.raises(RuleViolation):
        workflow.report("outlet-a", by=agency.outlet_a)
    with pytest.raises(NotThere):
        workflow.report("outlet-a", by=agency.outlet_a, month=date(2026, 4, 1))
    with pytest.raises(NotThere):
        workflow.report("outlet-b", by=agency.outlet_a)


def test_what_came_and_what_became_of_it_is_counted_not_typed(agency, clock, standing):
    agency.client("outlet_a").post("outlets/outlet-a/disputes/", SETTLED)
    case = agency.ticket(unit="east")
    cases.refer(case.no, by=agency.mediator, outlet="outlet-a", consent=True)
    cases.hand_up(case.no, by=agency.outlet_a, reason="商家拒绝")
    clock.set(APRIL)
    duties.do_all()

    status, told = agency.client("outlet_a").post(
        "outlets/outlet-a/report/", {"month": "2026-03", "consultations": 7}
    )

    [march] = told["reports"]
    assert status == 200 and march["month"] == "2026-03"
    counted = [march[k] for k in ("received", "settled", "handed_up", "recovered_amount")]
    assert counted == [2, 1, 1, "88.80"] and march["consultations"] == 7


def test_who_is_silent_is_reminded_and_the_chief_after_them(agency, clock, asked):
    clock.set(asked.due_at - (asked.due_at - asked.starts_at) / 4)
    deadlines.sweep()
    clock.set(asked.due_at)
    deadlines.sweep()
    assert asked.noticed_at is None, "the last moment is in time"
    clock.shift(microseconds=1)
    deadlines.sweep()
    clock.shift(days=1)
    deadlines.sweep()
    notifications.deliver_pending()

    assert told_to("outlet_a")[:2] == ["deadline_warned", "deadline_warned"]
    assert "deadline_breached" in told_to("outlet_a")
    assert "deadline_escalated" in told_to("chief")
    assert told_to("mediator") == []
    status, bell = agency.client("chief").get("notifications/")
    assert status == 200 and "卓悦中心服务站" in bell["results"][0]["headline"]


def test_nobody_is_asked_who_has_no_account_or_is_no_outlet_any_more(agency, clock, standing):
    User.objects.filter(username="outlet_a").update(is_active=False)
    workflow.withdraw("outlet-b", by=agency.leader, reason="注销")
    clock.set(APRIL)
    assert workflow.begin_months() == 0
    assert str(Outlet.objects.get(unit__code="outlet-a").next_report_on) == "2026-05-01"


def test_who_withdraws_owes_nothing_any_more(agency, asked):
    workflow.withdraw("outlet-a", by=agency.leader, reason="注销")
    asked.refresh_from_db()
    assert (asked.cancel_reason, asked.noticed_at) == ("withdrawn", None)


def test_a_grade_goes_on_into_the_new_year(agency, clock, standing):
    scores = dict.fromkeys(["timeliness", "success", "satisfaction", "ledger", "publicity"], 95)
    workflow.assess("outlet-a", by=agency.chief, year=2026, scores=scores)
    clock.set(datetime.fromisoformat("2026-12-01T00:00:00+08:00"))
    workflow.begin_months()
    assert Outlet.objects.get(unit__code="outlet-a").state == "rated"

    clock.set(datetime.fromisoformat("2027-01-01T00:00:00+08:00"))
    workflow.begin_months()

    outlet = Outlet.objects.get(unit__code="outlet-a")
    assert (outlet.state, outlet.grade) == ("filed", "A")


def test_the_board_tells_what_outlets_owe_and_leads_to_them(agency, clock, standing):
    clock.set(APRIL)
    duties.do_all()
    desk = Client(headers={"accept-language": "zh-hans"})
    desk.force_login(agency.supervisor)

    def owed(**wanted):
        return dashboard.seen_by(agency.supervisor, Wanted(**wanted)).shown["outlets"]

    assert owed() == {"open": 2, "on_time": 2, "at_risk": 0, "overdue": 0}
    assert owed(unit="west")["open"] == 1 and owed(rule="outlet.repair")["open"] == 0
    assert owed(channel="minyi")["open"] == 0
    clock.shift(days=30)
    assert owed()["overdue"] == 2
    assert dashboard.seen_by(agency.chief, Wanted()).shown["outlets"]["overdue"] == 1

    page = "/dashboard/outlets/?show=overdue"
    text = desk.get(page, secure=True).content.decode()
    assert "卓悦中心服务站" in text and "西门市场服务站" in text
    text = desk.get(f"{page}&unit=west&rule=outlet.report", secure=True).content.decode()
    assert "卓悦中心服务站" not in text and "西门市场服务站" in text
    assert desk.get(f"{page}&channel=minyi", secure=True).status_code == 400
    desk.force_login(agency.chief)
    assert desk.get(f"{page}&unit=west", secure=True).status_code == 404
    assert 'data-outlets="overdue">1<' in desk.get("/dashboard/", secure=True).content.decode()
