"""Each of the four kinds, by the book, from the telephone call to the archive in a real browser."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from cases.admin.labels import VERBS
from cases.models import Case
from tests.stories import Agency

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def agency(transactional_db):
    """With every clock the law puts on a case."""
    return Agency()


class Desk:
    """One person at a case page: ``desk("accept", notified_by="phone")`` does a verb by its key."""

    shown = None
    """Whose page shows the case as it is: who acted last, or looked since."""

    def __init__(self, page, case: Case) -> None:
        self.page = page
        page.goto(reverse("admin:cases_case_change", args=[case.pk]))
        Desk.shown = page

    def __call__(self, verb: str, **said: str) -> None:
        self.open(verb)
        for name, value in said.items():
            fill(self.page, name, value)
        self.page.locator(".verb-form .buttons .button").first.click()
        expect(self.page.locator(".verb-form")).to_have_count(0)
        expect(self.page.locator("#case.done")).to_have_count(0)

    def open(self, verb: str):
        if Desk.shown is not self.page:  # somebody else has acted since
            self.page.reload()
            Desk.shown = self.page
        self.page.locator("#case").focus()
        self.page.keyboard.press(VERBS[verb].key)
        form = self.page.locator(".verb-form")
        expect(form.locator("h3")).to_contain_text(str(VERBS[verb].label))
        return form


def fill(page, name: str, value: str) -> None:
    """Whatever kind of field it is; a list of values ticks several."""
    field = page.locator(f".verb-form [name={name}]").first
    kind = field.evaluate("field => field.type")
    if kind in {"radio", "checkbox"}:
        for one in value if isinstance(value, list) else [value]:
            page.check(f".verb-form [name={name}][value='{one}']")
    elif kind == "select-one":
        field.select_option(value)
    else:
        field.fill(value)


OF_A_PETITION = {
    "form": "internet", "is_first": "true", "wish": "redress", "national_satisfaction": "true",
}  # fmt: skip


@pytest.fixture
def register(agency, browser_page):
    """``register(channel="hotline", kind="complaint")``: a case as the registrar types it in."""

    def register(channel: str, kind: str, **typed: str) -> Case:
        page = browser_page("registrar")
        page.goto("/admin/cases/case/add/")
        page.check(f"input[name=channel][value={channel}]")
        page.check(f"input[name=kind][value={kind}]")
        told = {
            "consumer.name": "陈小满", "consumer.phone": "13800138000",
            "merchant.name": "动力健身中心", "title": "健身房闭店不退预付卡",
            "narrative": "消费者在该店办理健身年卡，商家以装修为由闭店，电话无人接听。" * 6,
        } | typed  # fmt: skip
        for name, value in told.items():
            page.fill(f"[name='{name}']", value)
        if kind == "petition":
            for name, value in OF_A_PETITION.items():
                page.check(f"[name='petition.{name}'][value={value}]")
        else:
            page.select_option("[name=unit]", "east")
        if kind == "report":
            page.fill("[name='report.place']", "北城区解放路1号")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("#case")
        return Case.objects.latest("pk")

    return register


@pytest.fixture
def at(browser_page):
    """``at(case, "mediator")``: that person's desk; each has one browser."""
    pages = {}

    def at(case: Case, username: str) -> Desk:
        if username not in pages:
            pages[username] = browser_page(username)
        return Desk(pages[username], case)

    return at


def stands_on_one_screen(page) -> bool:
    """The whole page without scrolling, on the old screens."""
    return page.evaluate("document.documentElement.scrollHeight") <= 768


def test_a_complaint_from_the_call_to_the_archive(register, at, screenshot):
    case = register("hotline", "complaint", demand="退还余额1280元", amount="1280")
    mediator = at(case, "mediator")
    mediator("respond")
    mediator("contact", outcome="reached", no_meeting_reason="消费者希望电话沟通")
    mediator("accept", notified_by="phone")
    mediator("start_mediation", consented="true", method="on_site")
    mediator(
        "hold_session", method="on_site", place="东城调解室", complainant_came="true",
        respondent_came="true", minutes="双方到场陈述，商家同意退款。",
    )  # fmt: skip
    screenshot(mediator.page, "case-mediating")
    mediator("settle", agreement="商家三日内退还余额。", recovered_amount="1,280元", paper="waived")
    mediator("confirm_performance", evidence_note="转账截图")
    at(case, "callback")("follow_up", satisfaction="satisfied")
    mediator("close", conclusion="已履行，办结。")
    chief = at(case, "chief")
    expect(chief.open("approve").locator(".proposal")).to_contain_text("已履行，办结。")
    screenshot(chief.page, "case-approve")
    chief("approve")
    mediator("decide_publicity", publish="false", reason="投诉人不同意公示")
    registrar = at(case, "registrar")
    registrar("archive", catalogue="卷宗目录一份")
    screenshot(registrar.page, "case-archived")

    case.refresh_from_db()
    assert (case.state, case.result, str(case.recovered_amount)) == (
        "archived", "performed", "1280.00",
    )  # fmt: skip
    assert stands_on_one_screen(mediator.page) and stands_on_one_screen(registrar.page)


