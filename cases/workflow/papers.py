"""The papers of a case: what comes in as evidence."""

from django.db import transaction
from django.utils.translation import gettext as _

from agency.core import clock, files
from agency.core.errors import Forbidden, NotThere, RuleViolation
from agency.core.models import User
from agency.core.roles import OUTSIDERS, Role
from agency.core.text import clean
from cases import acts
from cases.lifecycle import State
from cases.models import Attachment, Case, CaseEvent

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


def may_attach(case: Case, user: User) -> bool:
    mine = Case.objects.in_hands_of(user).filter(pk=case.pk)
    return user.role in ATTACHERS and mine.exclude(state=State.MERGED).exists()


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


def open_attachment(no: str, pk, *, by: User) -> Attachment:
    """The attachment, for who may read its file now. Raises Forbidden, NotThere."""
    case = case_with_files(no, by)
    found = case.attachments.select_related("file").filter(pk=pk).first()
    if found is None:
        raise NotThere
    return found


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
