"""What of a text is masked, and what stays."""

import re
import time
import unicodedata

import pytest
from django.utils.translation import override
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agency.core.text import LONG_NUMBER, dialled, door_of, listed, mask_person, mask_text
from agency.core.traces import mask_traces

PERSON = {"name": "欧阳小满", "phone": "+8675583214567;ext=8", "id_number": "110101199003071233"}


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("13912345678", "139****5678"),
        ("电话13912345678没人接", "电话139****5678没人接"),
        ("微信wx13912345678", "微信wx139****5678"),
        ("+8613912345678", "139****5678"),
        ("8613912345678", "139****5678"),
        ("+86 139-1234-5678", "139****5678"),
        ("008613912345678", "139****5678"),
        ("013912345678", "139****5678"),
        ("139 1234 5678", "139****5678"),
        ("139-1234-5678", "139****5678"),
        ("139.1234.5678", "139****5678"),
        ("1 3 9 1 2 3 4 5 6 7 8", "139****5678"),
        ("139      1234\t\t5678", "139****5678"),
        ("１３９１２３４５６７８", "139****5678"),
        ("１３９－１２３４－５６７８", "139****5678"),
        ("＋８６１３９　１２３４　５６７８", "139****5678"),
        ("13912345678 13812345678", "139****5678 138****5678"),
        ("15 13912345678", "15 139****5678"),
        ("1399.00-899.00 139 1234 5678", "1399.00-899.00 139****5678"),
        ("1580.50 139.12.34.56.78", "1580.50 139****5678"),
        ("139 12 34 56.78", "139****5678"),
        ("13912345678元旦前都在", "139****5678元旦前都在"),
        ("139/1234/5678元旦前都在", "139****5678元旦前都在"),
        ("13912345678 2026-11-21", "139****5678 2026-11-21"),
        ("0755-83214567", "****67"),
        ("(0755)83214567", "****67"),
        ("（0755）8321 4567", "****67"),
        ("075583214567", "****67"),
        ("010 83214567", "****67"),
        ("+86 755 83214567", "****67"),
        ("0591-8321456转801", "****56转801"),
        ("0755-83214567-801", "****67-801"),
        ("400-820-8820", "****20"),
        ("+852 9123 4567", "****67"),
        ("＋８８６－９１２－３４５－６７８", "****78"),
        ("4008208820", "****20"),
        ("110101199003071233", "110*************33"),
        ("11010119900307123x", "110*************3x"),
        ("身份证11010119900307123X。", "身份证110*************3X。"),
        ("110101 1990 0307 123x", "110*************3x"),
        ("110101/1990_03_07/123x", "110*************3x"),
        ("一一零一零一一九九零零三零七一二三三", "110*************33"),
        ("110101 19900307 1233", "110*************33"),
        ("１１０１０１１９９００３０７１２３３", "110*************33"),
        ("110101900307123", "110**********23"),
    ],
)
def test_numbers_of_people_are_masked_however_they_are_written(told, shown):
    assert mask_text(told) == shown
    assert mask_text(shown) == shown


@pytest.mark.parametrize(
    "told",
    [
        "", "12315", "12345热线", "TS2026112100412", "GD2026112100412", "JB2026112100412，XF1",
        "2026-11-21", "2026-11-21 10:30", "2026年11月21日", "20261121", "2026-11-21-2026-12-21 10:30",
        "2026.11.21-2026.12.22", "1998年买的", "1999-12-31 23:59", "赔偿400 2026-11-2", "0755 2026-11-21",
        "¥1580.00", "15800元", "13,912,345,678元", "1500-2000元", "300000000", "0.125", "2026",
        "订单1380013800012345", "3800138000123456", "1380013800012345.00", "满300+2026元",
        "原价1399.00-899.00元", "1580.50 - 120.00", "１３９９．００－８９９．００", "1399.00·899.00", "1399.00. 899.00", "1399.00.899.00",
        "+1280000元", "14.00-15.30 302室", "15800.50-1200", "18999-1899.00", "15800-120000元", "139123456.78元", "退1399.00 + 12990.00元",
        "1399.00-899.00 1580.50-120.00", "赔偿400-500 1000元以下",
        "iPhone 15 256G", "第4008号", "T012345678901", "８号楼１２０１室", "EXT-2026-000123",
    ],
)  # fmt: skip
def test_amounts_days_and_numbers_of_cases_stay(told):
    assert mask_text(told) == told


