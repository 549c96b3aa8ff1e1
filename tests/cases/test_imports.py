"""Files of tickets: what is taken in, what is sent back, and that nothing comes twice."""

import csv
import io
import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agency.core.calendar import SHANGHAI
from agency.core.tables import Unreadable
from cases import imports
from cases.imports import maps
from cases.imports.binding import BoundMap, quoted, without_heading
from cases.models import Case, Ticket
from tests.stories import RULES_1030, clock_of

FIXTURES = Path(__file__).parent / "fixtures"
LONG = "1234567890123456789012345"


@pytest.fixture
def run(agency, clock, tmp_path):
    """Write rows to a file and import it: ``run(rows, "--channel", "minyi")``."""

    def run(content, *options, map_="generic", name="tickets.csv"):
        path = content if isinstance(content, Path) else tmp_path / name
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        elif isinstance(content, bytes):
            path.write_bytes(content)
        out = io.StringIO()
        arguments = [str(path), "--map", map_, "--format", "json", *options]
        call_command("import_tickets", *arguments, stdout=out, stderr=io.StringIO())
        answer = json.loads(out.getvalue())
        assert answer.pop("seconds") >= 0
        return answer

    return run


def counted(read, created=0, duplicates=0, rejected=0):
    return {"read": read, "created": created, "duplicates": duplicates, "rejected": rejected}


def table(*rows) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def rejected(path) -> list[dict]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))


CHINESE = (
    ["登记编号", "登记时间", "类型", "投诉方", "联系电话", "标题", "内容", "被投诉对象",
     "统一社会信用代码", "消费类型", "诉求", "争议金额（元）", "消费日期"],
    [LONG, "2026/3/1 9:03", "投诉", "陈小满", "１３８００１３８０００", "净水器漏水", "装好就漏",
     "清泉电器商行", "91350200MA2XN7AE3E", "健身", "退货退款", "1,280.00元", "2026年2月3日"],
)  # fmt: skip


def test_the_generic_map_knows_each_field_by_its_usual_heading(run):
    assert run(table(*CHINESE), "--channel", "minyi", "--unit", "east") == counted(1, created=1)

    case = Case.objects.get()
    ticket = case.tickets.get()
    assert ticket.external_no == LONG
    assert ticket.channel.code == "minyi"
    assert case.arrived_at == datetime(2026, 3, 1, 9, 3, tzinfo=SHANGHAI)
    assert (case.kind, case.title, case.narrative) == ("complaint", "净水器漏水", "装好就漏")
    assert (case.consumer.name, case.consumer.phone) == ("陈小满", "+8613800138000")
    assert (case.merchant.name, case.merchant.uscc) == ("清泉电器商行", "91350200MA2XN7AE3E")
    assert (case.category.code, case.demand, str(case.amount)) == ("S0401", "退货退款", "1280.00")
    assert (case.unit.code, str(case.occurred_on)) == ("east", "2026-02-03")


@pytest.mark.parametrize(
    ("field", "heading"),
    [
        ("external_no", "外部编号"), ("external_no", "External No."), ("external_no", "工单编号 *"),
        ("arrived_at", "到达时间"), ("arrived_at", "登记时间"), ("arrived_at", "Received At"),
        ("consumer.name", "投诉人"), ("consumer.name", "投诉方"), ("consumer.phone", "联系电话"),
        ("consumer.phone", "联系电话（必填）"), ("title", "标题"), ("title", "Title"),
        ("narrative", "内容"), ("narrative", "投诉内容"), ("merchant.name", "被投诉人"),
        ("merchant.name", "被投诉对象"), ("merchant.uscc", "统一社会信用代码"),
        ("category", "类别"), ("category", "消费类型"), ("demand", "诉求"),
        ("amount", "争议金额"), ("amount", "争议金额（元）"),
        ("occurred_on", "发生日期"), ("kind", "业务类型"),
    ],
)  # fmt: skip
def test_headings(field, heading):
    bound = BoundMap(maps.load("generic"), ["内容" if field != "narrative" else "标题", heading])

    assert [at for at, columns in bound.columns.items() if columns == [1]] == [field]


