"""The report of a year: what it says, and the files it is written to."""

import io
import zipfile
from datetime import datetime, timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from agency.core.models import Unit
from cases.imports.ledger import COLUMNS
from cases.models import Commendation
from reports import yearbook
from reports.indicators import BY_CODE
from reports.models import Staffing
from reports.periods import SHANGHAI, Period
from reports.yearbook.content import about
from tests.cases.test_ledger import GOOD, ledger, take

YEAR_2022 = datetime(2022, 1, 1, tzinfo=SHANGHAI)


def several(number: int, year: int, **told) -> list[dict]:
    """So many rows, spread over the year."""
    begin = YEAR_2022.replace(year=year, hour=9)
    blank = dict.fromkeys(COLUMNS, "") | {"kind": "complaint", "unit": "east"}
    rows = []
    for n in range(number):
        arrived = begin + timedelta(days=n % 300, minutes=n)
        moments = {"arrived_at": arrived.isoformat()}
        if "result" in told:
            moments["ended_at"] = (arrived + timedelta(days=20)).isoformat()
        rows.append(
            blank | told | moments | {"external_no": f"{year}-{sorted(told.items())}-{n}"[-64:]}
        )
    return rows


def text_of(report) -> str:
    return "".join(section.text for section in report.sections)


def test_a_report_says_in_words_what_the_figures_are(agency, clock, tmp_path):
    east = agency.units["east"]
    rows = [
        *several(7, 2022, channel="minyi"), *several(3, 2021, channel="minyi"),
        *several(4, 2022, channel="315xft", result="settled", recovered_amount="500000"),
        *several(1, 2022, channel="315xft", result="failed"),
    ]  # fmt: skip
    take(tmp_path / "ledger.csv", ledger(*rows))
    Staffing.objects.create(unit=east, month="2022-05-01", persons=Decimal("1.5"))
    outside = tmp_path / "benchmarks.csv"
    outside.write_text(
        "indicator,scope,period,value,rank,source\n"
        "mediation_success_rate,全国平均水平,2022,69.5%,,年度公报\nmediation_success_rate,五个区,2022,,1,区通报\n"
    )
    call_command("import_benchmarks", str(outside), stdout=io.StringIO())

    said = text_of(yearbook.of(east, Period.of_year(2022)))

    assert "处理民意速办平台信件7件，同比增长133.3%。民意速办信件人均处理量约为5件。" in said
    assert "调解成功率为80.0%，高于全国平均水平10.5个百分点，位居五个区第1。" in said
    assert "为消费者挽回经济损失200万元。" in said
    assert "信访" not in said  # nothing of it, so not a word


def test_the_three_files_hold_the_same_figures(agency, clock, tmp_path):
    take(tmp_path / "ledger.csv", ledger(*several(3, 2022, channel="minyi", result="settled")))
    for name in ("r.pdf", "r.docx", "r.xlsx"):
        call_command("year_report", "2022", "--out", str(tmp_path / name), stdout=io.StringIO())

    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")
    with zipfile.ZipFile(tmp_path / "r.docx") as word:
        assert "调解成功3件" in word.read("word/document.xml").decode()
        assert [n for n in word.namelist() if n.endswith(".png")]
    cells = list(openpyxl.load_workbook(tmp_path / "r.xlsx").active.values)
    [settled] = [row for row in cells if row[0] == "mediation_settled" and not row[2]]
    assert settled[3] == 3
    with pytest.raises(CommandError, match="docx"):
        call_command("year_report", "2022", "--out", str(tmp_path / "r.txt"))


def test_a_council_s_year_of_every_kind_is_told(agency, clock, tmp_path):
    """A hundredth of a year that was published; the whole of it: tests/scale."""
    east = agency.units["east"]
    rows = [
        *several(169, 2022, channel="minyi"), *several(72, 2021, channel="minyi"),
        *several(821, 2022, channel="315xft", accepted_at="", result="settled", satisfaction="satisfied"),
        *several(171, 2022, channel="315xft", result="failed", satisfaction="dissatisfied"),
        *several(8, 2022, channel="315xft", result="performed", recovered_amount="152500.00"),
        *several(5, 2022, channel="petition", kind="petition"),
    ]  # fmt: skip
    take(tmp_path / "ledger.csv", ledger(*rows))
    for month in range(1, 13):
        persons = Decimal("7.566") if month > 6 else Decimal("7.567")
        Staffing.objects.create(unit=east, month=f"2022-{month:02d}-01", persons=persons)
    for type_, number in (("banner", 24), ("letter", 8)):
        Commendation.objects.bulk_create(
            Commendation(received_on="2022-06-01", type=type_, unit=east) for _n in range(number)
        )

    report = yearbook.of(Unit.objects.get(code="east"), Period.of_year(2022))

    figures = {(row.indicator.code, *row.dimensions.values()): row for row in report.rows}
    assert float(figures["tickets_per_capita", "minyi"].value) == pytest.approx(22.34, abs=0.01)
    assert figures["recovered_amount",].value == Decimal("1220000")
    said = text_of(report)
    assert "处理民意速办平台信件169件，同比增长134.7%" in said
    assert "调解成功率为82.9%" in said and "调解满意度为82.8%" in said
    assert "为消费者挽回经济损失122万元" in said
    assert "收到锦旗（牌匾）24面、感谢信8封" in said


def test_a_month_is_reported_like_a_year(agency, clock, tmp_path):
    take(tmp_path / "ledger.csv", ledger(GOOD))

    march = yearbook.of(agency.units["agency"], Period.of_month(2022, 3))

    assert march.title == "消费者权益保护中心2022年3月消费维权工作报告"
    assert "接收各渠道工单1件" in text_of(march)
    assert not text_of(yearbook.of(agency.units["agency"], Period.of_month(2022, 2)))


@pytest.mark.parametrize(
    ("code", "value", "said"),
    [
        ("tickets_received", 349_812, "近35万件"), ("consultations", 481_234, "48万余次"),
        ("outlet_disputes_settled", 6021, "6000余件"), ("interview_attendances", 412, "400余家次"),
        ("priority_topic_cases", 3312, "3300余件"), ("recovered_amount", 997_000, "近100万元"),
        ("recovered_amount", 360_000_000, "3.6亿元"), ("walk_ins", 129, "近130人次"),
        ("walk_ins", 100, "100人次"), ("walk_ins", 99, "99人次"), ("banners", 24, "24面"),
    ],
)  # fmt: skip
def test_a_summary_says_round_numbers_as_people_do(code, value, said):
    assert about(BY_CODE[code], value) == said
