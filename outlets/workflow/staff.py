"""Who serves at an outlet, and what they were trained in."""

from datetime import date

from django.utils.translation import gettext as _

from agency.core.errors import Invalid, NotThere
from agency.core.models import User
from outlets import acts
from outlets.models import Outlet, OutletEvent, Staff, Training
from outlets.workflow import proposing


def add_staff(
    code: str, *, by: User, name: str, phone: str = "", is_liaison: bool = False,
    since: date | None = None,
) -> Outlet:  # fmt: skip
    """Somebody more serves there."""
    with acts.begin(code, "add_staff", by) as act:
        person = Staff.objects.create(
            outlet=act.outlet, name=name, phone=phone, is_liaison=is_liaison,
            since=since or act.today, by=by, at=act.at,
        )  # fmt: skip
        act.record(OutletEvent.Kind.STAFF_ADDED, staff=person.pk)
    return act.outlet


def end_staff(code: str, *, by: User, staff: int, left_on: date | None = None) -> Outlet:
    """Somebody serves there no more. Raises NotThere for whom the outlet does not know."""
    with acts.begin(code, "end_staff", by) as act:
        there = act.outlet.staff.filter(left_on=None)
        person = there.filter(pk=staff).first()
        if person is None:
            raise NotThere
        if left_on and left_on > act.today:
            raise Invalid({"left_on": [_("This day is still to come.")]})
        person.left_on = left_on or act.today
        person.save(update_fields=["left_on"])
        act.record(OutletEvent.Kind.STAFF_LEFT, staff=person.pk)
        if not there.filter(is_liaison=True).exists():
            proposing.propose(act, proposing.Ground.STAFF)
    return act.outlet


def train(
    code: str, *, by: User, staff: int, topic: str, passed: bool, held_on: date | None = None
) -> Outlet:
    """Somebody there was trained. Raises NotThere for whom the outlet does not know."""
    with acts.begin(code, "train", by) as act:
        person = act.outlet.staff.filter(pk=staff).first()
        if person is None:
            raise NotThere
        if held_on and held_on > act.today:
            raise Invalid({"held_on": [_("This day is still to come.")]})
        training = Training.objects.create(
            staff=person, topic=topic, passed=passed, held_on=held_on or act.today, by=by, at=act.at
        )
        act.record(OutletEvent.Kind.TRAINED, staff=person.pk, training=training.pk)
    return act.outlet
