"""An outlet is applied for, visited, put on file, suspended and taken off it.

Source: docs/rules.md, section "Outlets".
"""

from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction
from django.utils.translation import gettext as _

from agency.core import clock, deadlines
from agency.core.errors import Forbidden, Invalid, RuleViolation
from agency.core.models import NumberSeries, Unit, User
from cases.calendar import day_of
from cases.models import Referral
from outlets import acts, standards
from outlets.acts import Act
from outlets.lifecycle import APPLICANTS, VISITORS, Milestone, State
from outlets.models import Finding, Inspection, Outlet, OutletEvent, Staff
from outlets.workflow import proposing

Kinds = OutletEvent.Kind
LONGEST_CODE = 40


@transaction.atomic
def apply(
    *, by: User, code: str, name: str, type: str, unit: str = "", standard: str = "",
    liaison: str = "", phone: str = "", **place,
) -> Outlet:  # fmt: skip
    """Write down that somebody asks for an outlet; ``code`` will be its unit's, ``unit`` names
    the one above, one's own where nothing is said.

    ``place``: host, host_uscc, address, longitude, latitude. Raises Forbidden, Invalid.
    """
    if by.role not in APPLICANTS:
        raise Forbidden
    at = clock.now()
    measured = standards.of(standard, day_of(at)) if standard else standards.usual(day_of(at))
    home = unit_for(code, name, parent_of(unit or by.unit.code, by))
    outlet = Outlet.objects.create(unit=home, type=type, standard=measured.code, **place)
    if liaison or phone:
        Staff.objects.create(outlet=outlet, name=liaison, phone=phone, is_liaison=True, by=by)
    Act(outlet, by, at).record(Kinds.APPLIED)
    return outlet


def parent_of(code: str, by: User) -> Unit:
    """The unit above, within one's own. Raises Invalid."""
    found = Unit.objects.subtree(by.unit).filter(code=code).first()
    if found is None or found.is_external:
        raise Invalid({"unit": [_("There is no such unit.")]})
    return found


def unit_for(code: str, name: str, parent: Unit, *, kind: str = Unit.Kind.OUTLET) -> Unit:
    """The outlet's or firm's unit: a new one, or one that was made for it before. Raises Invalid."""
    try:
        validate_slug(code)
    except ValidationError as error:
        raise Invalid({"code": error.messages}) from None
    if len(code) > LONGEST_CODE:
        raise Invalid({"code": [_("A code has at most 40 characters.")]})
    unit = Unit.objects.filter(code=code).select_related("outlet", "odr_enterprise").first()
    if unit is None:
        return Unit.objects.create(code=code, name=name, kind=kind, parent=parent)
    is_taken = hasattr(unit, "outlet") or hasattr(unit, "odr_enterprise")
    if is_taken or unit.kind != kind or unit.parent_id != parent.pk:
        raise Invalid({"code": [_("This code is taken.")]})
    return unit


def take_over(
    unit: Unit, *, type: str, standard: str, today: date, filed_on: date | None,
    withdrawn_on: date | None, liaison: str, phone: str, **place,
) -> Outlet:  # fmt: skip
    """An outlet that a file of history tells of: on file, or withdrawn by now."""
    stands = withdrawn_on is None
    outlet = Outlet.objects.create(
        unit=unit, type=type, standard=standard, filed_on=filed_on, withdrawn_on=withdrawn_on,
        state=State.FILED if stands else State.WITHDRAWN,
        next_report_on=month_after(today) if stands else None, **place,
    )  # fmt: skip
    if liaison or phone:
        Staff.objects.create(outlet=outlet, name=liaison, phone=phone, is_liaison=True)
    act = Act(outlet, None, clock.now())
    act.set_serving(stands)
    act.record(Kinds.IMPORTED)
    return outlet


def inspect(
    code: str, *, by: User, inspectors: list[str], checklist: dict[str, bool],
    visited_on: date | None = None, note: str = "",
) -> Outlet:  # fmt: skip
    """Write down a visit: two people, and each item of the standard that is in force, met or not.

    It is passed where every item is met. Raises Invalid, RuleViolation.
    """
    with acts.begin(code, "inspect", by) as act:
        standard = standards.of(act.outlet.standard, act.today)
        items = list(standard.checklist)
        _check_complete(checklist, {item.code for item in items})
        first, second = _two_people(inspectors, by)
        inspection = Inspection.objects.create(
            outlet=act.outlet, standard=standard, first=first, second=second,
            visited_on=_day(visited_on, act, "visited_on"), passed=all(checklist.values()), note=note, by=by, at=act.at,
        )  # fmt: skip
        Finding.objects.bulk_create(
            Finding(inspection=inspection, item=item, is_met=checklist[item.code]) for item in items
        )
        act.record(
            Kinds.INSPECTED, inspection=inspection.pk, passed=inspection.passed, **_again(act)
        )
    return act.outlet


def _check_complete(checklist: dict[str, bool], wanted: set[str]) -> None:
    faults = {
        f"checklist.{code}": [_("Say whether this is met.")]
        for code in sorted(wanted - set(checklist))
    } | {
        f"checklist.{code}": [_("The standard knows no such item.")]
        for code in sorted(set(checklist) - wanted)
    }
    if faults:
        raise Invalid(faults)


