"""Letters without a meeting: guidance and reminders, numbered and served like notices."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from agency.core import clock, presence
from agency.core.errors import Forbidden, NotThere, RuleViolation
from agency.core.models import User
from cases import merchants as known
from interviews.acts import A_MINUTE, not_before
from interviews.letters.forms import Form
from interviews.lifecycle import HANDLERS
from interviews.models import Document, Guidance, Service
from interviews.workflow import papers
from interviews.workflow.calling import ANNOUNCED_FOR, Method, check_method


@transaction.atomic
def issue_guidance(*, by: User, kind: str, merchant: dict, subject: str, text: str) -> Guidance:
    """Write a letter to a merchant, a dict with ``name`` and maybe ``uscc``, ``address``."""
    if by.role not in HANDLERS:
        raise Forbidden
    told = {"uscc": "", "address": ""} | merchant
    found = known.find_or_add([told])[known.key_of(told)]
    at = clock.now()
    document = Document.objects.create(unit=by.unit, form=Form(kind), by=by, ordered_at=at)
    letter = Guidance.objects.create(
        kind=kind, unit=by.unit, merchant=found, subject=subject, text=text, by=by, at=at,
        document=document,
    )  # fmt: skip
    papers.write(document, at=at)
    presence.seen(by)
    return letter


@transaction.atomic
def serve_guidance(
    pk: int, *, by: User, method: str, at: datetime, recipient: str, **said
) -> Guidance:
    """Write down how the letter reached its merchant, as of a notice."""
    if by.role not in HANDLERS:
        raise Forbidden
    rows = Guidance.objects.visible_to(by).select_for_update(no_key=True, of=("self",))
    letter = rows.select_related("document").filter(pk=pk).first()
    if letter is None:
        raise NotThere
    if not not_before(at, letter.document.issued_at) or at > clock.now() + A_MINUTE:
        raise RuleViolation(_("It is served after it was issued, and not in time to come."))
    check_method(Method(method), {"tracking_no": "", "consent": None} | said)
    served_at = at + ANNOUNCED_FOR if method == Method.ANNOUNCEMENT else at
    Service(
        guidance=letter, round=1, method=method, at=at, served_at=served_at, recipient=recipient,
        server=by, **said,
    ).save()  # fmt: skip
    return letter


@transaction.atomic
def open_guidance(pk: int, *, by: User, shape: str) -> Document:
    """The letter's document, for who may read it: on record. Raises NotThere and as the others."""
    rows = Guidance.objects.visible_to(by).select_related("document__pdf", "document__docx")
    letter = rows.filter(pk=pk).first()
    if letter is None:
        raise NotThere
    return papers.opened(letter.document, by=by, shape=shape)
