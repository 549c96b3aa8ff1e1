"""Files of tickets taken in from the page: looked through, taken in, and what was refused back."""

import io
import re
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agency.core.models import User
from agency.core.roles import STAFF, Role
from cases import workflow
from cases.models import Case, Ticket
from tests.cases.test_admin import desk
from tests.cases.test_kept import dumped
from tests.papers import damaged, zipped
from tests.stories import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]

FEED, TEMPLATE = reverse("admin:cases_case_import"), reverse("admin:cases_case_import_template")
HEADINGS = ["登记编号", "标题", "投诉人", "联系电话", "承办单位"]
GOOD = ["X-1", "退卡", "陈小满", "13800138000", "东城分中心"]
WRONG = ["X-2", "退票", "林一一", "138", ""]


def xlsx(*rows, headings=HEADINGS) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in (headings, *rows):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def send(who, content: bytes, step="check", name="台账 陈小满.xlsx", **more):
    body = {"file": SimpleUploadedFile(name, content), "map": "generic", "step": step, **more}
    return desk(who).post(FEED, body)


def test_it_is_looked_through_before_anything_is_written(agency, clock):
    answer = send("registrar", xlsx(GOOD, WRONG))

    assert (
        answer.status_code == 200
        and "新建 <b>1</b>" in answer.text
        and "拒收 <b>1</b>" in answer.text
    )
    assert "<td>3</td>" in answer.text and "联系电话" in answer.text, "which row, which column"
    assert not Ticket.objects.exists()


def test_what_is_taken_otherwise_than_it_stands_there_is_said_beforehand(agency, clock):
    headings = [*HEADINGS, "到达时间", "来源渠道", "类别", "问题类别"]
    known = [*GOOD, "", "民意速办", "", ""]
    strange = [
        "X-3",
        "退卡",
        "陈小满",
        "13800138000",
        "南城分中心",
        "2026-03-02 08:20",
        "",
        "飞船",
        "失重",
    ]
    slip = ["X-4", "退卡", "陈小满", "13800138000", "", "", "民意速半", "", ""]

    for step in ("check", "take"):
        html = send("registrar", xlsx(known, strange, slip, headings=headings), step).text
        told = re.findall(r"<tr><td>([^<]+)</td><td>共 (\d) 行：第 ([\d、]+) 行</td></tr>", html)
        assert {text: rows for text, _n, rows in told} == {
            "承办单位“南城分中心”：没有这个单位，不会派到那里，登记后待派单。": "3",
            "类别“飞船”：没有这个类别，登记时不带类别。": "3",
            "问题类别“失重”：没有这个问题类别，登记时不带问题类别。": "3",
            "未载明可用的渠道，按“网站”登记。": "3、4",
            "“网站”渠道的到达时间不采用表格所载，按导入时刻起算。": "3",
            "来源渠道“民意速半”：没有这个渠道。": "4",
        }


def test_a_row_that_is_history_is_named_with_the_reason(agency, clock):
    headings = [*HEADINGS, "到达时间"]
    html = send("registrar", xlsx([*GOOD, "2026-01-15 08:20"], headings=headings)).text

    assert "其中 1 件到达已满 30 天，按历史件登记，不计时限（第 2 行）。" in html


def test_a_column_passed_over_and_one_without_a_heading_are_named(agency, clock):
    headings = [*HEADINGS, "手机", "", "备注"]
    html = send("registrar", xlsx([*GOOD, "13900139000", "急", "x"], headings=headings)).text
    same = send("registrar", xlsx([*GOOD, GOOD[3], "", ""], headings=headings)).text

    letter = "ABCDEFGHIJ"[len(HEADINGS) + 1]
    assert f"以下列未使用：“第 {letter} 列（无标题）”、“备注”" in html
    assert (
        "<td>“手机”与“联系电话”不一致，采用“联系电话”；另一项与投诉人原话一并加密保存。</td><td>共 1 行：第 2 行</td>"
        in html
    )
    assert "不一致" not in same


@pytest.mark.parametrize("kind", ["投诉", "举报"])
def test_a_second_name_number_or_address_is_kept_with_the_person_alone(agency, clock, kind):
    headings = [*HEADINGS, "类型", "电话", "联系人", "联系地址", "通讯地址"]
    row = [*GOOD, kind, "64123456", "李伟", "银杏胡同7号", "槐树街9号"]

    send("registrar", xlsx(row, headings=headings), "take")

    case = Case.objects.get()
    assert all(said in case.person.own_words for said in ("64123456", "李伟", "槐树街9号"))
    assert [said for said in ("64123456", "李伟", "槐树街") if said in dumped()] == []


