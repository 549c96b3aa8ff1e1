"""The sums that a text names: what was typed is held against them, and a person asked."""

import re
from decimal import Decimal

from cases.imports.cleaning import half_width

FIGURE = r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*([万千百])?"
YUAN = r"(?:[元圆](?![旦宵素件])|块(?:钱|(?=\W|$)))"
EXACT = re.compile(rf"(?:¥|rmb|cny|人民币)\s*{FIGURE}|{FIGURE}\s*{YUAN}", re.IGNORECASE)
LOOSE = re.compile(
    rf"(?<![\d.])[零〇一二两三四五六七八九十百千万几数壹贰叁肆伍陆柒捌玖拾佰仟]+[余多来]?{YUAN}"
    rf"|\d\s*[万千百]?[余多来][万千百]?{YUAN}"
    rf"|(?:约|近|大概)\s*\d|{YUAN}(?:左右|上下)"
)
"""In words, or about so much: nothing can be held against it."""
TIMES = {"万": 10_000, "千": 1_000, "百": 100}


def named(text: str) -> set[Decimal]:
    """Each sum in figures once, in yuan."""
    found = EXACT.finditer(half_width(text))
    return {_yuan(*filter(None, one.groups())) for one in found}


def _yuan(figure: str, times: str = "") -> Decimal:
    return Decimal(figure.replace(",", "")) * TIMES.get(times, 1)


def named_instead(typed: str, told: str, *more: str) -> Decimal | None:
    """The one sum that ``told`` names, where neither it nor ``more`` names the ``typed`` one.

    None, too, where it names several, or one loosely, and where no amount is typed.
    """
    sums = named(told)
    if len(sums) != 1 or LOOSE.search(half_width(told)):
        return None
    if not re.fullmatch(r"\d+(?:\.\d+)?", typed):
        return None
    return None if Decimal(typed) in sums | named("\n".join(more)) else sums.pop()