@pytest.mark.parametrize("at", [6, 703, 18278])
def test_a_column_without_a_heading_is_told_whole(at):
    with override("en"):
        assert quoted([without_heading(at)]) == f"“{without_heading(at)}”"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_the_encoding_does_not_matter(run, encoding):
    assert run(table(*CHINESE).encode(encoding), "--channel", "minyi") == counted(1, created=1)
    assert Case.objects.get().title == "净水器漏水"


def test_an_xlsx_brings_long_numbers_dates_and_amounts_unharmed(run, tmp_path, clock):
    book = openpyxl.Workbook()
    book.active.append(CHINESE[0])
    book.active.append(
        [LONG, clock.now.replace(tzinfo=None), "举报", None, None, "=SUM(1)", 12345, "清泉",
         None, None, None, 1280.5, clock.now.replace(tzinfo=None, hour=0, minute=0)]
    )  # fmt: skip
    book.active["F2"].data_type = "s"
    book.save(tmp_path / "t.xlsx")

    assert run(tmp_path / "t.xlsx", "--channel", "minyi") == counted(1, created=1)

    case = Case.objects.get()
    assert case.tickets.get().external_no == LONG
    assert (case.title, case.narrative, str(case.amount)) == ("=SUM(1)", "12345", "1280.50")
    assert case.arrived_at == clock.now
    assert case.occurred_on == clock.now.date()


def test_a_second_import_creates_nothing(run):
    rows = table(*CHINESE, *[[f"T{n}", *CHINESE[1][1:]] for n in range(5)])

    assert run(rows, "--channel", "minyi") == counted(6, created=6)
    assert run(rows, "--channel", "minyi") == counted(6, duplicates=6)
    assert Ticket.objects.count() == 6


def test_equal_rows_without_a_number_are_different_tickets_and_still_come_only_once(run):
    rows = table(["类型", "内容"], *[["咨询", "发票怎么开"]] * 3, ["咨询", "退货怎么办"])

    assert run(rows) == counted(4, created=4)
    assert run(rows) == counted(4, duplicates=4)
    assert len(set(Ticket.objects.values_list("external_no", flat=True))) == 4


def test_what_cannot_be_taken_is_sent_back_with_the_reason_and_accepted_when_mended(run, tmp_path):
    good = CHINESE[1]
    bad_phone = ["T1", *good[1:4], "12345", *good[5:]]
    bad_time = ["T2", "明天", *good[2:]]
    no_name = ["T3", *good[1:3], "无", *good[4:]]
    faults = ["T4", "明天", *good[2:4], "1", *good[5:8], "123", *good[9:11], "约一千", good[12]]
    rejects = tmp_path / "rejects.csv"

    answer = run(
        table(CHINESE[0], good, bad_phone, bad_time, no_name, faults),
        "--channel", "minyi", "--rejects", str(rejects),
    )  # fmt: skip

    assert answer == counted(5, created=1, rejected=4)
    sent_back = rejected(rejects)
    row, reason = list(sent_back[0])[-2:]
    assert [r[row] for r in sent_back] == ["3", "4", "5", "6"]
    headings = [
        ("联系电话",),
        ("登记时间",),
        ("投诉方",),
        ("登记时间", "联系电话", "统一社会信用代码", "争议金额（元）"),
    ]
    for found, expected in zip(sent_back, headings, strict=True):
        assert all(re.search(f"{heading}[:：]", found[reason]) for heading in expected)

    for found in sent_back:
        found |= dict(zip(CHINESE[0][1:], good[1:], strict=True))
    with rejects.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, sent_back[0])
        writer.writeheader()
        writer.writerows(sent_back)
    again = ["--channel", "minyi", "--rejects", str(rejects)]
    assert run(rejects, *again) == counted(4, created=4)
    assert run(rejects, *again) == counted(0), "nothing is left to mend"
    assert Ticket.objects.count() == 5


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"登记编号": "T1", "内容": ""}, "标题或内容：至少填写一项。"),
        ({"登记编号": "T1", "主题": "", "投诉内容": ""}, "主题或投诉内容：至少填写一项。"),
        ({"内容": "装好就漏", "投诉人": "陈小满"}, "联系电话：此项必填。"),
        (
            {"内容": "好", "类型": "表扬", "争议金额": "-1", "手机": "1"},
            "类型：“表扬”不能识别，可填：投诉、举报、咨询、信访；争议金额：金额不能为负数；"
            "手机：不是有效的电话号码。",
        ),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_the_file(run, tmp_path, row, reason):
    rejects = tmp_path / "rejects.csv"

    run(table(list(row), list(row.values())), "--rejects", str(rejects))

    assert [list(told.values())[-1] for told in rejected(rejects)] == [reason]


