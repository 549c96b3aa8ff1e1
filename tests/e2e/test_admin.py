"""A day at the workbench, with the keyboard alone, in a real browser."""

import re
import time

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from agency.core import clock, notifications, watch
from agency.core.models import Session
from agency.core.site import words
from cases import workflow
from cases.models import Case
from tests import papers
from tests.e2e.conftest import PASSWORD, choose, log_in
from tests.notices import notice
from tests.stories import clock_of

pytestmark = pytest.mark.django_db(transaction=True)


def row_of(page, case):
    return page.locator(f"#row-{case.pk}")


def refreshed(case) -> Case:
    return Case.objects.get(pk=case.pk)


def test_a_ticket_is_dispatched_answered_and_closed_without_a_mouse(agency, desk):
    case = agency.ticket(title="洗衣机漏水不给修")
    watch.keep_watch("test")

    dispatcher = desk("dispatcher")
    expect(row_of(dispatcher, case)).to_contain_text(re.compile(r"\d\d:\d\d"))
    dispatcher.keyboard.press("j")
    dispatcher.keyboard.press("d")
    expect(dispatcher.locator("select[name=unit]")).to_be_focused()
    choose(dispatcher, "unit", "east")
    dispatcher.keyboard.press("Control+Enter")
    expect(row_of(dispatcher, case).locator(".where")).to_contain_text("东城分中心")
    assert refreshed(case).unit.code == "east"

    mediator = desk("mediator")
    mediator.keyboard.press("j")
    mediator.keyboard.press("r")
    expect(mediator.locator(".verb-form button").first).to_be_focused()
    mediator.keyboard.press("Enter")
    expect(row_of(mediator, case).locator("[data-key=c]")).to_be_visible()
    assert clock_of(case, "ticket.respond_10").met_at

    mediator.keyboard.press("j")
    mediator.keyboard.press("c")
    expect(mediator.locator("input[name=outcome]").first).to_be_focused()
    mediator.keyboard.press("Control+Enter")
    expect(mediator.locator(".why").first).to_be_visible()
    mediator.locator("input[name=no_meeting_reason]").focus()
    mediator.keyboard.type("电话中已解决")
    mediator.keyboard.press("Enter")
    expect(mediator.locator(".verb-form")).to_have_count(0)
    assert clock_of(case, "ticket.contact_30").met_at

    row_of(mediator, case).focus()
    mediator.keyboard.press("Enter")
    mediator.wait_for_selector("#case")
    mediator.keyboard.press("w")
    expect(mediator.locator("textarea[name=reason]")).to_be_focused()
    mediator.keyboard.type("电话中已解决")
    mediator.keyboard.press("Control+Enter")
    expect(mediator.locator(".acts [data-key=x]")).to_be_visible()
    mediator.keyboard.press("x")
    expect(mediator.locator("textarea[name=conclusion]")).to_be_focused()
    mediator.keyboard.type("商家已上门修好，消费者满意。")
    mediator.keyboard.press("Control+Enter")
    expect(mediator.locator("#case .message")).to_be_visible()

    chief = desk("chief")
    chief.keyboard.press("j")
    chief.keyboard.press("a")
    expect(chief.locator(".proposal")).to_contain_text("商家已上门修好")
    expect(chief.locator(".verb-form button").first).to_be_focused()
    chief.keyboard.press("Enter")
    expect(row_of(chief, case)).to_have_count(0)
    assert refreshed(case).state == "closed"


def test_a_new_ticket_slides_into_the_queue_by_itself(agency, desk):
    first = agency.ticket(unit="east")
    page = desk("mediator")
    expect(page).to_have_title(re.compile(r"^\(1\)"))

    case = agency.ticket(unit="east")

    expect(row_of(page, case)).to_be_visible(timeout=6000)
    expect(row_of(page, case)).to_have_class(re.compile("arrived"))
    expect(page).to_have_title(re.compile(r"^\(2\)"))
    expect(row_of(page, first)).not_to_have_class(re.compile("arrived"))
    said = page.evaluate(WATCH_SIGN)
    assert said[:2] == ["扫描正常 · 5 秒前", "扫描延迟 · 20 秒"]
    assert re.fullmatch(r"时限监控停摆 自 \d\d:\d\d", said[2])
    assert said[3] == "时限监控停摆：从未扫描"


