"""What a merchant promises and repairs after the session, and whether it did."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from agency.core import deadlines
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import User
from cases.calendar import day_of
from interviews import acts
from interviews.acts import Act, Kinds
from interviews.clocks import end_of
from interviews.letters.forms import Form
from interviews.lifecycle import Course, Milestone, Repair
from interviews.models import Attendance, Interview, Pledge, PledgeItem, Recheck, Rectification
from interviews.workflow import papers


def sign_pledge(
    no: str, *, by: User, merchant: int, items: Sequence[dict], publish: bool = False
) -> Interview:
    """Take a merchant's pledge; each item is a dict of ``matter measure due_on person``."""
    with acts.begin(no, "sign_pledge", by) as act:
        attendance = act.merchant(merchant)
        _check_days(act, items)
        document = papers.order(act, Form.PLEDGE, attendance)
        pledge = Pledge.objects.create(
            attendance=attendance, signed_at=act.at, publish=publish, by=act.by, document=document
        )
        for said in items:
            item = PledgeItem(pledge=pledge, **said)
            item.save()
            about = {"attendance": attendance, "pledge_item": item}
            act.start(Milestone.PLEDGED, about, due_at=end_of(item.due_on))
        papers.write_if_few(act)
        act.lead(attendance, Course.PLEDGED if attendance.state == Course.ATTENDED else None)
        act.record(Kinds.PLEDGED, attendance=attendance, pledge=pledge.pk)
    return act.interview


def _check_days(act: Act, items: Sequence[dict]) -> None:
    if any(item.get("due_on") and item["due_on"] < day_of(act.at) for item in items):
        raise Invalid({"items": [_("A day to do it by is not past.")]})


def check_pledge(no: str, *, by: User, item: int, kept: bool, note: str = "") -> Interview:
    """Say whether one matter of a pledge was kept; once."""
    with acts.begin(no, "check_pledge", by) as act:
        found = PledgeItem.objects.filter(
            pk=item, pledge__attendance__interview=act.interview
        ).select_related("pledge__attendance__merchant").first()  # fmt: skip
        if found is None:
            raise Invalid({"item": [_("There is no such item in this interview.")]})
        if found.kept is not None:
            raise RuleViolation(_("This was checked already."))
        found.kept, found.checked_at, found.note = kept, act.at, note
        found.save()
        act.stop(Milestone.PLEDGE_CHECKED, pledge_item=found)
        act.record(Kinds.PLEDGE_CHECKED, attendance=found.pledge.attendance, item=item, kept=kept)
    return act.interview


def add_rectification(
    no: str, *, by: User, merchant: int, items: Sequence[dict]
) -> Interview:  # fmt: skip
    """Demand that a merchant repairs; each item is a dict of ``problem measure`` and ``due_on``.

    Without a day the rule ``rectification.limit`` says until when.
    """
    with acts.begin(no, "add_rectification", by) as act:
        attendance = act.merchant(merchant)
        _check_days(act, items)
        act.lead(attendance)
        for said in items:
            _raise(act, attendance, **said)
        papers.order(act, Form.RECTIFICATION_LIST, attendance)
        papers.write_if_few(act)
    return act.interview


def _raise(
    act: Act, attendance: Attendance, *, problem: str, measure: str, due_on: date | None = None
) -> None:
    item = Rectification.objects.create(
        attendance=attendance, problem=problem, measure=measure, due_on=due_on, raised_at=act.at
    )
    about = {"attendance": attendance, "rectification": item}
    act.start(Milestone.RAISED, about, due_at=due_on and end_of(due_on))
    if due_on is None:
        limit = item.deadlines.open().first()
        item.due_on = limit and day_of(limit.due_at)
        item.save()
    act.record(Kinds.RECTIFICATION_RAISED, attendance=attendance, item=item.pk)


def report_rectification(no: str, *, by: User, item: int, text: str) -> Interview:
    """The merchant says that it has repaired; it is looked at again within its own limit."""
    with acts.begin(no, "report_rectification", by) as act:
        found = _item(act, item)
        if found.state == Repair.REPORTED:
            raise RuleViolation(_("This was reported already, and waits to be looked at."))
        reported(act, found, text)
        act.tell("user", topic="rectification_reported", handler=act.interview.handler)
    return act.interview


