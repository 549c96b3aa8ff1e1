"""What of a text is masked, and what stays."""

import time

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from agency.core.text import LONG_NUMBER, listed, mask_person, mask_text

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
        ("１３９１２３４５６７８", "139****5678"),
        ("１３９－１２３４－５６７８", "139****5678"),
        ("＋８６１３９　１２３４　５６７８", "139****5678"),
        ("13912345678 13812345678", "139****5678 138****5678"),
        ("15 13912345678", "15 139****5678"),
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
        ("4008208820", "****20"),
        ("110101199003071233", "110*************33"),
        ("11010119900307123x", "110*************3x"),
        ("身份证11010119900307123X。", "身份证110*************3X。"),
        ("110101 1990 0307 123x", "110*************3x"),
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
        "iPhone 15 256G", "第4008号", "T012345678901", "８号楼１２０１室", "EXT-2026-000123",
    ],
)  # fmt: skip
def test_amounts_days_and_numbers_of_cases_stay(told):
    assert mask_text(told) == told


GAP_SIGNS = st.sampled_from(["", "", "", " ", "-", ".", "—", "　", " - ", "－", "（", "\u00a0"])
MOBILE = st.from_regex("1[3-9][0-9]{9}", fullmatch=True)
AROUND = st.sampled_from(
    ["", "电话", "+86", "86-", "请打 ", "，", "wx", "元，", "（", "2026年", "TS2026112100412 "]
)


@settings(max_examples=300, deadline=None)
@given(MOBILE, st.lists(GAP_SIGNS, min_size=10, max_size=10), AROUND, AROUND, st.booleans())
def test_no_mobile_survives_however_it_is_broken_up(mobile, gaps, before, after, is_wide):
    number = "".join(digit + gap for digit, gap in zip(mobile, [*gaps, ""], strict=True))
    if is_wide:
        number = number.translate({ord(d): ord(d) + 0xFEE0 for d in "0123456789"})

    shown = mask_text(before + number + after.lstrip("0123456789+"))

    assert f"{mobile[:3]}****{mobile[-4:]}" in shown
    assert number not in shown


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


def test_a_name_of_one_character_is_no_reason_to_mask_a_text():
    assert mask_person("陈列的商品", name="陈", phone="", id_number="") == "陈列的商品"


@pytest.mark.parametrize("told", ["1" * 20_000, "1 " * 10_000, "0755-" * 4_000, "(" * 20_000])
def test_a_long_text_costs_no_more_than_its_length(told):
    begun = time.perf_counter()
    mask_person(mask_text(told), **PERSON)
    LONG_NUMBER.sub("", told)
    assert time.perf_counter() - begun < 1


def test_a_list_reads_as_one_in_the_language_of_the_reader():
    with override("en"):
        assert listed(["minyi", 2]) == "minyi, 2"
