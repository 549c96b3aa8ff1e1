"""The registration form reads what people write as the imports read it."""

import re

import pytest
from django.urls import reverse

from cases.models import Case, Consumer
from tests.cases.test_admin import desk, form, page_of
from tests.stories import payload

pytestmark = pytest.mark.django_db

REGISTER = reverse("admin:cases_case_add")


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1280", "1280.00"),
        ("1,280元", "1280.00"),
        ("¥1280.5", "1280.50"),
        ("1.28万", "12800.00"),
        ("１２８０圆整", "1280.00"),
        (" ", None),
    ],
)
def test_an_amount_is_read_as_in_a_file(agency, clock, typed, amount):
    desk("registrar").post(REGISTER, form(amount=typed))

    found = Case.objects.get().amount
    assert (found and str(found)) == amount


@pytest.mark.parametrize("typed", ["一千元", "1e3", "1,28", "-5", "1.001"])
def test_what_is_no_amount_is_told_in_words_for_people(agency, clock, typed):
    response = desk("registrar").post(REGISTER, form(amount=typed))

    [said] = response.context["form"].errors["amount"]
    assert "接口" not in said and "string" not in said
    assert f'value="{typed}"' in response.content.decode()


def test_an_amount_that_the_words_name_otherwise_is_asked_about_once(agency, clock):
    http, slip = desk("registrar"), form(amount="52,000", narrative="办了一张5200元的年卡")

    asked = http.post(REGISTER, slip)
    assert asked.status_code == 400 and not Case.objects.exists()
    [said] = asked.context["form"].errors["amount"]
    tick = asked.context["form"].meant
    assert "5,200.00" in said and f'name="meant" value="{tick}" >' in asked.text

    again = http.post(REGISTER, slip | {"amount": "520", "meant": tick})
    assert "amount" in again.context["form"].errors, "another amount is another question"
    beside = http.post(REGISTER, slip | {"title": "", "meant": tick})
    assert set(beside.context["form"].errors) == {"title"}
    assert f'value="{tick}" checked' in beside.text, "who said so is not asked again"

    http.post(REGISTER, slip | {"meant": tick})
    assert str(Case.objects.get().amount) == "52000.00"


def test_no_machine_is_asked_and_nobody_who_is_asked_for_no_amount(agency, clock):
    assert agency.ticket(amount="52000.00", narrative="办了一张5200元的年卡").amount

    told = form(kind="report", amount="52000", narrative="办了一张5200元的年卡")
    assert desk("registrar").post(REGISTER, told).status_code == 302


@pytest.mark.parametrize(
    ("kind", "demand", "amount", "publish"),
    [
        ("complaint", "退款", "1280.00", True),
        ("report", "", "None", False),
        ("consultation", "退款", "1280.00", False),
        ("petition", "退款", "1280.00", False),
    ],
)
def test_a_kind_keeps_only_what_it_is_asked_for(agency, clock, kind, demand, amount, publish):
    told = form(kind=kind, demand="退款", **{"consents.publish": "on"})
    desk("registrar").post(REGISTER, told)

    case = Case.objects.get()
    assert (case.demand, str(case.amount), case.consents_to_publish) == (demand, amount, publish)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("complaint", {"投诉人", "被投诉人", "投诉内容"}),
        ("report", {"举报人（保密，匿名的留空）", "被举报人", "举报内容"}),
        ("consultation", {"咨询人", "所咨询的经营者", "咨询问题"}),
        ("petition", {"信访人", "所涉经营者", "信访事项"}),
    ],
)
def test_the_form_speaks_of_the_chosen_kind(agency, clock, kind, words):
    page = desk("registrar").post(REGISTER, form(kind=kind, title="")).text

    shown = set(re.findall(r'<span data-kinds="\w+" >([^<]+)</span>', page))
    assert shown == words


def test_a_wide_telephone_number_is_a_telephone_number(agency, clock):
    desk("registrar").post(REGISTER, form(**{"consumer.phone": "１３８００１３８０００"}))

    assert Consumer.objects.get().phone == "+8613800138000"


# -- what only petitions, or only reports, are registered with -------------------------------


def test_a_petition_is_registered_with_its_sheet_and_the_page_shows_it(agency, clock):
    told = {"petition.form": "visit", "petition.people": "12", "petition.representatives": "5"}
    http = desk("registrar")
    http.post(REGISTER, form(kind="petition", **told))

    case = Case.objects.get()
    sheet = case.petition_sheet
    assert (sheet.form, sheet.people, sheet.representatives) == ("visit", 12, 5)
    assert (sheet.is_first, sheet.wish, sheet.national_satisfaction) == (True, "redress", False)
    page = http.get(page_of(case)).text
    for label, text in (("信访形式", "走访"), ("信访人数", "12"), ("国满件", "否")):
        assert re.search(rf"<dt>{label}[^<]*</dt><dd>{text}</dd>", page), label


@pytest.mark.parametrize("name", ["form", "is_first", "people", "wish", "national_satisfaction"])
def test_the_form_of_a_petition_asks_for_each_of_these(agency, clock, name):
    response = desk("registrar").post(REGISTER, form(kind="petition", **{f"petition.{name}": ""}))

    assert set(response.context["form"].errors) == {f"petition.{name}"}
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("form_", "people", "representatives", "refused"),
    [
        ("visit", "6", "", True),
        ("visit", "6", "6", True),
        ("visit", "2", "3", True),
        ("visit", "5", "", False),
        ("letter", "6", "", False),
        ("visit", "6", "5", False),
    ],
)
def test_at_most_five_speak_for_a_group_that_comes(
    agency, clock, form_, people, representatives, refused
):
    told = {
        "petition.form": form_, "petition.people": people,
        "petition.representatives": representatives,
    }  # fmt: skip
    response = desk("registrar").post(REGISTER, form(kind="petition", **told))

    wrong = response.context["form"].errors if refused else {}
    assert set(wrong) == ({"petition.representatives"} if refused else set())
    assert Case.objects.exists() != refused


def test_a_report_says_where_it_happened_and_its_reporter_stays_masked_there(agency, clock):
    told = {"report.place": "解放路1号陈小满家楼下", "report.secrecy": "special"}
    desk("registrar").post(REGISTER, form(kind="report", **told))

    case = Case.objects.get()
    assert case.report_sheet.place == "解放路1号****家楼下"
    page = desk("dispatcher").get(page_of(case)).text
    assert "解放路1号" in page and "打击报复" in page and "陈小满" not in page
    sheet = agency.client("dispatcher").get(f"cases/{case.no}/")[1]["sheet"]
    assert sheet["secrecy"] == "special" and "陈小满" not in sheet["place"]


def test_a_report_without_its_place_is_asked_for_it(agency, clock):
    response = desk("registrar").post(REGISTER, form(kind="report", **{"report.place": ""}))

    assert set(response.context["form"].errors) == {"report.place"}


def test_a_platform_may_leave_the_sheet_out_or_send_part_of_it(agency, clock):
    assert agency.ticket("petition", kind="petition").sheet is None

    case = agency.ticket("petition", kind="petition", petition={"people": 3, "form": None})

    assert (case.sheet.people, case.sheet.is_first, case.sheet.form) == (3, None, "")


def test_what_is_said_of_another_kind_is_refused(agency, clock):
    status, problem = agency.channel_client("minyi").post(
        "tickets/", payload(petition={"people": 3}), key="sheet-of-another"
    )

    assert (status, set(problem["errors"])) == (400, {"petition"})
