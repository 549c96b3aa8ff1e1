"""What a report says: its sentences filled in, its tables and its charts, as plain texts and numbers."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

from django.utils.translation import override

from agency.core.models import Unit
from cases.models import Channel
from reports.figures import Counting, Number, Row
from reports.indicators import BY_CODE, CATALOGUE, Indicator, rounded, yoy_written
from reports.models import Benchmark
from reports.periods import Period

HERE = Path(__file__).parent
PLACE = re.compile(r"\{(\w+?)(?:@([\w-]+))?([~^≈]?)\}")
CHINESE = "zh-hans"
HEADINGS = ("指标", "本期", "上年同期", "同比")

Rows = dict[tuple[str, str], Row]


@dataclass(frozen=True)
class Section:
    heading: str
    text: str
    table: list[tuple[str, str, str, str]]


@dataclass(frozen=True)
class Chart:
    """Bars side by side: a label for each place, a list of numbers for each series."""

    title: str
    labels: list[str]
    series: list[tuple[str, list[float]]]


@dataclass(frozen=True)
class Report:
    """All a document needs. ``rows`` are the figures themselves, in the catalogue's order."""

    title: str
    unit: Unit
    period: Period
    sections: list[Section]
    charts: list[Chart]
    rows: list[Row]
    version: str


def of(unit: Unit, period: Period) -> Report:
    """The report of a unit and all below it, in Chinese whoever asks."""
    with override(CHINESE):
        counting = Counting(unit, period)
        rows = list(counting.rows(CATALOGUE))
        told = tomllib.loads((HERE / "sentences.toml").read_text())
        teller = Teller(unit, period, {_key(row): row for row in rows})
        sections = [teller.section(section) for section in told["section"]]
        return Report(
            title=teller.fill(told["title"]) or "", unit=unit, period=period, rows=rows,
            sections=[section for section in sections if section.text or section.table],
            charts=[chart for chart in _charts(counting) if any(any(n) for _s, n in chart.series)],
            version=told["version"],
        )  # fmt: skip


def _key(row: Row) -> tuple[str, str]:
    return row.indicator.code, next(iter(row.dimensions.values()), "")


class Teller:
    """Fills sentences with the figures of one period."""

    def __init__(self, unit: Unit, period: Period, rows: Rows) -> None:
        self.unit, self.period, self.rows = unit, period, rows
        years = [str(period.from_on.year), f"{period.from_on:%Y-%m}"]
        self.outside: dict[str, list[Benchmark]] = {}
        for benchmark in Benchmark.objects.filter(period=years[not period.is_year]).order_by("pk"):
            self.outside.setdefault(benchmark.indicator, []).append(benchmark)

    def section(self, told: dict) -> Section:
        sentences = filter(None, map(self.fill, told["sentences"]))
        table = [line(self.rows[code, ""]) for code in told["table"] if self._is_told(code)]
        return Section(told["heading"], "".join(sentences), table)

    def _is_told(self, code: str) -> bool:
        row = self.rows[code, ""]
        return bool(row.value or row.previous)

    def fill(self, sentence: str) -> str | None:
        """None where a figure it is about is nothing, or not known."""
        missing = [p for p in PLACE.finditer(sentence) if self._put(p) is None]
        return None if missing else PLACE.sub(lambda place: self._put(place) or "", sentence)

    def _put(self, place: re.Match) -> str | None:
        code, value, what = place.groups()
        if code in {"unit", "period"}:
            return self.unit.name if code == "unit" else str(self.period)
        row = self.rows.get((code, value or ""))
        if what == "~":
            return change(row)
        if what == "^":
            return self._compared(row)
        told = about if what == "≈" else said
        return told(row.indicator, row.value) if row and row.value else None

    def _compared(self, row: Row | None) -> str:
        """What stands beside it from outside: points above an average, and a rank."""
        if row is None or row.value is None:
            return ""
        return "".join(compared(row, other) for other in self.outside.get(row.indicator.code, ()))


def compared(row: Row, other: Benchmark) -> str:
    if other.rank:
        return f"，位居{other.scope}第{other.rank}"
    if not row.indicator.is_ratio or other.value is None:
        return ""
    points = rounded((Fraction(row.value) - Fraction(other.value)) * 100, 1, ROUND_HALF_UP)
    return f"，{'高于' if points >= 0 else '低于'}{other.scope}{abs(points)}个百分点"