WATCH_SIGN = """() => [5, 20, 57, null].map((age) => {
  const now = Date.now(), tell = (name, detail) => document.body.dispatchEvent(new CustomEvent(name, {bubbles: true, detail}));
  tell("swept", {now, at: age && now - age * 1000});
  tell("heard", {now});
  return document.getElementById("swept").textContent;
})"""
"""What the queue says of the watch when the last sweep is so many seconds old."""


def test_a_letter_never_acts_on_a_case_nobody_chose(agency, desk):
    first, second, third = (agency.ticket(unit="east", arrived_at=_ago(m)) for m in (3, 2, 1))
    page = desk("mediator")

    expect(row_of(page, first)).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("r")

    expect(row_of(page, first)).to_be_focused()
    expect(page.locator(".verb-form")).to_have_count(0)
    row_of(page, second).focus()
    page.keyboard.press("r")
    expect(page.locator(".verb-form button").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(row_of(page, second).locator("[data-key=c]")).to_be_visible()
    expect(row_of(page, second)).to_be_focused()
    workflow.respond(first.no, by=agency.mediator)
    expect(row_of(page, first).locator("[data-key=c]")).to_be_visible(timeout=6000)
    expect(row_of(page, second)).to_be_focused()
    assert not clock_of(third, "ticket.respond_10").met_at


def test_the_row_that_takes_the_place_gets_the_focus(agency, desk):
    gone, stays = (agency.ticket(arrived_at=_ago(m)) for m in (2, 1))
    for case in (gone, stays):
        workflow.respond(case.no, by=agency.dispatcher)
    page = desk("dispatcher")
    row_of(page, gone).focus()
    page.keyboard.press("d")
    expect(page.locator("select[name=unit]")).to_be_focused()
    choose(page, "unit", "east")
    page.keyboard.press("Control+Enter")
    expect(row_of(page, gone)).to_have_count(0)
    expect(row_of(page, stays)).to_be_focused()
    expect(page.locator("#told")).to_have_text(f"{gone.no} 已派单 → 东城分中心")


def test_on_arrival_the_first_row_is_meant_and_a_letter_answers_it(agency, desk):
    case = agency.ticket(unit="east")
    page = desk("mediator")

    expect(row_of(page, case)).to_be_focused()
    page.keyboard.press("r")
    expect(page.locator(".verb-form button").first).to_be_focused()
    page.keyboard.press("Enter")

    expect(row_of(page, case).locator("[data-key=c]")).to_be_visible()
    assert clock_of(case, "ticket.respond_10").met_at


def test_a_letter_without_a_verb_says_that_it_does_nothing(agency, desk):
    case = agency.ticket(unit="east")
    page = desk("mediator")
    expect(row_of(page, case)).to_be_focused()

    page.keyboard.press("y")

    expect(page.locator("#told")).to_contain_text("y")


def test_a_call_nobody_answered_can_be_tried_again_at_once(agency, desk):
    case = agency.ticket(unit="east")
    workflow.respond(case.no, by=agency.mediator)
    page = desk("mediator")
    # A tick would read as "contacted", however short it is shown.
    page.evaluate(
        """() => new MutationObserver(() => {
          if (document.querySelector("#queue .done:not(.tried)")) window.ticked = true;
        }).observe(document.body, {subtree: true, childList: true, attributes: true})"""
    )

    for times in (1, 2):
        page.keyboard.press("c")
        page.locator("input[name=outcome][value=no_answer]").check()
        page.keyboard.press("Control+Enter")
        expect(page.locator(".verb-form")).to_have_count(0)
        expect(row_of(page, case).locator("[data-key=c]")).to_be_enabled(timeout=4000)
        expect(row_of(page, case)).to_be_focused()
        assert case.contacts.count() == times
    expect(page.locator("#told")).to_contain_text("联系未果")
    assert not page.evaluate("window.ticked")
    assert not clock_of(case, "ticket.contact_30").met_at


def test_the_people_offered_follow_the_unit_chosen(agency, desk):
    case = agency.ticket()
    page = desk("dispatcher")
    row_of(page, case).focus()
    page.keyboard.press("d")
    people = page.locator("#f-handler option")
    expect(people).to_have_count(1)

    page.select_option("#f-unit", "east")
    expect(people.filter(has_text="韩雪梅")).to_have_count(1)
    page.select_option("#f-handler", "mediator")
    page.locator("#f-handler").focus()
    page.keyboard.press("Control+Enter")

    expect(row_of(page, case).locator(".where")).to_contain_text("韩雪梅")


def test_a_text_that_is_drafted_anew_goes_out_once_it_could_be_read(agency, desk):
    case = agency.contacted_case(narrative="商家拒绝退款", demand="退款")
    workflow.accept(case.no, by=agency.mediator, notified_by="phone")
    page, loading, sent = desk("mediator"), [], []
    page.goto(reverse("admin:cases_case_change", args=[case.pk]))
    page.evaluate(
        "url => htmx.ajax('GET', url, '.drawer')",
        reverse("admin:cases_case_verb", args=[case.no, "notify"]),
    )
    page.route("**/notify/?refit=1", lambda route: loading.append(route))
    page.on("request", lambda asked: sent.append(asked) if asked.url.endswith("/notify/") else None)
    send = page.locator(".verb-form .buttons .button").first

    page.locator("input[name=about]").last.check()
    expect(send).to_be_disabled()
    page.keyboard.press("Control+Enter")
    loading.pop().continue_()

    expect(send).to_be_enabled()
    assert [asked.method for asked in sent] == []
    expect(page.locator("input[name=about]").last).to_be_focused()


def test_a_poll_never_takes_away_what_is_being_typed(agency, desk):
    case = agency.ticket(unit="east")
    page = desk("mediator")
    workflow.respond(case.no, by=agency.mediator)
    expect(row_of(page, case).locator("[data-key=c]")).to_be_visible(timeout=6000)
    row_of(page, case).focus()
    page.keyboard.press("c")
    page.locator("textarea[name=note]").fill("正在记录")

    swept_before = page.locator("#swept").get_attribute("data-at")
    agency.ticket(unit="east")
    watch.keep_watch("test")

    expect(page.locator(".arrived")).to_contain_text("新到 1 件", timeout=8000)
    expect(page.locator("#swept")).not_to_have_attribute("data-at", swept_before)
    expect(page.locator("textarea[name=note]")).to_have_value("正在记录")
    page.keyboard.press("Escape")
    expect(page.locator(".unsent")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".verb-form")).to_have_count(0)
    expect(page.locator(".row")).to_have_count(2, timeout=6000)


