"""Letters: what they say stands in text templates of an app, how they look in two layouts here.

Each template has its version. Data is data: a value is put in once and never read as a template,
neither here nor by typst or Word.
"""

import io
import json
import re
import secrets
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path

import pylopdf_fonts_zh_cn
import typst
from django.conf import settings
from docxtpl import DocxTemplate
from jinja2.sandbox import SandboxedEnvironment

from agency.core.calendar import SHANGHAI

HERE = Path(__file__).parent
PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Template:
    """A form as its file says it. ``rows`` make a table, with ``text`` before and ``end`` after."""

    version: str
    title: str
    issuer: str = "{issuer}"
    addressee: str = ""
    text: str = ""
    rows: list[list[str]] = field(default_factory=list)
    end: str = ""
    signatures: list[str] = field(default_factory=list)
    note: str = ""

    @property
    def places(self) -> set[str]:
        """The names of the facts it asks for."""
        cells = [text for row in self.rows for text in row]
        return set(
            PLACE.findall("".join([self.issuer, self.addressee, self.text, self.end, *cells]))
        )


@cache
def template(folder: Path, profile: str, form: str) -> Template | None:
    """The form in an app's ``folder`` of templates; None where this profile has no such form."""
    path = folder / profile / f"{form}.toml"
    return Template(**tomllib.loads(path.read_text())) if path.exists() else None


def fill(
    template: Template, facts: dict[str, str], *, number: str, more: Iterable[list[str]] = ()
) -> dict:
    """The letter as its layouts want it: texts only. A line without its fact is left out.

    ``more``: label and text of further rows of the table, as they are.
    """

    def put(text: str) -> str:
        return PLACE.sub(lambda place: facts[place.group(1)], text)

    def paragraphs(text: str) -> list[str]:
        lines = [line for line in text.strip().splitlines() if line.strip()]
        return [put(line) for line in lines if _is_known(line, facts)]

    return {
        "title": template.title, "number": number, "issuer": put(template.issuer),
        "date": facts["today"], "addressee": put(template.addressee),
        "paragraphs": {"before": paragraphs(template.text), "after": paragraphs(template.end)},
        "rows": [*([label, put(text)] for label, text in template.rows), *more],
        "signatures": template.signatures, "note": template.note,
    }  # fmt: skip


def _is_known(line: str, facts: dict[str, str]) -> bool:
    """Whether a line has what it asks for; a line without places always has."""
    asked = PLACE.findall(line)
    return not asked or any(facts[place] for place in asked)


@cache
def fonts() -> typst.Fonts:
    """The bundled ones, and before them those of ``LETTER_FONTS``: what else the machine has counts
    for nothing, so that a letter looks the same on all of them.
    """
    folders = [str(Path(pylopdf_fonts_zh_cn.serif_path()).parent), settings.LETTER_FONTS]
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False,
        font_paths=list(filter(None, folders)),
    )  # fmt: skip


def pdf(letter: dict) -> bytes:
    """Never the same twice: who is shown its hash alone cannot try whose name is in it."""
    data = {"data": json.dumps(letter, ensure_ascii=False), "salt": secrets.token_hex(16)}
    return typst.compile(str(HERE / "letter.typ"), font_paths=fonts(), sys_inputs=data)


def docx(letter: dict) -> bytes:
    """Rendered in a sandbox: a layout that somebody tampered with calls nothing."""
    document = DocxTemplate(HERE / "letter.docx")
    document.render(letter, jinja_env=SandboxedEnvironment(autoescape=True), autoescape=True)
    document.docx.core_properties.keywords = secrets.token_hex(16)  # as in the PDF
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


# -- how a letter writes days, moments and money --------------------------------------------


def day(at: datetime | date | None) -> str:
    """2026年3月2日, without leading zeros; "" for None."""
    if isinstance(at, datetime):
        at = at.astimezone(SHANGHAI).date()
    return f"{at.year}年{at.month}月{at.day}日" if at else ""


def moment(at: datetime | None) -> str:
    """2026年3月2日9时30分, of a full hour without minutes; "" for None."""
    if at is None:
        return ""
    local = at.astimezone(SHANGHAI)
    return (
        f"{day(at)}{local.hour}时{local.minute}分" if local.minute else f"{day(at)}{local.hour}时"
    )


def yuan(amount) -> str:
    return f"{amount:,.2f}元" if amount is not None else ""