def said(indicator: Indicator, value: Number) -> str:
    """With its measure word; money in 万 and 亿 as one writes it: 1.22亿元, 339.58万元."""
    if indicator.is_ratio:
        return indicator.written(value)
    if indicator.unit == "CNY":
        for size, word in ((10**8, "亿"), (10**4, "万")):
            if value >= size:
                number = rounded(Fraction(value) / size, 2, ROUND_HALF_UP)
                return f"{number.normalize():f}{word}元"
    written = indicator.written(value).replace(",", "")
    return f"{written}{indicator.measure}"


SIZES = ((10**8, "亿"), (10**4, "万"), (1, ""))
NEARLY, BARELY = Fraction(1, 100), Fraction(1, 20)
"""So little below a round number is 近; so little above one of a single digit is 余, else of two."""


def about(indicator: Indicator, value: Number) -> str:
    """As one says it in a summary: 近35万件, 48万余次, 6000余件; exact where it is small or round."""
    if indicator.is_ratio or value < 100:
        return said(indicator, value)
    value, first = Fraction(value), 10 ** (len(str(int(value))) - 1)
    for step in (first, first // 10):
        below = int(value // step * step)
        if value == below:
            return f"{_round(below)}{indicator.measure}"
        if below + step - value <= value * NEARLY:
            return f"近{_round(below + step)}{indicator.measure}"
        if value - below <= value * BARELY:
            break
    return f"{_round(below)}余{indicator.measure}"


def _round(number: int) -> str:
    size, word = next((size, word) for size, word in SIZES if number >= size)
    return f"{(Decimal(number) / size).normalize():f}{word}"


def change(row: Row | None) -> str:
    """，同比增长133.6%; "" where the year before is nothing or not known."""
    if row is None or row.yoy is None or row.value is None:
        return ""
    if row.indicator.is_ratio:
        return f"，较上年{changed(row)}"
    if not row.yoy:
        return "，与上年持平"
    return f"，同比{'增长' if row.yoy > 0 else '下降'}{yoy_written(row.yoy).lstrip('+-')}"


def changed(row: Row) -> str:
    """In percent; of a rate in percentage points, of which a percent would say something else."""
    if not row.indicator.is_ratio:
        return yoy_written(row.yoy)
    if row.value is None or row.previous is None:
        return "—"
    return f"{rounded((row.value - row.previous) * 100, 1, ROUND_HALF_UP):+}个百分点"


def line(row: Row) -> tuple[str, str, str, str]:
    """A line of a table, under HEADINGS."""
    of = row.indicator
    unit = "" if of.is_ratio else f"（{of.measure}）"
    return (
        f"{of.name}{unit}", of.written(row.value), of.written(row.previous), changed(row),
    )  # fmt: skip


# -- charts -------------------------------------------------------------------------------


def _charts(counting: Counting) -> Sequence[Chart]:
    years = [str(period.from_on.year) for period in reversed(counting.periods)]
    return [_by_month(counting, years), _by_channel(counting, years)]


def _by_month(counting: Counting, years: list[str]) -> Chart:
    received = BY_CODE["tickets_received"].top
    counted = [counting.counted(received, p, "month") for p in reversed(counting.periods)]
    months = sorted({key[5:] for found in counted for key in found})
    series = [
        (f"{year}年", [_on(found, month) for month in months])
        for year, found in zip(years, counted, strict=True)
    ]
    return Chart("各月接收工单（件）", [f"{int(month)}月" for month in months], series)


def _on(found: dict[str, Number], month: str) -> float:
    return float(sum(number for key, number in found.items() if key[5:] == month))


def _by_channel(counting: Counting, years: list[str]) -> Chart:
    received = BY_CODE["tickets_received"].top
    counted = [counting.counted(received, p, "channel") for p in reversed(counting.periods)]
    codes = sorted({key for found in counted for key in found}, key=lambda c: -counted[1].get(c, 0))
    names = {channel.code: channel.name for channel in Channel.objects.all()}
    series = [
        (f"{year}年", [float(found.get(code, 0)) for code in codes])
        for year, found in zip(years, counted, strict=True)
    ]
    return Chart("各渠道接收工单（件）", [names.get(code, code) for code in codes], series)