GAP_SIGNS = st.sampled_from(
    ["", "", "", " ", "-", ".", "—", "　", " - ", "－", "（", "\u00a0", "    ", " —— "]
)
MOBILE = st.from_regex("1[3-9][0-9]{9}", fullmatch=True)
AROUND = st.sampled_from(
    ["", "电话", "+86", "86-", "请打 ", "，", "wx", "元，", "（", "2026年", "TS2026112100412 "]
)


IDENTITY = st.from_regex(
    "[1-8][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]",
    fullmatch=True,
)


def broken_up(number: str, gaps: list[str], is_wide: bool) -> str:
    written = "".join(sign + gap for sign, gap in zip(number, [*gaps, ""], strict=True))
    wide = {ord(d): ord(d) + 0xFEE0 for d in "0123456789X"}
    return written.translate(wide) if is_wide else written


def reads_as_sums(number: str, after: str) -> bool:
    """A dot before just two digits, or two long numbers and 元 after them, as nobody writes a telephone."""
    in_yuan = after.startswith("元") and re.fullmatch(r"\d{4,6}\D+\d{5,7}", number)
    return bool(in_yuan or re.search(r"\d\d[.]\d\d(?!\d)", number))


@settings(max_examples=300, deadline=None)
@given(MOBILE, st.lists(GAP_SIGNS, min_size=10, max_size=10), AROUND, AROUND, st.booleans())
def test_no_mobile_survives_however_it_is_broken_up(mobile, gaps, before, after, is_wide):
    number = broken_up(mobile, gaps, is_wide)
    assume(not reads_as_sums(broken_up(mobile, gaps, is_wide=False), after))

    shown = mask_text(before + number + after.lstrip("0123456789+"))

    assert f"{mobile[:3]}****{mobile[-4:]}" in shown
    assert number not in shown


LAYOUTS = ["11", "344", "38", "74", "434", "443", "335", "353", "32222", "122222", "1" * 11]
"""How people group the digits of a mobile, one sign between all groups."""
AFTER = ["", "元", " 元", "元旦", " 899.00", "-120.00元", "，899.00", "室", ".", "。"]


@settings(max_examples=300, deadline=None)
@given(
    MOBILE, st.sampled_from(LAYOUTS), st.sampled_from([" ", "-", ".", "·", "．", " - ", "　", ". "]),
    st.sampled_from(["", "+86", "电话", "1399.00-899.00元，", "1580.50，", "¥"]),
    st.sampled_from(AFTER), st.booleans(),
)  # fmt: skip
def test_no_mobile_in_its_groups_is_taken_for_money(mobile, layout, sign, before, after, is_wide):
    sizes = [11] if layout == "11" else [*map(int, layout)]
    ends = {sum(sizes[:count]) for count in range(1, len(sizes))}
    gaps = [sign if place in ends else "" for place in range(1, 11)]

    shown = mask_text(before + broken_up(mobile, gaps, is_wide) + after)

    # With what follows it may be taken for an identity number, and masked as that.
    assert mobile not in re.sub("[^0-9]", "", unicodedata.normalize("NFKC", shown))


@settings(max_examples=200, deadline=None)
@given(IDENTITY, st.lists(GAP_SIGNS, min_size=17, max_size=17), st.booleans())
def test_no_identity_number_survives_however_it_is_broken_up(identity, gaps, is_wide):
    shown = mask_text(f"证件{broken_up(identity, gaps, is_wide)}，请核对")

    assert shown == f"证件{identity[:3]}*************{identity[-2:]}，请核对"


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("欧阳小满说", "欧阳**说"),
        ("欧阳 小满说", "欧阳**说"),
        ("打83214567或8321 4567", "打****67或****67"),
        ("打８３２１４５６７", "打****67"),
        ("打0755-83214567", "打****67"),
        ("110101199003071233", "110*************33"),
        ("共12345678元", "共12345678元"),
        ("欧阳说", "欧阳说"),
    ],
)
def test_what_is_known_of_a_person_is_masked_in_a_text(told, shown):
    assert mask_person(mask_text(told), **PERSON) == shown


