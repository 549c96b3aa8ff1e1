"""The merchant's own word: a link opens one report of what it repaired, with its files.

Who has the link needs no account, and sees through it what that merchant was told to repair: no
person, no other merchant, no case. What the two who check again go by stands on the interview's page.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from agency.core import clock, files
from agency.core.accounts.links import Link
from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.models import StoredFile, User
from agency.core.text import clean
from interviews import acts
from interviews.acts import Kinds
from interviews.lifecycle import Course, Repair, State
from interviews.models import Evidence, Interview, Rectification, ReportLink
from interviews.workflow import papers
from interviews.workflow.repairing import reported

MOST_FILES = 10
"""So many with one report."""
NAME_LENGTH = 200
OWED = (Repair.OPEN, Repair.PARTLY, Repair.FAILED)
"""What a merchant may report: what passed is done, what was reported waits to be looked at."""


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def make_report_link(no: str, *, by: User, merchant: int) -> Link:
    """A fresh link for a merchant that repairs; an earlier one is over. Shown once, kept nowhere."""
    with acts.begin(no, "make_report_link", by) as act:
        attendance = act.merchant(merchant)
        attendance.links.filter(used_at=None, ended_at=None).update(ended_at=act.at)
        token = secrets.token_urlsafe(32)
        made = ReportLink.objects.create(
            attendance=attendance, digest=digest_of(token), by=act.by, made_at=act.at,
            until=act.at + timedelta(days=settings.MERCHANT_LINK_DAYS),
        )  # fmt: skip
        act.record(Kinds.REPORT_LINK_MADE, attendance=attendance, link=made.pk)
    return Link(reverse("open_report_link", args=[token]), made.until)


def find(token: str) -> ReportLink | None:
    """The link of this token, whether it is over or not; None where there never was one."""
    rows = ReportLink.objects.select_related("attendance__merchant", "attendance__interview__unit")
    return rows.filter(digest=digest_of(token)).first()


def owed(link: ReportLink) -> list[Rectification]:
    """What the merchant may report by it now; nothing once it is over."""
    attendance = link.attendance
    repairs = attendance.state == Course.RECTIFYING and attendance.interview.state == State.HELD
    if not repairs or link.is_over(clock.now()):
        return []
    return list(attendance.rectifications.filter(state__in=OWED))


def report_by_link(
    link: ReportLink, *, told: Mapping[int, str], uploads: Mapping[int, Sequence]
) -> ReportLink:
    """Take a merchant's report: by the key of each item its text, and files that show it.

    Raises Invalid for what cannot be used, RuleViolation where the link is over. The files are
    checked and kept before any lock is taken.
    """
    _check_told(told, uploads)
    with ExitStack() as kept:
        shown = {
            item: [(kept.enter_context(_keeping(item, upload)), upload.name) for upload in several]
            for item, several in uploads.items()
        }
        return _take(link, told, shown)


@contextmanager
def _keeping(item: int, upload):
    """The file kept; where it is not taken, the sentence says which it was."""
    with ExitStack() as kept:
        try:
            file = kept.enter_context(files.keeping(upload))
        except Invalid as error:
            said = [f"{upload.name}: {text}" for texts in error.errors.values() for text in texts]
            raise Invalid({f"text.{item}": said}) from None
        yield file


def _check_told(told: Mapping[int, str], uploads: Mapping[int, Sequence]) -> None:
    if not told:
        raise Invalid({"": [_("Say of one item at least what was done.")]})
    if silent := [item for item in uploads if item not in told]:
        raise Invalid({f"text.{silent[0]}": [_("Say what was done, beside the files.")]})
    if sum(map(len, uploads.values())) > MOST_FILES:
        raise Invalid({"": [_("Send %(most)s files at most.") % {"most": MOST_FILES}]})


def _take(
    link: ReportLink, told: Mapping[int, str], shown: Mapping[int, list[tuple[StoredFile, str]]]
) -> ReportLink:
    with acts.under_way(link.attendance.interview_id, "report_rectification", None) as act:
        link = ReportLink.objects.select_for_update(of=("self",)).get(pk=link.pk)
        if link.is_over(act.at):
            raise RuleViolation(_("This link is over: ask the unit named above for another."))
        rows = Rectification.objects.filter(attendance=link.attendance_id, pk__in=told)
        items = list(rows.filter(state__in=OWED).select_related("attendance__merchant"))
        if len(items) < len(told):
            raise RuleViolation(_("Something here was reported or checked meanwhile: open the link again."))  # fmt: skip
        for item in items:
            act.check(item.attendance)
            reported(act, item, told[item.pk], link=link.pk, files=len(shown.get(item.pk, ())))
            _keep(item, link, shown.get(item.pk, ()), act.at)
        link.used_at = act.at
        link.save(update_fields=["used_at"])
        act.tell("user", topic="rectification_reported", handler=act.interview.handler)
    return link


def _keep(item: Rectification, link: ReportLink, shown, at: datetime) -> None:
    for file, name in shown:
        file.save(force_insert=True)
        Evidence.objects.create(
            rectification=item, link=link, file=file, name=clean(name)[-NAME_LENGTH:], at=at
        )


@transaction.atomic
def open_evidence(no: str, pk, *, by: User) -> Evidence:
    """A file of a merchant's report, for who may read it: on record. Raises Forbidden, NotThere."""
    if by.role not in papers.READERS_OF_FILES:
        raise Forbidden
    mine = Interview.objects.visible_to(by).filter(no=no)
    rows = Evidence.objects.filter(rectification__attendance__interview__in=mine)
    found = rows.select_related("file", "rectification__attendance__interview").filter(pk=pk)
    if (evidence := found.first()) is None:
        raise NotThere
    papers.record_opened(evidence.file, evidence.rectification.attendance.interview, by=by)
    return evidence
