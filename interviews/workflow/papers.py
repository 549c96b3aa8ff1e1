"""Letters and records: ordered by a verb, written at once where they are few, else in the background.

Each is written in a transaction of its own that takes its number: whoever is stopped or killed in
the middle leaves neither gap nor double, and the rest waits where it stood.
"""

import logging
import time
from contextlib import ExitStack
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from agency.core import clock, files, letters
from agency.core.calendar import SHANGHAI
from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.models import Access, NumberSeries, StoredFile, User
from agency.core.roles import Role
from interviews import acts
from interviews.acts import Act, Kinds
from interviews.letters import facts
from interviews.letters.forms import WORDS, Form
from interviews.letters.versions import in_force
from interviews.lifecycle import MOVE, READERS, Course
from interviews.models import WAITING, Attendance, Document, Guidance, Interview, Notice

log = logging.getLogger(__name__)

SHAPES = ("pdf", "docx")
FEW = 2
"""So many are written while somebody waits for the page."""
SECONDS_A_RUN = 1.5
"""Shorter than from one run to the next (agency/celery.py): what else the worker has to do, it does."""
MOST_FAILURES = 5
"""One that cannot be written so often is left alone."""
LOCK = 20261122
"""One writer at a time: two would wait for each other at the number."""


def order(
    act: Act, form: Form, attendance: Attendance | None = None, *, notice: Notice | None = None
) -> Document:
    """Have a document written about what the act leads to; ``notice``: whose letter it is."""
    document = Document.objects.create(
        interview=act.interview, unit=act.interview.unit, attendance=attendance, form=form,
        by=act.by, ordered_at=act.at,
    )  # fmt: skip
    if notice:
        notice.document = document
        notice.save(update_fields=["document"])
    return document


def write_if_few(act: Act) -> None:
    """Write what waits, at once where it is few; by ``write_pending`` otherwise."""
    waiting = list(
        act.interview.documents.filter(WAITING).order_by("ordered_at", "attendance_id", "pk")
    )
    if len(waiting) <= FEW:
        for document in waiting:
            document.interview = act.interview  # as the verb has it, written or not
            write(document, at=act.at)


def stop(documents: QuerySet[Document], *, at: datetime) -> int:
    """Leave unwritten what waits of ``documents``: their orders are over."""
    rows = list(
        documents.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True)
    )
    Notice.objects.filter(document__in=rows).update(document=None)
    return Document.objects.filter(pk__in=rows).update(cancelled_at=at)


def write_pending(seconds: float = SECONDS_A_RUN) -> int:
    """Write what waits, oldest first, for so long; returns how many. Any number may be called."""
    until, written = time.monotonic() + seconds, 0
    while time.monotonic() < until and _write_next():
        written += 1
    return written


def _write_next() -> bool:
    """One document in its own transaction; False where none waits or another writes."""
    waiting = Document.objects.filter(WAITING, failures__lt=MOST_FAILURES)
    first = (
        waiting.order_by("failures", "ordered_at", "attendance_id", "pk")
        .values_list("pk", "interview")
        .first()
    )
    if first is None:
        return False
    try:
        with transaction.atomic():
            if not _is_alone():
                return False
            if first[1]:
                acts.lock(first[1])
            document = Document.objects.select_for_update().filter(WAITING, pk=first[0]).first()
            if document:
                write(document, at=clock.now())
    except (OSError, ValueError, RuntimeError) as error:
        log.exception("document %s cannot be written: %s", first[0], type(error).__name__)
        Document.objects.filter(pk=first[0]).update(failures=F("failures") + 1)
    return True


def _is_alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return cursor.fetchone()[0]


