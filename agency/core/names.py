"""A person's name in a text, in the ways people write it."""

import re
from collections.abc import Callable, Iterator

COMPOUND_SURNAMES = frozenset(
    "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 司徒 夏侯 端木 南宫 长孙".split()
)
DOTS = "·•・‧∙⋅.．"
"""Between the parts of a name like 阿卜杜拉·买买提; some write none."""
BETWEEN = rf"[\s{DOTS}、\-—_/*]{{0,2}}"

AS_CALLED = (
    "女士|男士|先生|小姐|太太|夫人|老师|同志|同学|老板|经理|师傅|律师|医生|阿姨|叔叔?|大姐|大哥|大爷|大妈"
    "|大叔|奶奶|爷爷|姐|哥|某某?|氏|[Xx×*＊○〇]{1,2}(?![A-Za-z0-9])"
)
"""What stands behind a surname where the rest of the name is left out."""
SPEAKS = r"(?=[说称讲]|反映|举报|投诉|来电|电话|本人|[\W_]|$)"


def surname_of(name: str) -> str:
    """欧阳 of 欧阳小满, 陈 of 陈满; "" of a name that is not written so."""
    if not re.fullmatch("[一-鿿]{2,}", name):
        return ""
    return name[: 2 if name[:2] in COMPOUND_SURNAMES and len(name) > 2 else 1]


def without_name(text: str, name: str, shown: Callable[[str], str], *, wholly: bool) -> str:
    """``text`` with ``name`` masked; ``wholly``: whatever stands between its letters.

    A name of one character stays: it is a surname, and half the words of the text.
    """
    letters = _letters(name)
    if len(letters) < 2 or not _may_hold(text, letters):
        return text
    between = BETWEEN if wholly else rf"[\s{DOTS}]?"
    return re.sub(between.join(letters), shown(name), text, flags=re.IGNORECASE)


def parts_of(name: str) -> Iterator[str]:
    """Patterns of what tells whose a name is: Na Li for Li Na, 小满, 买买提, 欧阳女士, 小陈."""
    letters = _letters(name)
    words = [word for part in re.split(rf"[\s{DOTS}]+", name) if (word := _letters(part))]
    if len(letters) < 2:
        return
    if letters.isascii():
        if len(letters) > len(words[0]):
            yield r"\W{0,2}".join(reversed(words))
        yield rf"\b(?:Mr|Mrs|Ms|Miss)\b\W{{0,2}}(?:{'|'.join(words)})\b"
        return
    if surname := surname_of(letters) if len(words) == 1 else "":
        yield rf"{surname}\s?(?:{AS_CALLED})|姓\s?{surname}|[小老阿]{surname}{SPEAKS}"
        words = [letters.removeprefix(surname)]
    called = (re.sub(AS_CALLED, "", word) for word in words)
    yield from (word for word in called if len(word) > 1)


def _may_hold(text: str, letters: str) -> bool:
    """Each sign that has no case must be there: a name's pattern costs more to make than to use."""
    return all(sign in text for sign in letters if sign.lower() == sign.upper())


def _letters(name: str) -> str:
    return "".join(letter for letter in name if letter.isalnum())
