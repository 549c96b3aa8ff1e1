"""Interviews of the past, brought in as their file tells them: closed, and no clock ever runs."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils.translation import gettext as _

from agency.core.calendar import SHANGHAI
from agency.core.errors import Invalid
from agency.core.models import NumberSeries, Unit
from cases import merchants as known
from interviews.letters.forms import WORDS, Form
from interviews.lifecycle import Course, Repair, State
from interviews.models import (
    Attendance,
    Interview,
    InterviewEvent,
    Notice,
    Pledge,
    Rectification,
    Session,
)
from interviews.workflow.proposing import number_of

IMPORTED = InterviewEvent.Kind.IMPORTED


@dataclass(frozen=True)
class Past:
    """One merchant in one interview of the past; None and "" where the file does not know."""

    interview_no: str
    kind: str
    held_on: date | None
    merchant: dict
    notice_no: str
    noticed_on: date | None
    attended: bool | None
    pledge: bool
    raised: int
    verified: int

    @property
    def held_at(self) -> datetime | None:
        return _morning(self.held_on)

    @property
    def noticed_at(self) -> datetime | None:
        return _morning(self.noticed_on)

    @property
    def came(self) -> bool:
        return bool(self.attended and self.held_on)

    @property
    def course(self) -> Course:
        """How far the merchant's course had come."""
        if self.came:
            if self.raised:
                return Course.RECTIFIED if self.verified == self.raised else Course.RECTIFYING
            return Course.PLEDGED if self.pledge else Course.ATTENDED
        if self.held_on and self.attended is False:
            return Course.NO_SHOW
        return Course.NOTICED if self.notice_no or self.noticed_on else Course.APPROVED


def _morning(day: date | None) -> datetime | None:
    """The first moment of a day in Shanghai: of the past only days are known."""
    return day and datetime.combine(day, time.min, tzinfo=SHANGHAI)


def bring_in(past: Past, *, unit: Unit, at: datetime) -> bool:
    """Write it down for ``unit``; False where it stands already. Raises Invalid."""
    merchant = known.find_or_add([past.merchant])[known.key_of(past.merchant)]
    interview = _interview(past, unit, at)
    if interview.merchants.filter(merchant=merchant).exists():
        return False
    attendance = Attendance.objects.create(
        interview=interview, merchant=merchant, state=past.course, hold_at=past.held_at,
        session=_session(interview, past) if past.came else None,
        absences=int(past.course == Course.NO_SHOW),
    )  # fmt: skip
    _event(interview, at, attendance)
    _leave_behind(attendance, past)
    return True


def _interview(past: Past, unit: Unit, at: datetime) -> Interview:
    """The interview of this number: the first row begins it, the others join."""
    found = Interview.objects.filter(external_no=past.interview_no).first()
    if found is None:
        found = _begun(past, unit, at)
    if found.kind != past.kind:
        raise Invalid({"kind": [_("An earlier row of this interview says otherwise.")]})
    if past.held_at and (found.held_at is None or past.held_at < found.held_at):
        found.held_at = past.held_at
        found.save(update_fields=["held_at"])
    if past.held_at:
        _session(found, past)
    return found


def _begun(past: Past, unit: Unit, at: datetime) -> Interview:
    since = past.noticed_at or past.held_at or at
    interview = Interview.objects.create(
        no=number_of(since), external_no=past.interview_no, kind=past.kind, state=State.CLOSED,
        unit=unit, subject=past.interview_no, proposed_at=since, closed_at=past.held_at or since,
    )  # fmt: skip
    _event(interview, at, None)
    return interview


def _session(interview: Interview, past: Past) -> Session:
    """One a day: what two rows tell of one day was one session."""
    return Session.objects.get_or_create(interview=interview, held_at=past.held_at)[0]


def _event(interview: Interview, at: datetime, attendance: Attendance | None) -> None:
    state = attendance.state if attendance else interview.state
    InterviewEvent.objects.create(
        interview=interview, attendance=attendance, kind=IMPORTED, at=at, data={"to": state}
    )


def _leave_behind(attendance: Attendance, past: Past) -> None:
    """Notice, pledge and repairs, as figures: their own days are not known."""
    _lift_series(attendance.interview.unit, past.notice_no)
    if past.notice_no or past.noticed_on:
        Notice.objects.create(
            attendance=attendance, number=past.notice_no, issued_at=past.noticed_at or past.held_at,
        )  # fmt: skip
    when = past.held_at or past.noticed_at
    if past.pledge:
        Pledge.objects.create(attendance=attendance, signed_at=when)
    Rectification.objects.bulk_create(
        Rectification(
            attendance=attendance, raised_at=when,
            state=Repair.PASSED if n < past.verified else Repair.OPEN,
            verified_at=when if n < past.verified else None,
        )
        for n in range(past.raised)
    )  # fmt: skip


OF_A_SERIES = re.compile(r"(.+〔[0-9]{4}〕)([1-9][0-9]{0,5})号")


def _lift_series(unit: Unit, number: str) -> None:
    """A number of our own series was given out before: what is issued next follows it."""
    found = OF_A_SERIES.fullmatch(number)
    if found and found[1].startswith(f"{unit.prefix}{WORDS[Form.NOTICE]}〔"):
        NumberSeries.lift(f"{found[1]}#号", int(found[2]))
