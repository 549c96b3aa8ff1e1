"""The tree of units, on which every scope hangs: one root, no ring, kinds that stay."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from agency.core.models import Unit, User
from tests.stories import PASSWORD, payload
from tests.threads import in_threads


def save(unit: Unit, **changes):
    """The administrator saves the unit's page with these changes."""
    http = Client()
    http.force_login(User.objects.get(username="admin"))
    sent = {
        "name": unit.name, "kind": unit.kind, "org_profile": unit.org_profile,
        "parent": unit.parent_id or "",
    }  # fmt: skip
    address = reverse("admin:core_unit_change", args=[unit.pk])
    return http.post(address, sent | {n: getattr(v, "pk", v) for n, v in changes.items()})


def station(agency, code: str, parent: str = "agency", kind: str = "station") -> Unit:
    return Unit.objects.create(code=code, name=code, kind=kind, parent=agency.units[parent])


def test_a_careless_save_of_the_root_stops_no_intake(agency):
    save(agency.units["agency"], kind="outlet")

    status, _ = agency.channel_client("web").post("tickets/", payload("web"), key="after-the-save")

    assert status == 201


@pytest.mark.parametrize("kind", ["agency", "district"])
def test_there_is_one_root_and_it_is_the_agency(agency, kind):
    with pytest.raises(IntegrityError, match="unit_root"):
        Unit.objects.create(code="second", name="第二个", kind=kind)


def test_a_kind_can_be_mended_until_somebody_is_there(agency):
    unit = station(agency, "north")

    save(unit, kind="outlet")
    unit.refresh_from_db()
    assert unit.kind == "outlet"

    User.objects.create_user("north", PASSWORD, name="李", role="outlet_liaison", unit=unit)
    save(unit, kind="station")
    unit.refresh_from_db()
    assert unit.kind == "outlet", "its accounts are those of outsiders"


def test_a_move_takes_along_all_that_lies_below(agency):
    hall = station(agency, "hall", "east")
    station(agency, "desk", "east")
    Unit.objects.create(code="window", name="窗口", kind="station", parent=hall)

    assert save(hall, parent=agency.units["west"]).status_code == 302

    paths = Unit.objects.filter(code__in=["hall", "desk", "window"]).values_list("path", flat=True)
    assert sorted(paths) == [
        "agency/east/desk/", "agency/west/hall/", "agency/west/hall/window/",
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_moves_that_cross_make_no_ring(agency):
    a, b = station(agency, "a"), station(agency, "b")

    answers = in_threads(lambda: save(a, parent=b), lambda: save(b, parent=a))

    assert sorted(answer.status_code for answer in answers) == [200, 302], "one is told why not"
    a.refresh_from_db()
    b.refresh_from_db()
    assert {a.path, b.path} in ({"agency/a/", "agency/a/b/"}, {"agency/b/", "agency/b/a/"})


@pytest.mark.django_db(transaction=True)
def test_who_moves_while_the_unit_above_moves_lands_below_it(agency):
    """Both were read before either was written."""
    hall, desk = station(agency, "hall"), station(agency, "desk")
    hall.parent, desk.parent = agency.units["east"], Unit.objects.get(code="hall")

    in_threads(hall.save, desk.save)

    desk.refresh_from_db()
    assert desk.path == "agency/east/hall/desk/"


def test_no_unit_is_saved_below_itself(agency):
    east = agency.units["east"]
    east.parent = agency.units["outlet-a"]

    with pytest.raises(ValidationError):
        east.save()