def test_a_second_name_is_masked_in_the_words_like_the_first(agency, clock):
    headings = [*HEADINGS, "类型", "姓名", "内容"]
    row = [*GOOD, "举报", "李阿伟", "李阿伟反映：过期食品"]

    send("registrar", xlsx(row, headings=headings), "take")

    assert "阿伟" not in Case.objects.get().narrative


def test_a_second_column_of_the_same_text_stands_at_the_narratives_end(agency, clock):
    headings = [*HEADINGS, "内容", "投诉内容", "来件时间", "登记时间"]
    row = [*GOOD, "净水器漏水", "不肯退货", "2026-03-02 08:20", "2026-03-02 08:30"]

    html = send("registrar", xlsx(row, headings=headings), "take").text

    assert Case.objects.get().narrative == "净水器漏水\n投诉内容：不肯退货"
    assert "“投诉内容”与“内容”不一致" in html and "“登记时间”" not in html


def test_a_second_number_sum_or_class_is_kept_unless_it_means_the_same(agency, clock):
    headings = [*HEADINGS, "流水号", "争议金额", "消费金额", "是否紧急", "紧急程度"]
    row = [*GOOD, "TB20260302", "88元", "88.00", "是", "紧急"]

    html = send("registrar", xlsx(row, headings=headings), "take").text

    assert Case.objects.get().narrative == "流水号：TB20260302"
    assert (
        "“流水号”与“登记编号”不一致" in html and "消费金额" not in html and "紧急程度" not in html
    )


def test_it_is_taken_in_by_the_one_door_and_never_twice(agency, clock):
    assert "导入结果" in send("registrar", xlsx(GOOD, WRONG), "take").text
    case = Case.objects.get()
    assert case.tickets.get().external_no == "X-1" and case.unit.code == "east"
    assert case.deadlines.exists(), "its clocks run"

    again = send("registrar", xlsx(GOOD, WRONG)).text

    assert "已有 <b>1</b>" in again and "已有的行：2" in again