def test_what_the_database_refuses_is_sent_back_with_the_reason_too(run, tmp_path):
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE cases_case ADD CONSTRAINT planted CHECK (title <> '不收') NOT VALID"
        )
    refused = ["T1", *CHINESE[1][1:5], "不收", *CHINESE[1][6:]]
    rejects = tmp_path / "rejects.csv"

    answer = run(table(*CHINESE, refused), "--channel", "minyi", "--rejects", str(rejects))

    assert answer == counted(2, created=1, rejected=1)
    assert [list(row.values())[-1] for row in rejected(rejects)] == ["此工单无法保存。"]


def test_rejects_go_to_a_spreadsheet_where_the_name_says_so(run, tmp_path):
    rejects = tmp_path / "rejects.xlsx"
    rows = table(CHINESE[0], ["=1+1", "明天", *CHINESE[1][2:]])

    run(rows, "--channel", "minyi", "--rejects", str(rejects))

    sheet = openpyxl.load_workbook(rejects).active
    assert sheet["A2"].value == "'=1+1"
    assert sheet["A2"].data_type == "s"
    assert run(rejects, "--channel", "minyi") == counted(1, rejected=1), "not mended yet"


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["", "A1", "A2"]),
            st.sampled_from(["咨询", "举报", "闹着玩"]),
            st.text(st.sampled_from("漏水\"',=+-@ \n;"), max_size=6),
        ),
        max_size=8,
    )
)
def test_whatever_stands_in_the_rows_all_are_counted_and_none_comes_twice(run, tmp_path, rows):
    rejects, path = tmp_path / "rejects.csv", tmp_path / "any.csv"
    path.write_text(table(["编号", "类型", "内容"], *rows), encoding="utf-8")
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    before = Ticket.objects.count()

    first = run(path, "--rejects", str(rejects))
    second = run(path)
    again = run(rejects)

    assert first["read"] == len(filled)
    assert first["created"] + first["duplicates"] + first["rejected"] == len(filled)
    assert Ticket.objects.count() == before + first["created"]
    assert second == counted(
        len(filled), duplicates=first["created"] + first["duplicates"], rejected=first["rejected"]
    )
    assert again == counted(first["rejected"], rejected=first["rejected"]), "unmended, as it was"


# -- moments ----------------------------------------------------------------------------


def arriving(*moments) -> str:
    head = ["编号", "登记时间", "类型", "内容", "联系电话"]
    rows = [[f"N{n}", m, "咨询", "发票怎么开", "13800138000"] for n, m in enumerate(moments)]
    return table(head, *rows)


@pytest.mark.parametrize(
    ("age", "clocks"),
    [
        (timedelta(minutes=5), 2),
        (timedelta(days=29, hours=23), 2),
        (timedelta(days=30), 0),
        (timedelta(days=30, seconds=1), 0),
        (timedelta(days=3000), 0),
    ],
)
def test_what_arrived_over_thirty_days_ago_is_history_and_starts_no_clock(run, clock, age, clocks):
    moment = (clock.now - age).astimezone(SHANGHAI)

    answer = run(arriving(f"{moment:%Y-%m-%d %H:%M:%S}"), "--channel", "minyi")

    assert answer == counted(1, created=1)
    case = Case.objects.get()
    assert case.arrived_at == moment
    assert case.deadlines.filter(rule__code__in=RULES_1030).count() == clocks
    assert case.deadlines.exists() == bool(clocks)