def slow(page, address: str) -> None:
    """From now on what the page asks for there takes a second."""
    page.route(address, lambda route: (page.wait_for_timeout(1000), route.continue_()))


def test_a_letter_is_heard_while_a_poll_is_under_way(agency, desk):
    case = agency.ticket(unit="east")
    page = desk("mediator")
    row_of(page, case).focus()
    slow(page, re.compile(r"/case/queue/"))
    with page.expect_request(re.compile(r"/case/queue/")):
        pass
    agency.ticket(unit="east")

    page.keyboard.press("r")

    expect(page.locator(".verb-form")).to_be_visible()
    page.wait_for_timeout(3500)
    expect(page.locator(".verb-form")).to_be_visible()


def test_two_refreshes_at_once_leave_the_case_page_alive(agency, desk):
    case = agency.ticket(unit="east")
    page = desk("mediator")
    page.goto(f"/admin/cases/case/{case.pk}/change/")
    slow(page, re.compile(r"/change/$"))

    with page.expect_request(re.compile(r"/change/$"), timeout=10_000):
        workflow.respond(case.no, by=agency.chief)
    page.evaluate("htmx.trigger(document.body, 'case-changed')")
    page.wait_for_timeout(3500)
    page.keyboard.press("c")

    expect(page.locator("#drawer textarea[name=note]")).to_have_count(1)

    # One's own act is no news, though the page asks for it before the fresh one is here.
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.evaluate(
        """() => new MutationObserver(() => {
          if (document.querySelector("[data-news]")) window.bannered = true;
        }).observe(document.body, {subtree: true, childList: true})"""
    )
    page.locator("input[name=outcome][value=no_answer]").check()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#case.done")).to_have_count(1)
    with page.expect_response(re.compile(r"/news/")) as news:
        page.evaluate("htmx.trigger(document.body, 'wake')")
    assert news.value.status == 200, "the answer would have been the banner"
    expect(page.locator("#case:not(.done) .timeline")).to_contain_text("联系未果")
    assert not page.evaluate("window.bannered")
    assert not [text for text in said if "Abort" in text]


