"""Everybody at every page: docs/access.yml."""

import pytest

from agency.core.models import Access
from outlets.models import OdrEnterprise, Outlet
from tests.access.addresses import METHODS, routes, table
from tests.access.place import CHANNEL, DEACTIVATED, PEOPLE
from tests.turn import TURN

pytestmark = pytest.mark.django_db

PAGES = [route for route in routes() if not route.startswith("api/")]


def test_every_page_is_listed_and_no_other():
    assert sorted(PAGES) == sorted(route for route in table() if not route.startswith("api/"))


@pytest.mark.parametrize("route", PAGES)
def test_it_lets_in_whom_it_should_and_nobody_else(walk, route):
    assert walk.through(table()[route]) == [], f"TURN={TURN}"


def test_everybody_lands_where_there_is_work_for_them(place):
    """An auditor and a custodian have no queue: the one reads changes, the other looks for a report."""
    for name, user in place.people.items():
        if name not in {CHANNEL, DEACTIVATED}:
            assert place.desks[name].get(user.landing).status_code == 200, name
    assert place.desks["auditor"].get(place.people["auditor"].landing).context["cl"].result_list
    cases = place.desks["custodian"].get(place.people["custodian"].landing).context["cl"]
    assert "report" in {case.kind for case in cases.result_list}


def test_within_a_week_everybody_has_come_to_everything(walk):
    for address in table().values():
        for method in METHODS:
            come = {name for day in range(7) for name in walk.some(address, method, day)}
            assert come == set(PEOPLE), address.route


def test_the_auditor_reads_of_what_was_opened_whatever_it_is_of(
    place, django_assert_max_num_queries
):
    """A letter of an interview, a picture of a visit, a paper of a firm, a list."""
    people, auditor = place.people, place.desks["auditor"]
    interview = place.interviews["east"]
    of = [
        ("file", interview),
        ("photo", Outlet.objects.first()),
        ("paper", OdrEnterprise.objects.first()),
    ]
    for what, row in of * 3:
        subject = {"subject": row._meta.label_lower, "subject_id": row.pk}
        Access.objects.create(kind="opened", by=people["leader"], what=what, **subject)
    Access.objects.create(kind="exported", by=people["leader"], what="outlets", found=2)

    with django_assert_max_num_queries(30):
        told = auditor.get("/admin/core/access/").text

    for said in (f"约谈 · {interview.no}", of[1][1].unit.name, of[2][1].unit.name, "网点列表"):
        assert said in told
