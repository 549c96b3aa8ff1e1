"""A letter's page as GB/T 9704-2012 wants it."""

import io
import json
import re
import zipfile

import typst

from agency.core import letters

LETTER = {
    "title": "约谈通知书", "number": "厦消约〔2026〕1号", "issuer": "消费者权益保护中心",
    "date": "2026年3月2日", "addressee": "海之韵珠宝行", "rows": [], "signatures": [], "note": "",
    "paragraphs": {"before": ["珠" * 28 * 60], "after": []},
}  # fmt: skip
MM = 72 / 25.4


def test_a_full_page_has_22_lines_of_28_characters_in_156_by_225_mm():
    page = pages_of(LETTER)[1]

    lines = lines_of(page)
    body, footer = lines[:-1], lines[-1]
    assert len(body) == 22
    assert {round(x / MM, 1) for x, _y in body} == {28.0}, "the left margin"
    assert 37 < body[0][1] / MM < 43 and body[-1][1] / MM < 262 < footer[1] / MM
    glyphs = page.count("<use") - len("—2—")
    assert glyphs in (22 * 28, 22 * 28 + 1), "28 a line"


def pages_of(letter: dict) -> list[str]:
    data = {"data": json.dumps(letter), "salt": ""}
    layout = str(letters.HERE / "letter.typ")
    pages = typst.compile(layout, font_paths=letters.fonts(), sys_inputs=data, format="svg")
    return [page.decode() for page in pages]


def lines_of(page: str) -> list[tuple[float, ...]]:
    """Where each line begins, the page's number among them."""
    found = re.findall(r"matrix\(1 0 0 -1 ([\d.]+) ([\d.]+)\)", page)
    return [tuple(map(float, at)) for at in found]


def test_no_signature_stands_alone_on_a_page():
    """The last two paragraphs go with it where the text ends at the foot of a page."""
    told = ["珠" * (28 * 14 - 2), "途" * 40, "特此告知。"]
    pages = pages_of(LETTER | {"paragraphs": {"before": told, "after": []}})

    assert len(pages) == 2
    assert len(lines_of(pages[1])) == 2 + 1 + len(["（印章）", "2026年3月2日", "— 2 —"])


def test_the_word_file_has_the_same_grid_and_margins():
    with zipfile.ZipFile(io.BytesIO(letters.docx(LETTER))) as word:
        section = word.read("word/document.xml").decode().rpartition("<w:sectPr")[2]

        style = word.read("word/styles.xml").decode().partition('w:styleId="Normal"')[2]

    # A cell narrower than its character, as 28 of 三号 in 156 mm are, is read as two by LibreOffice:
    # the pitch of lines is the grid's, that of characters the style's, a quarter of a point closer.
    assert 'w:type="lines"' in section and 'w:linePitch="579"' in section
    assert '<w:spacing w:val="-5"/>' in style.partition("</w:style>")[0]
    assert all(f'w:{side}="{twips}"' in section for side, twips in (("top", 2098), ("left", 1587)))
