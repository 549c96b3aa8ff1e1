"""A case from the ringing telephone to its end without a mouse."""

import time

import pytest
from playwright.sync_api import expect

from cases.models import Case, Phrase
from tests.e2e.conftest import choose

pytestmark = pytest.mark.django_db(transaction=True)

NARRATIVE = "消费者在该店办理健身年卡，商家以装修为由闭店，电话无人接听。"
MOST_KEYS = 60
"""As many keys beside the words themselves: two minutes leave time to listen."""


class Hands:
    """The keyboard of one page; counts what is pressed beside the words."""

    def __init__(self, page) -> None:
        self.page, self.pressed = page, 0

    def press(self, *keys: str) -> "Hands":
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1
        return self

    def type(self, text: str) -> "Hands":
        self.page.keyboard.type(text)
        return self

    def go_to(self, name: str) -> "Hands":
        """Tab until the field of this name has the focus."""
        for _field in range(20):
            self.press("Tab")
            if self.here() == name:
                return self
        pytest.fail(f"Tab does not lead to {name}")

    def here(self) -> str:
        return self.page.evaluate("document.activeElement.name || ''")


@pytest.fixture
def phrases(agency):
    Phrase.objects.create(code="jsk", text=NARRATIVE, unit=agency.units["agency"])
    Phrase.objects.create(code="tk", text="退还余额。", owner=agency.registrar)


def test_a_call_is_registered_without_a_mouse_in_under_two_minutes(agency, phrases, desk):
    page = desk("registrar")
    hands, begun = Hands(page), time.monotonic()
    hands.press("n")
    page.wait_for_url("**/case/add/")
    expect(page.locator("[name=channel]").first).to_be_focused()
    hands.go_to("unit")
    choose(page, "unit", "east")
    hands.go_to("consumer.name").type("陈小满")
    hands.go_to("consumer.phone").type("13800138000")
    hands.go_to("merchant.name").type("动力健身中心")
    hands.go_to("title").type("健身房闭店不退预付卡")
    hands.go_to("narrative").type(";jsk ")
    expect(page.locator("[name=narrative]")).to_have_value(NARRATIVE)
    hands.go_to("demand").type("；t")
    expect(page.locator("#choices [aria-selected=true]")).to_contain_text("退还余额")
    hands.press("Enter")
    expect(page.locator("[name=demand]")).to_have_value("退还余额。")
    hands.go_to("category").type("jianshen")
    expect(page.locator("#choices [aria-selected=true]")).to_contain_text("健身")
    hands.press("Tab")
    assert hands.here() == "problem"
    hands.type("ht")
    expect(page.locator("#choices [aria-selected=true]")).to_contain_text("合同")
    hands.press("Enter")
    hands.go_to("amount").type("1280")
    hands.press("Control+Enter")
    page.wait_for_selector("#case")

    case = Case.objects.get()
    assert (case.title, case.narrative, case.demand) == (
        "健身房闭店不退预付卡", NARRATIVE, "退还余额。",
    )  # fmt: skip
    assert "健身" in case.category.name_zh and "合同" in case.problem.name_zh
    assert case.unit.code == "east"
    assert hands.pressed <= MOST_KEYS
    assert time.monotonic() - begun < 120


def test_a_semicolon_in_a_text_stays_one(agency, phrases, desk):
    page = desk("registrar")
    page.goto("/admin/cases/case/add/")
    page.locator("[name=narrative]").focus()
    page.keyboard.type("第一；")
    expect(page.locator("#choices")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type("第二;x ")

    expect(page.locator("[name=narrative]")).to_have_value("第一；\n第二;x ")
    expect(page.locator("#choices")).to_be_hidden()


def test_a_phrase_goes_into_the_text_of_a_verb(agency, phrases, desk):
    Phrase.objects.create(code="dh", text="消费者希望电话沟通。", owner=agency.mediator)
    case = agency.ticket(unit="east")
    page = desk("mediator")
    page.goto(f"/admin/cases/case/{case.pk}/change/")
    page.locator("#case").focus()
    page.keyboard.press("c")
    page.locator(".verb-form textarea").first.focus()
    page.keyboard.type(";d")
    expect(page.locator("#choices [aria-selected=true]")).to_be_visible()
    page.keyboard.press("Tab")

    expect(page.locator(".verb-form textarea").first).to_have_value("消费者希望电话沟通。")
    expect(page.locator(".verb-form textarea").first).to_be_focused()


def test_the_callers_cases_follow_the_kind_of_the_call(agency, desk):
    """Of a report nobody is looked up; once it turns out to be a complaint, they are."""
    known = agency.ticket(consumer={"name": "陈小满", "phone": "13800138000"})
    page = desk("registrar")
    page.goto(page.url.split("/admin/")[0] + "/admin/cases/case/add/")
    page.locator("[name=kind][value=report]").check()
    page.locator("[name='consumer.phone']").fill("13800138000")
    page.locator("[name='consumer.phone']").press("Tab")
    expect(page.locator("body")).not_to_contain_text(known.no)

    page.locator("[name=kind][value=complaint]").check()

    expect(page.locator(".earlier")).to_contain_text(known.no)