def write(document: Document, *, at: datetime) -> None:
    """Number it, write it as PDF and DOCX, and keep both as they are. Its interview is locked.

    Whatever fails takes the two files away again, and gives the number back.
    """
    made_of = in_force(document.unit.org_profile, document.form)
    with ExitStack() as kept, transaction.atomic():
        number = _number(document, at)
        found = facts.gather(document, at=at)
        rows = facts.rows(document)
        letter = letters.fill(made_of, found, number=number, more=rows)
        for name, make, type in (
            ("pdf", letters.pdf, StoredFile.Type.PDF), ("docx", letters.docx, StoredFile.Type.DOCX),
        ):  # fmt: skip
            file = kept.enter_context(files.made(make(letter), type=type))
            file.save(force_insert=True)
            setattr(document, name, file)
        document.number, document.version, document.issued_at = number, made_of.version, at
        document.save()
        _issued(document, at)


def _number(document: Document, at: datetime) -> str:
    """The next number of this form, unit and year; "" for one that bears the interview's own."""
    word = WORDS.get(Form(document.form))
    if not word:
        return ""
    year = at.astimezone(SHANGHAI).year
    return NumberSeries.take(f"{document.unit.prefix}{word}〔{year}〕#号")


def _issued(document: Document, at: datetime) -> None:
    """A merchant whose notice was written is noticed."""
    notice = Notice.objects.filter(document=document).select_related("attendance").first()
    if notice is None:
        return
    notice.number, notice.issued_at = document.number, at
    notice.save()
    attendance = notice.attendance
    act = Act(document.interview, document.by, at, MOVE["issue_notice"])
    if attendance.state in act.move.courses:
        act.lead(attendance, Course.NOTICED)
    act.record(Kinds.NOTICE_ISSUED, attendance=attendance, document=str(document.pk))


def progress(interview: Interview) -> dict[str, int]:
    """How many notices were ordered, and how many of them are written."""
    notices = interview.documents.filter(form=Form.NOTICE, cancelled_at=None)
    return {"ordered": notices.count(), "written": notices.exclude(issued_at=None).count()}


READERS_OF_FILES = READERS - {Role.AUDITOR, Role.ANALYST}
"""A file cannot be masked: who sees people masked alone opens none."""


@transaction.atomic
def open_document(no: str, pk, *, by: User, shape: str = "pdf") -> Document:
    """The document, for who may read it: on record. ``shape``: pdf or docx.

    Raises Forbidden, NotThere, Invalid for another shape, RuleViolation while it is being written.
    """
    if by.role not in READERS_OF_FILES:
        raise Forbidden
    mine = Document.objects.filter(interview__in=Interview.objects.visible_to(by))
    found = mine.select_related("pdf", "docx").filter(interview__no=no, pk=pk).first()
    if found is None or found.cancelled_at:
        raise NotThere
    return opened(found, by=by, shape=shape)


def opened(document: Document, *, by: User, shape: str) -> Document:
    """The document, put on record as opened; Invalid or RuleViolation where it cannot be."""
    if shape not in SHAPES:
        raise Invalid({"as": [_("Ask for pdf or docx.")]})
    if document.issued_at is None:
        raise RuleViolation(_("It is being written: come back in a moment."))
    record_opened(getattr(document, shape), document.interview or document.guidance, by=by)
    return document


def record_opened(file: StoredFile, about: Interview | Guidance, *, by: User) -> None:
    """Put on record that ``by`` opens a file of ``about``."""
    Access.objects.create(
        kind=Access.Kind.OPENED, by=by, what="file", sha256=file.sha256,
        subject=about._meta.label_lower, subject_id=about.pk, at=clock.now(),
    )  # fmt: skip


TAKE_PART = READERS - {Role.AUDITOR, Role.ANALYST, Role.CUSTODIAN}
"""Who may be named beside the actor: to serve, to record, to check again."""


def colleague(act: Act, field: str, username: str) -> User:
    """Somebody named for a part: active, of a fitting role, and in reach of the interview."""
    people = User.objects.at_work().filter(role__in=TAKE_PART, username=username)
    found = people.filter(unit__path__in=act.interview.unit.ancestor_paths).first()
    if found is None:
        said = _("“%(name)s” is nobody who could take this part here.") % {"name": username}
        raise Invalid({field: [said]})
    return found