def test_a_channel_that_is_not_trusted_has_its_moment_kept_as_a_claim_unless_it_is_history(
    run, clock
):
    rows = arriving("2026-03-01 09:00", "2025-03-01 09:00")

    assert run(rows, "--channel", "web") == counted(2, created=2)

    young, old = Ticket.objects.order_by("external_no")
    assert (young.arrived_at, str(young.claimed_arrived_at)) == (
        clock.now,
        "2026-03-01 01:00:00+00:00",
    )
    assert clock_of(young.case, "ticket.respond_10").due_at == clock.now + timedelta(minutes=10)
    assert old.arrived_at == datetime(2025, 3, 1, 9, tzinfo=SHANGHAI)
    assert not old.case.deadlines.exists()


def test_a_moment_to_come_is_sent_back(run, tmp_path):
    rejects = tmp_path / "r.csv"

    answer = run(arriving("2027-01-01"), "--channel", "minyi", "--rejects", str(rejects))

    assert answer == counted(1, rejected=1)
    assert re.search("登记时间[:：]", rejects.read_text())


def test_a_later_round_in_the_same_file_is_a_new_ticket_on_the_same_case(run):
    rows = table(
        ["编号", "轮次", "登记时间", "类型", "内容"],
        ["N1", "2", "2026-03-01", "咨询", "还是没有答复"],
        ["N1", "1", "2025-01-01", "咨询", "发票怎么开"],
    )

    assert run(rows, "--channel", "minyi") == counted(2, created=2)
    assert [t.round for t in Case.objects.get().tickets.order_by("round")] == [1, 2]


# -- maps -------------------------------------------------------------------------------


def test_what_has_no_known_category_keeps_its_word_in_the_narrative(run):
    run(
        table(
            ["类型", "内容", "消费类型"], ["咨询", "能退吗", "盲盒"], ["咨询", "能退", "服务-健身"]
        )
    )

    unknown, known = Case.objects.order_by("pk")
    assert (unknown.category, unknown.narrative) == (None, "能退吗\n消费类型：盲盒")
    assert (known.category.code, known.narrative) == ("S0401", "能退")


def test_a_column_may_name_the_channel_by_its_name_unless_the_command_does(run):
    rows = table(["类型", "内容", "渠道"], ["咨询", "甲", "民意速办"], ["咨询", "乙", "hotline"])

    run(rows)
    assert set(Ticket.objects.values_list("channel__code", flat=True)) == {"minyi", "hotline"}
    assert run(rows, "--channel", "web") == counted(2, created=2)


def test_a_map_written_by_hand_joins_translates_and_fills_in(run, tmp_path):
    written = tmp_path / "mine.toml"
    written.write_text(
        """
        channel = "hotline"
        unit = "west"
        blank = ["N/A"]
        [fields]
        external_no = { hash = ["what", "where"], prefix = "MINE-" }
        kind = { column = "type", values = { "C" = "consultation" }, otherwise = "report" }
        title = { join = ["what", "where"], glue = " @ " }
        arrived_at = { column = "on", formats = ["%d.%m.%Y"], time_zone = "Europe/Berlin" }
        line = { constant = "12315" }
        demand = { column = "wish", default = "look into it" }
        urgent = { column = "hot", values = { "!!" = true } }
        consumer.name = "who"
        """,
        encoding="utf-8",
    )
    rows = table(
        ["type", "what", "where", "on", "wish", "hot", "who"],
        ["C", "rain", "roof", "31.12.2024", "N/A", "!!", "Anna"],
        ["X", "noise", "", "01.07.2024", "quiet", "", ""],
    )

    assert run(rows, map_=str(written)) == counted(2, created=2)

    first, second = Case.objects.order_by("pk")
    assert (first.title, first.kind, first.demand) == (
        "rain @ roof",
        "consultation",
        "look into it",
    )
    assert (first.urgent, first.unit.code, first.consumer.name) == (True, "west", "Anna")
    assert first.tickets.get().line == "12315"
    assert first.tickets.get().external_no.startswith("MINE-")
    assert first.arrived_at.isoformat() == "2024-12-30T23:00:00+00:00"
    assert (second.title, second.kind, second.demand) == ("noise", "report", "quiet")
    assert second.arrived_at.isoformat() == "2024-06-30T22:00:00+00:00", "summer time"


