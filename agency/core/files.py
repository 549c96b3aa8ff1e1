"""Files: kept sealed under a name of our own, checked before they are kept, served with care.

They hold what the sealed columns hold: letters name people, evidence shows them. So each is sealed
as a column is (agency/core/sealing.py), bound to its number: put in another's place it does not
open. It is sealed and opened in one piece, in memory, for half a file that was changed must not
leave. What was kept before files were sealed is known by its hash, until ``reseal`` has been there.

A file is written and checked before any lock is taken, and is on the disk before its row,
which follows in the caller's transaction. What is left behind where that fails is taken away
again; only a kill between the two leaves a file that no row names.
"""

import hashlib
import io
import logging
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import FileResponse
from django.utils.translation import gettext as _

from agency.core import filetypes
from agency.core.errors import Invalid, NotThere, RuleViolation
from agency.core.models import StoredFile
from agency.core.sealing import DoesNotOpen, Sealed, keyring

logger = logging.getLogger(__name__)

TABLE = StoredFile._meta.db_table
A_DAY = 24 * 60 * 60


class Uploads(FileUploadHandler):
    """Every upload goes to the disk as it comes; beyond the limit it is read no further.

    To the disk where it stays, not to a temporary folder, which may lie in memory.
    """

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        kept = NamedTemporaryFile(dir=incoming())  # noqa: SIM115 - closed with the request
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


def incoming() -> Path:
    """The folder of what is on its way; what lies there goes with its request, or its program."""
    folder = settings.MEDIA_ROOT / "incoming"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


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
    content = b"".join(upload.chunks())
    type = filetypes.type_of(io.BytesIO(content), upload.name)
    with made(content, type=type) as file:
        yield file


@contextmanager
def made(content: bytes, *, type: str) -> Iterator[StoredFile]:
    """Keep a file of our own making, likewise."""
    digest = hashlib.sha256(content).hexdigest()
    file = StoredFile(type=type, size=len(content), sha256=digest)
    path = path_of(file.pk)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        _write(path, file, content)
        _keep_name(path)
        yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _write(path: Path, file: StoredFile, content: bytes) -> None:
    """Sealed, at a ``path`` that is new."""
    with path.open("xb") as kept:
        path.chmod(0o600)
        kept.write(keyring(TABLE).seal_bytes(content, _place(file)))
        kept.flush()
        os.fsync(kept.fileno())


def _place(file: StoredFile) -> bytes:
    """What a file's content is bound to."""
    return f"{TABLE}:{file.pk}".encode()


def _keep_name(path: Path) -> None:
    """Let a power cut lose neither the file's name nor its folder's."""
    for folder in (path.parent, path.parent.parent):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def content_of(file: StoredFile) -> bytes:
    """The file as it came. Raises NotThere, and RuleViolation for one that is not what was kept."""
    try:
        return _opened(Sealed(path_of(file.pk).read_bytes()), file)
    except FileNotFoundError:
        raise NotThere from None
    except DoesNotOpen:
        logger.error("The file %s was changed on the disk, or its key is missing.", file.pk)
        raise RuleViolation(
            _("This file was changed on the disk, or its key is missing: tell the administrator.")
        ) from None


def _opened(kept: Sealed, file: StoredFile) -> bytes:
    """Raises DoesNotOpen. What was kept in plain is taken for what its row says, and nothing else."""
    if hashlib.sha256(kept).hexdigest() == file.sha256:
        return kept
    return keyring(TABLE).open_bytes(kept, _place(file))


def reseal(file: StoredFile) -> bool:
    """Seal anew what is plain, or sealed with an older key; whether it was.

    Stopped at any moment it leaves the old file or the new one. Raises as ``content_of``.
    """
    path, header = path_of(file.pk), keyring(TABLE).header
    with suppress(FileNotFoundError), path.open("rb") as kept:
        if kept.read(len(header)) == header:
            return False
    new = incoming() / uuid.uuid4().hex
    try:
        _write(new, file, content_of(file))
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    _keep_name(path)
    return True


def clear_incoming() -> None:
    """Take away what a killed program left on its way, a day later."""
    long_ago = time.time() - A_DAY  # by this machine's own clock, which dates its files
    for path in incoming().iterdir():
        with suppress(FileNotFoundError):  # it went just now, as it should
            if path.stat().st_mtime < long_ago:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def response(file: StoredFile, name: str) -> FileResponse:
    """The file for a browser that shall save it, not show it. ``name``: without its ending.

    The caller has asked whether the viewer may have it. Raises as ``content_of``.
    """
    answer = FileResponse(
        io.BytesIO(content_of(file)), as_attachment=True, filename=f"{name}.{file.ending}",
        content_type=file.type,
    )  # fmt: skip
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; frame-ancestors 'none'; sandbox"
    )
    return answer
