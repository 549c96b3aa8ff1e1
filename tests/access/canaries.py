"""Who must not be learned of: a reporter and a citizen, and every way of writing them down."""

import html
import io
import re
import zipfile

import pypdf

GAPS = re.compile(r"[\s-]")
ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
REPORTER = {
    "name": "欧阳小满", "phone": "13912345678", "id_number": "11010519491231002X",
    "address": "海淀区银杏胡同7号",
}  # fmt: skip
CITIZEN = {
    "name": "司马若兰", "phone": "13787654321", "id_number": "110101199003071233",
    "address": "福田区紫荆花园9栋",
}  # fmt: skip


def said_by(person: dict) -> str:
    """What they write wherever they may write anything."""
    phone = person["phone"]
    return (
        f"我是{person['name']}，电话{phone[:3]}-{phone[3:7]}-{phone[7:]}或{phone}，"
        f"证件{person['id_number']}，住{person['address']}"
    )


def secrets_of(person: dict) -> list[str]:
    """As they stand in a text without its gaps."""
    return [person["name"], person["phone"][3:], person["id_number"], person["address"][3:]]


OF_REPORTER, OF_CITIZEN = secrets_of(REPORTER), secrets_of(CITIZEN)


def told_by(answer) -> list[str]:
    """The secrets that an answer tells: its headers, its text, and what is packed into it."""
    heads = "\n".join(f"{name}: {value}" for name, value in answer.items())
    body = b"".join(answer) if answer.streaming else answer.content
    return secrets_in(f"{heads}\n{text_of(body)}")


def secrets_in(text: str) -> list[str]:
    text = GAPS.sub("", html.unescape(text))
    text += ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return [secret for secret in OF_REPORTER + OF_CITIZEN if secret in text]


def text_of(body: bytes) -> str:
    """All that can be read in it: of a PDF the pages and properties, of an archive every file."""
    if body.startswith(b"%PDF"):
        told = pypdf.PdfReader(io.BytesIO(body))
        return "\n".join([str(told.metadata), *(page.extract_text() for page in told.pages)])
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = archive.namelist()
            return "\n".join([*names, *(text_of(archive.read(name)) for name in names)])
    return body.decode(errors="replace")
