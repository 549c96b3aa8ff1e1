"""Cells as people write them, turned into what the intake rules accept.

Nothing is judged here: what cannot be understood is passed on as it is, and refused by
the rules of cases/submission.py in their words. Only what the rules could not tell from
something else is refused at once: moments, and numbers a spreadsheet has shortened.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from agency.core.errors import Invalid
from agency.core.text import clean, mask_person, mask_text

TITLE_LENGTH = 40
SENTENCE_END = re.compile(r"[。！？!?；;\n\r]")

MONEY = re.compile(
    r"(?:人民币|rmb|cny|¥)?\s*(-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)\s*(万)?\s*(?:人民币|元|圆|rmb|cny)?整?",
    re.IGNORECASE,
)
MOMENT = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[\sT]*(上午|下午|AM|PM)?\s*(\d{1,2})\s*[:时点]\s*(?:(\d{1,2})\s*分?)?"
    r"(?::?\s*(\d{1,2})(?:\.\d+)?\s*秒?)?\s*(AM|PM)?)?",
    re.IGNORECASE,
)
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[\sT]*(\d{2}):?(\d{2}):?(\d{2})?)?")
WITH_OFFSET = re.compile(r".*\d{1,2}:\d{2}.*(?:Z|[+-]\d{2}:?\d{2})")
SERIAL = re.compile(r"[2-7]\d{4}(?:\.\d+)?")
SERIAL_START = datetime(1899, 12, 30)  # noqa: DTZ001 – what a spreadsheet counts days from
SHORTENED = re.compile(r"\d(?:\.\d+)?E\+?\d+", re.IGNORECASE)
FORCED_TEXT = re.compile(r'="(.*)"')

YES = {"是", "有", "y", "yes", "true", "1", "急", "紧急", "加急", "特急", "同意", "√"}
NO = {"否", "无", "n", "no", "false", "0", "一般", "普通", "不急", "不同意", "×"}


def half_width(text: str) -> str:
    """With ASCII digits, signs and blanks instead of the wide ones."""
    return unicodedata.normalize("NFKC", clean(text)).strip()


def word(text: str) -> str:
    """What makes two headings or values the same word: width, case, blanks and signs aside."""
    return re.sub(r"[\W_]+", "", half_width(text)).casefold()


def number(text: str) -> str:
    """An identifying number. Raises Invalid for what a spreadsheet has made of a long one."""
    text = half_width(text)
    if forced := FORCED_TEXT.fullmatch(text):
        text = forced[1].strip()
    if SHORTENED.fullmatch(text):
        raise Invalid({"": [_("A spreadsheet has shortened this number; write it as text.")]})
    return text


def choice(text: str) -> str:
    return number(text).casefold()


def phone(text: str) -> str:
    return re.sub(r"[—–‐]", "-", number(text))


def money(text: str) -> str:
    """``1,280.00元`` and ``¥1280`` as 1280.00 and 1280; 万 is ten thousand."""
    found = MONEY.fullmatch(half_width(text))
    if not found:
        return text
    amount = Decimal(found[1].replace(",", "")) * (10_000 if found[2] else 1)
    plain = f"{amount:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def whole(text: str) -> int | str:
    """``2``, ``2.0`` and ``第2轮`` as 2."""
    found = re.fullmatch(r"第?(\d{1,9})(?:\.0*)?[次轮]?", half_width(text))
    return int(found[1]) if found else text


def flag(text: str) -> bool | str:
    plain = half_width(text).casefold()
    return True if plain in YES else False if plain in NO else text


def moment(text: str, *, formats: Sequence[str] = (), zone: ZoneInfo) -> str:
    """ISO 8601 with the offset of ``zone``, unless the text has its own. A day is its beginning.

    ``formats`` as for strptime come first. Raises Invalid.
    """
    plain = half_width(text)
    try:
        found = _by_format(plain, formats) or _as_written(plain)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        sentence = _("“%(text)s” is no time we can read; write it like 2026-01-05 09:03.")
        raise Invalid({"": [sentence % {"text": plain[:40]}]})
    return (found if found.tzinfo else found.replace(tzinfo=zone)).isoformat()


def day(text: str, *, formats: Sequence[str] = (), zone: ZoneInfo) -> str:
    return moment(text, formats=formats, zone=zone)[:10]


def _by_format(plain: str, formats: Sequence[str]) -> datetime | None:
    for form in formats:
        try:
            return datetime.strptime(plain, form)  # noqa: DTZ007 – the map says which zone
        except ValueError:
            continue
    return None


def _as_written(plain: str) -> datetime | None:
    """The ways a date is written in China; None where it is none of them."""
    if WITH_OFFSET.fullmatch(plain):
        return datetime.fromisoformat(plain)
    if found := MOMENT.fullmatch(plain):
        year, month, on, before, hour, minute, second, after = found.groups()
        half = (before or after or "").upper()
        return _at(year, month, on, _hour(hour, half), minute, second)
    if found := COMPACT.fullmatch(plain):
        return _at(*found.groups())
    if SERIAL.fullmatch(plain):
        counted = timedelta(days=float(plain))
        return SERIAL_START + timedelta(seconds=round(counted.total_seconds()))
    return None


def _hour(hour: str | None, half: str) -> int:
    """Of the twelve-hour clock if a half of the day is named."""
    counted = int(hour or 0)
    if not half:
        return counted
    return counted % 12 + (12 if half in {"下午", "PM"} else 0)


def _at(year, month, on, hour=None, minute=None, second=None) -> datetime:
    parts = [int(part or 0) for part in (year, month, on, hour, minute, second)]
    return datetime(*parts)  # noqa: DTZ001 – the map says which zone


def first_words(narrative: str, *, name: str = "", phone: str = "", id_number: str = "") -> str:
    """The first words of a narrative as a title, without its numbers and the person given.

    Masked before it is cut: half a number or name is not known for one. And wholly: what a title
    keeps of a report's, nobody could tell for a number later.
    """
    text = clean(narrative)
    first = next((part for part in SENTENCE_END.split(text) if part.strip()), text).strip()
    known = {"name": name, "phone": phone, "id_number": id_number}
    shown = mask_person(mask_text(first, wholly=True), **known, wholly=True)
    return shown if len(shown) <= TITLE_LENGTH else f"{shown[: TITLE_LENGTH - 1]}…"
