"""What a file is, by its ending, its first bytes and its structure, all three agreeing.

Refused: programs in it (macros, scripts, embedded objects), what leads elsewhere when it
is opened, and a file that is two things at once. Nothing is unpacked into memory: sizes
are judged before anything is read.
"""

import re
import zipfile
import zlib
from collections.abc import Callable
from typing import BinaryIO

import pikepdf
from django.utils.translation import gettext as _
from PIL import Image

from agency.core.errors import Invalid
from agency.core.models import StoredFile

Type = StoredFile.Type

ENDINGS = {
    "pdf": Type.PDF, "jpg": Type.JPEG, "jpeg": Type.JPEG, "png": Type.PNG, "docx": Type.DOCX,
    "xlsx": Type.XLSX,
}  # fmt: skip
STARTS = {
    Type.PDF: b"%PDF-", Type.JPEG: b"\xff\xd8\xff", Type.PNG: b"\x89PNG\r\n\x1a\n",
    Type.DOCX: b"PK\x03\x04", Type.XLSX: b"PK\x03\x04",
}  # fmt: skip

MOST_PIXELS = 120_000_000
"""More than any telephone's camera takes."""
MOST_OBJECTS = 200_000
MOST_ENTRIES = 5_000
MOST_UNPACKED = 200 * 1024 * 1024
MOST_RATIO = 200
"""Times that a part of an office file may grow when it is unpacked."""
MOST_READ = 4 * 1024 * 1024

PROGRAMS_IN_PDF = (
    "/JS", "/JavaScript", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/RichMedia", "/XFA",
    "/ImportData", "/SubmitForm", "/GoToR", "/GoToE",
)  # fmt: skip
PROGRAMS_IN_OFFICE = re.compile(
    r"(vbaProject|vbaData|activeX|oleObject|/embeddings/|/macrosheets/|\.(bin|exe|dll|js|vbs|scr|bat|cmd|ps1|hta)$)",
    re.IGNORECASE,
)
ELSEWHERE = re.compile(
    rb"(attachedTemplate|oleObject|frame|subDocument|externalLinkPath)[^>]*TargetMode\s*=\s*[\"']External"
    rb"|TargetMode\s*=\s*[\"']External[\"'][^>]*(attachedTemplate|oleObject|frame|subDocument|externalLinkPath)"
)


class Refused(Exception):
    """Why this file is not taken, in a sentence."""


def type_of(file: BinaryIO, name: str) -> str:
    """The type of the ``file``, which came as ``name``. Raises Invalid."""
    try:
        found = ENDINGS.get(name.rpartition(".")[2].strip().lower())
        if found is None:
            raise Refused(_("Only PDF, JPEG, PNG, DOCX and XLSX files are taken."))
        if not _start(file).startswith(STARTS[found]):
            raise Refused(
                _("This is no %(type)s file, whatever its name says.") % {"type": found.label}
            )
        CHECKS[found](file, found)
    except Refused as refusal:
        raise Invalid({"file": [str(refusal)]}) from None
    return found