def test_a_complaint_that_is_refused_with_its_factors(register, at, screenshot):
    case = register("hotline", "complaint")
    mediator = at(case, "mediator")
    mediator("contact", outcome="reached", no_meeting_reason="消费者希望电话沟通")
    form = mediator.open("refuse")
    expect(form.locator(".of-factors")).to_be_hidden()
    form.locator("[name=ground]").select_option("R3")
    expect(form.locator(".of-factors")).to_be_visible()
    screenshot(mediator.page, "case-refuse")
    mediator("refuse", ground="R3", explanation="三天内购买四十台。", factors=["volume", "mass"])
    at(case, "chief")("approve")
    mediator("notify", how="letter")

    case.refresh_from_db()
    assert (case.state, case.result) == ("rejected", "refused")
    assert case.decisions.get(kind="refused").factors == ["mass", "volume"]
    assert "第十六条第（三）项" in case.party_notices.get().text


def test_a_report_from_the_call_to_the_archive(register, at, screenshot):
    case = register("hotline", "report", title="举报销售过期食品")
    enforcer, leader = at(case, "enforcer"), at(case, "leader")
    enforcer("respond")
    enforcer("contact", outcome="reached", no_meeting_reason="举报人希望电话沟通")
    enforcer("verify", colleague="chief")
    enforcer("extend", reason="案情复杂，需外地协查")
    expect(leader.open("approve").locator(".proposal")).to_contain_text("15")
    screenshot(leader.page, "report-extend")
    leader("approve")
    enforcer("pause", reason="testing", institution="市食品检验院")
    screenshot(enforcer.page, "report-testing")
    enforcer("resume", finding="检出非法添加")
    enforcer("file", reason="四项立案条件齐备", form_no="立审〔2026〕1号")
    leader("approve")
    enforcer("decide_case", decision="penalty", document_no="市监罚〔2026〕1号")
    leader("approve")
    enforcer("close", conclusion="处罚决定已执行。")
    leader("approve")
    registrar = at(case, "registrar")
    registrar("archive")
    screenshot(registrar.page, "report-archived")

    case.refresh_from_db()
    assert (case.state, case.result) == ("archived", "filed")
    assert stands_on_one_screen(enforcer.page)


def test_a_consultation_from_the_call_to_the_archive(register, at):
    case = register("hotline", "consultation", title="网购七日无理由退货怎么算")
    mediator = at(case, "mediator")
    mediator("respond")
    mediator("contact", outcome="reached", no_meeting_reason="电话中答复")
    mediator("answer", text="自签收次日起七日内可以退货。")
    mediator("close", conclusion="已答复。")
    at(case, "registrar")("archive")

    case.refresh_from_db()
    assert (case.state, case.result) == ("archived", "answered")
    assert stands_on_one_screen(mediator.page)


def test_a_petition_from_the_letter_to_the_archive(register, at, screenshot):
    case = register("petition", "petition", title="反映小区周边市场管理混乱")
    officer, leader = at(case, "petition_officer"), at(case, "leader")
    officer("respond")
    officer("accept", notified_by="letter", document_no="信受〔2026〕7号")
    officer("assign_triple", leader="leader", callback="callback")
    officer("record_visit", note="在信访接待室面谈，听取诉求。")
    officer("record_inspection", note="到市场现场查看，拍照留存。")
    screenshot(officer.page, "petition-handling")
    officer(
        "reply",
        opinion="supported",
        text="支持信访人诉求，责成市场限期整改。",
        document_no="信答〔2026〕7号",
    )
    expect(leader.open("approve").locator(".proposal")).to_contain_text("责成市场限期整改")
    leader("approve")
    callback = at(case, "callback")
    callback("evaluate", satisfaction="very_satisfied", office="satisfied")
    callback("follow_up", satisfaction="satisfied", note="见人见事，已落实。")
    officer("close", conclusion="已答复并整改。", principle="resolved")
    expect(leader.open("approve").locator(".proposal")).to_contain_text("已答复并整改。")
    leader("approve")
    registrar = at(case, "registrar")
    registrar("archive")
    screenshot(registrar.page, "petition-archived")

    case.refresh_from_db()
    assert (case.state, case.principle) == ("archived", "resolved")
    assert stands_on_one_screen(registrar.page)