def test_wholly_masked_no_surname_and_no_last_digit_is_left():
    told = "我叫欧阳小满，手机13912345678，身份证110101199003071233，座机0755-83214567或83214567"

    shown = mask_person(mask_text(told, wholly=True), **PERSON, wholly=True)

    assert shown == "我叫****，手机****，身份证****，座机****或****"
    others = "打139****5678、****67、+852****12，证件110*************3x，110**********23"
    assert mask_text(others, wholly=True) == "打****、****、+****，证件****，****"


SMALL = {"name": "陈小满", "phone": "+8613912345678", "id_number": "11010519491231002X"}


@pytest.mark.parametrize(
    "told",
    [
        "139/1234/5678", "139、1234、5678", "1391234\n5678", "139，1234，5678", "139_1234_5678", "1*3*9*1*2*3*4*5*6*7*8",
        "139转1234再5678", "一三九一二三四五六七八", "幺三九 一二三四 五六七八", "壹叁玖壹贰叁肆伍陆柒捌", "１３９／１２３４／５６７８",
        "2345678", "110105/19491231/002X", "19491231002x",
    ],
)  # fmt: skip
def test_a_number_that_is_known_goes_however_it_is_hidden(told):
    assert mask_person(f"请打{told}找我", **SMALL, wholly=True) == "请打****找我"
    assert told not in mask_person(f"请打{told}找我", **SMALL)


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("联系139/1234/5678，或138、1234、5678", "联系139****5678，或138****5678"),
        ("联系139/12345678", "联系139****5678"),
        ("其一13912345678", "其一139****5678"),
        ("打一三九一二三四五六七八", "打139****5678"),
        ("150、1500、2000元", "150、1500、2000元"),
        ("二〇二六年三月二日，一千五百元", "二〇二六年三月二日，一千五百元"),
        ("2026/03/02、2026/03/05", "2026/03/02、2026/03/05"),
    ],
)
def test_a_mobile_in_groups_goes_whatever_parts_them(told, shown):
    assert mask_text(told) == shown


@pytest.mark.parametrize(
    ("name", "told", "shown"),
    [
        ("欧阳小满", "举报人欧阳女士说", "举报人****说"),
        ("陈小满", "陈小姐、陈某和陈先生", "****、****和****"),
        ("陈小满", "小陈来电，姓陈", "****来电，****"),
        ("陈小满", "小满说", "****说"),
        ("陈小满", "陈-小-满，陈、小满，陈 小满", "****，****，****"),
        ("陈小满", "陈某某，陈**", "****，****"),
        ("阿卜杜拉·买买提", "阿卜杜拉.买买提，阿卜杜拉买买提，阿卜杜拉•买买提", "****，****，****"),
        ("阿卜杜拉·买买提", "买买提来电", "****来电"),
        ("Li Na", "Na Li, LI NA, Ms. Li", "****, ****, ****"),
        ("王女士", "王女士称另一女士", "****称另一女士"),
        ("陈满", "老陈醋过期，陈列柜，满意", "老陈醋过期，陈列柜，满意"),
        ("王** 女", "店内过期，退款", "店内过期，退款"),
        ("李* 先生", "店内过期，张先生在场", "店内过期，张先生在场"),
        ("Smith) John", "John Smith (buyer)", "**** (buyer)"),
    ],
)
def test_a_name_goes_in_every_way_it_is_written_where_nothing_may_be_known(name, told, shown):
    masked = mask_person(told, name=name, phone="", id_number="", wholly=True)
    assert mask_traces(masked, name) == shown


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("发到xiao.man@example.com", "发到****"),
        ("微信号：xiaoman_88", "微信号：****"),
        ("加wx xiaoman88", "加wx ****"),
        ("QQ 123456789", "QQ ****"),
        ("123456789加我", "****加我"),
        ("订单号：TB20260302-88", "订单号：****"),
        ("订单编号 3812345678901234567", "订单编号 ****"),
        ("快递单号SF1234567890123", "快递单号****"),
        ("车牌京A12345", "车牌****"),
        ("京A·12345、沪AD12345", "****、****"),
        ("手机尾号5678", "手机尾号****"),
        ("我叫欧阳小满，住海淀区银杏胡同7号", "我叫****，住****"),
        ("我是陈小满，家住朝阳区北街5号院3号楼201室。", "我是****，家住****。"),
        ("举报人：王大锤 住址：东城区南里小区3栋", "举报人：**** 住址：****"),
    ],
)
def test_what_tells_who_wrote_a_report_goes(told, shown):
    assert mask_traces(told) == shown
    assert mask_traces(shown) == shown


