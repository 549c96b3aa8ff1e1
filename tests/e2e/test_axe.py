"""No page keeps anybody out: axe-core finds nothing serious or critical, in light and in dark.

tests/e2e/vendor/axe.min.js is axe-core (MPL-2.0), for the tests alone.
"""

from pathlib import Path

import pytest
from django.test import RequestFactory

from agency.core.models import User
from agency.core.navigation import groups
from agency.core.roles import STAFF
from cases import workflow
from cases.models import Phrase, Topic
from tests.stories import Agency

pytestmark = pytest.mark.django_db(transaction=True)

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RUN = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
  .filter(({impact}) => ['serious', 'critical'].includes(impact))
  .map(({id, impact, nodes}) => [id, impact, nodes.slice(0, 4).map((node) => `${node.target.join(' ')} | ${node.any.concat(node.all)[0]?.message || ''}`)])"""
EVERYBODY = ["registrar", "mediator", "chief", "leader", "custodian", "auditor", "admin"]
"""Between them they have every link of any side bar."""


@pytest.fixture
def agency(transactional_db):
    """With every clock of the law, and something in every list."""
    house = Agency()
    Phrase.objects.create(code="yy", text="已预约到站调解。", unit=house.units["agency"])
    Topic.objects.get_or_create(code="gyms", kind="campaign", name_zh="健身房")
    return house


@pytest.fixture
def case(agency):
    """A complaint in mediation, with a contact, a note and a question to an expert."""
    case = agency.ticket(unit="east", title="健身房闭店不退预付卡", demand="退还余额")
    no, by = case.no, agency.mediator
    workflow.respond(no, by=by)
    workflow.contact(no, by=by, outcome="reached", no_meeting_reason="希望电话沟通")
    workflow.accept(no, by=by, notified_by="phone")
    workflow.ask_expert(no, by=by, expert="expert", question="是否质量问题")
    workflow.note(no, by=by, text=f"@{agency.chief.name} 请过目")
    return case


def findings(page) -> list[str]:
    """What axe finds serious or critical here, in words."""
    page.evaluate(AXE)
    return [f"{page.url} {rule} ({impact}): {nodes}" for rule, impact, nodes in page.evaluate(RUN)]


def links(page) -> list[str]:
    found = page.eval_on_selector_all(
        "#nav-sidebar a[href]", "all => all.map(a => a.getAttribute('href'))"
    )
    return [link for link in dict.fromkeys(found) if link.startswith("/")]


def look_at(page, path: str) -> list[str]:
    page.goto(path)
    return findings(page)


def test_the_pages_of_everybody_s_side_bar(case, browser_page):
    seen, found = set(), []
    for name in EVERYBODY:
        page = browser_page(name)
        page.goto("/admin/")
        found += [f"{name} {one}" for one in findings(page)]
        for path in [link for link in links(page) if link not in seen]:
            seen.add(path)
            found += [f"{name} {one}" for one in look_at(page, path)]
        page.context.close()
    assert found == []
    anybody = User.objects.filter(role__in=STAFF).select_related("unit")
    assert set().union(*map(side_bar, anybody)) <= seen, "a page that nobody here opens"


def side_bar(user: User) -> set[str]:
    request = RequestFactory().get("/admin/")
    request.user = user
    return {item["link"] for group in groups(request) for item in group["items"]}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_case_its_forms_and_its_lists(agency, case, browser_page, scheme):
    report = agency.ticket(unit="east", kind="report")
    page = browser_page("mediator", color_scheme=scheme)
    found = look_at(page, f"/admin/cases/case/{case.pk}/change/")
    for key in ("@", "c", "g", "7", "3"):
        page.locator("#case").focus()
        page.keyboard.press(key)
        page.wait_for_selector(".verb-form")
        found += [f"{key}: {one}" for one in findings(page)]
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
    found += look_at(page, f"/admin/cases/case/{report.pk}/change/")
    found += look_at(page, "/admin/cases/case/?state=open&kind=complaint")
    found += look_at(page, "/admin/cases/phrase/add/")
    assert found == []


def test_the_desk_of_the_registrar_with_its_list_open(agency, case, browser_page):
    page = browser_page("registrar")
    found = look_at(page, "/admin/cases/case/add/")
    page.locator("[name=category]").focus()
    page.keyboard.type("jian")
    page.wait_for_selector("#choices [aria-selected=true]")
    found += findings(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".wrong")
    found += findings(page)
    page.locator("h1, h2").first.click()
    page.keyboard.press("?")
    found += findings(page)
    assert found == []


def test_what_is_asked_of_who_gives_work_out(agency, case, browser_page):
    page = browser_page("chief")
    found = look_at(page, "/admin/cases/case/export/?state=open")
    found += look_at(page, "/admin/cases/departure/add/")
    page.goto("/admin/cases/case/")
    page.check("#result_list .action-select")
    page.select_option("select[name=action]", "bulk_tag")
    page.evaluate("document.querySelector('#changelist-form').requestSubmit()")
    page.wait_for_selector(".verb-form")
    assert found + findings(page) == []


@pytest.mark.parametrize(
    "path", ["/dashboard/", "/dashboard/wall/", "/dashboard/cases/?state=open"]
)
def test_the_pages_of_supervisors(agency, case, browser_page, path):
    assert look_at(browser_page("supervisor"), path) == []


@pytest.mark.parametrize("path", ["/login/", "/forgotten/", "/nothing/"])
def test_the_pages_before_the_door(agency, browser_page, path):
    assert look_at(browser_page(), path) == []


@pytest.mark.parametrize("path", ["/portal/", "/account/", "/account/password/"])
def test_the_pages_of_an_outlet(agency, browser_page, path):
    assert look_at(browser_page("outlet_a", viewport={"width": 390, "height": 844}), path) == []
