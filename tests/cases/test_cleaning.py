"""What people write into cells, and what is made of it."""

from zoneinfo import ZoneInfo

import pytest

from agency.core.errors import Invalid
from cases.imports import cleaning

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("1280", "1280"),
        ("1,280.00元", "1280"),
        ("¥1280", "1280"),
        ("￥ 1,280.50", "1280.5"),
        ("１２８０．５０", "1280.5"),
        ("人民币1280元整", "1280"),
        ("RMB 99", "99"),
        ("1.28万元", "12800"),
        ("12万", "120000"),
        ("-5", "-5"),  # refused by the rules, in their words
        ("1280.005", "1280.005"),
        ("约1280元", "约1280元"),
        ("12,80", "12,80"),
        ("一千元", "一千元"),
    ],
)
def test_money(written, clean):
    assert cleaning.money(written) == clean


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-01-05 09:03:00", "2026-01-05T09:03:00+08:00"),
        ("2026/1/5 9:03", "2026-01-05T09:03:00+08:00"),
        ("2026.1.5", "2026-01-05T00:00:00+08:00"),
        ("2026年1月5日", "2026-01-05T00:00:00+08:00"),
        ("2026年1月5日 9时3分", "2026-01-05T09:03:00+08:00"),
        ("2026年1月5日9点", "2026-01-05T09:00:00+08:00"),
        ("2026年1月5日 下午3:20", "2026-01-05T15:20:00+08:00"),
        ("2026-1-5 12:30 AM", "2026-01-05T00:30:00+08:00"),
        ("２０２６－１－５　９：０３", "2026-01-05T09:03:00+08:00"),
        ("20260105", "2026-01-05T00:00:00+08:00"),
        ("20260105090300", "2026-01-05T09:03:00+08:00"),
        ("2026-01-05T09:03:00.123", "2026-01-05T09:03:00+08:00"),
        ("2026-01-05T01:03:00Z", "2026-01-05T01:03:00+00:00"),
        ("2026-01-05T09:03:00-05:00", "2026-01-05T09:03:00-05:00"),
        ("46027.377083333", "2026-01-05T09:03:00+08:00"),  # a spreadsheet's bare number
    ],
)
def test_moments(written, moment):
    assert cleaning.moment(written, zone=SHANGHAI) == moment
    assert cleaning.day(written, zone=SHANGHAI) == moment[:10]


@pytest.mark.parametrize("written", ["昨天", "2026-13-01", "2026-02-30", "5/1/2026", "9:03", "1"])
def test_what_is_no_moment_is_refused_with_an_example(written):
    with pytest.raises(Invalid, match="2026-01-05 09:03"):
        cleaning.moment(written, zone=SHANGHAI)


def test_a_map_may_say_how_moments_are_written_and_in_which_zone():
    written = cleaning.moment(
        "12/11/2015 10:53:55 AM",
        formats=["%m/%d/%Y %I:%M:%S %p"],
        zone=ZoneInfo("America/New_York"),
    )

    assert written == "2015-12-11T10:53:55-05:00"


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("1234567890123456789012345", "1234567890123456789012345"),
        ("\t00123", "00123"),
        ('="00123"', "00123"),
        ("ＭＹ００１", "MY001"),
        (" a-1 ", "a-1"),
    ],
)
def test_numbers_stay_texts(written, clean):
    assert cleaning.number(written) == clean


def test_a_number_that_a_spreadsheet_has_shortened_is_refused():
    with pytest.raises(Invalid):
        cleaning.number("1.23456789012346E+24")


@pytest.mark.parametrize(
    ("written", "clean"),
    [("是", True), ("否", False), ("紧急", True), ("一般", False), ("TRUE", True), ("？", "？")],
)
def test_flags(written, clean):
    assert cleaning.flag(written) == clean


@pytest.mark.parametrize(("written", "clean"), [("2", 2), ("2.0", 2), ("第３轮", 3), ("二", "二")])
def test_whole_numbers(written, clean):
    assert cleaning.whole(written) == clean


@pytest.mark.parametrize(
    ("narrative", "title"),
    [
        ("健身房闭店。余额不退。", "健身房闭店"),
        ("\n\n 商家拒绝退货", "商家拒绝退货"),
        ("一" * 60, "一" * 39 + "…"),
        ("我的电话13800138000打不通", "我的电话****打不通"),
        ("。。。", "。。。"),
    ],
)
def test_the_first_words_serve_as_a_title_and_give_nobody_away(narrative, title):
    assert cleaning.first_words(narrative) == title


@pytest.mark.parametrize(
    "written",
    ["13800138000", "138 0013 8000", "0755-26881234", "110105194912310021", "2688 1234", "张小明"],
)
@pytest.mark.parametrize("before", range(cleaning.TITLE_LENGTH - 21, cleaning.TITLE_LENGTH + 2))
def test_a_title_holds_no_half_of_a_number_or_name_where_it_is_cut(written, before):
    person = {"name": "张小明", "phone": "+8675526881234", "id_number": ""}
    title = cleaning.first_words("店" * before + written + "店" * 40, **person)

    assert len(title) <= cleaning.TITLE_LENGTH
    assert set(title) <= {"店", "*", "…"}