@pytest.mark.parametrize("name", sorted(path.stem for path in maps.FOLDER.glob("*.toml")))
def test_every_map_that_ships_can_be_read(name):
    assert {"title", "arrived_at"} <= set(maps.load(name).fields)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cfpb", counted(4, created=4)),
        ("nyc_dca", counted(4, created=4)),
        ("nyc311", counted(3, created=3)),
    ],
)
def test_foreign_files_come_in_by_their_maps_and_only_once(run, name, expected):
    path, map_ = FIXTURES / f"{name}.csv", str(FIXTURES / "maps" / f"{name}.toml")

    assert run(path, map_=map_) == expected
    assert run(path, map_=map_) == counted(expected["read"], duplicates=expected["read"])
    assert not Case.objects.exclude(deadlines=None).exists(), "they are history"


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("titel = 1", "titel"),
        ('[fields]\ntitel = "a"', "titel"),
        ('[fields]\ntitle = { colum = "a" }', "colum"),
        ("[fields]\ntitle = { column = 5 }", "column"),
        ("[fields]\ntitle = { column = [5] }", "column"),
        ('time_zone = "Mars/North"', "Mars"),
        ("a = [", "mine"),
        ('extends = "nothing"', "nothing"),
        ('[fields]\ntitle = "Wrong Column"', "Wrong Column"),
        ('[fields]\ntitle = "twice"', "twice"),
        ('[fields]\nkind = "a"', "“a”"),
    ],
)
def test_a_wrong_map_gets_a_sentence_and_nothing_is_written(run, tmp_path, written, sentence):
    (tmp_path / "mine.toml").write_text(written, encoding="utf-8")

    with pytest.raises(CommandError, match=sentence):
        run(table(["a", "twice", "twice"], ["1", "2", "3"]), map_=str(tmp_path / "mine.toml"))
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("options", "content", "sentence"),
    [
        ([], "", "tickets.csv"),
        ([], "甲,\x1b乙\n1,2\n", "“甲”、“乙”。$"),  # no heading known
        ([], f"甲,{'乙' * 300}\n1,2\n", f"“甲”、“{'乙' * 20}”。$"),
        ([], ",".join("abcdefghijkl") + "\n1\n", "“j”、…。$"),
        (["--channel", "nowhere"], table(*CHINESE), "nowhere"),
        (["--unit", "nowhere"], table(*CHINESE), "nowhere"),
        (["--unit", "outlet-a"], table(*CHINESE), "outlet-a"),
        (["--map", "nomap"], table(*CHINESE), "nomap"),
        (["--rejects", "/nowhere/rejects.csv"], table(*CHINESE), "/nowhere"),
    ],
)
def test_a_wrong_call_gets_a_sentence_and_nothing_is_written(run, options, content, sentence):
    with pytest.raises(CommandError, match=sentence) as caught:
        run(content, *options)

    assert "\n" not in str(caught.value)
    assert not Ticket.objects.exists()


def test_a_dry_run_counts_and_writes_nothing(run, tmp_path):
    rejects = tmp_path / "r.csv"
    rows = table(CHINESE[0], CHINESE[1], CHINESE[1], ["T2", "明天", *CHINESE[1][2:]])

    answer = run(rows, "--channel", "minyi", "--dry-run", "--rejects", str(rejects))

    assert answer == counted(3, created=1, duplicates=1, rejected=1)
    assert len(rejected(rejects)) == 1
    assert not Ticket.objects.exists()


def test_a_dry_run_says_that_it_was_one(agency, tmp_path):
    told, path = io.StringIO(), tmp_path / "tickets.csv"
    path.write_text(table(*CHINESE), encoding="utf-8")

    call_command(
        "import_tickets", str(path), "--map", "generic", "--channel", "minyi", "--dry-run",
        stdout=io.StringIO(), stderr=told,
    )  # fmt: skip

    assert "试导入" in told.getvalue()


