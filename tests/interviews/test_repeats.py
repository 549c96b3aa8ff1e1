"""What was pledged is complained of again: an alarm, once, to handler and chief."""

import pytest
from django.urls import reverse

from agency.core import invariants
from agency.core.models import Notification
from cases import workflow
from cases.models import Category
from interviews.models import Interview, Repeat
from interviews.workflow.watching import watch_pledges
from tests.interviews.stories import NAMES, came, day_in

pytestmark = pytest.mark.django_db


def test_a_repeated_complaint_alarms_handler_and_chief_once_a_day(agency, clock, client):
    problem, other = Category.objects.filter(scheme="complaint_problem", parent__isnull=False)[:2]

    def complain(problem, unit="east", name=NAMES[0]):
        return agency.ticket(unit=unit, merchant={"name": name}, problem=problem.code)

    named = complain(problem)
    desk = came(agency, cases=[named.no])
    item = {"matter": "明码标价", "measure": "公示", "due_on": day_in(20), "person": "王经理"}
    desk.do("mediator", "sign_pledge", {"merchant": desk.id(0), "items": [item]})
    assert watch_pledges() == 0, "what came before is what it is about"

    clock.shift(minutes=1)
    for strange in ({"problem": other}, {"unit": "west"}, {"name": NAMES[1]}):
        complain(**{"problem": problem} | strange)
    taken_back = complain(problem)
    workflow.withdraw(taken_back.no, by=agency.mediator, reason="弄错商家")
    assert watch_pledges() == 0

    again = complain(problem)
    assert (watch_pledges(), watch_pledges()) == (1, 0)
    assert Repeat.objects.get().case == again
    told = Notification.objects.filter(topic="pledge_repeated").order_by("pk")
    assert [n.target for n in told] == ["user", "chief"]

    client.force_login(agency.chief)
    page = reverse("admin:interviews_interview_change", args=[Interview.objects.get().pk])
    shown = client.get(page).content.decode()
    assert "承诺事项再次被投诉：1件" in shown and again.no in shown

    complain(problem)
    desk.do("mediator", "close")
    assert (watch_pledges(), told.all().count()) == (1, 2), "found, and not told twice a day"
    clock.shift(days=2)
    complain(problem)
    assert (watch_pledges(), told.all().count()) == (1, 4), "closed or not"
    clock.shift(days=365)
    complain(problem)
    assert watch_pledges() == 0
    assert invariants.check()[1] == []
