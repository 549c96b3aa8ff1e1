"""A list taken out as a spreadsheet: by whom, why, how much, and what stands in it."""

import io
import re
import zipfile
from datetime import datetime

import openpyxl
import pytest
from django.urls import reverse

from agency.core import exports, spreadsheet
from agency.core.calendar import SHANGHAI
from agency.core.errors import RuleViolation
from agency.core.models import Access, Notification, User
from agency.core.notifications import words
from agency.core.roles import Role
from cases import workflow
from cases.exports import CASES
from cases.models import Case
from cases.search import index
from tests.cases.test_admin import desk
from tests.threads import in_threads

pytestmark = pytest.mark.django_db

LIST = reverse("admin:cases_case_changelist")
EXPORT = reverse("admin:cases_case_export")
LONG = "4401012026030200000000123"
EXPORTERS = {"dispatcher", "chief", "leader", "supervisor", "auditor", "analyst"}
WHO = {"name": "欧阳小满", "phone": "13912345678", "id_number": "11010519491231002X", "address": "湖滨南路90号601室"}  # fmt: skip


@pytest.fixture
def cases(agency, clock):
    """A complaint that tries what it can, and a report."""
    complaint = agency.ticket(
        unit="east", external_no=LONG, title="=HYPERLINK(\"http://x.example\",\"点我\")",
        narrative="欧阳小满，13912345678，退卡", demand="+退款", amount="1280.50", consumer=WHO,
        merchant={"name": "@清泉电器"},
    )  # fmt: skip
    report = agency.ticket(
        unit="east", kind="report", title="无证经营", narrative="我是员工钱多多，后厨有鼠",
        consumer={"name": "钱多多", "phone": "13657913579"},
    )  # fmt: skip
    return complaint, report


def export(who, reason="上报分局", **filters):
    return desk(who).post(f"{EXPORT}?{'&'.join(f'{k}={v}' for k, v in filters.items())}", {"reason": reason})  # fmt: skip


def content(response) -> bytes:
    return b"".join(response)


def sheet_of(response):
    return openpyxl.load_workbook(io.BytesIO(content(response))).active


def row_of(sheet, case) -> dict:
    headings = [cell.value for cell in sheet[2]]
    [found] = [row for row in sheet.iter_rows(min_row=3) if row[0].value == case.no]
    return dict(zip(headings, found, strict=True))


def test_the_file_reads_like_the_ledgers_people_keep(cases):
    complaint, _report = cases

    told = row_of(sheet_of(export("leader")), complaint)

    values = {heading: cell.value for heading, cell in told.items()}
    assert values["登记编号"] == complaint.no and values["平台编号"] == LONG
    assert values["争议金额"] == 1280.5 and told["争议金额"].data_type == "n"
    assert values["到达时间"] == datetime.fromisoformat("2026-03-02T09:00"), (
        "as the clock on the wall says it"
    )
    assert (values["市民"], values["电话"]) == ("欧阳**", "139****5678")
    assert values["内容"] == "欧阳**，139****5678，退卡"


def test_no_cell_is_a_formula_or_a_number_that_loses_digits(cases):
    complaint, _report = cases
    file = content(export("leader"))

    sheet = openpyxl.load_workbook(io.BytesIO(file)).active
    told = row_of(sheet, complaint)
    assert {told[name].data_type for name in ("标题", "诉求", "经营者", "平台编号")} == {"s"}
    assert told["平台编号"].number_format == "@", "stays a text also when it is edited"
    parts = zipfile.ZipFile(io.BytesIO(file))
    xml = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in xml and "<f " not in xml
    assert not [name for name in parts.namelist() if "external" in name.lower()]


def test_the_last_moment_of_a_day_is_not_read_as_the_next_day():
    file, moment = io.BytesIO(), datetime(2026, 12, 3, 23, 59, 59, 999999, tzinfo=SHANGHAI)
    with spreadsheet.marked(file, ["到期时间"], mark="") as write:
        write([moment])

    shown = openpyxl.load_workbook(file).active["A3"].value
    assert shown == datetime.fromisoformat("2026-12-03T23:59:59")


