"""An operator's day on a phone, with the line cut in the middle of it; and a day of three of them."""

import pytest

from cases import workflow
from cases.models import Case
from cases.workflow.referrals import silent_to_bring_home
from outlets import demo, standards
from tests.e2e.test_axe import findings
from tests.stories import Agency

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def agency(transactional_db):
    house = Agency()
    standards.load()
    demo.load()
    return house


def kept(page) -> list[str]:
    return page.evaluate("Object.keys(localStorage)")


def test_the_day_of_an_operator(agency, browser_page, screenshot):
    case = agency.ticket(unit="east", title="儿童床甲醛味重")
    workflow.refer(case.no, by=agency.mediator, outlet="outlet-a", consent=True)

    page = browser_page("outlet_a", viewport=PHONE, has_touch=True)
    page.goto("/portal/")
    page.wait_for_selector(".due b")
    assert "还剩 1 小时" in page.inner_text(".due")
    screenshot(page, "portal")
    found = findings(page)
    page.tap("text=接收")
    page.wait_for_selector("h2:has-text('和解')")
    found += findings(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    # a consumer stands at the counter, and the line is cut
    page.tap("text=＋ 登记")
    page.wait_for_url("**/portal/new/")
    found += findings(page)
    page.fill("[name='consumer.name']", "林一一")
    page.fill("[name='consumer.phone']", "13700137000")
    page.fill("[name=title]", "鞋底开胶")
    page.fill("[name='merchant.name']", "卓越商场")
    page.fill("[name=agreement]", "当场换新")
    page.fill("[name=recovered_amount]", "299")
    page.context.set_offline(True)
    page.tap("button:has-text('登记')")
    page.wait_for_selector(".cut:has-text('没有网络')")
    assert len(kept(page)) == 1 and Case.objects.count() == 1

    # typed, waiting, and the line is back: it is sent once, and nothing stays on the phone
    page.context.set_offline(False)
    page.wait_for_url("**/portal/cases/*/")
    page.wait_for_selector("text=鞋底开胶")
    assert kept(page) == [] and Case.objects.count() == 2
    settled = Case.objects.exclude(pk=case.pk).get()
    assert (settled.state, str(settled.recovered_amount)) == ("closed", "299.00")

    # back to the referral; what is wrong is told, and what was typed stays
    page.goto(f"/portal/cases/{case.no}/")
    page.fill("#agreement", "退货退款")
    page.fill("#recovered", "很多")
    page.tap("button:has-text('已和解')")
    page.wait_for_selector("[role=alert]")
    assert page.input_value("#agreement") == "退货退款"
    page.fill("#recovered", "1999")
    page.tap("button:has-text('已和解')")
    page.wait_for_url("**/portal/")
    assert Case.objects.get(pk=case.pk).state == "settled" and kept(page) == []

    for place in ("month/", "notices/"):
        page.goto(f"/portal/{place}")
        found += findings(page)
    assert found == []


def test_a_day_of_two_outlets_and_a_firm(agency, clock, browser_page, screenshot):
    """One is silent and loses its case, one settles, the firm hands up; nobody learns of the others."""
    names = {"outlet-a": "儿童床甲醛味重", "outlet-b": "电饭煲漏电", "odr-a": "空调不制冷"}
    case = {who: agency.ticket(unit="east", title=what) for who, what in names.items()}
    for who, one in case.items():
        workflow.refer(one.no, by=agency.dispatcher, outlet=who, consent=True)

    page = browser_page("outlet_b", viewport=PHONE, has_touch=True)
    page.goto("/portal/")
    page.tap("text=接收")
    page.wait_for_selector("h2:has-text('和解')")
    page.fill("#text", "同意换新")
    page.tap("button:has-text('提交答复')")
    page.wait_for_selector("dd:has-text('同意换新')")
    page.fill("#agreement", "换新")
    page.fill("#recovered", "399")
    page.tap("button:has-text('已和解')")
    page.wait_for_url("**/portal/")
    assert "目前没有" in page.inner_text("main")

    page = browser_page("odr_a", viewport=PHONE, has_touch=True)
    page.goto("/portal/")
    page.wait_for_selector(".due b")
    assert "还剩 " in page.inner_text(".due")
    page.goto(f"/portal/cases/{case['odr-a'].no}/")
    page.fill("#reason", "消费者要求退货，商家只肯维修")
    page.tap("button:has-text('上交')")
    page.wait_for_url("**/portal/")
    page.tap("text=我的企业")
    page.wait_for_selector("h2:has-text('近十二个月')")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    screenshot(page, "portal-firm")
    found = findings(page)

    # nobody at outlet-a: two hours later its case is home, as it arrived
    clock.shift(hours=2, microseconds=1)
    assert sum(silent_to_bring_home()) == 1
    page = browser_page("outlet_a", viewport=PHONE, has_touch=True)
    page.goto("/portal/")
    seen = page.inner_text("body")
    for place in ("month/", "notices/", "new/", f"cases/{case['outlet-a'].no}/"):
        assert page.goto(f"/portal/{place}").status == 200
        seen += page.inner_text("body")
    assert "自动退回" in seen
    for other in (case["outlet-b"].no, case["odr-a"].no, "TS2026030299999"):
        assert page.goto(f"/portal/cases/{other}/").status == 404
        assert "西门市场" not in seen + page.inner_text("body")
    assert not any(word in seen for word in ("电饭煲", "空调", "安心家电", "西门市场"))

    states = {who: Case.objects.get(pk=one.pk).state for who, one in case.items()}
    assert states == {"outlet-a": "registered", "outlet-b": "settled", "odr-a": "registered"} or (
        set(states.values()) <= {"dispatched", "settled"}
    )
    desk = browser_page("leader")
    desk.goto("/admin/outlets/odrenterprise/")
    desk.click("text=安心家电")
    desk.wait_for_selector("h3:has-text('近十二个月')")
    screenshot(desk, "odr-enterprise")
    found += findings(desk)
    assert found == []