@pytest.mark.parametrize(
    "told",
    [
        "2026年11月21日购买，20261121生产", "支付15800元、12345678元", "iPhone 15 256G，型号BCD-529WKPZM", "GB7718-2011",
        "条码6901234567890", "许可证JY13101050012345", "国械注准20202140001", "JB2026112100412", "住宿条件差", "医院住院部2号楼",
        "我是消费者，举报人称商家无照", "微信支付后无发票", "卖方地址在东城区北街5号", "净含量500g×12袋", "批号20260302",
        "第4008号", "订单被取消", "小米手机", "该店住所与登记不符",
    ],
)  # fmt: skip
def test_what_a_report_is_about_stays(told):
    assert mask_traces(mask_text(told, wholly=True), SMALL["name"]) == told
    assert mask_person(told, **SMALL | {"phone": "13987650021"}, wholly=True) == told


def test_a_name_of_one_character_is_no_reason_to_mask_a_text():
    assert mask_person("陈列的商品", name="陈", phone="", id_number="") == "陈列的商品"


@pytest.mark.parametrize(
    "told",
    ["1" * 20_000, "1 " * 10_000, "0755-" * 4_000, "(" * 20_000, "a" * 20_000, "我住" * 10_000],
)
def test_a_long_text_costs_no_more_than_its_length(told):
    begun = time.perf_counter()
    mask_traces(mask_person(mask_text(told), **PERSON))
    LONG_NUMBER.sub("", told)
    assert time.perf_counter() - begun < 1


def test_a_list_reads_as_one_in_the_language_of_the_reader():
    with override("en"):
        assert listed(["minyi", 2]) == "minyi, 2"
    assert listed(["登记员", "科室负责人"]) == "登记员、科室负责人"


@pytest.mark.parametrize(
    ("kept", "read"),
    [
        ("+8613911112222", "139 1111 2222"),
        ("13911112222", "139 1111 2222"),
        ("+8675583214567;ext=8", "+8675583214567;ext=8"),
        ("", ""),
    ],
)
def test_a_mobile_is_read_as_people_dial_it(kept, read):
    assert dialled(kept) == read


@pytest.mark.parametrize(
    ("address", "door"),
    [
        ("福田区紫荆路9号601室", "福田区紫荆路9号601室"),
        ("广东省深圳市福田区紫荆路９号 ６０１室。", "福田区紫荆路9号601室"),
        ("内蒙古自治区包头市青山区 A座 1201", "青山区a座1201"),
        ("思明区湖滨南路 90-1", "思明区湖滨南路90-1"),
        ("石狮市北环路五号", "北环路五号"),
        ("福田区紫荆路", ""),
        ("福田区夜市街9号", "福田区夜市街9号"),
        ("地铁二号线站旁", ""),
        ("广东省深圳市", ""),
        ("", ""),
    ],
)
def test_two_addresses_are_compared_from_a_door_on(address, door):
    assert door_of(address) == door