def test_what_is_not_told_row_by_row_is_counted_and_what_is_history_is_said(
    agency, clock, tmp_path
):
    told, out, path = io.StringIO(), io.StringIO(), tmp_path / "tickets.csv"
    past = ["H1", "2019-01-01", *CHINESE[1][2:]]
    wrong = [[f"T{n}", "明天", *CHINESE[1][2:]] for n in range(6)]
    path.write_text(table(*CHINESE, past, *wrong), encoding="utf-8")

    call_command(
        "import_tickets", str(path), "--map", "generic", "--channel", "minyi",
        stdout=out, stderr=told,
    )  # fmt: skip

    assert told.getvalue().count("登记时间：") == 5
    assert "另有 1 行。\n拒收 6 行；" in told.getvalue()
    assert "读取 8 行：新建 2，已有 0，拒收 6；" in out.getvalue()
    assert "其中历史件 1，不计时限。" in out.getvalue()


def test_a_dry_run_remembers_from_batch_to_batch(run, monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 1)

    assert run(table(*CHINESE, CHINESE[1]), "--channel", "minyi", "--dry-run") == counted(
        2, created=1, duplicates=1
    )


def test_stopped_it_finishes_the_batch_says_where_and_goes_on_when_run_again(
    agency, clock, tmp_path, monkeypatch
):
    monkeypatch.setattr(imports, "BATCH", 2)
    path = tmp_path / "t.csv"
    path.write_text(table(CHINESE[0], *[[f"T{n}", *CHINESE[1][1:]] for n in range(5)]))
    map_ = maps.load("minyi")

    first = imports.import_tickets(path, map_, stop=lambda: True)
    rest = imports.import_tickets(path, map_)

    assert (first.read, first.created, first.stopped_after) == (2, 2, 3)
    assert (rest.created, rest.duplicates, rest.stopped_after) == (3, 2, None)


def test_rejects_replace_their_own_file_only_when_every_row_was_looked_at(
    agency, clock, tmp_path, monkeypatch
):
    monkeypatch.setattr(imports, "BATCH", 2)
    path, map_ = tmp_path / "t.csv", maps.load("minyi")
    (tmp_path / "link.csv").symlink_to(path)
    rows = [[f"T{n}", *CHINESE[1][1:]] for n in range(4)]
    path.write_text(table(CHINESE[0], ["T9", "明天", *CHINESE[1][2:]], *rows))
    whole = path.read_bytes()

    with pytest.raises(Unreadable, match="link.csv"):
        imports.import_tickets(tmp_path / "link.csv", map_, rejects=path, dry_run=True)
    stopped = imports.import_tickets(path, map_, rejects=path, stop=lambda: True)

    assert (stopped.read, stopped.created, stopped.rejected) == (2, 1, 1)
    assert path.read_bytes() == whole, "what was not looked at yet is still there"

    rest = imports.import_tickets(path, map_, rejects=path)

    assert (rest.created, rest.duplicates, rest.rejected) == (3, 1, 1)
    assert [row["登记编号"] for row in rejected(path)] == ["T9"]


def test_a_unit_that_is_none_of_ours_goes_where_the_file_goes_and_that_is_said(agency, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("登记编号,标题,投诉人,联系电话,承办单位\nX-1,退卡,陈小满,13800138000,南城所\n")

    tally = imports.import_tickets(file, maps.load("generic"), unit="east", channel="web")

    case = Case.objects.get(tickets__external_no="X-1")
    assert (case.unit.code, case.state) == ("east", "dispatched")
    assert [said for said in tally.remarks if "南城所" in said] == [
        f"承办单位“南城所”不是本单位所辖单位：已派往{case.unit.name}。"
    ]


def test_what_the_map_takes_nothing_from_is_named(agency, clock, tmp_path):
    file, told = tmp_path / "t.csv", io.StringIO()
    file.write_text(
        table(
            ["标题", "单位", "承办人", "投诉方", "联系电话", "备注"],
            ["漏水", "西城分中心", "张", "陈小满", "13800138000", "急"],
        )
    )

    call_command("import_tickets", str(file), "--map", "generic", stderr=told, stdout=io.StringIO())

    assert "以下列未使用：“承办人”、“备注”。" in told.getvalue(), told.getvalue()
    assert [c.unit.code for c in Case.objects.all()] == ["west"], told.getvalue()


def test_a_number_that_names_its_citizen_costs_its_own_row_alone(agency, run):
    rows = [[number, *CHINESE[1][1:]] for number in ("1", "2-陈小满", "3")]
    assert run(table(CHINESE[0], *rows), "--channel", "minyi") == counted(3, 2, rejected=1)