def test_what_no_xml_may_hold_breaks_no_file(agency, cases):
    complaint, _report = cases
    Case.objects.filter(pk=complaint.pk).update(title="a\x01b\x0bc\ufffed")

    assert row_of(sheet_of(export("leader")), complaint)["标题"].value == "abcd"


def test_of_a_report_nothing_leaves_but_what_every_list_shows(cases):
    complaint, report = cases
    file = content(export("leader"))

    told = row_of(openpyxl.load_workbook(io.BytesIO(file)).active, report)
    assert told["标题"].value == "无证经营"
    assert not any(told[name].value for name in ("市民", "电话", "内容", "诉求"))
    parts = zipfile.ZipFile(io.BytesIO(file))
    everything = "".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())
    everything += "".join(parts.namelist())
    for canary in ("钱多多", "13657913579", "3579", "后厨", "小满", "13912345678", "湖滨南路90号", WHO["id_number"]):  # fmt: skip
        assert canary not in everything


def test_no_card_plate_or_account_leaves_in_a_text(agency, clock):
    told = "用卡6222021234567890123付款，车牌闽DA1234Z，微信号：xiaoman_88，退1280.50元"
    case = agency.ticket(unit="east", title=told[:31], narrative=told, demand=told)

    left = row_of(sheet_of(export("leader")), case)

    for column in ("标题", "内容", "诉求"):
        assert not re.search("6222|0123|A1234|xiaoman", left[column].value), left[column].value
    assert "退1280.50元" in left["内容"].value
    page = agency.client("mediator").get(f"cases/{case.no}/")[1]
    assert "闽DA1234Z" in page["narrative"], "who handles it may need it"


def corrected(agency):
    """Her name was misheard at first."""
    case = agency.ticket(unit="east", consumer=MISHEARD, narrative=f"我{MISHEARD['name']}要退款")
    workflow.supplement(case.no, by=agency.mediator, name="陈晓曼", reason="听错")
    return case


def unlinked(agency):
    """She came to a case, is named in it, and went again."""
    case = agency.ticket(unit="east", consumer=WHO, narrative=f"与{MISHEARD['name']}一起去的")
    other = agency.ticket(unit="east", consumer=MISHEARD)
    ticket = other.tickets.get().no
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=ticket)
    workflow.unlink_ticket(case.no, by=agency.dispatcher, ticket=ticket)
    return case


MISHEARD = {"name": "程小满", "phone": "13700137000"}


@pytest.mark.parametrize("bring", [corrected, unlinked])
def test_the_copy_masks_whomever_the_page_masks(agency, clock, bring):
    case = bring(agency)
    page = agency.client("chief").get(f"cases/{case.no}/")[1]["narrative"]

    told = row_of(sheet_of(export("chief")), case)["内容"].value

    assert told == page and "小满" not in told
    assert "小满" not in index.told_of([case.pk])[case.pk]


def test_each_copy_says_whose_it_is(agency, cases):
    response = export("leader")

    mark = sheet_of(response)["A1"].value
    assert agency.leader.name in mark and "leader" in mark and "2026-03-02 09:00" in mark
    assert response.headers["Content-Disposition"] == 'attachment; filename="20260302-090000.xlsx"'
    assert "private, no-store" in response.headers["Cache-Control"]
    footer = openpyxl.load_workbook(io.BytesIO(content(export("leader")))).active.oddFooter
    assert "leader" in footer.center.text


def test_what_the_list_shows_is_what_is_taken_out(agency, cases):
    complaint, report = cases
    west = agency.ticket(unit="west", merchant={"name": "西区商行"})

    def numbers(who, **filters) -> list:
        sheet = sheet_of(export(who, **filters))
        return [row[0] for row in sheet.iter_rows(min_row=3, values_only=True)]

    assert set(numbers("leader")) == {complaint.no, report.no, west.no}
    assert set(numbers("chief")) == {complaint.no, report.no}, "within one's scope"
    assert numbers("leader", kind="report") == [report.no]
    assert numbers("leader", q="西区商行") == [west.no]
    listed = desk("leader").get(LIST).context["cl"].result_list
    assert numbers("leader") == [case.no for case in listed], "in the same order"