def reported(act: Act, item: Rectification, text: str, **data) -> None:
    """An item is said to be repaired; ``data`` goes into the event."""
    item.state, item.report, item.reported_at = Repair.REPORTED, text, act.at
    item.save()
    act.start(Milestone.REPORTED, {"attendance": item.attendance, "rectification": item})
    act.record(
        Kinds.RECTIFICATION_REPORTED, attendance=item.attendance, item=item.pk, **data
    )  # fmt: skip


def _item(act: Act, pk: int) -> Rectification:
    """An item of this interview that is still to be repaired."""
    rows = Rectification.objects.filter(attendance__interview=act.interview)
    found = rows.select_related("attendance__merchant").filter(pk=pk).first()
    if found is None:
        raise Invalid({"item": [_("There is no such item in this interview.")]})
    act.check(found.attendance)
    if found.state == Repair.PASSED:
        raise RuleViolation(_("This has passed already."))
    return found


def extend_rectification(
    no: str, *, by: User, item: int, due_on: date, reason: str
) -> Interview:  # fmt: skip
    """Give more time for one item: once, before it is late."""
    with acts.begin(no, "extend_rectification", by) as act:
        found = _item(act, item)
        if found.extended_at:
            raise RuleViolation(_("This was given more time already: that happens once."))
        if found.due_on and due_on <= found.due_on:
            raise Invalid({"due_on": [_("More time ends later than before.")]})
        owed = act.interview.deadlines.filter(
            rectification=found, rule__met_by=Milestone.PASSED
        )  # fmt: skip
        if not deadlines.set_due(owed, end_of(due_on), cause="extended", at=act.at, by=act.by):
            raise RuleViolation(_("It is late already: no more time is given."))
        found.due_on, found.extended_at = due_on, act.at
        found.save()
        act.record(Kinds.RECTIFICATION_EXTENDED, attendance=found.attendance, item=found.pk)
    return act.interview


def submit_recheck(
    no: str, *, by: User, item: int, result: str, note: str, checkers: Sequence[str],
    method: str = "", due_on: date | None = None,
) -> Interview:  # fmt: skip
    """Say what two people found. Passed: it is repaired, and the merchant with its last item.

    ``due_on``: until when what did not pass is to be repaired now; without it the old day stands.
    """
    with acts.begin(no, "submit_recheck", by) as act:
        found = _item(act, item)
        people = _two(act, checkers)
        _check_days(act, [{"due_on": due_on}])
        document = papers.order(act, Form.RECHECK_RECORD, found.attendance)
        Recheck.objects.create(
            rectification=found, result=result, note=note, method=method, at=act.at,
            checker=people[0], second_checker=people[1], document=document,
        )  # fmt: skip
        found.state = Repair(result)
        act.stop(Milestone.RECHECKED, rectification=found)
        _conclude(act, found, due_on)
        papers.write_if_few(act)
    return act.interview


def _two(act: Act, names: Sequence[str]) -> list[User]:
    if len(names) != 2:
        raise Invalid({"checkers": [_("Two people check again.")]})
    people = [papers.colleague(act, "checkers", name) for name in names]
    if people[0] == people[1]:
        raise RuleViolation(_("Two different people check again."))
    return people


def _conclude(act: Act, item: Rectification, due_on: date | None) -> None:
    if item.state == Repair.PASSED:
        item.verified_at = act.at
        act.stop(Milestone.PASSED, rectification=item)
    elif due_on:
        item.due_on = due_on
        act.cancel(reason="set_anew", rectification=item, rule__met_by=Milestone.PASSED)
        about = {"attendance": item.attendance, "rectification": item}
        act.start(Milestone.RAISED, about, due_at=end_of(due_on))
    item.save()
    left = item.attendance.rectifications.exclude(state=Repair.PASSED)
    act.lead(item.attendance, None if left.exists() else Course.RECTIFIED)
    act.record(Kinds.RECHECKED, attendance=item.attendance, item=item.pk, result=item.state)