def test_a_file_that_comes_again_asks_as_much_of_many_rows_as_of_few(agency, clock):
    rows = [[f"X-{n}", *GOOD[1:]] for n in range(20)]
    send("registrar", xlsx(*rows), "take")

    def asked(many: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert f"已有 <b>{many}</b>" in send("registrar", xlsx(*rows[:many])).text
        return len(queries)

    assert asked(20) == asked(5)


AGAIN = ["登记编号", "轮次", "类型", "标题", "投诉人", "联系电话", "到达时间"]


def again(number: int, clock) -> bytes:
    """A file with this round of W-1."""
    arrived = f"{clock.now:%Y-%m-%d %H:%M}"
    row = ["W-1", number, "consultation", "再来", "林一一", "13700137000", arrived]
    return xlsx(row, headings=AGAIN)


@pytest.mark.parametrize("rounds", [1, 2])
def test_no_number_of_another_units_case_is_written_to(agency, clock, rounds):
    """Whoever may not see the case neither adds to it, nor reopens it, nor learns more of it."""
    case = agency.ticket(unit="west", external_no="W-1", kind="consultation")
    was = workflow.answer(case.no, by=agency.registrar, text="已答复").state
    east = User.objects.create_user(
        "east", PASSWORD, role=Role.REGISTRAR, unit=agency.units["east"]
    )
    file = again(rounds, clock)

    for step in ("check", "take"):
        told = send(east, file, step, channel="minyi").text
        assert "拒收 <b>1</b>" in told and "该编号已登记" in told and case.no not in told, step

    case.refresh_from_db()
    assert (case.state, case.tickets.count()) == (was, 1)


def test_what_comes_again_from_the_page_is_written_in_the_name_of_who_sent_it(agency, clock):
    case = agency.ticket(external_no="W-1", kind="consultation")
    file = again(2, clock)

    assert "新建 <b>1</b>" in send("registrar", file, "take", channel="minyi").text

    assert case.events.get(kind="ticket_received").actor == agency.registrar


def test_what_was_refused_comes_back_to_be_mended_and_fed_again(agency, clock):
    send("registrar", xlsx(GOOD, WRONG), "take")
    refused = send("registrar", xlsx(GOOD, WRONG), "rejects")

    sheet = openpyxl.load_workbook(io.BytesIO(refused.content)).active
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert [row[0] for row in rows[1:]] == ["X-2"] and rows[0][-1] == "出错原因"
    assert refused.headers["Content-Disposition"] == 'attachment; filename="rejects.xlsx"'
    rows[1][3] = "13800138001"
    assert "新建 <b>1</b>" in send("registrar", xlsx(rows[1], headings=rows[0]), "take").text


def test_a_last_column_without_a_heading_is_named_and_its_rows_are_taken_or_mended(agency, clock):
    file, letter = xlsx([*GOOD, "已回电"], [*WRONG, "号码待核"]), "ABCDEFGHIJ"[len(HEADINGS)]

    told = send("registrar", file, "take").text

    assert f"以下列未使用：“第 {letter} 列（无标题）”" in told
    assert "新建 <b>1</b>" in told and "拒收 <b>1</b>" in told
    sheet = openpyxl.load_workbook(io.BytesIO(send("registrar", file, "rejects").content)).active
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert rows[1][-1] == "号码待核", "nothing is lost"
    rows[1][3] = "13800138001"
    assert "新建 <b>1</b>" in send("registrar", xlsx(rows[1], headings=rows[0]), "take").text


def test_a_row_of_a_csv_with_a_cell_too_many_says_which_and_what_to_do(agency, clock):
    rows = [",".join(map(str, row)) for row in (HEADINGS, [*GOOD, "退款"])]
    file = "\n".join(rows).encode()

    told = send("registrar", file, name="a.csv").text

    letter = "ABCDEFGHIJ"[len(HEADINGS)]
    assert (
        f"第 {letter} 列多出单元格：内容被分隔符拆开的，请合为一格" in told
        and "拒收 <b>1</b>" in told
    )
    back = send("registrar", file, "rejects", name="a.csv").content
    assert "拒收 <b>1</b>" in send("registrar", back).text, "unmended, its cells are shifted"
    sheet = openpyxl.load_workbook(io.BytesIO(back)).active
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert (rows[0][-1], rows[1][-1]) == ("多出的单元格", "退款")
    mended = xlsx(rows[1][:-1], headings=rows[0])
    assert "新建 <b>1</b>" in send("registrar", mended, "take").text


def test_nothing_of_the_file_is_left(agency, clock, media: Path):
    for step in ("check", "take", "rejects"):
        send("registrar", xlsx(GOOD, WRONG), step)

    assert not [path for path in media.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"%PDF-1.4", "a.pdf", "XLSX 或 CSV"),
        (b"nonsense", "a.xlsx", "XLSX"),
        (damaged(xlsx(GOOD), "xl/worksheets/sheet1.xml", b'<row r="2"', b""), "a.xlsx", "另存"),
        (zipped(xlsx(GOOD), xl__vbaProject="x"), "a.xlsx", "程序"),
        (xlsx(headings=["甲", "乙"]), "a.xlsx", ""),
        ('登记编号,标题\n"X'.encode(), "a.csv", "引号"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_sentence(agency, clock, content, name, said):
    answer = send("registrar", content, "take", name=name)

    assert answer.status_code == 400 and said in answer.text and "tmp" not in answer.text
    assert not Ticket.objects.exists()


def test_no_map_from_the_disk_and_no_channel_that_is_not_there(agency, clock):
    for wrong in ({"map": "/etc/x.toml"}, {"map": "../maps/minyi"}, {"channel": "nowhere"}):
        assert send("registrar", xlsx(GOOD), "take", **wrong).status_code == 400
    assert not Ticket.objects.exists()


def test_so_many_rows_and_no_more(agency, clock, settings):
    settings.IMPORT_ROWS = 2
    assert send("registrar", xlsx(GOOD, WRONG)).status_code == 200

    refused = send("registrar", xlsx(GOOD, WRONG, WRONG), "take")

    assert refused.status_code == 400 and "2 行" in refused.text and not Ticket.objects.exists()


def test_a_district_s_registrar_feeds_their_own_district(agency, clock):
    User.objects.filter(username="registrar").update(unit=agency.units["west"])

    answer = send("registrar", xlsx(GOOD, ["X-3", "退货", "陈小满", "13800138000", ""]), "take")

    assert "不在您的管辖范围" in answer.text
    assert Case.objects.get().unit.code == "west"


def test_the_template_is_read_by_its_own_map(agency, clock):
    sheet = openpyxl.load_workbook(io.BytesIO(desk("registrar").get(TEMPLATE).content)).active
    headings = [cell.value for cell in sheet[1]]
    assert {"登记编号", "标题", "联系电话"} <= set(headings)
    row = {
        "登记编号": "X-9",
        "标题": "退卡",
        "类型": "投诉",
        "投诉方": "陈小满",
        "联系电话": "13800138000",
    }

    filled = xlsx([row.get(heading, "") for heading in headings], headings=headings)

    assert "新建 <b>1</b>" in send("registrar", filled, "take").text


@pytest.mark.parametrize("role", sorted(STAFF))
def test_registrars_feed_and_nobody_else(agency, role):
    http = desk(str(role))
    opened = [
        http.get(FEED).status_code,
        http.get(TEMPLATE).status_code,
        http.post(FEED).status_code,
    ]
    assert opened == ([200, 200, 400] if role == Role.REGISTRAR else [403, 403, 403])