def test_an_open_case_shows_by_itself_what_a_colleague_did(agency, desk):
    case = agency.ticket(unit="east")
    page = desk("mediator")
    page.goto(f"/admin/cases/case/{case.pk}/change/")
    expect(page.locator(".acts [data-key=r]")).to_be_visible()

    workflow.respond(case.no, by=agency.chief)

    expect(page.locator(".clocks .done")).to_have_count(1, timeout=10_000)
    expect(page.locator(".acts [data-key=r]")).to_have_count(0)


SEEN = """tip => new Promise(tell => new IntersectionObserver(
    ([seen], watch) => { watch.disconnect(); tell(seen.intersectionRatio); }).observe(tip))"""
"""How much of an element no panel and no edge of the window cuts off."""


def test_how_a_clock_was_counted_is_read_whole_from_its_name_or_by_key(agency, desk):
    case = agency.ticket(unit="east")
    page = desk("mediator")
    page.goto(f"/admin/cases/case/{case.pk}/change/")
    lines = page.locator(".clocks li")

    for line in lines.all():
        tip = line.locator(".tip")
        line.locator(".duty").hover()
        expect(tip).to_be_visible()
        expect(tip).to_contain_text("1030要求")
        assert tip.evaluate(SEEN) == pytest.approx(1, abs=0.01)
    page.mouse.move(0, 0)
    page.keyboard.press("Tab")
    while not page.evaluate("document.activeElement.matches('.clock')"):
        page.keyboard.press("Tab")
    expect(lines.first.locator(".tip")).to_be_visible()
    assert lines.first.locator(".tip").evaluate(SEEN) == pytest.approx(1, abs=0.01)


def test_who_comes_second_is_told_who_was_first_and_sees_it(agency, desk):
    case = agency.ticket(unit="east")
    page = desk("mediator")
    page.goto(f"/admin/cases/case/{case.pk}/change/")
    page.keyboard.press("r")
    expect(page.locator(".verb-form button").first).to_be_focused()

    workflow.respond(case.no, by=agency.chief)
    page.keyboard.press("Enter")

    expect(page.locator(".clocks .done")).to_have_count(1, timeout=4_000)
    expect(page.locator(".acts [data-key=r]")).to_have_count(0)
    expect(page.locator("#drawer .message.error")).to_contain_text(agency.chief.name)
    expect(page.locator(".verb-form button").first).to_be_focused()


def test_an_ended_session_leads_to_the_login_and_keeps_a_form(agency, desk):
    case = agency.ticket(unit="east")
    typing, looking = desk("mediator"), desk("chief")
    workflow.respond(case.no, by=agency.mediator)
    expect(row_of(typing, case).locator("[data-key=c]")).to_be_visible(timeout=6000)
    row_of(typing, case).focus()
    typing.keyboard.press("c")
    typing.locator("textarea[name=note]").fill("正在记录")

    Session.objects.all().delete()

    typing.keyboard.press("Control+Enter")
    expect(typing.locator(".unsent")).to_be_visible()
    expect(typing.locator("textarea[name=note]")).to_have_value("正在记录")
    looking.wait_for_url("**/login/**", timeout=6000)

    log_in(typing.context.new_page(), "mediator")
    typing.keyboard.press("Control+Enter")
    expect(typing.locator(".why").first).to_be_visible(timeout=6000)
    expect(typing.locator("textarea[name=note]")).to_have_value("正在记录")


def left(page) -> float:
    """The seconds the first clock of the page says are left."""
    minutes, seconds = re.search(
        r"(\d\d):(\d\d)", page.locator(".clock").first.inner_text()
    ).groups()
    return int(minutes) * 60 + int(seconds)


