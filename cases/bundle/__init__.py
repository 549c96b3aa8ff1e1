"""The evidence bundle of one case, for a review or a court: a ZIP that proves itself.

In it the index in words, the same for programs, the documents as issued and the evidence as
kept, and the hash of each file. What lies under the hashes depends on the case alone, not on
who asks or when: of an unchanged case it is the same again. Who took it stands beside, in the
bundle and on record.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from agency.core import clock
from agency.core.calendar import SHANGHAI
from agency.core.errors import Forbidden, NotThere, RuleViolation
from agency.core.files import content_of
from agency.core.models import Access, User
from agency.core.roles import Role
from cases import acts
from cases.bundle import told
from cases.models import Case
from cases.workflow import papers

BUNDLERS = {Role.CHIEF, Role.LEADER, Role.AUDITOR}
IN_PLAIN = {Role.CHIEF, Role.LEADER}
"""May have it with the citizen's data, and with the files, which cannot be masked."""

SUMS = "SHA256SUMS.txt"
"""As ``sha256sum -c`` reads it; its own hash stands for the whole content."""
EVER = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Bundle:
    """A bundle that is on record: its name, without anybody's, and its file."""

    name: str
    file: BinaryIO
    content_sha256: str


def make(no: str, *, by: User, reason: str, plain: bool = False) -> Bundle:
    """``plain``: with the citizen's data and all files; a reporter's are in none.

    Raises Forbidden, NotThere, RuleViolation.
    """
    case = _case(no, by, plain=plain)
    with transaction.atomic():
        acts.lock_cases(pk=case.pk)  # as every act: the case before the account
        _brake(by)
        case.refresh_from_db()
        content = told.gather(case.know_others(), plain=plain)
    file = TemporaryFile()  # noqa: SIM115 - its reader closes it
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        sums = _write(archive, content)
        total = hashlib.sha256(sums).hexdigest()
        taken = {"case": no, "plain": plain, "content_sha256": total, "reason": case.shown(reason)}
        taken |= {"by": by.username, "name": by.name, "unit": by.unit.name}
        taken["at"] = clock.now().astimezone(SHANGHAI).isoformat(timespec="seconds")
        _put(archive, "领取记录.json", [json.dumps(taken, ensure_ascii=False, indent=1).encode()])
    _record(case, by, plain=plain, reason=reason, file=file, files=sums.count(b"\n"))
    return Bundle(f"{no}-{taken['at'][:19].replace('-', '').replace(':', '')}.zip", file, total)


def _case(no: str, by: User, *, plain: bool) -> Case:
    if by.role not in (IN_PLAIN if plain else BUNDLERS):
        raise Forbidden
    seen = Case.objects.in_hands_of(by) if plain else Case.objects.visible_to(by)
    case = seen.filter(no=no).first()
    if case is None:
        raise NotThere
    return case


def may_have_plain(case: Case, user: User) -> bool:
    return user.role in IN_PLAIN and papers.may_open(case, user)


def _brake(by: User) -> None:
    """So many in an hour are work; more is somebody taking the data out."""
    if Access.objects.is_enough(by, Access.Kind.BUNDLED, settings.EXPORTS_AN_HOUR):
        raise RuleViolation(
            _("You have taken %(most)s bundles within an hour: ask your superior.")
            % {"most": settings.EXPORTS_AN_HOUR}
        )


@transaction.atomic
def _record(case: Case, by: User, *, plain: bool, reason: str, file: BinaryIO, files: int) -> None:
    """Before it leaves; of two at once one may be the last of the hour."""
    _brake(by)
    Access.objects.create(
        kind=Access.Kind.BUNDLED, by=by, what="bundle.plain" if plain else "bundle",
        subject=case._meta.label_lower, subject_id=case.pk, reason=case.shown(reason), found=files,
        sha256=_digest(file), at=clock.now(),
    )  # fmt: skip


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return digest


# -- the archive ------------------------------------------------------------------------------


def _write(archive: zipfile.ZipFile, content: told.Content) -> bytes:
    """Puts everything in; the sums of it, as they stand there."""
    parts: dict[str, Iterable[bytes]] = {
        "目录.pdf": [told.pdf(content.index)],
        "数据.json": [told.as_json(content.data)],
        **{path: _read(file) for path, file in content.files.items()},
    }
    sums = "".join(f"{_put(archive, path, part)}  {path}\n" for path, part in parts.items())
    _put(archive, SUMS, [sums.encode()])
    return sums.encode()


def _put(archive: zipfile.ZipFile, path: str, blocks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    entry = zipfile.ZipInfo(path, EVER)
    entry.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(entry, "w") as out:
        for block in blocks:
            digest.update(block)
            out.write(block)
    return digest.hexdigest()


def _read(file) -> Iterator[bytes]:
    """Raises RuleViolation."""
    try:
        yield content_of(file)
    except NotThere:
        sentence = _(
            "A file of this case is missing on the disk: no bundle is complete without it."
        )
        raise RuleViolation(sentence) from None