def _start(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(16)


def broken(type: Type) -> Refused:
    return Refused(_("This %(type)s file is broken and cannot be read.") % {"type": type.label})


def _no_second_face(file: BinaryIO) -> None:
    if zipfile.is_zipfile(file):
        raise Refused(_("A second file is hidden in this one."))


# -- PDF ------------------------------------------------------------------------------------


def _check_pdf(file: BinaryIO, type: Type) -> None:
    _no_second_face(file)
    try:
        with pikepdf.open(file, suppress_warnings=True) as pdf:
            if not len(pdf.pages):
                raise broken(type)
            if len(pdf.objects) > MOST_OBJECTS:
                raise Refused(_("This file unpacks to too much."))
            if any(_runs(each) for each in [pdf.trailer, *pdf.objects]):
                raise Refused(_("This file holds a program or another file: it is not taken."))
    except pikepdf.PasswordError:
        raise Refused(_("This file is locked with a password.")) from None
    except (pikepdf.PdfError, RuntimeError, ValueError):
        raise broken(type) from None


def _runs(each, depth: int = 8) -> bool:
    """Whether an object, or what lies directly in it, is or names a program."""
    if depth and isinstance(each, pikepdf.Array):
        return any(_runs(item, depth - 1) for item in each if not _is_elsewhere(item))
    if not isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
        return False
    keys = set(each.keys())
    named = {str(each[key]) for key in keys & {"/S", "/Subtype", "/Type"}}
    if (keys | named) & set(PROGRAMS_IN_PDF):
        return True
    inner = (each[key] for key in keys)
    return bool(depth) and any(_runs(item, depth - 1) for item in inner if not _is_elsewhere(item))


def _is_elsewhere(item) -> bool:
    """An object of its own, which is looked at by itself."""
    return getattr(item, "is_indirect", False)


# -- pictures -------------------------------------------------------------------------------


def _check_picture(file: BinaryIO, type: Type) -> None:
    _no_second_face(file)
    try:
        with Image.open(file, formats=[type.label]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Refused(_("This picture has too many pixels."))
            # A PNG is checked part by part and never unpacked; a JPEG is decoded at an eighth.
            picture.verify()
        if type == Type.PNG:
            _ends_with_its_end(file, type)
            return
        with Image.open(file, formats=[type.label]) as picture:
            picture.draft("RGB", (max(1, picture.width // 8), max(1, picture.height // 8)))
            picture.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise broken(type) from None


def _ends_with_its_end(file: BinaryIO, type: Type) -> None:
    file.seek(-12, 2)
    if file.read(12) != b"\x00\x00\x00\x00IEND\xaeB`\x82":
        raise broken(type)


# -- office files ---------------------------------------------------------------------------

UNREADABLE = (
    zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError,
)  # fmt: skip
MAIN_PARTS = {Type.DOCX: "word/document.xml", Type.XLSX: "xl/workbook.xml"}


def _check_office(file: BinaryIO, type: Type) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _check_size(entries)
            _check_names(entries, type)
            if archive.testzip():
                raise broken(type)
            _check_parts(archive, entries)
    except UNREADABLE:
        raise broken(type) from None


def _check_size(entries: list[zipfile.ZipInfo]) -> None:
    swollen = any(
        entry.file_size > 1024 * 1024 and entry.file_size > MOST_RATIO * max(1, entry.compress_size)
        for entry in entries
    )
    if any(
        entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries
    ):
        raise Refused(_("This file is packed in a way that no office program uses."))
    unpacked = sum(entry.file_size for entry in entries)
    if swollen or len(entries) > MOST_ENTRIES or unpacked > MOST_UNPACKED:
        raise Refused(_("This file unpacks to too much."))


def _check_names(entries: list[zipfile.ZipInfo], type: Type) -> None:
    names = [entry.filename for entry in entries]
    if len(set(names)) < len(names) or not {"[Content_Types].xml", MAIN_PARTS[type]} <= set(names):
        raise broken(type)
    if any(name.startswith(("/", "\\")) or ".." in name.split("/") for name in names):
        raise broken(type)
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refused(_("This file is locked with a password."))
    harmless = [name for name in names if not name.startswith("xl/printerSettings/")]
    if any(PROGRAMS_IN_OFFICE.search(name) for name in harmless):
        raise Refused(_("This file holds a program or another file: it is not taken."))


def _check_parts(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    """No entities of its own in any part, no macros by its list, nothing fetched when opened."""
    for entry in entries:
        if not entry.filename.endswith((".xml", ".rels")):
            continue
        with archive.open(entry) as part:
            text = part.read(MOST_READ)
        wide = text.replace(b"\0", b"")
        if b"<!DOCTYPE" in wide or b"<!ENTITY" in wide:
            raise Refused(_("This file holds a program or another file: it is not taken."))
        if entry.filename == "[Content_Types].xml" and b"macroEnabled" in wide:
            raise Refused(_("This file holds a program or another file: it is not taken."))
        if entry.filename.endswith(".rels") and any(map(ELSEWHERE.search, _tags(wide))):
            raise Refused(_("This file fetches something from elsewhere: it is not taken."))


def _tags(text: bytes) -> list[bytes]:
    return text.split(b"<")


CHECKS: dict[Type, Callable[[BinaryIO, Type], None]] = {
    Type.PDF: _check_pdf,
    Type.JPEG: _check_picture,
    Type.PNG: _check_picture,
    Type.DOCX: _check_office,
    Type.XLSX: _check_office,
}
