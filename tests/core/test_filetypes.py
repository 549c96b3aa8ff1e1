"""What is taken as a file, and what is not."""

import io
import zipfile

import pikepdf
import pytest
from PIL import Image

from agency.core import filetypes
from agency.core.errors import Invalid
from tests import papers

SCRIPT = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
LAUNCH = pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("calc.exe"))
FETCHING = (
    '<Relationships><Relationship Id="r1" Type="http://x/attachedTemplate" Target="http://x/t.dotm"'
    ' TargetMode="External"/></Relationships>'
)


@pytest.fixture
def type_of():
    return lambda name, content: filetypes.type_of(io.BytesIO(content), name)


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("小票.PNG", papers.picture("PNG"), "PNG"),
        ("小票.jpg", papers.picture("JPEG"), "JPEG"),
        ("小票.jpeg", papers.picture("JPEG") + b"a camera's own trailer", "JPEG"),
        ("合同.pdf", papers.pdf(), "PDF"),
        ("说明.docx", papers.docx(), "DOCX"),
        ("清单.xlsx", papers.xlsx(), "XLSX"),
    ],
)
def test_what_people_send_is_taken(type_of, name, content, found):
    assert type_of(name, content).label == found


def locked_pdf() -> bytes:
    out = io.BytesIO()
    made = pikepdf.open(io.BytesIO(papers.pdf()))
    made.save(out, encryption=pikepdf.Encryption(user="secret", owner="secret"))
    return out.getvalue()


def pdf_with_a_file() -> bytes:
    out = io.BytesIO()
    made = pikepdf.open(io.BytesIO(papers.pdf()))
    made.attachments["run.exe"] = b"MZ"
    made.save(out)
    return out.getvalue()


def bomb() -> bytes:
    return papers.zipped(papers.docx(), word__media__zeros=bytes(30 * 1024 * 1024))


def wide_picture() -> bytes:
    """A PNG that says it is larger than any telephone takes."""
    content = bytearray(papers.picture("PNG"))
    content[16:24] = (20_000).to_bytes(4) * 2
    return bytes(content)


def gif() -> bytes:
    out = io.BytesIO()
    Image.new("P", (4, 4)).save(out, "GIF")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.pdf", b""),
        ("no ending", papers.pdf()),
        ("page.html", b"<script>alert(1)</script>"),
        ("picture.svg", b"<svg/>"),
        ("run.exe", b"MZ"),
        ("page.jpg", b"<script>alert(1)</script>"),
        ("picture.gif", gif()),
        ("gif.png", gif()),
        ("half.png", papers.picture("PNG")[:60]),
        ("half.jpg", papers.picture("JPEG", (400, 300))[:300]),
        ("wide.png", wide_picture()),
        ("two.png", papers.picture("PNG") + b"<script>alert(1)</script>"),
        ("two.jpg", papers.picture("JPEG") + papers.zipped(a="b")),
        ("two.pdf", papers.pdf() + papers.zipped(a="b")),
        ("half.pdf", papers.pdf()[:40]),
        ("words.pdf", b"%PDF-1.7 and nothing more"),
        ("script.pdf", papers.pdf(OpenAction=SCRIPT)),
        ("launch.pdf", papers.pdf(OpenAction=LAUNCH)),
        ("deep.pdf", papers.pdf(AA=pikepdf.Dictionary(WC=SCRIPT))),
        ("in a list.pdf", papers.pdf(Names=pikepdf.Dictionary(X=pikepdf.Array([SCRIPT])))),
        ("file.pdf", pdf_with_a_file()),
        ("locked.pdf", locked_pdf()),
        ("sheet.docx", papers.xlsx()),
        ("archive.docx", papers.zipped(a="b")),
        ("half.docx", papers.docx()[:2000]),
        ("before.docx", b"<script>" + papers.docx()),
        ("macro.docm", papers.docx()),
        ("macro.docx", papers.zipped(papers.docx(), **{"word__vbaProject.bin": b"x"})),
        ("macro.xlsx", papers.zipped(papers.xlsx(), **{"xl__macrosheets__sheet1.xml": b"<x/>"})),
        ("control.docx", papers.zipped(papers.docx(), **{"word__activeX__a.xml": b"<x/>"})),
        ("object.docx", papers.zipped(papers.docx(), **{"word__embeddings__a.docx": b"x"})),
        ("entity.docx", papers.zipped(papers.docx(), **{"word__x.xml": "<!DOCTYPE a []><a/>"})),
        ("utf16.docx", papers.zipped(papers.docx(), **{"word__x.xml": "<!DOCTYPE a>".encode("utf-16")})),
        ("fetch.docx", papers.zipped(papers.docx(), **{"word___rels__settings.xml.rels": FETCHING})),
        ("climb.docx", papers.zipped(papers.docx(), **{"..__..__x.xml": "<x/>"})),
        ("bomb.docx", bomb()),
        ("lzma.docx", papers.packed_otherwise(papers.docx())),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_refused_is_refused_in_a_sentence(type_of, name, content):
    with pytest.raises(Invalid) as refusal:
        type_of(name, content)

    [sentence] = refusal.value.errors["file"]
    assert sentence.endswith(("。", "."))


def test_a_broken_part_of_an_office_file_is_found(type_of):
    whole = papers.docx()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        at = archive.getinfo("word/document.xml").header_offset + 60
    broken = whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]

    with pytest.raises(Invalid):
        type_of("broken.docx", broken)
