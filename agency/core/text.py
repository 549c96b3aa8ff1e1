"""Text as people mean it, and people's data as others may see it."""

import re
import unicodedata

# Control characters but tab and newlines, and the marks that turn the reading direction:
# they change what a reader believes to see.
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
    "\U000e0000-\U000e007f]"
)
PHONE_IN_TEXT = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
ID_IN_TEXT = re.compile(r"(?<![0-9A-Za-z])(\d{3})\d{13}(\d[\dXx])(?!\d)(?![0-9A-Za-z])")
COMPOUND_SURNAMES = frozenset(
    "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 司徒 夏侯 端木 南宫 长孙".split()
)


def clean(text: str) -> str:
    """NFC, without invisible marks, without blanks around it."""
    return UNSEEN.sub("", unicodedata.normalize("NFC", text)).strip()


def mask_phone(phone: str) -> str:
    """138****5678; of a short or foreign number only the last two digits remain."""
    digits = re.sub(r"^\+86", "", phone or "")
    if not digits:
        return ""
    if re.fullmatch(r"1\d{10}", digits):
        return f"{digits[:3]}****{digits[-4:]}"
    return f"****{digits[-2:]}"


def mask_id(number: str) -> str:
    """First three and last two characters."""
    return f"{number[:3]}{'*' * (len(number) - 5)}{number[-2:]}" if len(number or "") > 5 else ""


def mask_name(name: str) -> str:
    """The surname and a star: 陈*, 欧阳**."""
    if not name:
        return ""
    surname = 2 if name[:2] in COMPOUND_SURNAMES and len(name) > 2 else 1
    return name[:surname] + "*" * max(1, min(2, len(name) - surname))


def mask_address(address: str) -> str:
    """Up to the street; what identifies the door is left out."""
    if not address:
        return ""
    street = re.match(r".*?[路街道巷镇乡村]", address)
    return (street.group() if street else address[:6]) + "****"


def mask_text(text: str) -> str:
    """Free text with the telephone and identity numbers in it masked."""
    text = PHONE_IN_TEXT.sub(r"\1****\2", text or "")
    return ID_IN_TEXT.sub(r"\1*************\2", text)
