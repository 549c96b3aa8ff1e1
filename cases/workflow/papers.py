"""The papers of a case: what comes in as evidence."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from agency.core import clock, files
from agency.core.errors import Forbidden, NotThere, RuleViolation
from agency.core.models import Access, StoredFile, User
from agency.core.roles import OUTSIDERS, Role
from agency.core.text import clean
from cases import acts, evidence
from cases.lifecycle import Kind, State
from cases.models import Attachment, Case, CaseEvent
from cases.workflow.approval import awaiting
from cases.workflow.reports import colleague_of

READERS_OF_FILES = frozenset(
    {
        Role.REGISTRAR, Role.DISPATCHER, Role.MEDIATOR, Role.CHIEF, Role.ENFORCER,
        Role.CALLBACK, Role.PETITION_OFFICER, Role.LEADER, Role.SUPERVISOR, Role.CUSTODIAN,
        *OUTSIDERS,
    }
)  # fmt: skip
"""A file cannot be masked: who sees cases masked alone (auditor, analyst) opens none."""

ATTACHERS = READERS_OF_FILES - {Role.SUPERVISOR, Role.CUSTODIAN}

NAME_LENGTH = 200
MAY_NAME_A_REPORTER = "reporter.file"
"""What is on record as opened where it may name a reporter; else "file"."""


def may_attach(case: Case, user: User) -> bool:
    """Nothing is added to what is archived, nor to what goes on elsewhere."""
    mine = Case.objects.in_hands_of(user).filter(pk=case.pk)
    if user.role not in ATTACHERS or case.became_id:  # what comes now belongs to the report
        return False
    return mine.exclude(state__in=(State.MERGED, State.ARCHIVED)).exists()


def admit(no: str, by: User) -> Case:
    """The case ``by`` may add papers to, or the refusal a door gives before it reads them."""
    if by.role not in ATTACHERS:
        raise Forbidden
    case = Case.objects.visible_to(by).filter(no=no).first()
    if case is None:
        raise NotThere
    return case


def attach(no: str, *, by: User, upload) -> Attachment:
    """Keep ``upload`` as evidence, once its type and structure are checked.

    Raises Forbidden, NotThere, RuleViolation, or Invalid for a file that is not taken.
    """
    case = admit(no, by)
    with files.keeping(upload) as file, transaction.atomic():
        acts.lock_cases(pk=case.pk)
        if not may_attach(case, by):
            raise RuleViolation(_("This case takes no more papers from you."))
        return _attached(case, by, file, upload.name)


def _attached(case: Case, by: User, file, name: str) -> Attachment:
    at = clock.now()
    file.save(force_insert=True)
    attachment = Attachment.objects.create(
        case=case, file=file, name=clean(name)[-NAME_LENGTH:], by=by, at=at
    )
    CaseEvent.objects.create(
        case=case, kind=CaseEvent.Kind.ATTACHED, actor=by, at=at,
        data={"attachment": str(attachment.pk)},
    )  # fmt: skip
    return attachment


@transaction.atomic
def open_attachment(no: str, pk, *, by: User) -> Attachment:
    """The attachment, for who may read its file now: on record.

    Raises Forbidden, NotThere, RuleViolation.
    """
    case = case_with_files(no, by)
    found = evidence.of(case).select_related("file").filter(pk=pk).first()
    if found is None:
        raise NotThere
    if not opens_evidence(case, by):
        raise Forbidden(_("It names people who are kept secret from you."))
    record(case, by, found.file, is_secret=case.kind == Kind.REPORT)
    return found


def record(case: Case, by: User, file: StoredFile, *, is_secret: bool) -> None:
    """Put on record that ``by`` opens the file; of what may name a reporter so many in an hour."""
    what, most = MAY_NAME_A_REPORTER if is_secret else "file", settings.REVEALS_AN_HOUR
    if is_secret and Access.objects.is_enough(by, Access.Kind.OPENED, most, what=what):
        raise RuleViolation(
            _("You have opened %(most)s secret files within an hour: ask your chief.")
            % {"most": most}
        )
    Access.objects.create(
        kind=Access.Kind.OPENED, by=by, what=what, sha256=file.sha256,
        subject=Case._meta.label_lower, subject_id=case.pk, at=clock.now(),
    )  # fmt: skip


def opens_evidence(case: Case, user: User) -> bool:
    """A report's may show who sent it: for its two officers, the chief, who decides on what is
    proposed of it, and the custodian. SAMR Order 121 §37.
    """
    if not may_open(case, user) or case.kind != Kind.REPORT:
        return may_open(case, user)
    if user.role in {Role.CHIEF, Role.CUSTODIAN} or user in (case.handler, colleague_of(case)):
        return True
    return awaiting(user).filter(case=case).exists()


def case_with_files(no: str, by: User) -> Case:
    """The case, for who may open its files: not for those whose it was once."""
    if by.role not in READERS_OF_FILES:
        raise Forbidden
    case = Case.objects.in_hands_of(by).filter(no=no).first()
    if case is None:
        raise NotThere
    return case


def may_open(case: Case, user: User) -> bool:
    mine = Case.objects.in_hands_of(user).filter(pk=case.pk)
    return user.role in READERS_OF_FILES and mine.exists()
