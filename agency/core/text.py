"""Text as people mean it, and people's data as others may see it."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from django.utils.translation import gettext as _

from agency.core.names import surname_of, without_name

# Control characters but tab and newlines, and the marks that turn the reading direction:
# they change what a reader believes to see.
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
    "\U000e0000-\U000e007f]"
)

# How people break up a number they write: blanks, dots, dashes, brackets.
GAPS = " \t\u00a0\u00ad\u2000-\u200a\u202f\u3000.．·()（）\u2010-\u2015\u2212－-"
GAP = f"[{GAPS}]{{0,6}}"
FOLDED = {code: code - 0xFEE0 for code in range(ord("！"), ord("～") + 1)}
"""Full-width signs to plain ones, one for one: what is found stands at the same place."""
SPOKEN = FOLDED | str.maketrans(
    "〇零○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖①②③④⑤⑥⑦⑧⑨", "0001234567891123456789123456789"
)
"""And digits as they are spoken; not at first, for 其一139… is not one number."""
DIGITS = "0-9" + "".join(chr(sign) for sign in SPOKEN if chr(sign).isnumeric() or sign == ord("○"))
MAYBE = re.compile(f"[{DIGITS}](?:[^{DIGITS}]{{0,6}}[{DIGITS}]){{6}}")
"""Seven digits not far apart: without them a text holds no number of a person."""


def _spaced(*signs: str) -> str:
    return GAP.join(signs)


D = "[0-9]"
ALONE, ENDS = "(?<![0-9A-Za-z])", "(?![0-9A-Za-z])"
CHINA = f"(?:[+]|00)?86{GAP}"
MONTH = f"(?:0{GAP}[1-9]|1{GAP}[0-2])"
DAY = f"(?:0{GAP}[1-9]|[12]{GAP}{D}|3{GAP}[01])"
CENTURY = f"(?:1{GAP}[89]|2{GAP}0)"
LONG_NUMBER = re.compile(f"[0-9０-９](?:{GAP}[0-9０-９]){{4,}}")
"""Five digits or more, however broken up. PostgreSQL reads this pattern too."""

BROKEN = r"(?:[^0-9A-Za-z\u4e00-\u9fff]{1,3})"
# Each is bounded, so that the time a text takes grows with its length only. A mobile is
# found wherever it is broken up; a price beside a date may rather be masked than a number seen.
ID_NUMBERS = [
    re.compile(f"{ALONE}{D}{{17}}[0-9Xx]{ENDS}"),
    re.compile(
        ALONE + _spaced("[1-8]", *[D] * 5, CENTURY, D, D, MONTH, DAY, *[D] * 3, "[0-9Xx]")
        + ENDS
    ),
    re.compile(ALONE + _spaced("[1-8]", *[D] * 5, D, D, MONTH, DAY, *[D] * 3) + ENDS),
    re.compile(
        rf"{ALONE}[1-8]{D}{{5}}{BROKEN}{CENTURY}{D}{{2}}{BROKEN}?{MONTH}{BROKEN}?{DAY}{BROKEN}"
        f"{D}{{3}}[0-9Xx]{ENDS}"
    ),
]  # fmt: skip
"""Of 18 signs, the same broken up (then with a date of birth in it), of 15, before 1999, and in its
groups, whatever stands between them."""

MOBILE = re.compile(f"(?<!{D})(?:{CHINA}|0)?" + _spaced("1", "[3-9]", *[D] * 9) + f"(?!{D})")
YUAN = r"\s?元(?![旦月宵])"
GROUPED = re.compile(
    f"(?<!{D})(?:1[3-9]{D}{BROKEN}{D}{{4}}{BROKEN}?{D}{{4}}|1[3-9]{D}{{5}}{BROKEN}{D}{{4}})"
    rf"(?!{D}|{YUAN}|\s?[块万件个年月日号])"
)
"""A mobile in its groups, whatever stands between them; three prices in a row are none."""
LANDLINES = [
    re.compile(
        f"{ALONE}[(（]?(?:(?:{CHINA})[(（]?0?|0)[1-9]{D}{{1,2}}{GAP}[2-9]{D}{{2,3}}{GAP}{D}{{4}}(?!{D})"
    ),
    re.compile(f"{ALONE}[48]00{GAP}(?:{D}{{3}}{GAP}{D}{{4}}|{D}{{4}}{GAP}{D}{{3}})(?!{D}|{YUAN})"),
    re.compile(
        rf"{ALONE}\+{GAP}"
        + _spaced("[1-9]", *[D] * 6)
        + rf"(?:{GAP}{D}){{0,8}}(?!{D}|{YUAN}|\s?[块万])"
    ),
]
"""With their area code, the numbers of companies: 400-820-8820, and of other countries: +852 9123 4567."""
CENTS = rf"[1-9]{D}{{1,6}}\.{D}{{2}}"
THOUSANDS = f"[1-9]{D}{{3,6}}"
BETWEEN = f"[{GAPS}]{{1,6}}"
ASIDE = rf"(?!\.{D}){BETWEEN}"
"""A dot alone parts the digits of a telephone as well: 139.12.34.56.78."""
SUMS = re.compile(
    rf"(?:\+{GAP})?(?:{CENTS}{BETWEEN}{CENTS}|{CENTS}{ASIDE}{CENTS}{ASIDE}{D}{{3,4}})"
    rf"|{THOUSANDS}\.{D}{{2}}{ASIDE}{D}{{2,}}|{THOUSANDS}{ASIDE}{CENTS}|\+{GAP}{CENTS}"
)
"""Two sums that look like one number, 1399.00-899.00, or hours and a room, 14.00-15.30 302: no
telephone is broken up before just two digits so, but one that is all in pairs."""
IN_YUAN = re.compile(f"[1-9]{D}{{3,5}}{ASIDE}[1-9]{D}{{4,6}}|[1-9]{D}{{8}}[.]{D}{{2}}")
"""And these where 元 follows: 15800-120000. A mobile in its groups is none, whatever follows."""
IS_YUAN = re.compile(YUAN)
FIRST = re.compile(rf"\+?{GAP}{D}+(?:\.{D}{{2}}(?!{D}))?")
MASKED = re.compile(rf"{D}{{3}}\*{{4,13}}{D}{{1,3}}[0-9Xx]|(?<!\*)\*{{4}}{D}{{2}}(?!{D})")
"""A number as ``mask_phone`` and ``mask_id`` leave it."""
LOCAL_DIGITS = 7
"""A number in town has at least so many."""
SIGN = re.compile("[0-9Xx]")
SCATTERED = 3
"""Between two digits of a number that somebody hides stand so many signs, of any kind."""


def clean(text: str) -> str:
    """NFC, without invisible marks, without blanks around it."""
    return UNSEEN.sub("", unicodedata.normalize("NFC", text)).strip()


def listed(names: Iterable) -> str:
    """Names in a row, as the language now active puts them: "a, b" or 甲、乙."""
    return _(", ").join(map(str, names))


def in_one(sentences: Iterable[str]) -> str:
    """Sentences as one, parted by semicolons: only the last keeps its full stop."""
    *first, last = [*sentences] or [""]
    return _("; ").join([*(said.rstrip("。.") for said in first), last])


def mask_phone(phone: str) -> str:
    """138****5678; of a short or foreign number only the last two digits remain."""
    digits = re.sub(r"^\+86", "", phone or "")
    if not digits:
        return ""
    if re.fullmatch(r"1\d{10}", digits):
        return f"{digits[:3]}****{digits[-4:]}"
    return f"****{digits[-2:]}"


def dialled(phone: str) -> str:
    """139 1111 2222: a mobile of this country as people read and dial it, another as it is."""
    mobile = re.fullmatch(r"(?:\+86)?(1\d{2})(\d{4})(\d{4})", phone or "")
    return " ".join(mobile.groups()) if mobile else phone


def mask_id(number: str) -> str:
    """First three and last two characters."""
    return f"{number[:3]}{'*' * (len(number) - 5)}{number[-2:]}" if len(number or "") > 5 else ""


def mask_name(name: str) -> str:
    """The surname and a star: 陈*, 欧阳**."""
    if not name:
        return ""
    surname = surname_of(name) or name[0]
    return surname + "*" * max(1, min(2, len(name) - len(surname)))


def mask_address(address: str) -> str:
    """Up to the street; what identifies the door is left out."""
    if not address:
        return ""
    street = re.match(r".*?[路街道巷镇乡村]", address)
    return (street.group() if street else address[:6]) + "****"


TELLING = 6
"""An address of fewer signs is a town or a street: half the texts name it."""

LARGER = re.compile("^(?:[一-鿿]{2,3}省|[一-鿿]{2,6}自治区)?(?:[^0-9区县路街镇]{2,4}?市)?")
DOOR = re.compile(
    "[0-9a-z一二三四五六七八九十百]+(?:号(?!线)|室|栋|幢|座|单元|弄)|[0-9]-[0-9]|[0-9]{3}$"
)


def door_of(address: str) -> str:
    """``address`` as two are compared: without width, blanks, points, province and city.

    "" where it names no door: half a town lives in one street.
    """
    plain = re.sub(r"[\s,.;:、。()]", "", unicodedata.normalize("NFKC", address).casefold())
    return LARGER.sub("", plain) if DOOR.search(plain) else ""


HIDDEN = "****"
"""What stands for somebody of whom nothing may be known."""


def _hidden(_told: str) -> str:
    return HIDDEN


def mask_text(text: str, *, wholly: bool = False) -> str:
    """Free text with the telephone and identity numbers in it masked; ``wholly``: to the last digit."""
    text = MASKED.sub(HIDDEN, text or "") if wholly else text or ""
    if not MAYBE.search(text):
        return text
    phone, number = (_hidden, _hidden) if wholly else (mask_phone, mask_id)
    for pattern in ID_NUMBERS:
        text = _replaced(text, pattern, number)
    text = _replaced(text, ID_NUMBERS[1], number, SPOKEN)
    for pattern, folded in [(MOBILE, FOLDED), (MOBILE, SPOKEN), (GROUPED, SPOKEN)]:
        text = _replaced(text, pattern, lambda digits: phone(digits[-11:]), folded, _phones)
    for pattern in LANDLINES:
        text = _replaced(text, pattern, phone, found_in=_phones)
    return text


def mask_person(
    text: str, *, name: str, phone: str, id_number: str, address: str = "", wholly: bool = False
) -> str:
    """``text`` without what is known of one person: the number in town too, and the name.

    A name of one character stays: it is a surname, and half the words of the text.
    """
    of_name, of_phone, of_id, of_address = (
        [_hidden] * 4 if wholly else [mask_name, mask_phone, mask_id, mask_address]
    )
    if id_number:
        text = _without(text, id_number, id_number[-12:], of_id(id_number))
    if len(address) >= TELLING:
        text = text.replace(address, of_address(address))
    phone = phone.partition(";")[0]
    local = re.sub(r"\D", "", phone)[-LOCAL_DIGITS:]
    if len(local) == LOCAL_DIGITS:
        text = _replaced(
            text, LONG_NUMBER, lambda digits: of_phone(phone) if local in digits else None
        )
        text = _without(text, re.sub(r"\D", "", phone), local, of_phone(phone))
    for masked in filter(None, (mask_phone(phone), mask_id(id_number)) if wholly else ()):
        text = text.replace(masked, HIDDEN)
    return without_name(text, name, of_name, wholly=wholly)


def _without(text: str, number: str, known: str, shown: str) -> str:
    """``text`` without ``number``, or what of it ends in ``known``, whatever its digits stand apart by."""
    folded = text.translate(SPOKEN)
    signs = [found.start() for found in SIGN.finditer(folded)]
    digits = "".join(folded[place] for place in signs).upper()
    parts, end, at = [], 0, digits.find(known)
    while at >= 0:
        last, before = at + len(known) - 1, len(number) - len(known)
        while before and at and digits[at - 1] == number[before - 1]:
            at, before = at - 1, before - 1
        places = signs[at : last + 1]
        if all(two - one <= SCATTERED + 1 for one, two in pairwise(places)):
            parts += text[end : places[0]], shown
            end = places[-1] + 1
        at = digits.find(known, last + 1)
    return "".join([*parts, text[end:]])


def _phones(pattern: re.Pattern, text: str) -> Iterator[re.Match]:
    """What ``pattern`` finds but sums of money: within these the search goes on after the first."""
    found = pattern.search(text)
    while found:
        end = found.end()
        is_money = SUMS.fullmatch(found[0]) or (
            IN_YUAN.fullmatch(found[0]) and IS_YUAN.match(text, end)
        )
        if is_money:
            end = FIRST.match(text, found.start()).end()
        else:
            yield found
        found = pattern.search(text, end)


def _replaced(
    text: str, pattern: re.Pattern, masked, folded: Mapping = FOLDED, found_in=re.Pattern.finditer
) -> str:
    """``text`` with what ``masked`` makes of the digits found; None leaves them as they are."""
    parts, end = [], 0
    for found in found_in(pattern, text.translate(folded)):
        shown = masked(re.sub("[^0-9Xx]", "", found.group()))
        if shown is not None:
            parts += text[end : found.start()], shown
            end = found.end()
    return "".join([*parts, text[end:]])