def _two_people(usernames: list[str], by: User) -> tuple[User, User]:
    """Two of those who may visit, both different, of one's own unit or above or below it."""
    found = {
        user.username: user
        for user in User.objects.filter(username__in=usernames, is_active=True, role__in=VISITORS)
        if user.unit.path.startswith(by.unit.path) or by.unit.path.startswith(user.unit.path)
    }
    if unknown := [name for name in usernames if name not in found]:
        said = _("%(name)s may not visit outlets.")
        raise Invalid({"inspectors": [said % {"name": name} for name in unknown]})
    if len(found) != 2 or len(usernames) != 2:
        raise RuleViolation(_("Two different people visit an outlet."))
    first, second = (found[name] for name in usernames)
    return first, second


def _day(day: date | None, act: Act, field: str) -> date:
    """Today where nothing is said. Raises Invalid for a day to come."""
    if day and day > act.today:
        raise Invalid({field: [_("This day is still to come.")]})
    return day or act.today


def file(code: str, *, by: User, valid_until: date | None = None) -> Outlet:
    """Put it on file with number, plaque and term; on file by now, its term is renewed.

    Needs a passed visit since it was last filed, by others than who files it. RuleViolation
    without it, and without a liaison.
    """
    with acts.begin(code, "file", by) as act:
        outlet, is_new = act.outlet, not act.outlet.number
        _check_visited(act)
        if not outlet.staff.filter(is_liaison=True, left_on=None).exists():
            raise RuleViolation(_("An outlet needs a liaison: name one first."))
        outlet.valid_until = _term(valid_until, act)
        outlet.filed_on = outlet.filed_on or act.today
        if is_new:
            outlet.number = _number(act.today)
            outlet.next_report_on = outlet.next_report_on or month_after(act.today)
            act.set_serving(True)
        told = {"number": outlet.number, "valid_until": str(outlet.valid_until)}
        act.record(Kinds.FILED, **told, **_again(act))
    return outlet


def _again(act: Act) -> dict:
    """Said with what leaves the outlet in its state: a visit to one on file, a term renewed."""
    return {} if act.move.to else {"again": True}


def _check_visited(act: Act) -> None:
    filed = act.outlet.events.filter(kind=Kinds.FILED).order_by("pk").last()
    visit = act.outlet.inspections.order_by("pk").last()
    if visit is None or not visit.passed or filed and visit.at <= filed.at:
        raise RuleViolation(_("The latest visit has to have found everything in order."))
    if act.by in (visit.first, visit.second):
        raise RuleViolation(_("Who visited the outlet does not put it on file."))


def _term(valid_until: date | None, act: Act) -> date:
    """Until the day said, else for the usual years. Raises Invalid for a day gone by."""
    if valid_until and valid_until <= act.today:
        raise Invalid({"valid_until": [_("This day is over.")]})
    return valid_until or years_after(act.today, settings.OUTLET_TERM_YEARS)


def _number(today: date) -> str:
    return NumberSeries.take(settings.OUTLET_NUMBER.replace("{year}", str(today.year)))


def years_after(day: date, years: int) -> date:
    """The same day so many years on; of 29 February the last of the month."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def month_after(day: date) -> date:
    """The first day of the month after the one ``day`` lies in."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def reject(code: str, *, by: User, reason: str) -> Outlet:
    """It is not set up; the reason is told to who applied."""
    with acts.begin(code, "reject", by) as act:
        _note(act, Kinds.REJECTED, reason)
    return act.outlet


def suspend(code: str, *, by: User, reason: str) -> Outlet:
    """It is sent no more cases until what is wrong was mended, for which it has a limit."""
    with acts.begin(code, "suspend", by) as act:
        act.set_serving(False)
        act.start(Milestone.SUSPENDED)
        proposing.decide(act, proposing.Outcome.SUSPENDED)
        _note(act, Kinds.SUSPENDED, reason)
    return act.outlet


def resume(code: str, *, by: User, note: str = "") -> Outlet:
    """What was wrong is mended."""
    with acts.begin(code, "resume", by) as act:
        act.stop(Milestone.RESUMED)
        act.set_serving(True)
        _note(act, Kinds.RESUMED, note)
    return act.outlet


def withdraw(
    code: str, *, by: User, reason: str, withdrawn_on: date | None = None,
    plaque_back_on: date | None = None,
) -> Outlet:  # fmt: skip
    """It is an outlet no more, and owes nothing any more; its history stays.

    RuleViolation while a case is out with it.
    """
    with acts.begin(code, "withdraw", by) as act:
        outlet = act.outlet
        if Referral.objects.open().filter(unit=outlet.unit).exists():
            raise RuleViolation(_("Cases are out with this outlet: take them back first."))
        outlet.withdrawn_on = _day(withdrawn_on, act, "withdrawn_on")
        if outlet.filed_on and outlet.withdrawn_on < outlet.filed_on:
            raise Invalid({"withdrawn_on": [_("It was not on file yet.")]})
        outlet.plaque_back_on = plaque_back_on and _day(plaque_back_on, act, "plaque_back_on")
        outlet.next_report_on = None
        deadlines.cancel(outlet.deadlines, at=act.at, reason=State.WITHDRAWN)
        act.set_serving(False)
        _note(act, Kinds.WITHDRAWN, reason)
    return outlet


def _note(act: Act, kind: OutletEvent.Kind, said: str) -> None:
    """The event, and the words beside it."""
    event = act.record(kind)
    if said:
        act.outlet.remarks.create(event=event, text=said)
