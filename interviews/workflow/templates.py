"""What letters say is changed by two people: one proposes a version, another puts it in force.

A template is text with places in braces, each a fact that is put in once: nothing in it is run.
"""

import re
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from agency.core import clock, letters, presence
from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.letters import PLACE
from agency.core.models import User
from agency.core.roles import Role
from interviews.letters import facts
from interviews.letters.forms import Form
from interviews.letters.versions import of_row
from interviews.lifecycle import DECIDERS
from interviews.models import LetterTemplate

State = LetterTemplate.State
EDITORS = DECIDERS
NEEDED = {
    Form.NOTICE: {"merchant", "hold_at", "place"}, Form.GUIDANCE: {"merchant", "body"},
    Form.REMINDER: {"merchant", "body"},
}  # fmt: skip
"""Without these a letter would not say what it is for."""
BRACE = re.compile(r"[{}]")


@transaction.atomic
def propose_template(
    *, by: User, profile: str, form: str, title: str, reason: str, addressee: str = "",
    text: str = "", rows: Sequence[Sequence[str]] = (), end: str = "",
    signatures: Sequence[str] = (), note: str = "",
) -> LetterTemplate:  # fmt: skip
    """Write a new version of a letter; it is in force once another person has approved it.

    Raises Invalid for a place that is no fact of this form, or one that the form needs.
    """
    if by.role not in EDITORS:
        raise Forbidden
    _lock()
    if LetterTemplate.objects.filter(profile=profile, form=form, state=State.PROPOSED).exists():
        raise RuleViolation(_("A version of this letter waits for its decision already."))
    row = LetterTemplate(
        profile=profile, form=form, title=title, addressee=addressee, text=text,
        rows=[list(row) for row in rows], end=end, signatures=list(signatures), note=note,
        reason=reason, by=by, at=clock.now(),
    )  # fmt: skip
    _check_places(row)
    row.save()
    presence.seen(by)
    return row


def _lock() -> None:
    """One proposal or decision at a time: there are few."""
    list(LetterTemplate.objects.select_for_update().filter(state=State.PROPOSED).order_by("pk"))


def _check_places(row: LetterTemplate) -> None:
    said = {
        "title": row.title, "addressee": row.addressee, "text": row.text, "end": row.end,
        "rows": "".join(text for _label, text in row.rows), "note": row.note,
    }  # fmt: skip
    known = facts.known(Form(row.form))
    for field, text in said.items():
        places = set(PLACE.findall(text)) if field not in {"title", "note"} else set()
        if strange := sorted(places - known):
            told = {"name": strange[0], "known": "、".join(sorted(known))}
            raise Invalid({field: [_("{%(name)s} is no fact of this letter. Known are: %(known)s.") % told]})  # fmt: skip
        if BRACE.search(PLACE.sub("", text) if field not in {"title", "note"} else text):
            raise Invalid({field: [_("A brace stands alone: a place is {name}.")]})
    asked = of_row(row).places
    if lacking := sorted(NEEDED.get(Form(row.form), set()) - asked):
        raise Invalid({"text": [_("This letter must say {%(name)s}.") % {"name": lacking[0]}]})


@transaction.atomic
def decide_template(pk: int, *, by: User, approved: bool, opinion: str = "") -> LetterTemplate:
    """Put a version in force, or not. Never by who wrote it; one of the two is a leader."""
    if by.role not in EDITORS:
        raise Forbidden
    found = LetterTemplate.objects.select_for_update(of=("self",)).select_related("by")
    row = found.filter(pk=pk).first()
    if row is None:
        raise NotThere
    if row.state != State.PROPOSED:
        raise RuleViolation(_("This version was decided on already."))
    if row.by_id == by.pk:
        raise RuleViolation(_("Who wrote it does not put it in force."))
    if Role.LEADER not in {row.by.role, by.role}:
        raise RuleViolation(_("One of the two is a leader."))
    row.state = State.APPROVED if approved else State.REJECTED
    row.decided_by, row.decided_at, row.opinion = by, clock.now(), opinion
    row.save()
    presence.seen(by)
    return row


def may_decide(row: LetterTemplate, user: User) -> bool:
    """Whether ``user`` could decide on it now."""
    return (
        row.state == State.PROPOSED and row.by_id != user.pk and user.role in EDITORS
        and Role.LEADER in {row.by.role, user.role}
    )  # fmt: skip


def preview(row: LetterTemplate) -> bytes:
    """The version as a PDF with made-up facts, marked as a specimen; nothing is kept."""
    shown = facts.sample(Form(row.form))
    return letters.pdf(letters.fill(of_row(row), shown, number=_("specimen, not issued")))
