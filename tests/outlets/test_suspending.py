"""A rule speaks for suspending an outlet, and the leader decides; and what a visit saw, in pictures."""

from datetime import timedelta

import pytest

from agency.core import duties, invariants
from agency.core.errors import Invalid, NotThere, RuleViolation
from agency.core.models import Access, Notification
from agency.core.notifications import words
from cases import workflow as cases
from cases.workflow import referrals
from outlets import workflow
from outlets.models import Outlet, Photo, Staff
from outlets.workflow import photos
from tests.outlets.conftest import ALL_MET
from tests.outlets.test_life import YEAR
from tests.papers import pdf, picture, upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_untrue(db):
    yield
    assert invariants.check()[1] == []


def proposed(outlet) -> list[tuple]:
    waiting = outlet.proposals.filter(decided_at=None).order_by("pk")
    return list(waiting.values_list("ground", "counted"))


def test_a_grade_d_and_a_lost_liaison_are_put_before_the_leader(agency, clock, filed):
    workflow.assess("hall-1", by=agency.chief, year=2026, scores=dict.fromkeys(YEAR, 59))
    assert proposed(filed) == [("grade", None)]
    person = Staff.objects.get()
    workflow.end_staff("hall-1", by=agency.chief, staff=person.pk)
    with pytest.raises(NotThere):
        workflow.end_staff("hall-1", by=agency.chief, staff=person.pk)
    assert proposed(filed) == [("grade", None), ("staff", None)]
    filed.refresh_from_db()
    assert filed.state == "rated", "nothing is suspended by itself"

    told = Notification.objects.filter(topic="suspension_proposed")
    assert [n.target for n in told] == ["leader"] * 2
    assert "南门市场服务站" in words.tell(told, to=agency.leader)[told[0].pk].headline
    assert words.tell(told, to=agency.mediator_b) == {}
    workflow.suspend("hall-1", by=agency.leader, reason="考核不合格")
    assert proposed(filed) == []
    assert set(filed.proposals.values_list("outcome", "by__username")) == {("suspended", "leader")}


def test_three_cases_that_nobody_answered_are_proposed_once(agency, clock, standing):
    outlet = Outlet.objects.get(unit__code="outlet-a")
    for n in range(5):
        case = agency.ticket(unit="east")
        cases.refer(case.no, by=agency.mediator, outlet="outlet-a", consent=True)
        clock.shift(timedelta(hours=2, microseconds=1))
        sum(referrals.silent_to_bring_home())
        duties.do_all()
        assert proposed(outlet) == ([] if n < 2 else [("silence", 3)])

    with pytest.raises(RuleViolation):
        workflow.decline_suspension("outlet-b", by=agency.leader, reason="无")
    workflow.decline_suspension("outlet-a", by=agency.leader, reason="系统故障")
    duties.do_all()
    assert proposed(outlet) == [], "the two since then are too few"
    own = agency.client("outlet_a").get("outlets/outlet-a/")[1]
    assert own["proposals"] == [] and "suspension_proposed" not in str(own["events"])


def test_each_item_of_a_visit_may_have_its_pictures(agency, clock, applied):
    api, seen = agency.client("chief"), upload("room.png", picture())
    with pytest.raises(RuleViolation):
        photos.add_photo("hall-1", by=agency.chief, item="place", upload=seen)
    workflow.inspect("hall-1", by=agency.chief, inspectors=["mediator", "chief"], checklist=ALL_MET)
    for item, file in (
        ("roof", upload("room.png", picture())),
        ("place", upload("room.pdf", pdf())),
    ):
        with pytest.raises(Invalid):
            photos.add_photo("hall-1", by=agency.chief, item=item, upload=file)
    assert not Photo.objects.exists()

    photo = photos.add_photo(
        "hall-1", by=agency.chief, item="place", upload=upload("r.png", picture())
    )

    assert api.get("outlets/hall-1/")[1]["inspections"][0]["photos"] == {"place": [str(photo.pk)]}
    address = f"outlets/hall-1/attachments/{photo.pk}/"
    assert api.http.get(f"/api/v1/{address}").status_code == 200
    assert Access.objects.get().what == "photo"
    assert agency.client("auditor").get(address)[0] == 403
    assert agency.client("mediator_b").get(address)[0] == 404
    answer = api.http.post("/api/v1/outlets/hall-1/attachments/", {"item": "signs", "file": upload("r.png", picture())})  # fmt: skip
    assert answer.status_code == 201
