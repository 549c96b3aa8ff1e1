"""Files: kept under a name of our own, checked before they are kept, served with care.

A file is written and checked before any lock is taken, and is on the disk before its row,
which follows in the caller's transaction. What is left behind where that fails is taken away
again; only a kill between the two leaves a file that no row names.
"""

import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import FileResponse
from django.utils.translation import gettext as _

from agency.core import filetypes
from agency.core.errors import Invalid, NotThere
from agency.core.models import StoredFile


class Uploads(FileUploadHandler):
    """Every upload goes to the disk as it comes; beyond the limit it is read no further.

    To the disk where it stays, not to a temporary folder, which may lie in memory.
    """

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        folder = settings.MEDIA_ROOT / "incoming"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = NamedTemporaryFile(dir=folder)  # noqa: SIM115 - closed with the request
        self.file = UploadedFile(kept, self.file_name, self.content_type, 0, self.charset)

    def receive_data_chunk(self, raw_data, start):
        if start + len(raw_data) > settings.UPLOAD_MAX_BYTES:
            self.request.upload_too_large = True
            raise SkipFile
        self.file.write(raw_data)

    def file_complete(self, file_size):
        self.file.seek(0)
        self.file.size = file_size
        return self.file

    def upload_interrupted(self):
        if hasattr(self, "file"):
            self.file.close()


def path_of(pk: uuid.UUID) -> Path:
    return settings.MEDIA_ROOT / pk.hex[:2] / pk.hex


def too_large() -> str:
    most = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
    return _("The file is too large: at most %(most)s MB.") % {"most": most}


def uploaded(request, field: str = "file"):
    """The one file of a form. Raises Invalid, for one that was too large too."""
    if getattr(request, "upload_too_large", False):
        raise Invalid({field: [too_large()]})
    found = request.FILES.getlist(field)
    if len(found) != 1 or len(request.FILES) != 1:
        raise Invalid({field: [_("Send one file.")]})
    return found[0]


@contextmanager
def keeping(upload) -> Iterator[StoredFile]:
    """Keep an uploaded file; ``with`` it, the caller writes the rows that own it.

    Raises Invalid for what is none of the types, broken, or holds programs. Whatever is
    raised within takes the file away again.
    """
    with _written(upload.chunks()) as file:
        file.type = filetypes.type_of(path_of(file.pk), upload.name)
        yield file


@contextmanager
def made(content: bytes, *, type: str) -> Iterator[StoredFile]:
    """Keep a file of our own making, likewise."""
    with _written([content]) as file:
        file.type = type
        yield file


@contextmanager
def _written(chunks: Iterable[bytes]) -> Iterator[StoredFile]:
    file = StoredFile()
    path, digest, size = path_of(file.pk), hashlib.sha256(), 0
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with path.open("xb") as kept:
            path.chmod(0o600)
            for chunk in chunks:
                kept.write(chunk)
                digest.update(chunk)
                size += len(chunk)
            kept.flush()
            os.fsync(kept.fileno())
        _keep_name(path)
        file.size, file.sha256 = size, digest.hexdigest()
        yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _keep_name(path: Path) -> None:
    """Let a power cut lose neither the file's name nor its folder's."""
    for folder in (path.parent, path.parent.parent):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def response(file: StoredFile, name: str) -> FileResponse:
    """The file for a browser that shall save it, not show it. ``name``: without its ending.

    The caller has asked whether the viewer may have it.
    """
    try:
        content = path_of(file.pk).open("rb")
    except FileNotFoundError:
        raise NotThere from None
    answer = FileResponse(
        content, as_attachment=True, filename=f"{name}.{file.ending}", content_type=file.type
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; frame-ancestors 'none'; sandbox"
    )
    return answer