@pytest.mark.parametrize("role", [role.value for role in Role if role != Role.CHANNEL])
def test_who_answers_for_many_cases_exports_and_nobody_else(agency, cases, role):
    people = {"outlet_liaison": "outlet_a", "odr_contact": "odr_a"}
    who = people.get(role, role)

    asked, got = desk(who).get(EXPORT), export(who)

    if role in EXPORTERS:
        assert (asked.status_code, got.status_code) == (200, 200)
        assert EXPORT in desk(who).get(LIST).text
    else:
        assert asked.status_code in {302, 403, 404} and got.status_code in {302, 403, 404}
        assert not Access.objects.exists()
        assert EXPORT not in desk(who).get(LIST).text


def test_it_is_on_record_before_the_file_leaves(agency, clock, cases):
    export("leader", reason="欧阳小满来电13912345678", kind="complaint", unit="east", q="欧阳小满")

    assert not Access.objects.exists(), "nobody is found by a citizen's name: nothing was exported"
    export("leader", reason="市局要求，回电13912345678", kind="complaint", unit="east", q="退卡")

    row = Access.objects.get()
    assert (row.kind, row.by, row.at, row.what, row.found) == (
        "exported", agency.leader, clock.now, "cases", 1,
    )  # fmt: skip
    assert row.reason == "市局要求，回电139****5678"
    assert row.which == f"类型: 投诉；单位: {agency.units['east'].name}；搜索结果"
    told = desk("auditor").get("/admin/core/access/").content.decode()
    assert "导出" in told and "139****5678" in told and "搜索结果" in told


def test_without_a_reason_nothing_leaves(cases):
    response = export("leader", reason=" ")

    assert response.status_code == 409 and "attachment" not in response.headers.get(
        "Content-Disposition", ""
    )
    assert not Access.objects.exists()


def test_a_list_may_be_so_long_and_no_longer(agency, cases, settings):
    settings.EXPORT_ROWS = 2
    assert export("leader").status_code == 200
    agency.ticket(unit="west")

    asked, refused = desk("leader").get(EXPORT), export("leader")

    assert refused.status_code == 409 and "超过 2" in refused.text and "超过 2" in asked.text
    assert Access.objects.count() == 1
    settings.EXPORT_ROWS = 3
    assert export("leader").status_code == 200


def test_so_many_in_an_hour_and_no_more(clock, cases, settings):
    settings.EXPORTS_AN_HOUR = 2
    assert [export("leader").status_code for _time in range(3)] == [200, 200, 409]
    assert export("chief").status_code == 200, "each for themselves"

    clock.shift(hours=1)

    assert export("leader").status_code == 200


def test_the_auditor_is_told_once_an_hour_of_who_takes_out_much(agency, clock, cases, settings):
    settings.EXPORT_ALERT_ROWS = 4
    export("leader"), export("leader")
    assert not Notification.objects.filter(topic="exported_much").exists(), (
        "four are no more than four"
    )
    export("leader"), export("leader")

    notice = Notification.objects.get(topic="exported_much")

    assert notice.target == Role.AUDITOR
    told = words.tell([notice], to=agency.auditor)[notice.pk]
    assert agency.leader.name in told.headline and "4" in told.headline
    assert told.path == "/admin/core/access/"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_two(agency, settings):
    settings.EXPORTS_AN_HOUR = 1
    agency.ticket(unit="east")

    def take() -> bool:
        try:
            exports.order(
                CASES,
                Case.objects.all(),
                by=User.objects.get(username="leader"),
                which="",
                reason="核对",
            )
        except RuleViolation:
            return False
        return True

    assert sorted(in_threads(take, take)) == [False, True]
    assert Access.objects.count() == 1
