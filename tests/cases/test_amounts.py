"""Of a typed amount and what was told: when the one calls the other in question."""

import pytest

from cases.amounts import named_instead


@pytest.mark.parametrize(
    ("typed", "told", "demand", "instead"),
    [
        ("52000", "办了一张5,200元的年卡，门店已关", "", "5200"),
        ("520", "现场支付￥5，200.00", "", "5200.00"),
        ("1280", "花了1.28万元装修", "", "12800.00"),
        ("5200", "微信转账52000块", "", "52000"),
        ("5200", "办了一张5200.00元的年卡", "", None),  # the same
        ("5200", "去年第14张卡，电话13800138000", "", None),  # names none
        ("3000", "办卡5200元", "退还余额3000元", None),  # it is what is wanted back
        ("52000", "办卡5200元，已消费1200元", "", None),  # which of them?
        ("5280", "前后花了5000多元", "", None),
        ("5280", "大概5000元", "", None),
        ("5280", "5000元左右", "", None),
        ("52000", "五千二百元的年卡，退了200元", "", None),
        ("899", "2026元旦购卡", "", None),
        ("899", "换了3块电池，付了200美元", "", None),
        ("", "办卡5200元", "", None),
        ("八百", "办卡5200元", "", None),
    ],
)
def test_only_one_sum_said_plainly_and_otherwise_is_asked_about(typed, told, demand, instead):
    found = named_instead(typed, told, demand)

    assert (found and str(found)) == instead
