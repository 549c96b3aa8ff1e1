"""Files as people send them, and as nobody should."""

import io
import zipfile

import pikepdf
from django.core.files.uploadedfile import SimpleUploadedFile
from docx import Document
from openpyxl import Workbook
from PIL import Image


def picture(format: str = "PNG", size=(40, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, format)
    return out.getvalue()


def pdf(**root) -> bytes:
    """One empty page; ``root`` goes into the catalogue."""
    out = io.BytesIO()
    made = pikepdf.new()
    made.add_blank_page()
    for name, value in root.items():
        made.Root[f"/{name}"] = value
    made.save(out)
    return out.getvalue()


def docx() -> bytes:
    out = io.BytesIO()
    Document().save(out)
    return out.getvalue()


def xlsx() -> bytes:
    out = io.BytesIO()
    Workbook().save(out)
    return out.getvalue()


def zipped(base: bytes = b"", **parts: bytes | str) -> bytes:
    """An archive, or ``base`` with ``parts`` added; a name's "__" is a "/"."""
    out = io.BytesIO(base)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def damaged(base: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """The archive ``base`` with ``old``, once, and all after it made ``new`` where that is empty."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(base)) as whole, zipfile.ZipFile(out, "w") as broken:
        for name in whole.namelist():
            content = whole.read(name)
            if name == part:
                before, found, after = content.partition(old)
                assert found, "there is nothing to damage"
                content = before + (new + after if new else b"")
            broken.writestr(name, content)
    return out.getvalue()


def packed_otherwise(base: bytes) -> bytes:
    """The archive ``base`` packed by LZMA, which a zip may be and no office file is."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(base)) as whole,
        zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as to,
    ):
        for name in whole.namelist():
            to.writestr(name, whole.read(name))
    return out.getvalue()


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)