@pytest.mark.parametrize(
    "path", ["/admin/", "/admin/cases/case/", "/admin/cases/case/{pk}/change/"]
)
def test_a_machine_that_slept_shows_the_true_time_again(agency, browser_page, path):
    case = agency.ticket(unit="east")
    page = browser_page("mediator")
    page.clock.install()
    page.goto(path.format(pk=case.pk))
    expect(page.locator(".clock").first).to_contain_text(re.compile(r"\d\d:\d\d"))
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 0.5)
    time.sleep(8)
    page.clock.resume()
    with page.expect_response("**/bell/"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(1100)

    due = clock_of(case, "ticket.respond_10").due_at
    assert abs(left(page) - (due - clock.now()).total_seconds()) < 2.5


def test_the_keys_are_listed_and_the_sound_remembers(agency, desk):
    page = desk("registrar")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()

    page.locator("#sound").click()
    page.reload()
    expect(page.locator("#sound")).to_have_attribute("aria-pressed", "false")

    page.keyboard.press("/")
    expect(page.locator("#queue-search")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.wait_for_url("**/case/add/")


def test_a_registrar_registers_while_listening(agency, desk):
    page = desk("registrar")
    page.keyboard.press("n")
    page.wait_for_url("**/case/add/")
    page.fill("input[name='consumer.name']", "陈小满")
    page.fill("input[name='consumer.phone']", "12")
    page.fill("input[name='title']", "洗衣机漏水不给修")
    page.keyboard.press("Control+Enter")
    expect(page.locator("input[name='consumer.phone']")).to_be_focused()
    expect(page.locator("input[name='title']")).to_have_value("洗衣机漏水不给修")

    page.fill("input[name='consumer.phone']", "13800138000")
    page.keyboard.press("Control+Enter")

    page.wait_for_selector("#case")
    expect(page.locator("#case")).to_contain_text("138****8000")


@pytest.mark.parametrize(
    ("typed", "keys", "chosen"),
    [
        ("ybsp", ["Enter"], "G0101 一般食品"),
        ("yibanshi", ["Tab"], "G0101 一般食品"),
        ("般食", ["Enter"], "G0101 一般食品"),
        ("g0101", ["Tab"], "G0101 一般食品"),
        ("shipin", ["ArrowDown", "ArrowUp", "Enter"], "G01 食品"),
        ("canyin", ["Tab"], "S0101 餐饮服务"),
    ],
)
def test_a_class_is_chosen_by_what_comes_to_mind(agency, desk, typed, keys, chosen):
    registrar = desk("registrar")
    registrar.goto("/admin/cases/case/add/")
    field = registrar.locator("[name=category]")
    field.focus()
    registrar.keyboard.type(typed)
    expect(registrar.locator("#choices [aria-selected=true]")).to_be_visible()
    for key in keys:
        registrar.keyboard.press(key)

    expect(field).to_have_value(chosen)
    expect(registrar.locator("#choices")).to_be_hidden()
    assert Case.objects.count() == 0


def test_a_list_says_that_nothing_fits(agency, desk):
    registrar = desk("registrar")
    registrar.goto("/admin/cases/case/add/")
    registrar.locator("[name=problem]").focus()
    registrar.keyboard.type("xyzq")

    expect(registrar.locator("#choices")).to_have_text("没有匹配的选项。")
    registrar.keyboard.press("Tab")
    expect(registrar.locator("#choices")).to_be_hidden()


def test_a_list_is_left_by_esc_and_what_was_typed_stays(agency, desk):
    registrar = desk("registrar")
    registrar.goto("/admin/cases/case/add/")
    registrar.locator("[name=problem]").focus()
    registrar.keyboard.type("zhil")
    expect(registrar.locator("#choices")).to_be_visible()
    registrar.keyboard.press("Escape")

    expect(registrar.locator("#choices")).to_be_hidden()
    expect(registrar.locator("[name=problem]")).to_have_value("zhil")
    expect(registrar.locator("[name=problem]")).to_be_focused()


def test_what_is_marked_as_needed_is_needed_for_this_kind(agency, desk):
    page = desk("registrar")
    page.goto("/admin/cases/case/add/")
    marks = page.locator(".needed:visible")
    expect(marks).to_have_count(3)

    for kind, needed in (("report", 3), ("petition", 8), ("consultation", 1)):
        page.check(f"input[name=kind][value={kind}]")
        expect(marks).to_have_count(needed)

    page.fill("input[name=title]", "退货要几天")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#case")


def test_a_ticket_being_written_outlives_the_session_but_not_the_logout(agency, desk):
    page = desk("registrar")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.keyboard.press("n")
    page.wait_for_url("**/case/add/")
    page.check("input[name=channel][value=walkin]")
    page.fill("input[name='consumer.name']", "陈小满")
    page.fill("textarea[name=narrative]", "她说洗衣机漏水")

    Session.objects.all().delete()
    page.keyboard.press("Control+Enter")
    page.fill("input[name=username]", "registrar")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")

    expect(page.locator("textarea[name=narrative]")).to_have_value("她说洗衣机漏水")
    expect(page.locator("input[name=channel][value=walkin]")).to_be_checked()
    page.reload()
    expect(page.locator("input[name='consumer.name']")).to_have_value("陈小满")
    assert asked == ["beforeunload"]

    page.fill("input[name='consumer.phone']", "13800138000")
    page.fill("input[name=title]", "洗衣机漏水")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#case")
    assert page.evaluate("sessionStorage.length") == 0

    page.goto(reverse("admin:cases_case_add"))
    page.fill("input[name='consumer.name']", "陈小满")
    page.goto("/dashboard/")
    assert "陈小满" in page.evaluate("JSON.stringify(sessionStorage)")
    page.context.clear_cookies()
    page.goto("/login/")
    page.wait_for_function("sessionStorage.length === 0")


SETTINGS = [
    "core_user_changelist", "core_user_add", "core_unit_changelist", "core_unit_add",
    "core_deadlinerule_changelist", "core_deadlinerule_add", "core_workday_changelist",
    "cases_channel_changelist", "cases_channel_add", "cases_category_changelist",
    "core_heartbeat_changelist", "core_systemgap_changelist", "core_delivery_changelist",
]  # fmt: skip


def test_the_settings_pages_work_under_the_content_security_policy(agency, desk):
    page = desk("admin")

    for name in SETTINGS:
        assert page.goto(reverse(f"admin:{name}")).ok, name


def test_what_scrolls_says_so_in_the_words_of_the_house(agency, desk):
    page = desk("admin")
    page.goto(reverse("admin:core_user_changelist"))

    areas = page.locator(".simplebar-content-wrapper")
    expect(areas).to_have_count(3)
    for area in areas.all():
        expect(area).to_have_attribute("aria-label", words()["scrolls"])


def test_the_case_page_and_the_red_count_fit_on_an_old_screen(agency, desk):
    case = _told_at_length(agency)
    notice(agency, subject_id=clock_of(case, "ticket.respond_10").pk)
    notifications.deliver_pending()
    page = desk("mediator")
    page.goto(reverse("admin:cases_case_change", args=[case.pk]))

    expect(page.locator("#nav-sidebar .bell")).to_have_text("1")
    expect(page.locator("#nav-sidebar .bell")).to_be_in_viewport(ratio=1)
    height = page.evaluate("document.documentElement.scrollHeight")
    width = page.evaluate("document.documentElement.scrollWidth")

    assert (height, width) <= (768, 1366)


def _told_at_length(agency) -> Case:
    """A case with a long story: three tries, a long narrative, another complaint beside it."""
    agency.ticket(unit="east")
    case = agency.ticket(
        unit="east", title="健身房闭店不退预付卡，要求退还余额", category="S0401", amount="1280.00",
        narrative="消费者在该店办理健身年卡，商家以装修为由闭店，电话13912345678无人接听。" * 30,
        demand="退还余额并书面道歉，赔偿因闭店造成的损失，并提供闭店公告与退款时间表。" * 2,
    )  # fmt: skip
    workflow.respond(case.no, by=agency.mediator)
    for _attempt in range(3):
        workflow.contact(case.no, by=agency.mediator, outcome="no_answer", note="无人接听")
    workflow.contact(
        case.no, by=agency.mediator, outcome="reached", no_meeting_reason="电话中约定三日内退款",
        note="商家承认闭店，同意三个工作日内原路退回余额，已告知消费者。" * 6,
    )  # fmt: skip
    return case


def test_what_the_workbench_looks_like(agency, desk, browser_page, screenshot):
    """Pictures for docs/screens, in the language of whoever sits there."""
    case = _told_at_length(agency)
    titles = [
        "新车维修记录未告知",
        "酒店取消预订不退订金",
        "儿童床甲醛味重要求退货",
        "外卖食品有异物",
    ]
    for minutes, title in zip((12, 6, 3, 1), titles, strict=True):
        agency.ticket(unit="east", title=title, arrived_at=_ago(minutes))
        agency.ticket(title=title, arrived_at=_ago(minutes))
    agency.ticket("national", unit="east", title="罐头里有玻璃")
    watch.keep_watch("test")

    visitor = browser_page()
    visitor.goto("/login/")
    screenshot(visitor, "login")
    mediator = desk("mediator")
    mediator.keyboard.press("j")
    screenshot(mediator, "queue")
    expect(mediator.locator(".from", has_text="全国12315平台")).to_have_count(1)
    cut = "names => names.filter((name) => name.scrollWidth > name.clientWidth).length"
    assert mediator.locator(".from").evaluate_all(cut) == 0
    mediator.goto(reverse("admin:cases_case_change", args=[case.pk]))
    screenshot(mediator, "case")
    mediator.goto(reverse("admin:cases_case_changelist"))
    screenshot(mediator, "cases")
    registrar = desk("registrar")
    registrar.goto(reverse("admin:cases_case_add"))
    screenshot(registrar, "register")
    dispatcher = desk("dispatcher", color_scheme="dark")
    dispatcher.keyboard.press("j")
    dispatcher.keyboard.press("d")
    expect(dispatcher.locator(".verb-form, .queue").first).to_be_visible()
    screenshot(dispatcher, "queue-dark")


def _ago(minutes: int) -> str:
    from datetime import timedelta

    from agency.core import clock

    return (clock.now() - timedelta(minutes=minutes)).isoformat()


def test_evidence_is_added_without_a_complaint_of_the_browser(agency, desk):
    case = agency.ticket(unit="east")
    page = desk("mediator")
    page.goto(reverse("admin:cases_case_change", args=[case.pk]))

    page.set_input_files(
        ".attach input[type=file]",
        {"name": "小票.png", "mimeType": "image/png", "buffer": papers.picture()},
    )
    page.locator(".attach button").click()

    expect(page.locator("#case")).to_contain_text("小票.png")


def test_a_citizen_s_number_typed_into_a_search_box_goes_into_no_address(agency, desk):
    phone = "13800138000"
    case = agency.ticket(unit="east", consumer={"name": "林一", "phone": phone})
    page, asked = desk("mediator"), []
    page.on("request", lambda request: asked.append(request.url))

    for start in ("/admin/", "/admin/cases/case/"):
        page.goto(start)
        page.keyboard.press("/")
        page.keyboard.type("退款 138-0013 8000")
        page.keyboard.press("Enter")
        expect(page.locator("#lookup")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#lookup")).to_be_hidden()
        page.keyboard.press("Enter")
        expect(page.locator("#lookup")).to_be_visible()
        page.keyboard.press("Enter")
        page.wait_for_url("**/case/lookup/")
        expect(page.locator(".sheet")).to_contain_text(case.no)

    assert [url for url in asked if re.search("138.{0,3}0013", url)] == []


@pytest.mark.parametrize("trail", ["access", "audit"])
def test_the_auditor_is_told_to_go_by_the_case_and_no_number_is_sent(agency, desk, trail):
    page, asked = desk("auditor"), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/admin/core/{trail}/")
    page.locator("#searchbar").fill("138 0013 8000")
    page.keyboard.press("Enter")
    expect(page.locator("#lookup")).to_contain_text("再凭登记编号在此查询")
    expect(page.locator("#lookup [data-anyway]")).to_have_count(0)

    assert [url for url in asked if "0013" in url] == []


def test_the_number_of_a_case_is_searched_though_it_looks_like_a_citizen_s(agency, desk):
    case = agency.ticket(unit="east", external_no="020260302001")
    page = desk("auditor")
    page.goto("/admin/cases/case/")
    page.keyboard.press("/")
    page.keyboard.type("020260302001")
    page.keyboard.press("Enter")
    expect(page.locator("#lookup")).to_contain_text(re.compile("岗位"))
    page.locator("#lookup [data-anyway]").click()
    page.wait_for_url("**q=020260302001*")
    expect(page.locator("#result_list")).to_contain_text(case.no)
